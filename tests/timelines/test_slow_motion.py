from collections.abc import Callable
from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.timelines.slow_motion import in_reality
from mienet.training.recording_windows import label_recording
from tests.conftest import WriteVideo


def marks(path: Path) -> AnnotatedVideo:
    """Returns marks of frames 2 to 7 and 9 of a video that shows 25 frames a second."""
    intervals, events = (Interval("up", 0.08, 0.28),), (Event("top", 0.36),)
    return AnnotatedVideo(path.name, intervals, events, path=str(path), duration_seconds=0.4)


def test_times_become_those_of_reality(write_video: WriteVideo) -> None:
    found = in_reality(marks(write_video(num_frames=10)), 250)
    (up,), (top,) = found.intervals, found.events
    times = [up.start_seconds, up.end_seconds, top.time_seconds, found.duration_seconds]
    assert times == pytest.approx([0.008, 0.028, 0.036, 0.04])
    assert found.capture_fps == 250


def test_marks_stay_at_their_frames(write_video: WriteVideo) -> None:
    video = marks(write_video(num_frames=10))
    for taken in (video, in_reality(video, 240)):
        labeled = label_recording(taken, ["up"], ["top"])
        assert labeled.labels.tolist() == [1, 1, 0, 0, 0, 0, 0, 1, 1, 1]
        assert labeled.events == [(0, 9)]
    assert labeled.frames_per_second == 240


def test_a_mark_outside_stays_outside(write_video: WriteVideo) -> None:
    video = AnnotatedVideo("a", events=(Event("late", 0.8),), path=str(write_video(num_frames=10)))
    (late,) = in_reality(video, 250).events
    assert late.time_seconds == pytest.approx(0.08)


def test_a_folder_of_frames_counts_reality_already(
    write_frames: Callable[[str, int], Path],
) -> None:
    video = in_reality(marks(write_frames("frames", 10)), 25)
    assert video.intervals == (Interval("up", 0.08, 0.28),)
    labeled = label_recording(video, ["up"], ["top"])
    assert labeled.labels.tolist() == [1, 1, 0, 0, 0, 0, 0, 1, 1, 1]


def test_reality_is_not_changed_again(write_video: WriteVideo) -> None:
    video = in_reality(marks(write_video(num_frames=10)), 240)
    with pytest.raises(MienetError, match="has a column capture_fps; leave one out"):
        in_reality(video, 240)


def test_seconds_beside_one_frame_alone_stay_as_they_are(write_video: WriteVideo) -> None:
    path = write_video(num_frames=1)
    video = AnnotatedVideo("a", (Interval("up", 0.0, 0.04),), (Event("top", 0.0),), path=str(path))
    found = in_reality(video, 250)
    assert (found.intervals, found.events) == (video.intervals, video.events)
