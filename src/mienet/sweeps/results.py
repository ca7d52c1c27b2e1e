"""What a sweep found: the figures of every variant over folds and seeds, and their differences.

A variant's answers in all folds are pooled, as each video is held out once, so that a seed gives
one figure; it is averaged over the seeds. Intervals and differences are over groups, drawn whole,
with all seeds of each: they say how much other subjects would change, and the spread over seeds
how much chance in training does.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mienet.metrics.bootstrap import bootstrap_interval
from mienet.metrics.comparison import (
    Difference,
    Measure,
    MeasureOfPlaces,
    holm_adjusted,
    paired_difference,
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
        figures: By measure: the mean over the seeds, and its 95 % interval over groups.
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
    base = answers[reference]
    differences: dict[str, dict[str, Difference]] = {name: {} for name in answers}
    adjusted: dict[str, dict[str, float]] = {name: {} for name in answers}
    others = [name for name, own in answers.items() if name != reference and own and base]
    for measure in measures:
        found = {
            name: paired_difference(
                _mean_over_seeds(base, measure.name),
                _mean_over_seeds(answers[name], measure.name),
                groups,
            )
            for name in others
        }
        p_values = holm_adjusted([found[name].p_value for name in others])
        for name, p_value in zip(others, p_values, strict=True):
            differences[name][measure.name] = found[name]
            adjusted[name][measure.name] = p_value
    return [
        VariantFigures(
            name,
            tuple(one.seed for one in own),
            {measure.name: _figure(own, measure.name, groups) for measure in measures},
            {measure.name: _spread(own, measure.name, groups) for measure in measures},
            statistics.fmean(one.training_share for one in own) if own else math.nan,
            differences[name],
            adjusted[name],
            facts[name],
        )
        for name, own in answers.items()
    ]


def _mean_over_seeds(seeds: Sequence[SeedAnswers], measure: str) -> MeasureOfPlaces:
    return lambda places: statistics.fmean(one.of_places[measure](places) for one in seeds)


def _figure(seeds: Sequence[SeedAnswers], measure: str, groups: Sequence[str]) -> Figure:
    if not seeds:
        return Figure(math.nan, math.nan, math.nan)
    mean = _mean_over_seeds(seeds, measure)
    every = range(len(groups))
    interval = bootstrap_interval(every, groups, mean)
    return Figure(mean(every), interval.low, interval.high)


def _spread(seeds: Sequence[SeedAnswers], measure: str, groups: Sequence[str]) -> float:
    if len(seeds) < 2:
        return math.nan
    return statistics.stdev(one.of_places[measure](range(len(groups))) for one in seeds)
