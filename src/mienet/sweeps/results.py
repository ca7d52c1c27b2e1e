"""What a sweep found: the figures of every variant over folds and seeds, and their differences.

A variant's answers in all folds are pooled, as each video is held out once, so that a seed gives
one figure; it is averaged over the seeds. Intervals and differences are by the bootstrap [1] over
both: each resample draws groups whole, the same for all variants, and the seeds of each variant.
So they say how much other subjects and other seeds would change; of one seed, subjects alone. Of
few seeds they are somewhat too narrow, as of few groups.

[1] Owen and Eckles, Bootstrapping data arrays of arbitrary order, Annals of Applied Statistics 6,
    2012: factors that cross, as subjects and seeds do, are drawn independently.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.metrics.bootstrap import percentiles, resampled_figures
from mienet.metrics.comparison import (
    Difference,
    Measure,
    MeasureOfPlaces,
    holm_adjusted,
    resampled_difference,
)
from mienet.metrics.recording_figures import Figure


@dataclass(frozen=True, eq=False)
class SeedAnswers:
    """A variant's answers to all videos, each from the fold in which it was held out.

    Attributes:
        seed: Of the trainings.
        of_places: From places of the videos to each measure's figure.
        training_share: Mean over folds of the share of training videos that are recognized.
    """

    seed: int
    of_places: Mapping[str, MeasureOfPlaces]
    training_share: float


@dataclass(frozen=True)
class VariantFacts:
    """What a variant costs.

    Attributes:
        line: What it is apart from how much it learns from: a line of a learning curve.
        num_open: Trials that failed or are not done.
        num_training: Mean number of training videos.
        training_seconds: Mean processor time of the trainings that were done at once.
        num_parameters: Numbers that were learned.
        gigaflops: Of a clip or window.
    """

    line: str
    num_open: int
    num_training: float
    training_seconds: float | None
    num_parameters: int | None
    gigaflops: float | None


@dataclass(frozen=True)
class VariantFigures:
    """A row of the table.

    Attributes:
        name: The variant's.
        seeds: Those of which all folds are done.
        figures: By measure: the mean over the seeds, and its 95 % interval over groups and
            seeds.
        spreads: By measure: standard deviation over the seeds; NaN for one.
        training_share: Mean share of training videos that are recognized.
        differences: By measure, to the reference; none of the reference itself.
        adjusted: Their p-values, adjusted for the number of variants (Holm).
        facts: What it costs.
    """

    name: str
    seeds: tuple[int, ...]
    figures: Mapping[str, Figure]
    spreads: Mapping[str, float]
    training_share: float
    differences: Mapping[str, Difference]
    adjusted: Mapping[str, float]
    facts: VariantFacts


def variant_figures(
    answers: Mapping[str, Sequence[SeedAnswers]],
    facts: Mapping[str, VariantFacts],
    groups: Sequence[str],
    measures: Sequence[Measure],
    reference: str,
) -> list[VariantFigures]:
    """Returns the figures of all variants.

    Args:
        answers: By variant, of every seed of which all folds are done.
        facts: By variant.
        groups: What each video belongs to.
        measures: What to compare by.
        reference: Name of the variant that the others are compared with; if it has no seed, there
            are no differences.
    """
    resampled = {
        name: {measure.name: _resampled(own, measure.name, groups, draw) for measure in measures}
        for draw, (name, own) in enumerate(answers.items())
        if own
    }
    differences: dict[str, dict[str, Difference]] = {name: {} for name in answers}
    adjusted: dict[str, dict[str, float]] = {name: {} for name in answers}
    others = [name for name in resampled if name != reference and reference in resampled]
    for measure in (one.name for one in measures):
        found = {
            name: resampled_difference(
                _mean(answers[name], measure, groups) - _mean(answers[reference], measure, groups),
                resampled[name][measure] - resampled[reference][measure],
                len(set(groups)),
            )
            for name in others
        }
        p_values = holm_adjusted([found[name].p_value for name in others])
        for name, p_value in zip(others, p_values, strict=True):
            differences[name][measure] = found[name]
            adjusted[name][measure] = p_value
    return [
        VariantFigures(
            name,
            tuple(one.seed for one in own),
            {
                measure.name: Figure(
                    _mean(own, measure.name, groups),
                    *percentiles(resampled[name][measure.name] if own else np.empty(0)),
                )
                for measure in measures
            },
            {measure.name: _spread(own, measure.name, groups) for measure in measures},
            statistics.fmean(one.training_share for one in own) if own else math.nan,
            differences[name],
            adjusted[name],
            facts[name],
        )
        for name, own in answers.items()
    ]


def _resampled(
    seeds: Sequence[SeedAnswers], measure: str, groups: Sequence[str], draw: int
) -> NDArray[np.float64]:
    """Returns the mean over drawn seeds of every draw of groups, ``(R,)``; none of a single group.

    Args:
        seeds: A variant's.
        measure: Name of the measure.
        groups: What each video belongs to; they are drawn alike for all variants.
        draw: Tells the variants' draws of seeds apart.
    """
    of_seeds = [resampled_figures(range(len(groups)), groups, s.of_places[measure]) for s in seeds]
    figures = np.stack([of_seed for of_seed, _ in of_seeds], axis=1)
    drawn = np.random.default_rng(draw).integers(len(seeds), size=figures.shape)
    means: NDArray[np.float64] = np.take_along_axis(figures, drawn, axis=1).mean(axis=1)
    return means


def _mean(seeds: Sequence[SeedAnswers], measure: str, groups: Sequence[str]) -> float:
    if not seeds:
        return math.nan
    return statistics.fmean(one.of_places[measure](range(len(groups))) for one in seeds)


def _spread(seeds: Sequence[SeedAnswers], measure: str, groups: Sequence[str]) -> float:
    if len(seeds) < 2:
        return math.nan
    return statistics.stdev(one.of_places[measure](range(len(groups))) for one in seeds)
