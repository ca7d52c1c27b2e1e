"""How well two observers of whole recordings agree: kappa, boundaries, events, and where not.

The comparisons are those of ``recordings.py``, where the first observer's labels take the place of
the true ones, and the second's that of the predicted ones. Differences are the second's time minus
the first's, so that above 0 the second is later. Where there is nothing to measure, figures are
NaN.
"""

import math
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from mienet.metrics.agreement import Kappa, cohens_kappa
from mienet.metrics.agreement_tables import Counts, share_agreed, share_by_chance, table_kappa
from mienet.metrics.event_errors import event_errors
from mienet.metrics.frame_labels import runs
from mienet.metrics.recording_figures import Figure, Some, events_found, with_intervals
from mienet.metrics.recordings import RecordingLabels
from mienet.metrics.timing import TimingComparison, timing_errors

DISTANCES = (
    *("median_frames", "mean_frames", "median_ms", "mean_ms"),
    *("mean_difference_frames", "mean_difference_ms"),
)
"""What is told of how far apart the two are; the last ones keep the sign."""

Row = dict[str, Any]


def agreement_figures(
    some: Some, groups: Sequence[Hashable], *, num_resamples: int = 1000
) -> dict[str, Figure]:
    """Returns the figures of all recordings together by name, with their intervals over groups.

    Args:
        some: A comparison for each recording, at least one.
        groups: What each belongs to, such as its subject.
        num_resamples: How often groups are drawn.
    """
    return with_intervals(
        {
            "kappa": lambda some: table_kappa(frame_table(some)),
            "kappa_within_tolerance": lambda some: _within(some).mean,
            "kappa_by_first": lambda some: _within(some).by_first,
            "kappa_by_second": lambda some: _within(some).by_second,
            "agreement": lambda some: share_agreed(frame_table(some)),
            "agreement_by_chance": lambda some: share_by_chance(frame_table(some)),
            "event_f1": lambda some: events_found(some).f1,
        },
        some,
        groups,
        num_resamples=num_resamples,
    )


def frame_table(some: Some) -> Counts:
    """Returns the frames of all by the first's label and the second's, ``(K + 1, K + 1)``."""
    table: Counts = np.sum([recording.confusion for recording in some], axis=0)
    return table


def boundary_agreement(some: Some) -> Row:
    """Returns how many boundaries are shared and in one alone, and how far apart the shared are."""
    return _timing_row([recording.boundary_timing for recording in some])


def event_agreement_rows(some: Some, events: Sequence[str]) -> list[Row]:
    """Returns for each event how many are shared within the tolerance, and how far apart they are.

    Distances are of all pairs within half a second, ``pairs`` of them, so that the tolerance does
    not cut them off.
    """
    rows = []
    for name in events:
        found = events_found(some, name)
        apart = _timing_row([recording.event_timing[name] for recording in some])
        rows.append(
            {
                "label": name,
                "first": found.num_true,
                "second": found.num_predicted,
                "shared": found.num_correct,
                "only_first": found.num_true - found.num_correct,
                "only_second": found.num_predicted - found.num_correct,
                "f1": found.f1,
                "pairs": apart["shared"],
                **{key: apart[key] for key in DISTANCES},
            }
        )
    return rows


def disagreements(
    labels: RecordingLabels,
    phases: Sequence[str],
    events: Sequence[str],
    *,
    background: str,
    tolerance_frames: int,
) -> Iterator[Row]:
    """Yields every stretch of a recording that the two call by different names.

    ``frames`` is how long it is. An event that one alone has, within the tolerance, is a stretch of
    0 frames, without a label of the other's.

    Args:
        labels: The first observer's labels as true, the second's as predicted.
        phases: Names of the ``K`` phases.
        events: Names of the events.
        background: What a frame in no phase is called.
        tolerance_frames: How far apart shared events are at most.
    """
    seconds, names = labels.borders_seconds.tolist(), [*phases, background]
    is_labeled = labels.true >= 0
    # One number for each pair of labels; unlabeled frames have one of their own.
    pairs = np.where(is_labeled, labels.true * len(names) + labels.predicted, -1)
    for pair, start, end in runs(pairs) if phases else ():
        first, second = divmod(pair, len(names))
        if pair >= 0 and first != second:
            yield _row(
                "phase",
                seconds[start],
                seconds[end],
                end - start,
                *map(names.__getitem__, (first, second)),
            )
    for error in event_errors(labels, events, tolerance_frames=tolerance_frames):
        own = (error.label, "") if error.kind == "missed" else ("", error.label)
        yield _row("event", error.seconds, error.seconds, 0, *own)


def _row(kind: str, start: float, end: float, frames: int, first: str, second: str) -> Row:
    return {
        "start_seconds": start,
        "end_seconds": end,
        "frames": frames,
        "kind": kind,
        "first": first,
        "second": second,
    }


def _within(some: Some) -> Kappa:
    return cohens_kappa([one for recording in some for one in recording.agreement])


def _timing_row(timings: Sequence[TimingComparison]) -> Row:
    errors = timing_errors(timings)
    frames, ms = (
        np.concatenate([getattr(timing, name) for timing in timings])
        for name in ("offsets_frames", "offsets_ms")
    )
    return {
        "shared": errors.num_matched,
        "only_first": errors.num_missed,
        "only_second": errors.num_invented,
        "median_frames": errors.median_frames,
        "mean_frames": errors.mean_frames,
        "median_ms": errors.median_ms,
        "mean_ms": errors.mean_ms,
        "mean_difference_frames": float(frames.mean()) if len(frames) else math.nan,
        "mean_difference_ms": float(ms.mean()) if len(ms) else math.nan,
    }
