"""One recording compared: labeled stretches alone, boundaries with their errors, durations."""

import numpy as np
import pytest

from mienet.metrics.events import Event
from mienet.metrics.recordings import (
    RecordingComparison,
    RecordingLabels,
    compare_recording,
    labeled_stretches,
)

NONE = 2
"""Of two phases, 0 and 1, the label of frames in neither."""


def compare(
    true: list[int], predicted: list[int], *, fps: float = 10, **events: list[Event]
) -> RecordingComparison:
    borders = np.arange(len(true) + 1) / fps
    labels = RecordingLabels(borders, np.array(true), np.array(predicted), **events)
    return compare_recording(labels, 2, ["land", "jump"], tolerance_frames=1)


def boundaries(found: RecordingComparison) -> list[tuple[object, ...]]:
    return [(b.before, b.after, b.true_frame, b.predicted_frame) for b in found.boundaries]


def test_stretches_are_the_runs_of_labeled_frames() -> None:
    assert labeled_stretches(np.array([-1, 0, 2, -1, -1, 1])) == [(1, 3), (5, 6)]
    assert labeled_stretches(np.array([-1, -1])) == []


def test_unlabeled_frames_do_not_count() -> None:
    found = compare([0, 0, -1, -1, 1, 1], [0, 0, 1, 0, 1, 0])
    assert found.num_frames == 4
    assert found.confusion.tolist() == [[2, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert [one.num_frames for one in found.phases] == [2, 2]


def test_no_phase_goes_on_across_an_unlabeled_stretch() -> None:
    found = compare([0, 0, -1, 0, 0], [0, 0, 0, 0, 0])
    assert [len(one.reached) for one in found.phases] == [1, 1]


def test_boundaries_are_matched_by_the_label_that_begins() -> None:
    found = compare([2, 2, 0, 0, 1, 1, 1], [2, 0, 0, 0, 0, 1, 2])
    assert boundaries(found) == [(2, 0, 2, 1), (0, 1, 4, 5), (1, 2, None, 6)]
    assert [b.error_frames for b in found.boundaries] == [-1, 1, None]
    assert [b.error_ms for b in found.boundaries][:2] == pytest.approx([-100, 100])
    assert (found.boundary_timing.num_missed, found.boundary_timing.num_invented) == (0, 1)


def test_boundaries_half_a_second_apart_are_different_ones() -> None:
    true, predicted = [2] * 3 + [0] * 9, [2] * 9 + [0] * 3
    assert boundaries(compare(true, predicted)) == [(2, 0, 3, None), (2, 0, None, 9)]
    assert boundaries(compare(true, predicted, fps=100)) == [(2, 0, 3, 9)]


def test_boundaries_keep_their_frame_behind_an_unlabeled_stretch() -> None:
    assert boundaries(compare([-1, -1, 2, 0], [0, 1, 2, 0])) == [(2, 0, 3, 3)]


def test_durations_are_compared_of_phases_that_overlap_by_half() -> None:
    found = compare([0, 0, 0, 0, 1, 1, 1, 1], [2, 0, 0, 0, 0, 2, 2, 1])
    (pair,) = found.durations
    assert (pair.phase, pair.true_seconds, pair.predicted_seconds) == pytest.approx((0, 0.4, 0.4))


def test_each_phase_is_compared_alone_too() -> None:
    found = compare([0, 0, 1, 1], [0, 0, 2, 2])
    (up,), (down,) = found.by_phase
    assert (up.reached.tolist(), up.num_predicted) == ([1.0], 1)
    assert (down.reached.tolist(), down.num_predicted) == ([0.0], 0)


def test_average_precision_sees_all_candidates_and_the_rest_those_shown() -> None:
    found = compare(
        [2] * 6,
        [2] * 6,
        true_events=[Event("land", 3)],
        shown_events=[Event("land", 4, 0.9)],
        candidates=[Event("land", 4, 0.9), Event("land", 0, 0.1)],
    )
    assert [int(found.events[n]["land"].is_match.sum()) for n in (0, 1)] == [0, 1]
    assert len(found.events[0]["land"].scores) == 2
    assert found.shown["land"].offsets_frames.tolist() == [1]
    assert found.shown["land"].num_invented == 0


def test_events_at_unlabeled_frames_do_not_count() -> None:
    events = [Event("land", 1), Event("land", 4)]
    found = compare([2, 2, 2, -1, -1], [2] * 5, true_events=events, shown_events=events)
    assert len(found.shown["land"].offsets_frames) == 1


def test_without_phases_there_is_nothing_to_compare_of_them() -> None:
    labels = RecordingLabels(np.arange(4) / 10, np.zeros(3, np.int64), np.zeros(3, np.int64))
    found = compare_recording(labels, 0, ["land"], tolerance_frames=1)
    assert (found.phases, found.boundaries, found.agreement) == ((), (), ())
