"""``mienet cache`` shows what is kept, and deletes it."""

from pathlib import Path

import pytest

from mienet.cli import main
from mienet.video.frame_cache import FrameCache, Reading, Room
from tests.conftest import WriteVideo


@pytest.fixture
def folder(tmp_path: Path, write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the folder of a user who has one kept video."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "mienet/frames"
    assert FrameCache(folder, 10**8).keep(Reading(str(write_video()), 16), Room(10**8))
    return folder


def test_it_says_what_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == f"Kept in {folder}: 1 videos, 0.00 GB\n"


def test_it_deletes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "--delete"]) == 0
    assert capsys.readouterr().out == f"Deleted from {folder}: 1 videos, 0.00 GB\n"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["frmes", "video.mp4"])
def test_what_is_no_folder_is_not_said_to_keep_nothing(
    folder: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cache", "--folder", str(tmp_path / name), "--delete"]) == 1
    said = capsys.readouterr().err
    assert f"{tmp_path / name}: no such folder; give the one of a training's --data.cache" in said
    assert f"or leave --folder out for {folder}\n" in said
