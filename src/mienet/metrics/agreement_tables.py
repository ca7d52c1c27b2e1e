"""Agreement of two observers from a table: how often one gives each label where the other does.

A table ``(K, K)`` counts frames, clips or whatever else both have labeled: the rows are the first
observer's label, the columns the second's. Figures are over all that is counted.

[1] Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
    Measurement 20, 1960.
[2] Landis and Koch, The measurement of observer agreement for categorical data, Biometrics 33,
    1977.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Row = dict[str, Any]

LANDIS_KOCH = (
    (0.20, "slight"),
    (0.40, "fair"),
    (0.60, "moderate"),
    (0.80, "substantial"),
    (1.00, "almost perfect"),
)
"""Largest kappa, to two digits, that is called so; below 0 it is poor [2]."""


def count_pairs(first: Counts, second: Counts, num_labels: int) -> Counts:
    """Returns the table, ``(K, K)``, of two labelings, both ``(N,)`` with labels from 0."""
    pairs = np.bincount(first * num_labels + second, minlength=num_labels**2)
    return pairs.reshape(num_labels, num_labels)


def table_kappa(table: Counts) -> float:
    """Returns Cohen's kappa [1], at most 1; NaN where both use the same single label, or none."""
    agreed, chance, total = _sums(table)
    return (agreed * total - chance) / (total**2 - chance) if total**2 > chance else math.nan


def share_agreed(table: Counts) -> float:
    """Returns on which share both agree, in [0, 1]; NaN of an empty table."""
    agreed, _, total = _sums(table)
    return agreed / total if total else math.nan


def share_by_chance(table: Counts) -> float:
    """Returns on which share two would agree who label as often as they do, but at random."""
    _, chance, total = _sums(table)
    return chance / total**2 if total else math.nan


def label_rows(table: Counts, names: Sequence[str]) -> list[Row]:
    """Returns for each label that occurs how often each gives it, and kappa against all others.

    ``agreement`` is the share of what either calls so that both call so.
    """
    rows = []
    for place, name in enumerate(names):
        first, second = int(table[place].sum()), int(table[:, place].sum())
        both = int(table[place, place])
        either = first + second - both
        others = int(table.sum()) - either
        if either:
            against = np.array([[both, first - both], [second - both, others]])
            rows.append(
                {
                    "label": name,
                    "first": first,
                    "second": second,
                    "both": both,
                    "agreement": both / either,
                    "kappa": table_kappa(against),
                }
            )
    return rows


def confused_rows(table: Counts, names: Sequence[str]) -> list[Row]:
    """Returns how often the first gives one label and the second another, most often first."""
    pairs = [(int(table[pair]), *pair) for pair in zip(*np.nonzero(table), strict=True)]
    return [
        {"first": names[mine], "second": names[theirs], "count": count}
        for count, mine, theirs in sorted(pairs, key=lambda pair: -pair[0])
        if mine != theirs
    ]


def landis_koch(kappa: float) -> str:
    """Returns what Landis and Koch [2] call a kappa; by convention, as they say themselves."""
    if kappa < 0:
        return "poor"
    return next(name for most, name in LANDIS_KOCH if round(kappa, 2) <= most)


def _sums(table: Counts) -> tuple[int, int, int]:
    """Returns what agrees, the product of both's counts over all labels, and all that is there."""
    counts = zip(table.sum(axis=1).tolist(), table.sum(axis=0).tolist(), strict=True)
    # In Python's numbers, which the squares of many frames do not overflow.
    chance = sum(first * second for first, second in counts)
    return int(np.trace(table)), chance, int(table.sum())
