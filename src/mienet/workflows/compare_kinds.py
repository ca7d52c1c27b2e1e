"""Models of clips, and models of recordings, measured on the same videos for a comparison.

An ``Entrant`` is one model, or the mean of all: its figures, and what its figures would be on any
choice of the videos.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.metrics.clip_figures import clip_figures
from mienet.metrics.clips import compute_metrics, compute_reference, label_ranks, mean_recall
from mienet.metrics.comparison import Measure, MeasureOfPlaces
from mienet.metrics.label_ratios import LabelRatios, clip_ratios, recording_ratios
from mienet.metrics.recording_figures import (
    Figure,
    Row,
    boundary_row,
    event_rows,
    overall_figures,
    phase_rows,
    recording_measures,
)
from mienet.metrics.recordings import RecordingComparison
from mienet.rendering.evaluation_files import Evaluation
from mienet.rendering.timeline_evaluation import TimelineEvaluation
from mienet.workflows.evaluate import evaluate, learned_clips
from mienet.workflows.evaluate_recordings import evaluate_recordings

CLIP_MEASURES = (
    Measure("top1", "top-1"),
    Measure("top5", "top-5"),
    Measure("mean_class_accuracy", "mean class accuracy"),
)
RECORDING_MEASURES = (
    Measure("frame_accuracy", "frame accuracy"),
    Measure("f1_50", "F1@50"),
    Measure("event_map_4", "event mAP within 4 frames"),
    Measure("boundary_mean_frames", "mean boundary error", is_share=False, less_is_better=True),
)
PHASE_FIGURES = ("precision", "recall", "f1", "duration_mean_absolute_error_seconds")
EVENT_FIGURES = ("precision", "recall", "f1", "ap_4", "mean_frames")


@dataclass(frozen=True, eq=False)
class Entrant:
    """One model's results on the videos that all are measured on.

    Attributes:
        figures: With intervals over groups, by the measures' names.
        of_places: From places of the videos to each figure.
        is_right: Whether each clip's class is found, ``(N,)``; None for recordings.
        counts: What else was counted.
        label_rows: One for each class, phase and event; see ``ComparedModel``.
        label_ratios: By figure, what these are made of; not of average precision, which is no
            ratio of sums.
        warnings: What speaks against the figures.
        is_kept: Whether all was computed by an earlier evaluation.
        has_replaced: Whether an earlier evaluation, of which nothing could be used, gave way.
    """

    figures: Mapping[str, Figure]
    of_places: Mapping[str, MeasureOfPlaces]
    is_right: NDArray[np.bool_] | None
    counts: Mapping[str, int]
    label_rows: Sequence[Row]
    label_ratios: Mapping[str, LabelRatios]
    warnings: tuple[str, ...]
    is_kept: bool
    has_replaced: bool


@dataclass(frozen=True, eq=False)
class Field:
    """All models on the same videos.

    Attributes:
        entrants: In the order of the models, the mean of all last.
        groups: What each video belongs to, ``N`` names.
        groups_are: What a group is.
        measures: Those that there is something to measure of.
        label_figure: The figure of classes, or of phases and events, that is tested.
        ensemble: What the mean of all says; None if that is not compared.
        problems: Videos that not all could use.
    """

    entrants: Sequence[Entrant]
    groups: Sequence[str]
    groups_are: str
    measures: Sequence[Measure]
    label_figure: str
    ensemble: Evaluation | TimelineEvaluation | None
    problems: tuple[str, ...] = ()


def clip_field(
    checkpoints: Sequence[str | Path],
    source: Path,
    root: str | Path | None,
    options: dict[str, Any],
    *,
    ensemble: bool,
) -> Field:
    """Returns models of clips on a list; errors as ``evaluate``."""
    evaluations = [evaluate(path, source, root=root, **options)[0] for path in checkpoints]
    if ensemble:
        evaluations.append(_mean_of(evaluations, checkpoints))
    first = evaluations[0]  # the list's, as of all of them
    has_top5 = len(first.classes) > 5
    measures = [measure for measure in CLIP_MEASURES if has_top5 or measure.name != "top5"]
    return Field(
        [_clip_entrant(one, measures) for one in evaluations],
        first.groups,
        first.group_by or "video",
        measures,
        "recall",
        evaluations[-1] if ensemble else None,
    )


def _mean_of(evaluations: Sequence[Evaluation], checkpoints: Sequence[str | Path]) -> Evaluation:
    """Returns the results of the mean of several models' probabilities."""
    first = evaluations[0]
    probabilities = np.mean([one.probabilities for one in evaluations], axis=0)
    learned, lost = learned_clips(checkpoints, first.records)
    return replace(
        first,
        probabilities=probabilities,
        metrics=compute_metrics(first.labels, probabilities),
        reference=compute_reference(first.labels, probabilities, first.groups),
        learned=learned,
        lost=lost,
        replaced=None,
        num_kept=min(one.num_kept for one in evaluations),
    )


def _clip_entrant(evaluation: Evaluation, measures: Sequence[Measure]) -> Entrant:
    labels, ranks = evaluation.labels, label_ranks(evaluation.labels, evaluation.probabilities)
    of_places: dict[str, MeasureOfPlaces] = {
        "top1": lambda places: float((ranks[places] < 1).mean()),
        "top5": lambda places: float((ranks[places] < 5).mean()),
        "mean_class_accuracy": lambda places: mean_recall(labels[places], ranks[places] < 1),
    }
    figures = clip_figures(labels, evaluation.probabilities, evaluation.groups)
    ratios = clip_ratios(labels, evaluation.probabilities.argmax(axis=1), len(evaluation.classes))
    clips = np.bincount(labels, minlength=len(evaluation.classes)).tolist()
    rows = [
        {"kind": "class", "label": name, "true": clips[place]}
        | {figure: float(found.values[place]) for figure, found in ratios.items()}
        for place, name in enumerate(evaluation.classes)
    ]
    return Entrant(
        {measure.name: figures[measure.name] for measure in measures},
        of_places,
        ranks < 1,
        {},
        rows,
        ratios,
        tuple(evaluation.warnings()),
        is_kept=evaluation.num_kept > 0,
        has_replaced=evaluation.replaced is not None and evaluation.num_kept == 0,
    )


def recording_field(
    checkpoints: Sequence[str | Path],
    source: Path,
    root: str | Path | None,
    options: dict[str, Any],
    *,
    ensemble: bool,
) -> Field:
    """Returns models of recordings on a list; errors as ``evaluate_recordings``.

    Their phases and events may differ, as long as the list has only those that all know.
    """
    entries: list[str | Path | list[str | Path]] = [*checkpoints]
    entries += [[*checkpoints]] if ensemble else []
    evaluations = [evaluate_recordings(entry, source, root=root, **options)[0] for entry in entries]
    common = set.intersection(*({one.path for one in e.recordings} for e in evaluations))
    if not common:
        raise MienetError(f"{source}: no recording can be used by all models")
    kept = [one for one in evaluations[0].recordings if one.path in common]
    groups = [one.group for one in kept]
    known = [key for key in _labels(evaluations[0]) if all(key in _labels(e) for e in evaluations)]
    entrants = [_recording_entrant(one, common, groups, known) for one in evaluations]
    has_subjects = evaluations[0].has_subjects
    return Field(
        entrants,
        groups,
        "subject" if has_subjects else "recording",
        [
            measure
            for measure in RECORDING_MEASURES
            if any(not math.isnan(one.figures[measure.name].value) for one in entrants)
        ],
        "f1",
        evaluations[-1] if ensemble else None,
        tuple(dict.fromkeys(problem for one in evaluations for problem in one.problems)),
    )


def _labels(evaluation: TimelineEvaluation) -> list[tuple[str, str]]:
    """Returns the kind and name of each phase and event that a model knows."""
    return [
        *(("phase", name) for name in evaluation.phases),
        *(("event", name) for name in evaluation.events),
    ]


def _recording_entrant(
    evaluation: TimelineEvaluation,
    common: set[str],
    groups: Sequence[str],
    known: Sequence[tuple[str, str]],
) -> Entrant:
    """Returns one model's results.

    Args:
        evaluation: What it found.
        common: The recordings that count.
        groups: Of each of them.
        known: Labels that all models know, which have rows of their own.
    """
    comparisons = [one.comparison for one in evaluation.recordings if one.path in common]
    tolerance, figures = evaluation.tolerance_frames, evaluation.figures
    if len(comparisons) < len(evaluation.recordings):
        figures = overall_figures(comparisons, groups, tolerance_frames=tolerance)
    measures = recording_measures(tolerance)

    def of_places(name: str, places: Sequence[int]) -> float:
        return measures[name]([comparisons[place] for place in places])

    names = [measure.name for measure in RECORDING_MEASURES]
    rows = [
        *_rows("phase", phase_rows(comparisons, evaluation.phases), PHASE_FIGURES),
        *_rows(
            "event",
            event_rows(comparisons, evaluation.events, tolerance_frames=tolerance),
            EVENT_FIGURES,
        ),
    ]
    ratios = recording_ratios(comparisons, evaluation.phases, evaluation.events)
    places = [_labels(evaluation).index(key) for key in known]  # among rows and ratios
    return Entrant(
        {name: figures[name] for name in names},
        {name: partial(of_places, name) for name in names},
        None,
        _boundary_counts(comparisons) if evaluation.phases else {},
        [rows[place] for place in places],
        {
            name: LabelRatios(one.numerators[:, places], one.denominators[:, places])
            for name, one in ratios.items()
        },
        (*evaluation.warnings(), *_of_its_own(evaluation, known)),
        is_kept=evaluation.num_kept == len(evaluation.recordings),
        has_replaced=evaluation.replaced is not None and evaluation.num_kept == 0,
    )


def _of_its_own(evaluation: TimelineEvaluation, known: Sequence[tuple[str, str]]) -> list[str]:
    """Returns a warning about labels that not all models know."""
    own = [name for kind, name in _labels(evaluation) if (kind, name) not in known]
    if not own:
        return []
    names = ", ".join(map(repr, own))
    return [f"{names}: not known to all of the models, and counted as wrong wherever it says so"]


def _boundary_counts(comparisons: Sequence[RecordingComparison]) -> dict[str, int]:
    """Returns how many boundaries the mean error is not of, as they are missed or invented."""
    row = boundary_row([boundary for one in comparisons for boundary in one.boundaries])
    return {f"boundaries_{name}": row[name] for name in ("true", "missed", "invented")}


def _rows(kind: str, rows: Sequence[Row], figures: Sequence[str]) -> list[Row]:
    return [
        {"kind": kind, "label": row["label"], "true": row["true"]}
        | {name: float(row[name]) for name in figures}
        for row in rows
    ]
