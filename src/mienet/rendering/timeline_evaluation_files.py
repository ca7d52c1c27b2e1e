"""The files of an evaluation of whole recordings.

runs/NAME/evaluation/test/metrics.json      all figures, with their intervals
runs/NAME/evaluation/test/phases.csv        a row a phase, and events.csv a row an event
runs/NAME/evaluation/test/boundaries.csv    every boundary, the farthest off first
runs/NAME/evaluation/test/per_video.csv     every recording, the worst first
runs/NAME/evaluation/test/timelines.png     true and predicted, the worst recordings first
runs/NAME/evaluation/test/confusion_matrix.png      of frames
runs/NAME/evaluation/test/recordings.jsonl  what was predicted of each recording
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from mienet.files import write_whole
from mienet.metrics.recording_figures import Row
from mienet.metrics.recordings import Boundary
from mienet.rendering.evaluation_files import METRICS, METRICS_START
from mienet.rendering.figures import confusion_matrix_png
from mienet.rendering.results import to_bytes
from mienet.rendering.spreadsheet import write_table
from mienet.rendering.timeline_evaluation import TimelineEvaluation
from mienet.rendering.timeline_strips import timeline_strips_png

JOURNAL = "recordings.jsonl"
TABLES = ("phases.csv", "events.csv", "boundaries.csv", "per_video.csv")
FILES = (METRICS, *TABLES, "timelines.png", "confusion_matrix.png", JOURNAL)
STARTS = {METRICS: METRICS_START, JOURNAL: r'\{"model": '}
"""How those begin that tell a folder of ours."""

BOUNDARY_COLUMNS = (
    *("path", "before", "after", "true_frame", "predicted_frame"),
    *("true_seconds", "predicted_seconds", "error_frames", "error_ms", "found"),
)


def write_timeline_evaluation(
    evaluation: TimelineEvaluation, settings: dict[str, Any], out: Path
) -> None:
    """Writes all files but the journal to the folder ``out``, each whole or not at all.

    Tables and pictures of what the model does not have, phases or events, are removed.

    Raises:
        OSError: If one cannot be written, with its name.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = evaluation.to_dict() | settings
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(out / METRICS, to_bytes(text))
    write_table(out / "phases.csv", evaluation.phase_rows())
    write_table(out / "events.csv", evaluation.event_rows())
    write_table(out / "boundaries.csv", boundary_table(evaluation))
    write_table(out / "per_video.csv", evaluation.recording_rows())
    write_whole(out / "timelines.png", timeline_strips_png(evaluation))
    if evaluation.phases and evaluation.num_frames:
        write_whole(out / "confusion_matrix.png", _confusion(evaluation))
    else:
        (out / "confusion_matrix.png").unlink(missing_ok=True)


def boundary_table(evaluation: TimelineEvaluation) -> list[Row]:
    """Returns a row for every boundary: missed and invented first, then the farthest off.

    ``found`` says "matched", "missed" or "invented"; an error above 0 is late.
    """
    names = evaluation.label_names
    every = [(one.path, b) for one in evaluation.recordings for b in one.comparison.boundaries]
    return [
        dict(
            zip(
                BOUNDARY_COLUMNS,
                (
                    *(path, names[boundary.before], names[boundary.after]),
                    *(boundary.true_frame, boundary.predicted_frame),
                    *(boundary.true_seconds, boundary.predicted_seconds),
                    *(boundary.error_frames, boundary.error_ms, _found(boundary)),
                ),
                strict=True,
            )
        )
        for path, boundary in sorted(every, key=lambda pair: -_badness(pair[1]))
    ]


def _badness(boundary: Boundary) -> float:
    return math.inf if boundary.error_frames is None else abs(boundary.error_frames)


def _found(boundary: Boundary) -> str:
    if boundary.predicted_frame is None:
        return "missed"
    return "invented" if boundary.true_frame is None else "matched"


def _confusion(evaluation: TimelineEvaluation) -> bytes:
    labels = [one.labels for one in evaluation.recordings]
    true = np.concatenate([one.true for one in labels])
    predicted = np.concatenate([one.predicted for one in labels])
    source = "/".join(evaluation.source.absolute().parts[-2:])
    accuracy = evaluation.figures["frame_accuracy"].value
    return confusion_matrix_png(
        true[true >= 0],
        predicted[true >= 0],
        evaluation.label_names,
        title=f"{source}\nframe accuracy {accuracy:.1%} of {evaluation.num_frames} frames",
    )
