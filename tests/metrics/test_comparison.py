"""Tests of differences between models, against hand-computed and published cases."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.metrics.comparison import (
    Difference,
    holm_adjusted,
    mcnemar_test,
    paired_difference,
)


def right(only_first: int, only_second: int, both: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Returns what two models have right, of as many videos."""
    first = [True] * only_first + [False] * only_second + [True] * both + [False]
    second = [False] * only_first + [True] * only_second + [True] * both + [False]
    return np.array(first), np.array(second)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p_value"),
    [
        (1, 5, 2 * (1 + 6) / 2**6),
        (0, 5, 2 / 2**5),
        (5, 1, 2 * (1 + 6) / 2**6),
        (3, 3, 1.0),
        (1, 1, 1.0),
        (0, 0, 1.0),
        # Approval ratings in Agresti, Categorical Data Analysis, 1990, page 350, with the p-value
        # that R's exact2x2::mcnemar.exact gives of them.
        (150, 86, 3.716e-05),
    ],
)
def test_mcnemar_is_binomial(only_first: int, only_second: int, p_value: float) -> None:
    found = mcnemar_test(*right(only_first, only_second))
    assert (found.num_only_first, found.num_only_second) == (only_first, only_second)
    assert found.p_value == pytest.approx(p_value, rel=1e-3)


def test_what_both_have_right_says_nothing() -> None:
    few, many = mcnemar_test(*right(2, 9, both=0)), mcnemar_test(*right(2, 9, both=900))
    assert few == many


def test_mcnemar_needs_the_same_videos() -> None:
    with pytest.raises(MienetError, match=r"same videos, got \(2,\) and \(3,\)"):
        mcnemar_test(np.ones(2, bool), np.ones(3, bool))


def test_holm_multiplies_the_smallest_most() -> None:
    assert holm_adjusted([0.04, 0.01, 0.03, 0.5]) == pytest.approx([0.09, 0.04, 0.09, 0.5])
    assert holm_adjusted([0.6, 0.7]) == [1.0, 1.0]


def test_tests_that_could_not_be_made_are_not_counted() -> None:
    found = holm_adjusted([0.02, math.nan, 0.5])
    assert found[0] == 0.04
    assert math.isnan(found[1])


def mean_of(values: Sequence[float]):
    array = np.array(values, dtype=np.float64)
    return lambda places: float(array[places].mean())


def test_the_same_groups_are_drawn_for_both() -> None:
    # The second is better by 0.1 in every video, however much the videos differ.
    first = np.random.default_rng(0).random(30)
    found = paired_difference(mean_of(first), mean_of(first + 0.1), range(30))
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert found.p_value == pytest.approx(2 / 1001)
    assert found.excludes_zero


def test_the_interval_is_as_wide_as_theory_says() -> None:
    differences = np.random.default_rng(1).normal(size=400)
    found = paired_difference(
        mean_of([0.0] * 400), mean_of(differences), range(400), num_resamples=4000
    )
    assert found.high - found.low == pytest.approx(2 * 1.96 * differences.std() / 20, rel=0.05)


def test_the_p_value_is_that_of_the_normal_test() -> None:
    differences = np.random.default_rng(2).normal(size=400)
    differences += 0.1 - differences.mean()  # twice its standard error, 0.05
    differences = 0.1 + (differences - 0.1) / differences.std()
    found = paired_difference(
        mean_of([0.0] * 400), mean_of(differences), range(400), num_resamples=8000
    )
    assert found.p_value == pytest.approx(0.0455, abs=0.012)


def test_without_a_difference_it_is_chance() -> None:
    found = paired_difference(mean_of([0.0, 1.0]), mean_of([0.0, 1.0]), ["ann", "bob"])
    assert (found.value, found.p_value, found.excludes_zero) == (0, 1, False)


def test_videos_of_one_subject_move_together() -> None:
    better = np.tile([1.0, -0.8], 40)
    alone = paired_difference(mean_of([0.0] * 80), mean_of(better), range(80))
    subjects = ["ann", "bob"] * 40
    together = paired_difference(mean_of([0.0] * 80), mean_of(better), subjects)
    assert (together.low, together.high, together.num_groups) == pytest.approx((-0.8, 1.0, 2))
    assert alone.high - alone.low < 0.5


def test_one_subject_has_no_interval() -> None:
    found = paired_difference(mean_of([0.0, 0.0]), mean_of([1.0, 1.0]), ["ann", "ann"])
    assert found.value == 1
    assert math.isnan(found.low)
    assert math.isnan(found.p_value)
    assert not found.excludes_zero


def test_five_subjects_show_nothing() -> None:
    assert not Difference(0.1, 0.05, 0.15, 0.002, num_groups=5).has_enough_groups
    assert Difference(0.1, 0.05, 0.15, 0.002, num_groups=6).has_enough_groups


def test_a_figure_that_one_lacks_has_no_difference() -> None:
    found = paired_difference(lambda places: math.nan, mean_of([1.0, 1.0]), ["ann", "bob"])
    assert math.isnan(found.value)
    assert found.num_groups == 2


def test_without_videos_there_is_nothing_to_compare() -> None:
    with pytest.raises(MienetError, match="got 0 videos"):
        paired_difference(mean_of([]), mean_of([]), [])
