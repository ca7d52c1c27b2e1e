"""Calibration of a handful of answers, against numbers worked out by hand."""

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.metrics.calibration import reliability_bins, threshold_rows

CONFIDENCES = np.array([0.25, 0.5, 0.55, 0.95, 0.9, 1.0])
CORRECT = np.array([False, True, False, True, True, True])


def test_bins_hold_their_upper_ends() -> None:
    bins = reliability_bins(CONFIDENCES, CORRECT, num_bins=2)
    assert [(one.low, one.high, one.count) for one in bins] == [(0, 0.5, 2), (0.5, 1, 4)]
    assert bins[0].confidence == pytest.approx(0.375)
    assert (bins[0].accuracy, bins[1].accuracy) == (0.5, 0.75)
    assert bins[1].confidence == pytest.approx(3.4 / 4)


def test_fifteen_bins_are_the_published_number() -> None:
    bins = reliability_bins(np.array([0.0, 1 / 15, 0.07, 1.0]), np.ones(4, bool))
    assert [one.count for one in bins] == [2, 1, *[0] * 12, 1]


def test_thresholds_keep_and_cost() -> None:
    none, half, all_but = threshold_rows(CONFIDENCES, CORRECT, [0.0, 0.55, 0.99])
    assert (none.kept, none.kept_right, none.given_up_right) == (6, 4, 0)
    assert (half.kept, half.kept_right, half.given_up_right, half.accuracy) == (4, 3, 1, 0.75)
    assert (all_but.kept, all_but.accuracy, all_but.given_up_right) == (1, 1.0, 3)


def test_threshold_that_nothing_reaches_has_no_accuracy() -> None:
    (row,) = threshold_rows(np.array([0.5]), np.array([True]), [0.9])
    assert np.isnan(row.accuracy)


@pytest.mark.parametrize(("confidences", "correct", "bins", "message"), [
    ([1.5], [True], 15, r"from 0 to 1, got 1\.5"),
    ([np.nan], [True], 15, "from 0 to 1, got nan"),
    ([0.5], [True, False], 15, "1 confidences and 2 of the others"),
    ([0.5], [True], 0, "num_bins must be at least 1, got 0"),
])  # fmt: skip
def test_what_is_refused(
    confidences: list[float], correct: list[bool], bins: int, message: str
) -> None:
    with pytest.raises(MienetError, match=message):
        reliability_bins(np.array(confidences), np.array(correct), num_bins=bins)
