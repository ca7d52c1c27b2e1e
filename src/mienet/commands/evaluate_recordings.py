"""What ``mienet evaluate`` prints of a model of whole recordings."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mienet.commands.printing import frames_text, note, number_text, percent, say, share_text, shown

if TYPE_CHECKING:
    from mienet.workflows.evaluate_recordings import TimelineEvaluation

MOST_WORST = 5


def run_recordings(arguments: dict[str, Any]) -> int:
    """Evaluates models of recordings, prints the figures, and returns the exit code.

    It is 1 where a recording could not be used.
    """
    from mienet.workflows.evaluate_recordings import evaluate_recordings

    checkpoints, data = arguments.pop("checkpoint"), arguments.pop("data")
    evaluation, out = evaluate_recordings(checkpoints, data, **arguments)
    if evaluation.num_kept:
        note(
            f"{evaluation.num_kept} of {len(evaluation.recordings)} recordings were computed by an "
            f"earlier run of this command; delete {shown(out / 'recordings.jsonl')} to compute "
            "them anew"
        )
    for problem in evaluation.problems:
        note(f"left out: {shown(problem)}")
    for table in (_phase_table(evaluation), _event_table(evaluation), _figures(evaluation)):
        say("\n".join(table))
        say()
    for warning in evaluation.warnings():
        say(f"warning: {shown(warning)}")
    say("\n".join(_worst(evaluation)))
    say(f"Written: {shown(out)}{replaced(evaluation.replaced, evaluation.source)}")
    say(f"Look at {shown(out / 'timelines.png')}: true above predicted, the worst first")
    return 1 if evaluation.problems else 0


def replaced(earlier: str | None, source: Path) -> str:
    """Returns which list's results were in the folder before, for the end of a line."""
    if earlier is None:
        return ""
    same = earlier == str(source.absolute())
    name = "this list" if same else shown(earlier or "another list")
    return f" (replaces earlier results of {name}; to keep both, give --out FOLDER)"


def _phase_table(evaluation: "TimelineEvaluation") -> Iterator[str]:
    width = _width(evaluation.phases, "phase")
    if evaluation.phases:
        yield f"{'phase':{width}}   true  found  precision  recall  F1@50  duration off by (mean)"
    for row in evaluation.phase_rows():
        off = row["duration_mean_absolute_error_seconds"]
        yield (
            f"{shown(row['label']):{width}} {row['true']:6} {row['correct']:6}  "
            f"{percent(row['precision']):>9}  {percent(row['recall']):>6}  "
            f"{percent(row['f1']):>5}  "
            + ("-" if math.isnan(off) else f"{off:.3f} of {row['duration_mean_seconds']:.3f} s")
        )


def _event_table(evaluation: "TimelineEvaluation") -> Iterator[str]:
    width = _width(evaluation.events, "event")
    if evaluation.events:
        yield (
            f"{'event':{width}}   true  found  precision  recall     F1  "
            "AP within 0      1      2      4 frames  off by (median)"
        )
    for row in evaluation.event_rows():
        precisions = "  ".join(f"{percent(row[f'ap_{frames}']):>5}" for frames in (0, 1, 2, 4))
        yield (
            f"{shown(row['label']):{width}} {row['true']:6} {row['correct']:6}  "
            f"{percent(row['precision']):>9}  {percent(row['recall']):>6}  "
            f"{percent(row['f1']):>5}        {precisions}         "
            f"{frames_text(row['median_frames'])}"
        )


def _figures(evaluation: "TimelineEvaluation") -> Iterator[str]:
    """Yields the figures over all recordings, and how far they can be trusted."""
    figures, count = evaluation.figures, len(evaluation.recordings)
    yield f"list: {shown(evaluation.source)}"
    over = f"{evaluation.num_groups} {'subjects' if evaluation.has_subjects else 'recordings'}"
    yield (
        f"{count} recording{'s' * (count != 1)}, {evaluation.num_frames} labeled frames; "
        + (
            "no 95 % intervals: all are of one subject or recording, which says nothing of others"
            if evaluation.num_groups == 1
            else f"in brackets 95 % intervals over {over}"
            + (", which are too narrow for so few" if evaluation.has_few_groups else "")
        )
    )
    if evaluation.phases:
        label, share = evaluation.commonest
        boundaries = evaluation.boundaries()
        yield (
            f"frame accuracy {share_text(figures['frame_accuracy'])}; always answering "
            f"{shown(label)!r} gives {share:.1%}"
        )
        yield (
            f"edit score (order of phases) {share_text(figures['edit_score'])}, Cohen's kappa "
            f"(agreement beyond chance) within {evaluation.tolerance_frames} frames "
            f"{number_text(figures['kappa'].value)}"
        )
        yield "F1@10, 25, 50  " + ", ".join(share_text(figures[f"f1_{n}"]) for n in (10, 25, 50))
        yield (
            f"boundaries off by {_distance(figures, 'median')} (median), "
            f"{_distance(figures, 'mean')} (mean), {_distance(figures, 'p95')} (95th percentile); "
            f"{boundaries['missed']} of {boundaries['true']} missed, {boundaries['invented']} "
            "invented"
        )
    if evaluation.events:
        yield "event mAP (mean average precision) within 0, 1, 2, 4 frames  " + ", ".join(
            share_text(figures[f"event_map_{frames}"]) for frames in (0, 1, 2, 4)
        )
        yield (
            f"events within {evaluation.tolerance_frames} frames: precision "
            f"{share_text(figures['event_precision'])}, recall "
            f"{share_text(figures['event_recall'])}, F1 {share_text(figures['event_f1'])}; correct "
            "where their number is known "
            f"{share_text(figures['correct_events'])}"
        )


def _worst(evaluation: "TimelineEvaluation") -> Iterator[str]:
    rows = evaluation.recording_rows()
    yield "the worst recordings:"
    for row in rows[:MOST_WORST]:
        said = []
        if evaluation.phases:
            said.append(f"frame accuracy {percent(row['frame_accuracy'])}")
        if evaluation.events:
            said.append(f"{row['event_correct']} of {row['event_true']} events found")
        yield f"  {shown(row['path'])}: {', '.join(said)}"
    if len(rows) > MOST_WORST:
        yield f"  ... and {len(rows) - MOST_WORST} more in per_video.csv"


def _width(names: tuple[str, ...], title: str) -> int:
    return max(len(shown(name)) for name in (*names, title))


def _distance(figures: Any, name: str) -> str:
    frames, ms = figures[f"boundary_{name}_frames"], figures[f"boundary_{name}_ms"]
    return f"{frames_text(frames.value)}, {number_text(ms.value, 0)} ms"
