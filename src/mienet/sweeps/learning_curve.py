"""What more labels would bring: a figure by how much was learned from, and where that leads.

The share that is wrong falls about as a power of the number of training examples [1]. The line
through its logarithms is carried on to twice the videos; that is a guess, and the better the more
points there are.

[1] Cortes, Jackel, Solla, Vapnik and Denker, Learning curves: asymptotic values and rate of
    convergence, NeurIPS 1993; Hestness et al., Deep learning scaling is predictable, empirically,
    arXiv 1712.00409, 2017.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mienet.metrics.recording_figures import Figure
from mienet.sweeps.results import VariantFigures

LEAST_POINTS = 3
"""Two points lie on any line."""


@dataclass(frozen=True)
class LearningCurve:
    """A figure by the number of training videos.

    Attributes:
        name: What was varied beside; empty if nothing was.
        counts: Training videos, from few to many.
        figures: The figure at each, with its interval.
    """

    name: str
    counts: tuple[float, ...]
    figures: tuple[Figure, ...]

    def with_twice_as_many(self) -> float | None:
        """Returns the figure that twice the most videos would give; None if that is not known.

        It is not known from fewer than three points, or where more videos made it no better.
        """
        wrong = np.array([1 - figure.value for figure in self.figures])
        if len(wrong) < LEAST_POINTS or (wrong <= 0).any():
            return None
        slope, start = np.polyfit(np.log(self.counts), np.log(wrong), 1)
        if slope >= 0:
            return None
        return 1 - float(np.exp(start + slope * math.log(2 * self.counts[-1])))


def learning_curves(variants: Sequence[VariantFigures], measure: str) -> list[LearningCurve]:
    """Returns a curve for each variant but for how much it learns from."""
    points: dict[str, list[tuple[float, Figure]]] = {}
    for variant in variants:
        figure = variant.figures[measure]
        if not math.isnan(figure.value):
            points.setdefault(variant.facts.line, []).append((variant.facts.num_training, figure))
    curves = []
    for name, own in points.items():
        counts, figures = zip(*sorted(own, key=lambda point: point[0]), strict=True)
        curves.append(LearningCurve(name, counts, figures))
    return curves
