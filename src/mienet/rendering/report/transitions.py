"""How far off boundaries are on a report's page: a lane for each change from label to label."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mienet.metrics.recordings import Boundary
from mienet.rendering.report.charts import Tick, ticks
from mienet.rendering.report.words import counted, number
from mienet.rendering.timeline_evaluation import TimelineEvaluation

MOST_DOTS = 300
"""Of one lane; with more, its box alone is drawn."""
LANE, PILE = 30, 26
"""How high a lane and the dots in it are, in pixels."""


@dataclass(frozen=True)
class Lane:
    """The errors of one change; places are in percent of the axis.

    Attributes:
        before: Label before it.
        after: Label that begins.
        true: How many there are.
        missed: How many of them were not found.
        invented: How many were found that are none.
        dots: Where each that was found is, and how high it is drawn, in pixels.
        box: From the lower quartile to the upper one; None where none was found.
        median: Between them.
        says: The same in words.
    """

    before: str
    after: str
    true: int
    missed: int
    invented: int
    dots: tuple[tuple[float, float], ...]
    box: tuple[float, float] | None
    median: float
    says: str


@dataclass(frozen=True)
class TransitionPlot:
    """Lanes over one axis, and how it is marked."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


def transition_plot(evaluation: TimelineEvaluation) -> TransitionPlot:
    """Returns how far off the boundaries of all recordings are, early at the left, late right."""
    changes: dict[tuple[int, int], list[Boundary]] = {}
    for one in evaluation.recordings:
        for boundary in one.comparison.boundaries:
            changes.setdefault((boundary.before, boundary.after), []).append(boundary)
    errors = [abs(e) for some in changes.values() for b in some if (e := b.error_ms) is not None]
    most = ticks(0, max(max(errors, default=0.0), 1.0), about=2)[-1]
    names = evaluation.label_names
    order = sorted(changes, key=lambda change: (not _num_true(changes[change]), change))
    lanes = tuple(
        _lane(names[change[0]], names[change[1]], changes[change], most) for change in order
    )
    marks = [-most, -most / 2, 0.0, most / 2, most]
    return TransitionPlot(
        lanes, tuple(Tick(_place(at, most), f"{at:+g}" if at else "0") for at in marks)
    )


def _lane(before: str, after: str, boundaries: Sequence[Boundary], most: float) -> Lane:
    found = [b for b in boundaries if b.error_ms is not None]
    errors = np.array([b.error_ms for b in found], dtype=np.float64)
    true = _num_true(boundaries)
    missed, invented = true - len(found), len(boundaries) - true
    box, middle, says = None, 50.0, "none found"
    if len(found):
        low, median, high = np.quantile(errors, [0.25, 0.5, 0.75])
        box = (_place(low, most), _place(high, most))
        middle = _place(median, most)
        off = np.median(np.abs([b.error_frames or 0 for b in found]))
        says = (
            f"median {_early_or_late(median)}, half of them between {low:+.0f} and {high:+.0f} ms; "
            f"typically off by {counted(number(float(off), 1), 'frame')}"
        )
    dots = _piled([_place(error, most) for error in errors]) if len(errors) <= MOST_DOTS else ()
    return Lane(before, after, true, missed, invented, dots, box, middle, says)


def _piled(places: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Returns each place with a height, so that equal ones lie about the middle of a lane."""
    counts, used, found = Counter(places), Counter[float](), []
    for place in places:
        step = min(4.0, PILE / counts[place])
        found.append((place, round(LANE / 2 + step * (used[place] - (counts[place] - 1) / 2), 2)))
        used[place] += 1
    return tuple(found)


def _early_or_late(ms: float) -> str:
    if abs(ms) < 0.5:
        return "neither early nor late"
    return f"{abs(ms):.0f} ms {'late' if ms > 0 else 'early'}"


def _num_true(boundaries: Sequence[Boundary]) -> int:
    return sum(boundary.true_frame is not None for boundary in boundaries)


def _place(ms: float, most: float) -> float:
    return round(float(50 + 47 * ms / most), 2)
