import math

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.metrics.events import Event
from mienet.metrics.timing import boundaries, compare_timing, timing_errors


def jumps(*frames: float) -> list[Event]:
    return [Event("jump", frame) for frame in frames]


def test_boundaries_are_called_by_what_begins() -> None:
    assert boundaries(list("aab--")) == [Event("b", 2), Event("-", 3)]


def test_a_video_of_one_phase_has_no_boundaries() -> None:
    assert boundaries([1, 1, 1]) == []


def test_distances_by_hand() -> None:
    frames = [0, 100, 200, 300, 400]
    predicted = [frame + late for frame, late in zip(frames, [0, -1, 2, 3, 4], strict=True)]
    errors = timing_errors([compare_timing(jumps(*frames), jumps(*predicted), within_frames=10)])
    assert (errors.median_frames, errors.mean_frames) == (2, 2)
    assert errors.p95_frames == pytest.approx(3.8)  # four fifths of the way from 3 to 4


def test_late_is_positive() -> None:
    comparison = compare_timing(jumps(10, 20), jumps(8, 23), within_frames=5)
    assert comparison.offsets_frames.tolist() == [-2, 3]


def test_what_is_too_far_is_missed_and_invented() -> None:
    errors = timing_errors([compare_timing(jumps(10, 50), jumps(12, 80, 90), within_frames=5)])
    assert (errors.num_matched, errors.num_missed, errors.num_invented) == (1, 1, 2)


def test_labels_are_not_mixed() -> None:
    comparison = compare_timing(jumps(10), [Event("land", 10)], within_frames=5)
    assert (comparison.num_missed, comparison.num_invented) == (1, 1)


def test_milliseconds_follow_the_times_of_the_frames() -> None:
    seconds = np.array([0.0, 0.04, 0.08, 0.28, 0.32])  # a gap between frames 2 and 3
    comparison = compare_timing(jumps(1), jumps(3), within_frames=5, frame_seconds=seconds)
    assert comparison.offsets_ms.tolist() == pytest.approx([240])


def test_without_times_there_are_no_milliseconds() -> None:
    errors = timing_errors([compare_timing(jumps(1), jumps(3), within_frames=5)])
    assert errors.mean_frames == 2
    assert math.isnan(errors.mean_ms)


def test_an_event_outside_the_times_is_refused() -> None:
    with pytest.raises(MienetError, match="at frame 3, but frame_seconds has 3 frames"):
        compare_timing(jumps(1), jumps(3), within_frames=5, frame_seconds=np.arange(3.0))


def test_nothing_predicted_is_missed_and_has_no_distance() -> None:
    errors = timing_errors([compare_timing(jumps(1), [], within_frames=5)])
    assert errors.num_missed == 1
    assert math.isnan(errors.median_frames)


def test_a_limit_below_zero_is_refused() -> None:
    with pytest.raises(MienetError, match="within_frames must be at least 0, got -1"):
        compare_timing([], [], within_frames=-1)
