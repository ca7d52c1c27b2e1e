"""The figures of all recordings together: overall with intervals, by phase, event and transition.

Shares are in [0, 1]. Where there is nothing to measure, a figure is NaN.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mienet.metrics.agreement import cohens_kappa
from mienet.metrics.bootstrap import Comparison, bootstrap_interval
from mienet.metrics.events import (
    EventComparison,
    average_precisions,
    correct_events,
    mean_average_precision,
)
from mienet.metrics.phases import PhaseComparison, edit_score, frame_accuracy, segmental_f1
from mienet.metrics.recordings import (
    EVENT_TOLERANCES,
    Boundary,
    RecordingComparison,
    timing_of,
)
from mienet.metrics.timing import (
    DISTANCES,
    TimingComparison,
    TimingErrors,
    timing_error,
    timing_errors,
)

BACKGROUND = "(background)"
"""What the label of frames in no phase is called, in brackets as no name of a phase is."""

Some = Sequence[RecordingComparison]
Row = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A figure and its 95 % interval; NaN where there is none.

    Attributes:
        value: The figure over all recordings.
        low: Lower end of the interval; NaN for a single group.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Found:
    """How many of the true are found, and how many of the found are true.

    Attributes:
        num_true: True ones.
        num_predicted: Predicted ones.
        num_correct: Pairs of both.
    """

    num_true: int
    num_predicted: int
    num_correct: int

    @property
    def precision(self) -> float:
        """Share of the predicted ones that are right."""
        return self.num_correct / self.num_predicted if self.num_predicted else math.nan

    @property
    def recall(self) -> float:
        """Share of the true ones that are found."""
        return self.num_correct / self.num_true if self.num_true else math.nan

    @property
    def f1(self) -> float:
        """Twice the correct ones / (true + predicted)."""
        total = self.num_true + self.num_predicted
        return 2 * self.num_correct / total if total else math.nan


def overall_figures(
    some: Some, groups: Sequence[Hashable], *, tolerance_frames: int, num_resamples: int = 1000
) -> dict[str, Figure]:
    """Returns every figure of all recordings together by name, with its interval over groups.

    Args:
        some: A comparison for each recording, at least one.
        groups: What each belongs to, such as its subject.
        tolerance_frames: That the recordings were compared with.
        num_resamples: How often groups are drawn.
    """
    return with_intervals(
        recording_measures(tolerance_frames), some, groups, num_resamples=num_resamples
    )


def figure_values(some: Some, *, tolerance_frames: int) -> dict[str, float]:
    """Returns the same figures by name, without intervals."""
    return {name: measure(some) for name, measure in recording_measures(tolerance_frames).items()}


def with_intervals(
    measures: Mapping[str, Callable[[Sequence[Comparison]], float]],
    comparisons: Sequence[Comparison],
    groups: Sequence[Hashable],
    *,
    num_resamples: int = 1000,
) -> dict[str, Figure]:
    """Returns every measure of all comparisons by its name, with its interval over groups.

    Args:
        measures: From comparisons to a figure, by name.
        comparisons: As the measures take them, at least one.
        groups: What each belongs to, such as its subject.
        num_resamples: How often groups are drawn.
    """
    figures = {}
    for name, measure in measures.items():
        value = measure(comparisons)
        low = high = math.nan
        if not math.isnan(value):
            interval = bootstrap_interval(comparisons, groups, measure, num_resamples=num_resamples)
            low, high = interval.low, interval.high
        figures[name] = Figure(value, low, high)
    return figures


def recording_measures(tolerance_frames: int) -> dict[str, Callable[[Some], float]]:
    """Returns what gives every figure of ``overall_figures``, by name."""
    measures: dict[str, Callable[[Some], float]] = {
        "frame_accuracy": lambda some: frame_accuracy(_phases(some)),
        "edit_score": lambda some: edit_score(_phases(some)),
        "f1_10": lambda some: segmental_f1(_phases(some), 0.1),
        "f1_25": lambda some: segmental_f1(_phases(some), 0.25),
        "f1_50": lambda some: segmental_f1(_phases(some), 0.5),
        "kappa": lambda some: cohens_kappa([one for r in some for one in r.agreement]).mean,
    }
    for name in DISTANCES:
        measures[f"boundary_{name}"] = partial(_boundary_distance, name)
    for frames in EVENT_TOLERANCES:
        measures[f"event_map_{frames}"] = partial(_event_map, frames)
    return measures | {
        "correct_events": lambda some: correct_events([r.events[tolerance_frames] for r in some]),
        "event_precision": lambda some: events_found(some).precision,
        "event_recall": lambda some: events_found(some).recall,
        "event_f1": lambda some: events_found(some).f1,
    }


def label_shares(some: Some) -> list[float]:
    """Returns the share of the labeled frames that each label has, background last.

    The largest is the frame accuracy of always answering with that label.
    """
    counts = np.sum([recording.confusion for recording in some], axis=0).sum(axis=1)
    return (counts / max(counts.sum(), 1)).tolist()


def events_found(some: Some, event: str | None = None) -> Found:
    """Returns which of the shown events, of one name or of all, are right within the tolerance."""
    timings = [
        timing
        for recording in some
        for name, timing in recording.shown.items()
        if event in (None, name)
    ]
    return _found(timings)


def boundary_row(boundaries: Sequence[Boundary]) -> Row:
    """Returns how many boundaries there are, missed and invented, and how far off the others."""
    errors = timing_errors([timing_of(boundaries)])
    return {
        "true": errors.num_matched + errors.num_missed,
        "matched": errors.num_matched,
        "missed": errors.num_missed,
        "invented": errors.num_invented,
        **_distances(errors),
    }


def transition_rows(some: Some, phases: Sequence[str]) -> list[Row]:
    """Returns a row of ``boundary_row`` for each change from one label to another that occurs."""
    names = [*phases, BACKGROUND]
    by_change: dict[tuple[int, int], list[Boundary]] = {}
    for recording in some:
        for boundary in recording.boundaries:
            by_change.setdefault((boundary.before, boundary.after), []).append(boundary)
    return [
        {"before": names[before], "after": names[after], **boundary_row(boundaries)}
        for (before, after), boundaries in sorted(by_change.items())
    ]


def phase_rows(some: Some, phases: Sequence[str]) -> list[Row]:
    """Returns for each phase: those found (overlap of half), its frames, and durations' errors."""
    confusion = np.sum([recording.confusion for recording in some], axis=0)
    rows = []
    for index, name in enumerate(phases):
        comparisons = [one for recording in some for one in recording.by_phase[index]]
        found = Found(
            num_true=sum(len(one.reached) for one in comparisons),
            num_predicted=sum(one.num_predicted for one in comparisons),
            num_correct=sum(int((one.reached >= 0.5).sum()) for one in comparisons),
        )
        frames = Found(
            num_true=int(confusion[index].sum()),
            num_predicted=int(confusion[:, index].sum()),
            num_correct=int(confusion[index, index]),
        )
        pairs = [pair for recording in some for pair in recording.durations if pair.phase == index]
        errors = np.array([pair.predicted_seconds - pair.true_seconds for pair in pairs])
        rows.append(
            {
                "label": name,
                **_found_row(found),
                "true_frames": frames.num_true,
                "predicted_frames": frames.num_predicted,
                "frame_precision": frames.precision,
                "frame_recall": frames.recall,
                "durations": len(pairs),
                "duration_mean_seconds": _mean([pair.true_seconds for pair in pairs]),
                "duration_mean_error_seconds": _mean(errors),
                "duration_mean_absolute_error_seconds": _mean(np.abs(errors)),
            }
        )
    return rows


def event_rows(some: Some, events: Sequence[str], *, tolerance_frames: int) -> list[Row]:
    """Returns for each event: those found as shown, average precisions, and how far off it is."""
    precisions = {
        frames: average_precisions([recording.events[frames] for recording in some])
        for frames in EVENT_TOLERANCES
    }
    rows = []
    for name in events:
        only: list[EventComparison] = [
            {name: recording.events[tolerance_frames][name]}
            for recording in some
            if name in recording.events[tolerance_frames]
        ]
        errors = timing_errors([recording.event_timing[name] for recording in some])
        rows.append(
            {
                "label": name,
                **_found_row(events_found(some, name)),
                **{f"ap_{n}": found.get(name, math.nan) for n, found in precisions.items()},
                "correct_events": correct_events(only),
                **_distances(errors),
            }
        )
    return rows


def recording_row(recording: RecordingComparison) -> Row:
    """Returns one recording's own figures."""
    found = events_found([recording])
    return {
        "frames": recording.num_frames,
        "frame_accuracy": frame_accuracy(recording.phases),
        "edit_score": edit_score(recording.phases),
        "f1_50": segmental_f1(recording.phases, 0.5),
        **{f"boundary_{key}": value for key, value in boundary_row(recording.boundaries).items()},
        **{f"event_{key}": value for key, value in _found_row(found).items()},
    }


def worst_first(some: Some) -> list[int]:
    """Returns the places of the recordings, those with the least right first.

    By the mean of frame accuracy and events' F1, of which one may be missing.
    """
    return sorted(range(len(some)), key=lambda place: _goodness(some[place]))


def _goodness(recording: RecordingComparison) -> float:
    figures = [frame_accuracy(recording.phases), events_found([recording]).f1]
    defined = [figure for figure in figures if not math.isnan(figure)]
    return _mean(defined) if defined else math.inf


def _phases(some: Some) -> list[PhaseComparison]:
    return [one for recording in some for one in recording.phases]


def _boundary_distance(name: str, some: Some) -> float:
    return timing_error([recording.boundary_timing for recording in some], name)


def _event_map(tolerance_frames: int, some: Some) -> float:
    return mean_average_precision([recording.events[tolerance_frames] for recording in some])


def _distances(errors: TimingErrors) -> dict[str, float]:
    return {name: getattr(errors, name) for name in DISTANCES}


def _found(timings: Sequence[TimingComparison]) -> Found:
    correct = sum(len(timing.offsets_frames) for timing in timings)
    return Found(
        num_true=correct + sum(timing.num_missed for timing in timings),
        num_predicted=correct + sum(timing.num_invented for timing in timings),
        num_correct=correct,
    )


def _found_row(found: Found) -> Row:
    return {
        "true": found.num_true,
        "predicted": found.num_predicted,
        "correct": found.num_correct,
        "precision": found.precision,
        "recall": found.recall,
        "f1": found.f1,
    }


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else math.nan
