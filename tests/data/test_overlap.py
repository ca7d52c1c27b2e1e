"""Clips that show what others show."""

import shutil
from pathlib import Path

import pytest

from mienet.annotations.records import VideoRecord
from mienet.data.overlap import overlapping


@pytest.mark.parametrize(
    ("part", "known", "is_same"),
    [
        ({}, {}, True),
        ({"start_seconds": 1.0, "end_seconds": 2.0}, {}, True),
        ({}, {"start_frame": 5, "end_frame": 6}, True),
        ({"end_seconds": 2.0}, {"start_seconds": 1.9}, True),
        ({"end_seconds": 2.0}, {"start_seconds": 2.0}, False),
        ({"start_frame": 5, "end_frame": 9}, {"end_frame": 5}, False),
        ({"start_frame": 4, "end_frame": 9}, {"end_frame": 5}, True),
        ({"start_frame": 5, "end_frame": 9}, {"end_seconds": 0.1}, True),
    ],
)
def test_parts_of_a_video_overlap(
    part: dict[str, float], known: dict[str, float], is_same: bool
) -> None:
    clips = [VideoRecord("/a.mp4", 0, **part), VideoRecord("/b.mp4", 0, **part)]  # type: ignore[arg-type]
    others = [VideoRecord("/a.mp4", 0, **known)]  # type: ignore[arg-type]
    assert overlapping(clips, others) == [is_same, False]


def test_any_of_several_parts_counts() -> None:
    known = [VideoRecord("/a.mp4", 0, start, start + 1.0) for start in (0.0, 4.0)]
    clips = [VideoRecord("/a.mp4", 0, start, start + 1.0) for start in (1.0, 3.0, 4.5)]
    assert overlapping(clips, known) == [False, False, True]


def test_a_copy_shows_what_its_video_shows(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"video")
    shutil.copy(tmp_path / "a.mp4", tmp_path / "b.mp4")
    clip, known = (VideoRecord(str(tmp_path / name), 0) for name in ("b.mp4", "a.mp4"))
    assert overlapping([clip], [known]) == [True]
