import math
from collections.abc import Sequence

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.metrics.bootstrap import bootstrap_interval


def mean(figures: Sequence[float]) -> float:
    return float(np.mean(figures))


def test_two_groups_are_drawn_whole() -> None:
    # Of two groups, a quarter of the draws takes the first twice and a quarter the second twice.
    interval = bootstrap_interval([0.0, 0.0, 1.0], ["ann", "ann", "bob"], mean)
    assert (interval.low, interval.high, interval.num_groups) == (0, 1, 2)


def test_more_videos_of_the_same_subjects_narrow_nothing() -> None:
    one = bootstrap_interval([0.1, 0.5, 0.9], ["a", "b", "c"], mean)
    many = bootstrap_interval([0.1, 0.5, 0.9] * 50, ["a", "b", "c"] * 50, mean)
    assert (many.low, many.high) == pytest.approx((one.low, one.high))


def test_an_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    figures = np.random.default_rng(0).normal(size=400)
    interval = bootstrap_interval(figures.tolist(), range(400), mean, num_resamples=4000)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * figures.std() / 20, rel=0.05)


def test_the_seed_makes_the_draw() -> None:
    figures, groups = list(np.arange(10.0)), list(range(10))
    assert bootstrap_interval(figures, groups, mean) == bootstrap_interval(figures, groups, mean)


def test_one_group_has_no_interval() -> None:
    interval = bootstrap_interval([0.1, 0.9], ["ann", "ann"], mean)
    assert math.isnan(interval.low)
    assert interval.num_groups == 1


def test_resamples_without_a_figure_are_left_out() -> None:
    interval = bootstrap_interval([1.0, math.nan], ["ann", "bob"], mean)
    assert (interval.low, interval.high) == (1, 1)


def test_a_group_for_each_video_is_needed() -> None:
    with pytest.raises(MienetError, match="got 2 videos and 1 groups"):
        bootstrap_interval([0.1, 0.9], ["ann"], mean)


def test_no_resamples_are_refused() -> None:
    with pytest.raises(MienetError, match="num_resamples must be at least 1, got 0"):
        bootstrap_interval([0.1], ["ann"], mean, num_resamples=0)
