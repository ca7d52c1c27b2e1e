from pathlib import Path

import pytest

from mienet.annotations.records import Annotations, VideoRecord
from mienet.curation.probe import probe_video
from mienet.curation.problems import find_problems
from mienet.data.intervals import frame_range
from mienet.video.reader import VideoError, open_video

PARTS = [
    {},
    {"start_seconds": 0.0},
    {"start_seconds": 0.3, "end_seconds": 0.301},  # between two frames
    {"end_seconds": 0.02},
    {"start_seconds": 0.79},
    {"start_seconds": 0.8},
    {"start_seconds": 1.1},
    {"start_seconds": 0.5, "end_seconds": 1.29},
    {"start_seconds": 0.5, "end_seconds": 1.31},
    {"start_frame": 19},
    {"start_frame": 20},
    {"end_frame": 20},
    {"start_frame": 3, "end_frame": 21},
]


def is_trained_with(record: VideoRecord) -> bool:
    with open_video(record.path) as video:
        try:
            return frame_range(record, video)[1] > 0
        except VideoError:
            return False


def is_checked_well(record: VideoRecord) -> bool:
    probes = {record.path: probe_video(record.path, decode=False)}
    problems = find_problems({"all": Annotations([record], ["a"])}, probes)
    return [problem.kind for problem in problems] != ["outside the video"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_check_and_training_have_one_rule_for_parts(kind, write_video, write_frames) -> None:
    path = write_video(num_frames=20) if kind == "file" else write_frames("frames", 20)
    records = [VideoRecord(str(path), 0, source="l.csv:2", **part) for part in PARTS]
    trained = [is_trained_with(record) for record in records]
    assert trained == [is_checked_well(record) for record in records]
    assert 0 < sum(trained) < len(trained)


def test_a_part_shorter_than_a_frame_has_the_one_that_is_shown(write_video) -> None:
    record = VideoRecord(str(write_video()), 0, start_seconds=0.3, end_seconds=0.301)
    with open_video(Path(record.path)) as video:
        assert frame_range(record, video) == (7, 1)  # shown from 0.28 to 0.32 seconds
