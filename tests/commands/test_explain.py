"""``mienet explain`` as people call it: what it writes, and what it refuses."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from mienet.cli import main
from tests.conftest import WriteVideo

Printed = pytest.CaptureFixture[str]


def explain(*arguments: object) -> int:
    return main(["explain", *map(str, arguments)])


def test_a_sheet_and_a_video_are_written(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    assert explain(model, write_video(), "--out", tmp_path / "why", "--video") == 0
    written = {path.name for path in (tmp_path / "why").iterdir()}
    assert written == {"video.png", "video_explained.mp4"}
    assert Image.open(tmp_path / "why/video.png").width > 500
    assert "video.mp4: " in (said := capsys.readouterr().out) and "why/video.png" in said


def test_videos_of_one_name_are_numbered(
    model: Path, tmp_path: Path, write_video: WriteVideo
) -> None:
    videos = [write_video("a/clip.mp4"), write_video("b/clip.mp4")]
    assert explain(model, *videos, "--out", tmp_path / "why") == 0
    assert {path.name for path in (tmp_path / "why").iterdir()} == {"clip.png", "clip_2.png"}


def test_the_class_asked_for_is_explained(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    for name in ("fall", "rise"):
        assert explain(model, write_video(), "--out", tmp_path / "why", "--label", name) == 0
        assert f"video.mp4: {name}, " in capsys.readouterr().out


def test_an_unknown_class_names_the_nearest(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    assert explain(model, write_video(), "--out", tmp_path / "why", "--label", "ris") == 1
    assert "knows no class 'ris'; did you mean 'rise'?" in capsys.readouterr().err
    assert not (tmp_path / "why").exists()


def test_a_broken_video_does_not_stop_the_others(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"")
    assert explain(model, tmp_path / "bad.mp4", write_video(), "--out", tmp_path / "why") == 1
    assert "bad.mp4: the file is empty" in capsys.readouterr().err
    assert (tmp_path / "why/video.png").exists()


def test_moments_are_of_recordings(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    assert explain(model, write_video(), "--out", tmp_path / "why", "--at", 0.2) == 1
    assert "a model of clips, which does not take --at: it gives" in capsys.readouterr().err
    assert not (tmp_path / "why").exists()


def test_an_exported_model_is_refused(
    exported: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    assert explain(exported, write_video(), "--out", tmp_path / "why") == 1
    assert "give the run that it was exported from" in capsys.readouterr().err


def test_the_videos_own_folder_is_refused(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    folder = write_video("clips/clip.mp4").parent
    assert explain(model, folder, "--out", folder) == 1
    assert "is the folder of the videos" in capsys.readouterr().err


def test_missing_captum_is_told_before_the_model_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    assert explain(tmp_path / "none", tmp_path / "none.mp4", "--out", tmp_path / "why") == 1
    assert "pip install 'mienet[explain]'" in capsys.readouterr().err
