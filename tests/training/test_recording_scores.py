"""Figures of validation recordings, counted by hand."""

import numpy as np
import pytest

from mienet.labeling.timelines import AnnotatedVideo
from mienet.timeline_recognizer import FrameProbabilities
from mienet.training.calibration import TEMPERATURES
from mienet.training.recording_scores import RecordingScores
from mienet.training.recording_windows import LabeledRecording


def recording(labels: list[int], events: list[tuple[int, int]]) -> LabeledRecording:
    return LabeledRecording(AnnotatedVideo("a.mp4"), 25.0, np.array(labels), events)


def one_hot(labels: list[int]) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[labels]


def peaks(length: int, *found: tuple[int, float]) -> np.ndarray:
    column = np.zeros((length, 1), np.float32)
    for frame, probability in found:
        column[frame] = probability
    return column


def test_frames_that_nobody_has_labeled_do_not_count() -> None:
    scores = RecordingScores(0)
    scores.add(recording([0, 0, 1, -1], []), FrameProbabilities(one_hot([0, 1, 1, 2]), None), 1)
    assert scores.figures() == {"val/frame_accuracy": pytest.approx(2 / 3)}


def test_steps_of_several_frames_are_compared_at_their_first() -> None:
    scores = RecordingScores(0)
    scores.add(recording([0, 1, 1, 0, 0], []), FrameProbabilities(one_hot([0, 1, 0]), None), 2)
    assert scores.figures() == {"val/frame_accuracy": 1.0}


def test_a_model_that_is_always_right_may_be_surer() -> None:
    scores = RecordingScores(0)
    unsure = np.array([[0.6, 0.4]] * 50, np.float32)
    scores.add(recording([0] * 50, []), FrameProbabilities(unsure, None), 1)
    assert scores.temperature() == TEMPERATURES[0]


def test_events_are_found_within_four_frames_of_25() -> None:
    scores = RecordingScores(1)
    near, far = peaks(30, (14, 0.9)), peaks(30, (15, 0.9))
    for events in (near, far):  # the true one is in frame 10
        scores.add(recording([0] * 30, [(0, 10)]), FrameProbabilities(None, events), 1)
    # The two are equally sure: at the second place one of two events is found, at precision 1/1.
    assert scores.figures() == {"val/event_map": pytest.approx(0.5)}


def test_thresholds_are_those_that_suit_the_recordings() -> None:
    scores = RecordingScores(1)
    events = peaks(40, (10, 0.8), (25, 0.2))
    scores.add(recording([0] * 40, [(0, 10)]), FrameProbabilities(None, events), 1)
    assert scores.thresholds() == [pytest.approx(0.5)]


def test_without_recordings_there_is_nothing_to_say() -> None:
    assert RecordingScores(0).figures() == {}
    assert RecordingScores(1).thresholds() == [0.5]
