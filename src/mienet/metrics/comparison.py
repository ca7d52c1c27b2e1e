"""Whether one model is better than another on the same videos, or whether it is chance.

Two models fail on much the same videos, so their difference varies less than their figures do: it
is measured on pairs. Two intervals that touch say nothing.

[1] McNemar, Note on the sampling error of the difference between correlated proportions or
    percentages, Psychometrika 12, 1947; the exact test is binomial, over the videos on which only
    one model is right.
[2] Dietterich, Approximate statistical tests for comparing supervised classification learning
    algorithms, Neural Computation 10, 1998: why McNemar's test for models that are trained once.
[3] Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6, 1979.
[4] Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 8.3 and 15.4; groups are
    drawn whole, as in ``bootstrap.py``.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.metrics.bootstrap import percentiles, resampled_figures

SIGNIFICANCE = 0.05
"""Probability of what chance alone would give, below which it is not taken for chance."""

LEAST_GROUPS = 6
"""Fewer groups than these show nothing: even if one model is better in all five of five, chance
alone gives as much in 2 of 2**5 = 6 % of all cases, which is more than ``SIGNIFICANCE``."""

Verdict = Literal[
    "the same", "outside the noise", "within the noise", "too few groups to tell", "no figure"
]

MeasureOfPlaces = Callable[[Sequence[int]], float]
"""From places of videos, of which some may occur several times, to a figure."""


@dataclass(frozen=True)
class Measure:
    """What models are compared by.

    Attributes:
        name: As in metrics.json, such as ``f1_50``.
        title: What people call it, such as F1@50.
        is_share: Whether it is a share from 0 to 1; otherwise it counts frames.
        less_is_better: Whether it is an error.
    """

    name: str
    title: str
    is_share: bool = True
    less_is_better: bool = False


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test.

    Attributes:
        num_only_first: Videos on which the first model alone is right.
        num_only_second: Videos on which the second model alone is right.
        p_value: Probability of a difference as large or larger if neither were better, two-sided.
    """

    num_only_first: int
    num_only_second: int
    p_value: float


@dataclass(frozen=True)
class Difference:
    """The second model's figure minus the first's, on the same videos.

    Attributes:
        value: Over all videos; NaN where one has no figure.
        low: Lower end of the 95 % interval over groups; NaN for a single group.
        high: Upper end.
        p_value: Probability of a difference as large or larger if there were none, two-sided;
            NaN likewise.
        num_groups: Groups that were drawn.
    """

    value: float
    low: float
    high: float
    p_value: float
    num_groups: int

    @property
    def has_enough_groups(self) -> bool:
        """Returns whether there are so many groups that a difference can be told from chance."""
        return self.num_groups >= LEAST_GROUPS

    @property
    def excludes_zero(self) -> bool:
        """Returns whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0

    def verdict(self, p_values: Sequence[float]) -> Verdict:
        """Returns whether it is more than chance alone would give.

        The interval must exclude 0, and every p-value be small.

        Args:
            p_values: Of this difference, corrected for the number of tests.
        """
        if math.isnan(self.value):
            return "no figure"
        if self.value == 0:
            return "the same"
        if not self.has_enough_groups:
            return "too few groups to tell"
        is_clear = self.excludes_zero and all(p < SIGNIFICANCE for p in p_values)
        return "outside the noise" if is_clear else "within the noise"


def mcnemar_test(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """Returns McNemar's exact test [1, 2] of which videos two models have right.

    It takes videos as independent of each other; where several are of one subject, chance gives
    more than it says, and ``paired_difference`` is to be looked at too.

    Args:
        first: Whether the first model is right, ``(N,)``.
        second: The same of the second.

    Raises:
        MienetError: If they are not of the same videos.
    """
    if first.shape != second.shape or first.ndim != 1:
        raise MienetError(
            f"two models are compared on the same videos, got {first.shape} and {second.shape}"
        )
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    if only_first + only_second == 0:
        return McNemar(0, 0, 1.0)
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    found = binomtest(only_first, only_first + only_second, 0.5)
    return McNemar(only_first, only_second, float(found.pvalue))


def holm_adjusted(p_values: Sequence[float]) -> list[float]:
    """Returns p-values of several tests, adjusted so that all hold at once [3].

    The smallest is multiplied by the number of tests, the next by one less, and so on; none gets
    smaller than one before it. NaN, a test that could not be made, is not counted.
    """
    order = sorted(
        (place for place, p in enumerate(p_values) if not math.isnan(p)), key=p_values.__getitem__
    )
    adjusted, least = [math.nan] * len(p_values), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, p_values[place] * (len(order) - rank)))
        adjusted[place] = least
    return adjusted


def paired_difference(
    first: MeasureOfPlaces,
    second: MeasureOfPlaces,
    groups: Sequence[Hashable],
    *,
    num_resamples: int = 1000,
    seed: int = 0,
) -> Difference:
    """Returns how much better the second model is, by the paired bootstrap over groups [4].

    Each resample draws groups and measures both models on the same videos. The p-value is twice the
    share of resamples in which the difference is 0 or has the other sign.

    Args:
        first: Gives the first model's figure of the videos at some places.
        second: Gives the second's.
        groups: What each video belongs to, such as its subject.
        num_resamples: How often groups are drawn.
        seed: Of the draw; the same seed draws the same groups for every measure.

    Raises:
        MienetError: If there are no videos.
    """

    def difference(places: Sequence[int]) -> float:
        return second(places) - first(places)

    if not groups:
        raise MienetError("a difference needs videos and the group of each, got 0 videos")
    every = range(len(groups))
    value = difference(every)
    if math.isnan(value):
        return Difference(math.nan, math.nan, math.nan, math.nan, len(set(groups)))
    figures, num_groups = resampled_figures(
        every, groups, difference, num_resamples=num_resamples, seed=seed
    )
    return resampled_difference(value, figures, num_groups)


def resampled_difference(
    value: float, resampled: NDArray[np.float64], num_groups: int
) -> Difference:
    """Returns a difference with its interval and p-value.

    Args:
        value: Over all videos.
        resampled: The same of every resample, ``(R,)``; NaN, of one without a figure, is left out.
        num_groups: Groups that were drawn.
    """
    if math.isnan(value):
        return Difference(math.nan, math.nan, math.nan, math.nan, num_groups)
    p_value = bootstrap_p_value(resampled[~np.isnan(resampled)])
    return Difference(value, *percentiles(resampled), p_value, num_groups)


def bootstrap_p_value(differences: NDArray[np.float64]) -> float:
    """Returns twice the share of resampled differences, ``(R,)``, that are 0 or of the rarer sign.

    At least 2 / (R + 1), since one more draw could have had the other sign; NaN without any.
    """
    if not len(differences):
        return math.nan
    other_sign = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return min(1.0, 2 * (other_sign + 1) / (len(differences) + 1))
