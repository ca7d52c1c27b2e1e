"""The table of a sweep: its rows, and its sentences."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mienet.metrics.comparison import Measure
from mienet.sweeps.learning_curve import learning_curves
from mienet.sweeps.results import VariantFigures


@dataclass(frozen=True, eq=False)
class SweepTable:
    """What a sweep found.

    Attributes:
        variants: In the order of the plan.
        measures: What they are compared by, the main one first.
        reference: Name of the variant that the others are compared with.
        num_videos: Videos that were held out once each.
        num_groups: Groups that these are of.
        groups_are: What a group is, such as subject.
        kind: ``clips`` or ``recordings``.
        problems: A line for each trial that failed or is not done.
        folds_left_out: Folds that not all variants have done.
        has_parts: Whether variants differ in how much they learn from.
        folder: Where the sweep is.
    """

    variants: Sequence[VariantFigures]
    measures: Sequence[Measure]
    reference: str
    num_videos: int
    num_groups: int
    groups_are: str
    kind: str
    problems: Sequence[str]
    folds_left_out: Sequence[str]
    has_parts: bool
    folder: Path

    @property
    def intervals_over(self) -> str:
        """Returns what is drawn anew for the intervals, such as ``10 scenes and the seeds``."""
        several = any(len(variant.seeds) > 1 for variant in self.variants)
        return f"{self.num_groups} {self.groups_are}s{' and the seeds' * several}"

    def verdict(self, variant: VariantFigures) -> str:
        """Returns whether a variant's main figure differs from the reference's by more than chance.

        The interval of the difference must exclude 0, and its p-value be small after correction.
        """
        name = self.measures[0].name
        if name not in variant.differences:
            return ""
        return variant.differences[name].verdict([variant.adjusted[name]])

    def rows(self) -> list[dict[str, Any]]:
        """Returns a row a variant, shares from 0 to 1; NaN where there is no figure."""
        return [self._row(variant) for variant in self.variants]

    def _row(self, variant: VariantFigures) -> dict[str, Any]:
        row: dict[str, Any] = {
            "variant": variant.name,
            "seeds": len(variant.seeds),
            "trials_missing": variant.facts.num_open,
        }
        for measure in self.measures:
            figure = variant.figures[measure.name]
            row |= {
                measure.name: figure.value,
                f"{measure.name}_low": figure.low,
                f"{measure.name}_high": figure.high,
                f"{measure.name}_deviation": variant.spreads[measure.name],
            }
            found = variant.differences.get(measure.name)
            row |= {
                f"{measure.name}_difference": found.value if found else math.nan,
                f"{measure.name}_difference_low": found.low if found else math.nan,
                f"{measure.name}_difference_high": found.high if found else math.nan,
                f"{measure.name}_p_adjusted": variant.adjusted.get(measure.name, math.nan),
            }
        cost = variant.facts
        return row | {
            "verdict": self.verdict(variant),
            "training_share": variant.training_share,
            "training_videos": cost.num_training,
            "training_minutes": _minutes(cost.training_seconds),
            "parameters": cost.num_parameters,
            "gigaflops": cost.gigaflops,
        }

    def cells(self) -> list[list[str]]:
        """Returns the table as people read it: its titles, and a row a variant."""
        main = self.measures[0]
        titles = [
            "",
            f"{main.title} (95 % interval)",
            f"minus {self.reference}",
            *(measure.title for measure in self.measures[1:]),
            "on training videos",
            "parameters",
            "GFLOP",
            "minutes",
        ]
        return [titles, *(self._cells(variant) for variant in self.variants)]

    def _cells(self, variant: VariantFigures) -> list[str]:
        main = self.measures[0].name
        cost = variant.facts
        return [
            variant.name,
            _figure(variant, main),
            self._difference(variant),
            *(_mean(variant, measure.name) for measure in self.measures[1:]),
            _percent(variant.training_share),
            "-" if cost.num_parameters is None else f"{cost.num_parameters / 1e6:.2f} million",
            "-" if cost.gigaflops is None else f"{cost.gigaflops:.2f}",
            "-" if cost.training_seconds is None else f"{cost.training_seconds / 60:.0f}",
        ]

    def _difference(self, variant: VariantFigures) -> str:
        found = variant.differences.get(self.measures[0].name)
        if found is None:
            return "-"
        ends = (
            "" if math.isnan(found.low) else f" ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
        )
        p_value = variant.adjusted[self.measures[0].name]
        chance = "" if math.isnan(p_value) else f", p = {p_value:.2g}"
        return f"{100 * found.value:+.1f}{ends}{chance}: {self.verdict(variant)}"

    def curve_sentences(self) -> Iterator[str]:
        """Yields what twice the training videos would probably bring, for each curve."""
        main = self.measures[0]
        for curve in learning_curves(self.variants, main.name):
            whose = f"{curve.name}: " if curve.name != "recipe" else ""
            most, last = curve.counts[-1], curve.figures[-1].value
            if (more := curve.with_twice_as_many()) is None:
                yield (
                    f"{whose}What more than {most:.0f} {self.kind} would bring cannot be told from "
                    "these points."
                )
                continue
            yield (
                f"{whose}By the power law through these points, {2 * most:.0f} {self.kind} instead "
                f"of {most:.0f} would give a {main.title} of about {more:.0%} (now {last:.0%})."
            )

    def sentences(self) -> Iterator[str]:
        """Yields what a reader has to know of the table."""
        seeds = sorted({len(variant.seeds) for variant in self.variants if variant.seeds})
        said = " or ".join(map(str, seeds))
        if self.folds_left_out:
            yield (
                f"Of all folds but {', '.join(self.folds_left_out)}, which some variants have not "
                "done."
            )
        yield (
            f"{self.num_videos} {self.kind}, each held out once; means over {said} "
            f"seed{'s' * (seeds != [1])}"
            + (", ± their standard deviation" * (max(seeds) > 1))
            + "; "
            f"95 % intervals by bootstrap over {self.intervals_over}"
            + ("." if max(seeds) > 1 else ", which cannot say how much another seed would change.")
        )
        if self.has_parts:
            yield from self.curve_sentences()
        yield (
            "The last epoch of each training is tested, so that nothing is chosen by held-out "
            f"{self.kind}; p-values are corrected for the number of variants (Holm)."
        )
        yield (
            "Minutes are of one training, in processor time; GFLOP of one "
            f"{'clip' if self.kind == 'clips' else 'window'}, a multiplication and an addition "
            "counting as two."
        )


def _figure(variant: VariantFigures, name: str) -> str:
    figure = variant.figures[name]
    if math.isnan(figure.value):
        return "-"
    ends = "" if math.isnan(figure.low) else f" ({100 * figure.low:.1f} to {100 * figure.high:.1f})"
    return f"{_mean(variant, name)}{ends}"


def _mean(variant: VariantFigures, name: str) -> str:
    value, spread = variant.figures[name].value, variant.spreads[name]
    if math.isnan(value):
        return "-"
    return f"{100 * value:.1f}" + ("" if math.isnan(spread) else f" ± {100 * spread:.1f}")


def _minutes(seconds: float | None) -> float:
    return math.nan if seconds is None else seconds / 60


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f}"
