"""How much a measure would vary with other subjects: intervals by resampling whole groups.

Frames of one video, and videos of one subject, are alike; an interval over frames would claim far
too much. So groups are drawn anew, with all that belongs to them (the cluster bootstrap [1]).

[1] Field and Welsh, Bootstrapping clustered data, Journal of the Royal Statistical Society B 69,
    2007.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError

Comparison = TypeVar("Comparison")


@dataclass(frozen=True)
class BootstrapInterval:
    """A 95 % interval of a measure; with few groups (fewer than 20, say) it is too narrow.

    Attributes:
        low: Lower end, of the resamples that have a figure; NaN for one group, or where none has.
        high: Upper end; NaN likewise.
        num_groups: Groups that it is over.
    """

    low: float
    high: float
    num_groups: int


def bootstrap_interval(
    comparisons: Sequence[Comparison],
    groups: Sequence[Hashable],
    measure: Callable[[Sequence[Comparison]], float],
    *,
    num_resamples: int = 1000,
    seed: int = 0,
) -> BootstrapInterval:
    """Returns the 95 % interval of a measure, by percentiles over resampled groups.

    Each resample draws as many groups as there are, with replacement, and takes all their videos.

        bootstrap_interval(videos, subjects, lambda some: segmental_f1(some, 0.5))

    Args:
        comparisons: One for each video, as the measure takes them.
        groups: What each video belongs to, such as its subject.
        measure: From comparisons to a figure.
        num_resamples: How often groups are drawn.
        seed: Of the draw; the same seed gives the same interval.

    Raises:
        MienetError: If there are no videos, not a group for each, or fewer than 1 resample.
    """
    figures, num_groups = resampled_figures(
        comparisons, groups, measure, num_resamples=num_resamples, seed=seed
    )
    if num_groups == 1:
        return BootstrapInterval(math.nan, math.nan, num_groups=1)
    return BootstrapInterval(*percentiles(figures), num_groups)


def resampled_figures(
    comparisons: Sequence[Comparison],
    groups: Sequence[Hashable],
    measure: Callable[[Sequence[Comparison]], float],
    *,
    num_resamples: int = 1000,
    seed: int = 0,
) -> tuple[NDArray[np.float64], int]:
    """Returns the figure of every resample, ``(num_resamples,)``, and the number of groups.

    A single group has no resamples. Arguments and errors are those of ``bootstrap_interval``.

    Few groups give few different draws (3 groups give 10, 6 give 462), each measured once.
    """
    if not comparisons or len(comparisons) != len(groups):
        raise MienetError(
            f"an interval needs videos and the group of each, got {len(comparisons)} videos and "
            f"{len(groups)} groups"
        )
    if num_resamples < 1:
        raise MienetError(f"num_resamples must be at least 1, got {num_resamples}")
    members: dict[Hashable, list[Comparison]] = {}
    for group, comparison in zip(groups, comparisons, strict=True):
        members.setdefault(group, []).append(comparison)
    parts = list(members.values())
    if len(parts) == 1:
        return np.empty(0), 1
    draws = np.random.default_rng(seed).integers(len(parts), size=(num_resamples, len(parts)))
    # The order of the groups in a draw says nothing.
    different, which = np.unique(np.sort(draws, axis=1), axis=0, return_inverse=True)
    figures = [measure([item for i in draw for item in parts[i]]) for draw in different]
    return np.array(figures, dtype=np.float64)[which.reshape(-1)], len(parts)


def percentiles(figures: NDArray[np.float64]) -> tuple[float, float]:
    """Returns the 95 % interval of resampled figures, ``(R,)``, but for NaN; NaN without any."""
    defined = figures[~np.isnan(figures)]
    if not len(defined):
        return math.nan, math.nan
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)
