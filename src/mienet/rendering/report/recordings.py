"""The report on a model of whole recordings: one page for those who will use it."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mienet.metrics.recording_baselines import commonest_figures, guessing_figures
from mienet.metrics.recording_figures import Figure
from mienet.rendering.report.confusion import confusion_rows
from mienet.rendering.report.measures import shown_measures
from mienet.rendering.report.run import RunFacts
from mienet.rendering.report.strips import (
    STRIP_UNITS,
    draw_strips,
    legend,
    list_event_errors,
)
from mienet.rendering.report.template import write_report_page
from mienet.rendering.report.transitions import transition_plot
from mienet.rendering.report.words import (
    counted,
    frames,
    measure_rows,
    milliseconds,
    of_100,
    seconds,
    share,
)
from mienet.rendering.timeline_evaluation import TimelineEvaluation

MOST_ERRORS = 30
"""Missed and invented events that are seen at once; the others are folded."""

EVENT_HEAD = (
    *("event", "true", "found", "missed", "invented", "precision", "recall", "F1"),
    *("off by, usually", "in bad cases"),
)
PHASE_HEAD = (
    *("phase", "true", "predicted", "found", "precision", "recall", "F1", "true frames"),
    *("lasts, mean", "duration off by, mean"),
)


def write_recordings_page(
    path: Path,
    evaluation: TimelineEvaluation,
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
    labels = [one.labels for one in evaluation.recordings]
    phases, events = evaluation.phases, evaluation.events
    tolerance = evaluation.tolerance_frames
    guessing = guessing_figures(labels, len(phases), events, tolerance_frames=tolerance)
    label = evaluation.label_names.index(evaluation.commonest[0])
    commonest = commonest_figures(labels, label, len(phases), events, tolerance_frames=tolerance)
    strips = draw_strips(evaluation, path)
    confusion = np.sum([one.comparison.confusion for one in evaluation.recordings], axis=0)
    colors, glyphs = legend(evaluation)
    measures = shown_measures(evaluation)
    headline = headline_sentences(evaluation, run, guessing)
    write_report_page(
        path,
        "recordings.html.j2",
        title=run.name,
        kind=run.kind("whole recordings"),
        evaluation=evaluation,
        headline=headline,
        verdict=verdict(evaluation, guessing),
        measures=measure_rows(measures, evaluation.figures, guessing, commonest),
        commonest=evaluation.commonest[0] if phases else None,
        boundaries=evaluation.boundaries(),
        plot=transition_plot(evaluation),
        event_head=EVENT_HEAD,
        event_table=_event_table(evaluation),
        errors=list_event_errors(evaluation),
        most_errors=MOST_ERRORS,
        strips=strips,
        strip_units=STRIP_UNITS,
        has_videos=any(strip.video for strip in strips),
        is_real_time=evaluation.is_real_time,
        colors=colors,
        glyphs=glyphs,
        phase_head=PHASE_HEAD,
        phase_table=_phase_table(evaluation),
        confusion=confusion_rows(confusion, evaluation.label_names) if phases else [],
        run=run,
        facts=[*facts, *run.facts],
        version=version,
    )
    return headline


def headline_sentences(
    evaluation: TimelineEvaluation, run: RunFacts, guessing: dict[str, float]
) -> list[str]:
    """Returns what the model is good for, in plain words."""
    count, figures = len(evaluation.recordings), evaluation.figures
    shown = f"On {counted(count, 'recording')}"
    if evaluation.has_subjects:
        shown += f" of {counted(evaluation.num_groups, 'subject')}"
    if run.has_record and not any(evaluation.learned.values()) and not evaluation.lost:
        shown += f" that {'was' if count == 1 else 'were'} not used in its training"
    said = []
    if evaluation.phases and not math.isnan(figures["frame_accuracy"].value):
        label, commonest = evaluation.commonest
        said.append(
            f"{shown}, the model names the right phase in "
            f"{_of_100(figures['frame_accuracy'])}. Always answering {label!r} would be "
            f"right in {of_100(commonest)}, guessing in {of_100(guessing['frame_accuracy'])}."
        )
        shown = "On the same recordings"
        row = evaluation.boundaries()
        if row["true"]:
            off = (
                f"Where one phase ends and the next begins it is typically off by "
                f"{frames(row['median_frames'])} ({row['median_ms']:.0f} ms); of "
                if row["matched"]
                else "Of "
            )
            said.append(
                f"{off}{row['true']:,} such boundaries it misses {row['missed']:,}, and it reports "
                f"{row['invented']:,} that are none."
            )
    if evaluation.events and not math.isnan(figures["event_recall"].value):
        rows = evaluation.event_rows()
        true, right = sum(row["true"] for row in rows), sum(row["correct"] for row in rows)
        wrong = sum(row["predicted"] for row in rows) - right
        said.append(
            f"{shown}, it finds {right:,} of {counted(true, 'event')} within "
            f"{counted(evaluation.tolerance_frames, 'frame')}, and reports {wrong:,} that "
            f"{'is' if wrong == 1 else 'are'} none. Guessing would find "
            f"{of_100(guessing['event_recall'])}."
        )
    return said or [f"{shown}, there is nothing to measure."]


def verdict(evaluation: TimelineEvaluation, guessing: dict[str, float]) -> tuple[bool, str]:
    """Returns whether the model is clearly better than the simplest answers, and says it."""
    figures = evaluation.figures
    tests = []
    if evaluation.phases:
        tests.append((figures["frame_accuracy"], evaluation.commonest[1], "phases"))
    if evaluation.events:
        tests.append((figures["event_f1"], guessing["event_f1"], "events"))
    tests = [test for test in tests if not math.isnan(test[0].value)]
    better = [name for figure, simple, name in tests if figure.low > simple]
    rest = [name for _, _, name in tests if name not in better]
    if evaluation.num_groups == 1:
        return False, (
            "All is of one subject or recording: how it does on others cannot be said from this."
        )
    said = f"Clearly better than the simplest answers for {' and '.join(better)}." * bool(better)
    if rest:
        said += f" Not clearly better than the simplest answers for {' and '.join(rest)}."
    return bool(better) and not rest, said.strip() or "There is nothing to measure."


def _event_table(evaluation: TimelineEvaluation) -> list[tuple[object, ...]]:
    return [
        (
            row["label"],
            *map("{:,}".format, (row["true"], row["correct"], row["true"] - row["correct"])),
            f"{row['predicted'] - row['correct']:,}",
            *(share(row[name]) for name in ("precision", "recall", "f1")),
            f"{frames(row['median_frames'])}, {milliseconds(row['median_ms'])}",
            f"{frames(row['p95_frames'])}, {milliseconds(row['p95_ms'])}",
        )
        for row in evaluation.event_rows()
    ]


def _phase_table(evaluation: TimelineEvaluation) -> list[tuple[object, ...]]:
    return [
        (
            row["label"],
            *map("{:,}".format, (row["true"], row["predicted"], row["correct"])),
            *(share(row[name]) for name in ("precision", "recall", "f1")),
            f"{row['true_frames']:,}",
            seconds(row["duration_mean_seconds"]),
            seconds(row["duration_mean_absolute_error_seconds"]),
        )
        for row in evaluation.phase_rows()
    ]


def _of_100(figure: Figure) -> str:
    said = f"{of_100(figure.value)} frames"
    if math.isnan(figure.low):
        return said
    return f"{said} (95 % interval {100 * figure.low:.0f} to {100 * figure.high:.0f})"
