"""Tests of differences of labels, against hand-computed cases and the measures of all videos."""

import math

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.metrics.comparison import paired_difference
from mienet.metrics.label_differences import label_differences
from mienet.metrics.label_ratios import LabelRatios, clip_ratios

LABELS = np.array([0, 0, 1, 1] * 10)


def recalls(predicted: np.ndarray) -> LabelRatios:
    return clip_ratios(LABELS, predicted, 3)["recall"]


def test_figures_are_the_hand_computed_ones() -> None:
    found = clip_ratios(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), 3)
    values = {name: one.values[:2].tolist() for name, one in found.items()}
    assert values == {"precision": [1, 0.5], "recall": [2 / 3, 1], "f1": [0.8, 2 / 3]}
    assert all(math.isnan(one.values[2]) for one in found.values())


def test_only_the_label_that_differs_is_told() -> None:
    (pair,) = label_differences([recalls(LABELS * 0), recalls(LABELS)], range(40))
    assert [one.value for one in pair[:2]] == [0, 1]
    assert (pair[1].low, pair[1].high, pair[1].num_groups) == (1, 1, 20)
    assert pair[1].p_value == 2 / 20001
    assert (pair[0].low, pair[0].high, pair[0].p_value) == (0, 0, 1)


def test_a_label_that_does_not_occur_has_no_difference() -> None:
    (pair,) = label_differences([recalls(LABELS), recalls(LABELS)], range(40))
    assert math.isnan(pair[2].value)
    assert math.isnan(pair[2].low)
    assert pair[2].num_groups == 0


def test_the_interval_is_that_of_the_paired_bootstrap() -> None:
    random = np.random.default_rng(0)
    first, second = (np.where(random.random(40) < share, LABELS, 2) for share in (0.4, 0.8))
    groups = [place // 2 for place in range(40)]
    (pair,) = label_differences([recalls(first), recalls(second)], groups)

    def recall(predicted: np.ndarray, places: list[int]) -> float:
        own = [place for place in places if LABELS[place] == 1]
        return float(np.mean(predicted[own] == 1)) if own else math.nan

    expected = paired_difference(
        lambda places: recall(first, list(places)),
        lambda places: recall(second, list(places)),
        groups,
    )
    assert pair[1].value == expected.value
    assert (pair[1].low, pair[1].high) == pytest.approx((expected.low, expected.high), abs=0.06)


def test_every_two_models_are_compared() -> None:
    models = [recalls(np.full(40, label)) for label in (0, 1, 2)]
    found = label_differences(models, range(40), num_resamples=10)
    assert [[one.value for one in pair[:2]] for pair in found] == [[-1, 1], [-1, 0], [0, -1]]


def test_one_group_has_no_intervals() -> None:
    (pair,) = label_differences([recalls(LABELS * 0), recalls(LABELS)], ["ann"] * 40)
    assert (pair[1].value, pair[1].num_groups) == (1, 1)
    assert math.isnan(pair[1].low)
    assert math.isnan(pair[1].p_value)


def test_models_of_other_videos_are_refused() -> None:
    with pytest.raises(MienetError, match=r"got 4 groups and figures of \(40, 3\)"):
        label_differences([recalls(LABELS), recalls(LABELS)], range(4))
