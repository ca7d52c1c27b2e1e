"""Copies of videos are known by their bytes."""

import hashlib
import shutil
from pathlib import Path

import pytest

from mienet.data.copies import Content, originals


def test_a_copy_is_the_video_that_it_was_made_of(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"one")
    (tmp_path / "b.mp4").write_bytes(b"two")
    shutil.copy(tmp_path / "a.mp4", tmp_path / "copy.mp4")
    (tmp_path / "new.mp4").write_bytes(b"six")  # as long as a.mp4, and another
    (tmp_path / "link.mp4").symlink_to(tmp_path / "b.mp4")
    names = ["copy.mp4", "link.mp4", "new.mp4", "gone.mp4"]
    found = originals(
        [str(tmp_path / name) for name in names],
        [str(tmp_path / name) for name in ("a.mp4", "b.mp4", "lost.mp4")],
    )
    expected = ["a.mp4", "b.mp4", "new.mp4", "gone.mp4"]
    assert [Path(one).name for one in found.values()] == expected


def test_a_video_that_is_gone_is_known_by_its_content(tmp_path: Path) -> None:
    digest = hashlib.blake2b(b"one", digest_size=16).hexdigest()
    contents = {str(tmp_path / "gone.mp4"): Content(3, digest)}
    for name, content in {"renamed.mp4": b"one", "other.mp4": b"two"}.items():
        (tmp_path / name).write_bytes(content)
    names = [str(tmp_path / name) for name in ("renamed.mp4", "other.mp4")]
    found = originals(names, contents, contents)
    assert [Path(one).name for one in found.values()] == ["gone.mp4", "other.mp4"]


def test_files_of_another_size_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"one")
    (tmp_path / "b.mp4").write_bytes(b"three")
    monkeypatch.setattr("filecmp.cmp", lambda *_, **__: pytest.fail("read"))
    (found,) = originals([str(tmp_path / "b.mp4")], [str(tmp_path / "a.mp4")]).values()
    assert found == str(tmp_path / "b.mp4")


def test_empty_files_and_folders_are_no_copies(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"")
    for name in ("c", "d"):
        (tmp_path / name).mkdir()
    names = [str(tmp_path / name) for name in ("b.mp4", "d")]
    known = [str(tmp_path / name) for name in ("a.mp4", "c")]
    assert list(originals(names, known).values()) == names
