"""The report on a model of clips: one page for those who will use it."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mienet.metrics.agreement_tables import count_pairs
from mienet.metrics.clip_figures import (
    ClassFigures,
    class_figures,
    clip_figures,
    commonest_clip_figures,
    guessing_clip_figures,
)
from mienet.metrics.clips import grouped_interval
from mienet.metrics.recording_figures import Figure
from mienet.rendering.evaluation_files import Evaluation
from mienet.rendering.report.calibration import reliability_bars, threshold_table
from mienet.rendering.report.confusion import confusion_rows
from mienet.rendering.report.mistakes import confused_pairs, picture_mistakes
from mienet.rendering.report.run import RunFacts
from mienet.rendering.report.template import write_report_page
from mienet.rendering.report.words import Measure, counted, interval, measure_rows, of_100, share
from mienet.rendering.timeline_evaluation import FEW_GROUPS

SURE = 0.9
"""Confidence of which the first paragraph tells."""

MEASURES = (
    Measure("top1", "Clips with the right class (top-1)", "share", "The main figure."),
    Measure(
        "top5",
        "Clips with the right class among the five likeliest (top-5)",
        "share",
        "For those who choose from a short list.",
    ),
    Measure(
        "mean_class_accuracy",
        "Mean over classes of the share that is recognized",
        "share",
        "Every class counts the same, however rare it is.",
    ),
    Measure(
        "mean_f1",
        "Mean over classes of F1",
        "share",
        "High only if the clips of a class are found and nothing else is taken for it.",
    ),
    Measure(
        "ece",
        "How far confidence and truth are apart (expected calibration error)",
        "share",
        "0% where of answers given with 80% confidence 80% are right, and so on; lower is better.",
    ),
)
CLASS_HEAD = (
    *("class", "clips", "recognized", "recall", "95 % interval", "said", "precision"),
    *("95 % interval", "F1", "95 % interval"),
)
THRESHOLD_HEAD = (
    *("confidence asked for", "answers left", "of these right", "95 % interval", "wrong ones left"),
    "right ones given up",
)


def write_clips_page(
    path: Path,
    evaluation: Evaluation,
    run: RunFacts,
    *,
    facts: Sequence[tuple[str, str]],
    version: str,
) -> list[str]:
    """Writes the page, and returns its first paragraph as sentences.

    Args:
        path: The page.
        evaluation: What was found.
        run: What is known of the model.
        facts: What is known of the evaluation: names and values.
        version: Of this program.
    """
    labels, shares, groups = evaluation.labels, evaluation.probabilities, evaluation.groups
    predicted, confidences = shares.argmax(axis=1), shares.max(axis=1)
    correct, count = predicted == labels, len(evaluation.classes)
    figures = clip_figures(labels, shares, groups)
    rows = class_figures(labels, predicted, count, groups)
    reference = evaluation.reference
    headline = headline_sentences(evaluation, run, figures, rows)
    write_report_page(
        path,
        "clips.html.j2",
        title=run.name,
        kind=run.kind("clips"),
        evaluation=evaluation,
        headline=headline,
        verdict=verdict(evaluation),
        groups_are=evaluation.group_by or "video",
        has_few_groups=reference.num_groups < FEW_GROUPS,
        measures=measure_rows(
            [measure for measure in MEASURES if measure.name != "top5" or count > 5],
            figures,
            guessing_clip_figures(labels, count),
            commonest_clip_figures(labels, count),
        ),
        commonest=evaluation.classes[reference.commonest_class],
        pairs=confused_pairs(evaluation),
        confusion=confusion_rows(count_pairs(labels, predicted, count), evaluation.classes),
        class_head=CLASS_HEAD,
        class_table=_class_table(evaluation.classes, rows),
        chance=share(reference.chance),
        num_mistakes=int((~correct).sum()),
        mistakes=picture_mistakes(evaluation),
        bars=reliability_bars(confidences, correct),
        ece=share(figures["ece"].value),
        threshold_head=THRESHOLD_HEAD,
        thresholds=threshold_table(confidences, correct, groups),
        answers=evaluation.answer_sentences(),
        run=run,
        facts=[*facts, *run.facts],
        version=version,
    )
    return headline


def headline_sentences(
    evaluation: Evaluation,
    run: RunFacts,
    figures: Mapping[str, Figure],
    rows: Sequence[ClassFigures],
) -> list[str]:
    """Returns what the model is good for, in plain words."""
    reference, classes = evaluation.reference, evaluation.classes
    top1, right = figures["top1"], sum(row.correct for row in rows)
    between = "" if math.isnan(top1.low) else f" (95 % interval {interval(top1, 'share')})"
    shown = f"On {counted(len(evaluation.labels), 'clip')}"
    if evaluation.group_by:
        shown += f" of {counted(reference.num_groups, evaluation.group_by)}"
    if run.has_record and not any(evaluation.learned.values()) and not evaluation.lost:
        shown += " that were not used in its training"
    said = [
        f"{shown}, the model names the right one of {len(classes)} classes for "
        f"{right:,} of them: {share(top1.value)}{between}. Always answering "
        f"{classes[reference.commonest_class]!r}, the commonest class, would be right for "
        f"{of_100(reference.commonest_share)}, guessing for {of_100(reference.chance)}."
    ]
    known = [(row.recall.value, place) for place, row in enumerate(rows) if row.videos]
    worst, place = min(known)
    if worst < 1:
        row = rows[place]
        said.append(
            f"It recognizes {classes[place]!r} least often: {row.correct:,} of "
            f"{counted(row.videos, 'clip')}."
        )
    confidences = evaluation.probabilities.max(axis=1)
    sure = confidences >= SURE
    if sure.any():
        is_right = (evaluation.probabilities.argmax(axis=1) == evaluation.labels)[sure]
        groups = [evaluation.groups[at] for at in np.flatnonzero(sure).tolist()]
        low, high = grouped_interval(is_right.tolist(), groups) or (math.nan, math.nan)
        found = Figure(float(is_right.mean()), low, high)
        between = "" if math.isnan(low) else f", 95 % interval {interval(found, 'share')}"
        said.append(
            f"Where it is at least {SURE:.0%} sure, as for {counted(int(sure.sum()), 'clip')}, it "
            f"is right for {int(is_right.sum()):,} ({share(found.value)}{between})."
        )
    return said


def verdict(evaluation: Evaluation) -> tuple[bool, str]:
    """Returns whether the model is clearly better than the simplest answers, and says it."""
    reference = evaluation.reference
    if reference.top1_interval is None:
        one = evaluation.group_by or "video"
        return False, f"All clips are of one {one}: how it does on others cannot be said from this."
    if reference.beats_commonest:
        return True, "Clearly better than always giving the commonest answer."
    return False, "Not clearly better than always giving the commonest answer."


def _class_table(classes: Sequence[str], rows: Sequence[ClassFigures]) -> list[tuple[object, ...]]:
    return [
        (
            name,
            f"{row.videos:,}",
            f"{row.correct:,}",
            *_with_interval(row.recall),
            f"{row.predicted:,}",
            *_with_interval(row.precision),
            *_with_interval(row.f1),
        )
        for name, row in zip(classes, rows, strict=True)
    ]


def _with_interval(figure: Figure) -> tuple[str, str]:
    return share(figure.value), interval(figure, "share")
