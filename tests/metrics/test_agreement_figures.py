import math

import numpy as np
import pytest

from mienet.metrics.agreement_figures import (
    agreement_figures,
    boundary_agreement,
    disagreements,
    event_agreement_rows,
)
from mienet.metrics.events import Event
from mienet.metrics.recordings import RecordingComparison, RecordingLabels, compare_recording

FIRST = np.array([0] * 4 + [1] * 4)
SECOND = np.array([0] * 6 + [1] * 2)


def labeled(
    first: object = FIRST, second: object = SECOND, **events: list[Event]
) -> RecordingLabels:
    one, other = np.asarray(first), np.asarray(second)
    return RecordingLabels(np.arange(len(one) + 1) / 10, one, other, **events)


def compared(labels: RecordingLabels, events: tuple[str, ...] = ()) -> RecordingComparison:
    return compare_recording(labels, 2, events, tolerance_frames=2)


def test_kappa_without_and_with_tolerance() -> None:
    # 6 of 8 agree; chance is (4 x 6 + 4 x 2) / 64 = 1/2. Within 2 frames all do.
    figures = agreement_figures([compared(labeled())], ["ann"])
    assert figures["kappa"].value == 0.5
    assert (figures["agreement"].value, figures["agreement_by_chance"].value) == (0.75, 0.5)
    assert [figures[f"kappa_by_{who}"].value for who in ("first", "second")] == [1, 1]


def test_one_subject_has_no_interval() -> None:
    figures = agreement_figures([compared(labeled())] * 2, ["ann", "ann"])
    assert math.isnan(figures["kappa"].low)


def test_intervals_are_over_subjects() -> None:
    alike = compared(labeled(FIRST, FIRST))
    figures = agreement_figures([compared(labeled()), alike], ["ann", "bo"])
    assert (figures["kappa"].low, figures["kappa"].high) == (0.5, 1)


def test_the_second_is_later() -> None:
    row = boundary_agreement([compared(labeled())])
    assert (row["shared"], row["only_first"], row["only_second"]) == (1, 0, 0)
    assert (row["mean_frames"], row["mean_difference_frames"]) == (2, 2)
    assert row["mean_difference_ms"] == pytest.approx(200)


def test_differences_keep_their_sign() -> None:
    row = boundary_agreement([compared(labeled()), compared(labeled(SECOND, FIRST))])
    assert (row["mean_frames"], row["mean_difference_frames"]) == (2, 0)


def test_events_are_shared_within_the_tolerance() -> None:
    labels = labeled(
        true_events=[Event("land", 1), Event("land", 7)],
        shown_events=[Event("land", 2), Event("land", 4)],
    )
    (row,) = event_agreement_rows([compared(labels, ("land",))], ["land"])
    assert [row[key] for key in ("first", "second", "shared", "only_first", "only_second")] == [
        *(2, 2, 1, 1, 1)
    ]
    # Within half a second, 5 frames, both pairs count: 1 frame later and 3 frames earlier.
    assert (row["f1"], row["pairs"], row["mean_difference_frames"]) == (0.5, 2, -1)


def rows_of(labels: RecordingLabels) -> list[tuple[object, ...]]:
    rows = disagreements(labels, ["up", "down"], ["land"], background="none", tolerance_frames=2)
    return [tuple(row.values()) for row in rows]


def test_disagreements_are_stretches_and_single_events() -> None:
    labels = labeled(true_events=[Event("land", 1)], shown_events=[Event("land", 7)])
    assert rows_of(labels) == [
        (0.4, 0.6, 2, "phase", "down", "up"),
        (0.1, 0.1, 0, "event", "land", ""),
        (0.7, 0.7, 0, "event", "", "land"),
    ]


def test_unlabeled_frames_are_no_disagreement() -> None:
    labels = labeled([0, 0, -1, -1], [0, 2, 2, 2], shown_events=[Event("land", 3)])
    assert rows_of(labels) == [(0.1, 0.2, 1, "phase", "up", "none")]
