"""Which class or label was taken for which, as a table of a page."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_CLASSES = 40
"""More do not fit on a page; the files of the evaluation hold the picture of all."""


@dataclass(frozen=True)
class Cell:
    """How many of a row's class were taken for a column's.

    Attributes:
        count: How many.
        share: Of the row, in [0, 1].
        is_right: Whether row and column are the same.
        says: The same in words.
    """

    count: int
    share: float
    is_right: bool
    says: str


@dataclass(frozen=True)
class ConfusionRow:
    """All that became of one class.

    Attributes:
        name: The class.
        total: How many of it there are.
        cells: One for each class.
    """

    name: str
    total: int
    cells: tuple[Cell, ...]


def confusion_rows(counts: NDArray[np.int64], names: Sequence[str]) -> list[ConfusionRow]:
    """Returns the rows of a table; none if there are too many classes for a page.

    Args:
        counts: By true and predicted class, ``(K, K)``.
        names: Of all classes.
    """
    if len(names) > MOST_CLASSES:
        return []
    rows = []
    for i, own in enumerate(counts):
        total = int(own.sum())
        cells = tuple(
            Cell(
                int(count),
                float(count / total) if total else 0.0,
                i == j,
                f"{names[i]}, taken for {names[j]}: {count:,} of {total:,}",
            )
            for j, count in enumerate(own.tolist())
        )
        rows.append(ConfusionRow(names[i], total, cells))
    return rows
