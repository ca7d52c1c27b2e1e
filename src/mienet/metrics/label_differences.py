"""On which classes, phases and events two models differ, and where that is more than chance.

As figures of labels are sums over videos divided by others, those of a draw of groups are a product
of matrices. So there can be enough draws for p-values that are corrected for many labels.
Letters: ``N`` videos, ``L`` labels, ``G`` groups, ``R`` draws.
"""

import math
from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.metrics.bootstrap import percentiles
from mienet.metrics.comparison import SIGNIFICANCE, Difference, bootstrap_p_value
from mienet.metrics.label_ratios import LabelRatios, divided

RESAMPLES = 20_000
"""The smallest p-value is 2 / (R + 1): corrected for ``MOST_TESTS`` it is still below 5 %."""
MOST_TESTS = int(SIGNIFICANCE * (RESAMPLES + 1) / 2)
"""Of more labels and pairs together than these, 500, none can be outside the noise."""
DRAWS_AT_ONCE = 500

Numbers = NDArray[np.float64]


def label_differences(
    models: Sequence[LabelRatios],
    groups: Sequence[Hashable],
    *,
    num_resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[list[Difference]]:
    """Returns for every two models the differences of a figure, one a label: second minus first.

    Intervals and p-values are those of ``paired_difference``: groups are drawn, and all models are
    measured on the same draws. A label's number of groups is of those that say something about it:
    in which it occurs, or is answered, as the figure has it.

    Args:
        models: The figure of each model, of the same videos and labels.
        groups: What each video belongs to, such as its subject.
        num_resamples: How often groups are drawn.
        seed: Of the draws.

    Returns:
        A list for each pair, in the order of ``itertools.combinations``.

    Raises:
        MienetError: If there are no videos, or the models are not of the same.
    """
    shapes = {one.numerators.shape for one in models} | {one.denominators.shape for one in models}
    if len(shapes) > 1 or not groups or {len(groups)} != {shape[0] for shape in shapes}:
        raise MienetError(
            f"labels are compared on the same videos with a group each, got {len(groups)} groups "
            f"and figures of {', '.join(map(str, sorted(shapes)))}"
        )
    sums = [(_sums(m.numerators, groups), _sums(m.denominators, groups)) for m in models]
    resampled = _resampled(sums, num_resamples, seed)
    return [
        _pair_differences(
            models[second].values - models[first].values,
            resampled[second] - resampled[first],
            (sums[first][1] > 0) | (sums[second][1] > 0),
        )
        for first, second in combinations(range(len(models)), 2)
    ]


def _sums(numbers: Numbers, groups: Sequence[Hashable]) -> Numbers:
    """Returns the sums over each group's videos, ``(G, L)``."""
    places = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    sums = np.zeros((len(places), numbers.shape[1]))
    np.add.at(sums, [places[group] for group in groups], numbers)
    return sums


def _resampled(
    sums: Sequence[tuple[Numbers, Numbers]], num_resamples: int, seed: int
) -> list[Numbers]:
    """Returns each model's figures of the same draws, ``(R, L)``; of one group there are none."""
    num_groups = len(sums[0][0])
    if num_groups == 1:
        return [np.empty((0, above.shape[1])) for above, _ in sums]
    random = np.random.default_rng(seed)
    parts: list[list[Numbers]] = [[] for _ in sums]
    for start in range(0, num_resamples, DRAWS_AT_ONCE):
        count = min(DRAWS_AT_ONCE, num_resamples - start)
        drawn = random.integers(num_groups, size=(count, num_groups))
        # How often each group is in each draw: one bincount, a draw's groups being numbered on.
        numbered = (drawn + num_groups * np.arange(count)[:, None]).reshape(-1)
        times = np.bincount(numbered, minlength=count * num_groups).reshape(count, num_groups)
        weights = times.astype(np.float64)  # (draws, G)
        for part, (above, below) in zip(parts, sums, strict=True):
            part.append(divided(weights @ above, weights @ below))
    return [np.concatenate(part) for part in parts]


def _pair_differences(
    values: Numbers, resampled: Numbers, occurs: NDArray[np.bool_]
) -> list[Difference]:
    found = []
    for place, value in enumerate(values.tolist()):
        drawn = resampled[:, place]
        drawn = drawn[~np.isnan(drawn)] if not math.isnan(value) else np.empty(0)
        low, high = percentiles(drawn)
        num_groups = int(occurs[:, place].sum())
        found.append(Difference(value, low, high, bootstrap_p_value(drawn), num_groups))
    return found
