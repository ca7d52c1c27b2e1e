"""What a comparison of models found: their figures side by side, and which differences are real."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from mienet.metrics.comparison import LEAST_GROUPS, Difference, McNemar, Measure, Verdict
from mienet.metrics.label_differences import MOST_TESTS
from mienet.metrics.recording_figures import Figure, Row
from mienet.rendering.timeline_evaluation import FEW_GROUPS

LABEL_COLUMNS = ("kind", "label", "true", "figure")
"""What says of which label and figure a row is."""


@dataclass(frozen=True)
class ModelCost:
    """What a model costs on this machine.

    Attributes:
        unit: What it takes at once: "clip", or "window" of a recording.
        num_parameters: Numbers that were learned; None for an exported model.
        gigaflops: Of one clip or window, a multiplication and an addition counting as two; None
            likewise.
        median_seconds: For one clip or window, alone.
        peak_memory_bytes: Of a process that does this alone, or of the GPU; None where the system
            does not tell.
        machine: CPU or GPU, threads, and version of PyTorch.
    """

    unit: str
    num_parameters: int | None
    gigaflops: float | None
    median_seconds: float
    peak_memory_bytes: int | None
    machine: str


@dataclass(frozen=True, eq=False)
class ComparedModel:
    """One model's results.

    Attributes:
        name: What it is called: the end of its path that tells it from the others.
        checkpoints: Its path; of an ensemble those of all its models.
        figures: By the measures' names, with intervals over groups.
        counts: What else was counted, such as boundaries that were missed.
        label_rows: One for each class, phase and event: ``kind``, ``label``, ``true`` and figures.
        cost: What it costs here; None if that was not measured.
        warnings: What speaks against its figures, a sentence each.
    """

    name: str
    checkpoints: tuple[str, ...]
    figures: Mapping[str, Figure]
    counts: Mapping[str, int]
    label_rows: Sequence[Row]
    cost: ModelCost | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Pair:
    """Two models on the same videos.

    Attributes:
        first: Name of one.
        second: Name of the other.
        differences: By the measures' names: the second's figure minus the first's.
        adjusted: Their p-values, adjusted for the number of pairs (Holm).
        mcnemar: McNemar's test of top-1; None for recordings.
        mcnemar_adjusted: Its p-value, adjusted likewise; NaN for recordings.
        labels: By figure, the differences of each class, phase and event, in the order of
            ``label_rows``.
        labels_adjusted: Of the one figure that is tested, their p-values, adjusted for all labels
            and pairs; NaN for labels with too few groups, which are not tested.
    """

    first: str
    second: str
    differences: Mapping[str, Difference]
    adjusted: Mapping[str, float]
    mcnemar: McNemar | None = None
    mcnemar_adjusted: float = math.nan
    labels: Mapping[str, Sequence[Difference]] = field(default_factory=dict)
    labels_adjusted: Sequence[float] = ()

    def verdict(self, measure: str) -> Verdict:
        """Returns whether a difference is more than chance alone would give.

        The interval must exclude 0, and the p-value be small; of top-1 that of McNemar's test, too.
        """
        p_values = [self.adjusted[measure]]
        if measure == "top1" and self.mcnemar is not None:
            p_values.append(self.mcnemar_adjusted)
        return self.differences[measure].verdict(p_values)

    def label_verdict(self, figure: str, place: int) -> Verdict:
        """Returns the same of the label at a place, for the figure that is tested."""
        return self.labels[figure][place].verdict([self.labels_adjusted[place]])


@dataclass(frozen=True)
class Lead:
    """How far the best model is ahead of another.

    Attributes:
        other: Name of the other.
        ahead_by: How much better it is, at least 0.
        low: Lower end of the 95 % interval; below 0 it may be worse.
        high: Upper end.
        p_value: Adjusted for the number of pairs.
        verdict: Whether it is more than chance.
        pair: Both.
    """

    other: str
    ahead_by: float
    low: float
    high: float
    p_value: float
    verdict: Verdict
    pair: Pair


@dataclass(frozen=True, eq=False)
class ModelComparison:
    """Models side by side.

    Attributes:
        kind: What they are models of.
        source: The list of the videos.
        models: In the order that they were given, an ensemble last.
        pairs: Every two of them.
        measures: What they are compared by.
        num_videos: Videos that all were measured on.
        num_groups: Groups of these, which intervals are over.
        groups_are: What a group is, such as "subject".
        label_figure: The figure of classes, or of phases and events, that is tested.
        problems: Videos that not all could use, which do not count, and why.
        kept: Names of the models whose outputs were all computed by earlier evaluations.
        replaced: Names of those whose earlier evaluation of the list, with other options, videos or
            weights, gave way to this one.
    """

    kind: Literal["clips", "recordings"]
    source: Path
    models: Sequence[ComparedModel]
    pairs: Sequence[Pair]
    measures: Sequence[Measure]
    num_videos: int
    num_groups: int
    groups_are: str
    label_figure: str
    problems: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    @property
    def has_few_groups(self) -> bool:
        """Returns whether the groups are so few that intervals are too narrow."""
        return self.num_groups < FEW_GROUPS

    def leader(self, measure: Measure) -> ComparedModel:
        """Returns the model that is best; of equal ones the first."""
        sign = -1 if measure.less_is_better else 1
        measured = [m for m in self.models if not math.isnan(m.figures[measure.name].value)]
        return max(measured, key=lambda model: sign * model.figures[measure.name].value)

    def leads(self, measure: Measure) -> list[Lead]:
        """Returns how far the leader is ahead of each other model that has the figure."""
        best = self.leader(measure).name
        found = []
        for pair in self.pairs:
            difference = pair.differences[measure.name]
            if best not in (pair.first, pair.second) or math.isnan(difference.value):
                continue
            is_as_given = (pair.second == best) != measure.less_is_better
            low, high = difference.low, difference.high
            if not is_as_given:
                low, high = 0.0 - high, 0.0 - low  # 0, not -0
            found.append(
                Lead(
                    pair.first if pair.second == best else pair.second,
                    abs(difference.value),
                    low,
                    high,
                    pair.adjusted[measure.name],
                    pair.verdict(measure.name),
                    pair,
                )
            )
        return found

    def label_table(self) -> list[Row]:
        """Returns a row for each figure of each class, phase and event, with all differences.

        A model has the column of its name, or ``model NAME`` where that is another column's.
        """
        rows = []
        for place, first in enumerate(self.models[0].label_rows):
            own = {name: first[name] for name in LABEL_COLUMNS if name != "figure"}
            for figure in (name for name in first if name not in LABEL_COLUMNS):
                values = {model.name: model.label_rows[place][figure] for model in self.models}
                row: Row = own | {"figure": figure}
                row |= {_column(name): value for name, value in values.items()}
                for pair in self.pairs:
                    title = f"{pair.second} - {pair.first}"
                    row[title] = values[pair.second] - values[pair.first]
                    row |= {f"{title} {k}": v for k, v in self._tested(pair, figure, place).items()}
                rows.append(row)
        return rows

    def _tested(self, pair: Pair, figure: str, place: int) -> Row:
        """Returns the interval of a label's difference, and what is said of the figure tested."""
        row: Row = dict.fromkeys(("low", "high", "adjusted p_value", "verdict"))
        if figure in pair.labels:
            difference = pair.labels[figure][place]
            row |= {"low": difference.low, "high": difference.high}
        if figure == self.label_figure:
            row["adjusted p_value"] = pair.labels_adjusted[place]
            row["verdict"] = pair.label_verdict(figure, place)
        return row

    @property
    def label_figure_title(self) -> str:
        """Returns what people call the figure of labels that is tested."""
        return "F1" if self.label_figure == "f1" else self.label_figure

    def label_summary(self) -> str:
        """Returns what was tested of classes, phases and events, and what it is corrected for."""
        one, what = "class", "classes"
        if self.kind != "clips":
            one, what = "phase or event", "phases and events"
        tests = [p for pair in self.pairs for p in pair.labels_adjusted if not math.isnan(p)]
        if not tests:
            return f"no {one} has {LEAST_GROUPS} {self.groups_are}s, the least for a test of it"
        tested = f"{len(tests)} tested differences of {self.label_figure_title}"
        if len(tests) > MOST_TESTS:
            return (
                f"{what}: none of {tested} can be outside the noise, as they are more than "
                f"{MOST_TESTS}; compare two models at a time"
            )
        clear = sum(
            pair.label_verdict(self.label_figure, place) == "outside the noise"
            for pair in self.pairs
            for place in range(len(pair.labels_adjusted))
        )
        return (
            f"{what}: {clear} of {tested} are outside the noise; p-values are corrected for all "
            f"{len(tests)} (Holm)"
        )

    def model_rows(self) -> list[Row]:
        """Returns a row for each model: figures with intervals, counts and costs."""
        rows = []
        for model in self.models:
            row: Row = {"model": model.name}
            for measure in self.measures:
                figure = model.figures[measure.name]
                row |= {
                    measure.name: figure.value,
                    f"{measure.name}_low": figure.low,
                    f"{measure.name}_high": figure.high,
                }
            row |= model.counts
            if any(one.cost for one in self.models):
                row |= _cost_row(model.cost)
            rows.append(row)
        return rows

    def pair_rows(self) -> list[Row]:
        """Returns a row for each measure of each pair."""
        rows = []
        for pair in self.pairs:
            for measure in self.measures:
                difference = pair.differences[measure.name]
                row: Row = {
                    "first": pair.first,
                    "second": pair.second,
                    "figure": measure.name,
                    "second_minus_first": difference.value,
                    "low": difference.low,
                    "high": difference.high,
                    "p_value": difference.p_value,
                    "adjusted_p_value": pair.adjusted[measure.name],
                    "verdict": pair.verdict(measure.name),
                }
                if self.kind == "clips":
                    test = pair.mcnemar if measure.name == "top1" else None
                    row |= {
                        "only_first_right": test.num_only_first if test else None,
                        "only_second_right": test.num_only_second if test else None,
                        "mcnemar_p_value": test.p_value if test else None,
                        "mcnemar_adjusted_p_value": pair.mcnemar_adjusted if test else None,
                    }
                rows.append(row)
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Returns all as JSON values; null where there is nothing to measure."""
        return {
            "kind": self.kind,
            "data": str(self.source.absolute()),
            "num_videos": self.num_videos,
            "num_groups": self.num_groups,
            "interval_over": self.groups_are,
            "label_figure": self.label_figure,
            "models": [
                {
                    "name": model.name,
                    "checkpoints": list(model.checkpoints),
                    **_plain({name: figure.value for name, figure in model.figures.items()}),
                    "intervals": {
                        name: None if math.isnan(figure.low) else [figure.low, figure.high]
                        for name, figure in model.figures.items()
                    },
                    **model.counts,
                    "cost": asdict(model.cost) if model.cost else None,
                    "warnings": list(model.warnings),
                }
                for model in self.models
            ],
            "differences": list(map(_plain, self.pair_rows())),
            "labels": list(map(_plain, self.label_table())),
            "excluded": list(self.problems),
        }


def _column(name: str) -> str:
    return f"model {name}" if name in LABEL_COLUMNS else name


def _cost_row(cost: ModelCost | None) -> Row:
    names = ("num_parameters", "gigaflops", "median_seconds", "peak_memory_bytes")
    return {name: getattr(cost, name) if cost else None for name in names}


def _plain(row: Row) -> Row:
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in row.items()
    }
