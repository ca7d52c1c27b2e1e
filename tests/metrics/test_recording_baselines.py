import numpy as np
import pytest

from mienet.metrics.events import Event
from mienet.metrics.frame_labels import runs
from mienet.metrics.recording_baselines import commonest_figures, guessing_figures
from mienet.metrics.recordings import RecordingLabels

TRUE = np.repeat([2, 0, 1, 2], [10, 4, 2, 4])
"""Twenty frames with two phases, of which the first lasts 4 and the second 2; the rest is none."""


def recording(true: np.ndarray = TRUE, events: tuple[Event, ...] = ()) -> RecordingLabels:
    return RecordingLabels(np.arange(len(true) + 1) / 25, true, true, events, events, events)


def test_commonest_answer_is_right_where_it_is_true() -> None:
    found = commonest_figures([recording()], 2, 2, [], tolerance_frames=0)
    assert found["frame_accuracy"] == 14 / 20
    assert (found["edit_score"], found["f1_50"], found["kappa"]) == (0, 0, 0)
    assert np.isnan(found["boundary_median_frames"])


def test_commonest_answer_has_no_events() -> None:
    only = (Event("land", 12),)
    found = commonest_figures([recording(events=only)], 2, 2, ["land"], tolerance_frames=1)
    assert (found["event_recall"], found["event_f1"], found["event_map_4"]) == (0, 0, 0)


def test_guessing_is_right_in_one_of_three_frames() -> None:
    some = [recording(np.tile(TRUE, 50))] * 5
    found = guessing_figures(some, 2, [], tolerance_frames=0)
    assert found["frame_accuracy"] == pytest.approx(1 / 3, abs=0.02)
    assert found["kappa"] == pytest.approx(0, abs=0.02)


def test_guessing_finds_events_by_the_share_of_frames_that_are_near() -> None:
    true = np.zeros(100, dtype=np.int64)
    some = [recording(true, (Event("land", 50),))] * 200
    found = guessing_figures(some, 0, ["land"], tolerance_frames=2)
    assert found["event_recall"] == pytest.approx(5 / 100, abs=0.015)


def test_guessing_changes_as_often_as_the_truth() -> None:
    from mienet.metrics.recording_baselines import _random_labels

    guess = _random_labels(TRUE, 2, np.random.default_rng(0))
    assert len(guess) == 20
    assert len(runs(guess)) == 4


def test_guessing_of_a_recording_of_one_frame() -> None:
    found = guessing_figures([recording(TRUE[:1])], 2, [], tolerance_frames=0)
    assert 0 <= found["frame_accuracy"] <= 1
