"""Whether a model of clips is as sure as it is right, on a report's page."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.metrics.calibration import ReliabilityBin, reliability_bins, threshold_rows
from mienet.metrics.clips import grouped_interval
from mienet.metrics.recording_figures import Figure
from mienet.rendering.report.words import NOTHING, counted, interval, share

THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
SIDE = 240
"""Of the diagram's square, in its own units."""
COUNTS = 40
"""Height of the strip below it that says how many answers there are."""


@dataclass(frozen=True)
class Bar:
    """One bin of the diagram, in its units, from the top left.

    Attributes:
        x: Left end.
        width: How wide it is.
        y: Upper end: accuracy.
        height: Down to the axis.
        confidence_y: Where the mean confidence is.
        count_height: How high its bar of counts is.
        says: The same in words.
    """

    x: float
    width: float
    y: float
    height: float
    confidence_y: float
    count_height: float
    says: str


def reliability_bars(confidences: NDArray[np.float64], correct: NDArray[np.bool_]) -> list[Bar]:
    """Returns a bar for each bin that has answers."""
    bins = reliability_bins(confidences, correct)
    most = max(one.count for one in bins)
    return [_bar(one, most) for one in bins if one.count]


def _bar(one: ReliabilityBin, most: int) -> Bar:
    top = SIDE * (1 - one.accuracy)
    return Bar(
        round(SIDE * one.low, 2),
        round(SIDE * (one.high - one.low), 2),
        round(top, 2),
        round(SIDE - top, 2),
        round(SIDE * (1 - one.confidence), 2),
        round(COUNTS * one.count / most, 2),
        f"confidence {one.low:.0%} to {one.high:.0%}: {counted(one.count, 'answer')}, mean "
        f"confidence {one.confidence:.1%}, {one.accuracy:.1%} right",
    )


def threshold_table(
    confidences: NDArray[np.float64], correct: NDArray[np.bool_], groups: Sequence[str]
) -> list[tuple[str, ...]]:
    """Returns a row for each threshold: what it keeps, how much of that is right, what it costs."""
    rows: list[tuple[str, ...]] = []
    for row in threshold_rows(confidences, correct, THRESHOLDS):
        kept = confidences >= row.confidence
        chosen = [group for group, is_kept in zip(groups, kept, strict=True) if is_kept]
        ends = grouped_interval(correct[kept].tolist(), chosen) if row.kept else None
        rows.append(
            (
                f"at least {row.confidence:.0%}" if row.confidence else "all answers",
                f"{row.kept:,} ({share(row.kept / len(correct))})",
                share(row.accuracy),
                interval(Figure(row.accuracy, *ends), "share") if ends else NOTHING,
                f"{row.kept - row.kept_right:,}",
                f"{row.given_up_right:,}",
            )
        )
    return rows
