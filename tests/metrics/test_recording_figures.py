"""Figures of several recordings, against numbers computed by hand."""

import math

import numpy as np
import pytest

from mienet.metrics.events import Event
from mienet.metrics.recording_figures import (
    event_rows,
    label_shares,
    overall_figures,
    phase_rows,
    recording_row,
    transition_rows,
    worst_first,
)
from mienet.metrics.recordings import RecordingComparison, RecordingLabels, compare_recording


def compare(
    true: list[int], predicted: list[int], lands: tuple[int, int] = (4, 4)
) -> RecordingComparison:
    """Compares a recording of 2 phases at 10 frames a second with one event, true and shown."""
    events = [Event("land", lands[0])], [Event("land", lands[1], 0.9)]
    labels = RecordingLabels(
        np.arange(len(true) + 1) / 10,
        np.array(true),
        np.array(predicted),
        true_events=events[0],
        shown_events=events[1],
        candidates=events[1],
    )
    return compare_recording(labels, 2, ["land"], tolerance_frames=2)


RIGHT = compare([2, 0, 0, 1, 1, 2], [2, 0, 0, 1, 1, 2])
LATE = compare([2, 0, 0, 1, 1, 1, 1, 2, 2, 2], [2, 2, 0, 1, 1, 1, 1, 2, 2, 2], (4, 8))


def test_overall_figures_have_intervals_over_groups() -> None:
    figures = overall_figures([RIGHT, LATE], ["ann", "bo"], tolerance_frames=2)
    accuracy = figures["frame_accuracy"]
    assert (accuracy.value, accuracy.low, accuracy.high) == pytest.approx((15 / 16, 0.9, 1.0))
    assert figures["edit_score"].value == 1
    assert figures["boundary_mean_frames"].value == pytest.approx(1 / 6)
    assert figures["boundary_mean_ms"].value == pytest.approx(100 / 6)
    assert [figures[f"event_map_{n}"].value for n in (0, 2, 4)] == [0.5, 0.5, 1.0]
    assert figures["correct_events"].value == figures["event_f1"].value == 0.5


def test_one_group_has_no_interval() -> None:
    figures = overall_figures([RIGHT, LATE], ["ann", "ann"], tolerance_frames=2)
    assert math.isnan(figures["frame_accuracy"].low)


def test_label_shares_are_of_true_frames() -> None:
    assert label_shares([RIGHT, LATE]) == [4 / 16, 6 / 16, 6 / 16]


def test_rows_of_phases_count_those_found_and_their_frames() -> None:
    up, down = phase_rows([RIGHT, LATE], ["up", "down"])
    assert (up["true"], up["predicted"], up["correct"]) == (2, 2, 2)  # an overlap of half counts
    assert (up["true_frames"], up["predicted_frames"]) == (4, 3)
    assert (up["frame_precision"], up["frame_recall"]) == (1.0, 0.75)
    assert up["duration_mean_error_seconds"] == pytest.approx(-0.05)
    assert up["duration_mean_absolute_error_seconds"] == pytest.approx(0.05)
    assert down["duration_mean_seconds"] == pytest.approx(0.3)


def test_rows_of_transitions_are_named_by_both_labels() -> None:
    rows = transition_rows([RIGHT, LATE], ["up", "down"])
    assert [(row["before"], row["after"], row["true"], row["mean_frames"]) for row in rows] == [
        ("up", "down", 2, 0.0),
        ("down", "(background)", 2, 0.0),
        ("(background)", "up", 2, 0.5),
    ]


def test_rows_of_events_have_average_precision_and_distance() -> None:
    (land,) = event_rows([RIGHT, LATE], ["land"], tolerance_frames=2)
    assert (land["true"], land["predicted"], land["correct"], land["f1"]) == (2, 2, 1, 0.5)
    assert (land["ap_2"], land["ap_4"], land["mean_frames"]) == (0.5, 1.0, 2.0)


def test_one_recording_has_its_own_figures() -> None:
    row = recording_row(LATE)
    assert (row["frames"], row["frame_accuracy"], row["event_f1"]) == (10, 0.9, 0.0)


def test_the_worst_recording_comes_first() -> None:
    assert worst_first([RIGHT, LATE]) == [1, 0]
