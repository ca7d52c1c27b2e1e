"""The figures of each class, phase and event, as sums over videos that are divided.

A recall, for example, is the clips of a class that are recognized, divided by its clips. So the
figures of any choice of videos need no video to be looked at again.
Letters: ``N`` videos, ``L`` labels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.metrics.recordings import RecordingComparison

Numbers = NDArray[np.float64]

Parts = tuple[float, float]
"""What one video adds above and below the line."""


@dataclass(frozen=True, eq=False)
class LabelRatios:
    """One figure of each label.

    Attributes:
        numerators: What each video adds above the line, ``(N, L)``.
        denominators: What it adds below, ``(N, L)``; a sum of 0 is nothing to measure.
    """

    numerators: Numbers
    denominators: Numbers

    @property
    def values(self) -> Numbers:
        """The figures over all videos, ``(L,)``; NaN where there is nothing to measure."""
        return divided(self.numerators.sum(axis=0), self.denominators.sum(axis=0))


def divided(above: Numbers, below: Numbers) -> Numbers:
    """Returns ``above / below``, NaN where ``below`` is 0."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def clip_ratios(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], num_classes: int
) -> dict[str, LabelRatios]:
    """Returns precision, recall and F1 of the classes by name.

    Args:
        labels: Right classes, ``(N,)``.
        predicted: Those that were answered, ``(N,)``.
        num_classes: ``L``.
    """
    every = np.arange(num_classes)
    true, said = labels[:, None] == every, predicted[:, None] == every
    return _found_ratios(*(part.astype(np.float64) for part in (true, said, true & said)))


def recording_ratios(
    some: Sequence[RecordingComparison], phases: Sequence[str], events: Sequence[str]
) -> dict[str, LabelRatios]:
    """Returns the figures of the phases, and then of the events, by name.

    Those of ``phase_rows`` and ``event_rows``: precision, recall, f1, of phases
    duration_mean_absolute_error_seconds, of events mean_frames.

    Args:
        some: A comparison for each recording.
        phases: Names of the phases.
        events: Names of the events.
    """
    counts = np.array(
        [
            [_phase_counts(one, index) for index in range(len(phases))]
            + [_event_counts(one, name) for name in events]
            for one in some
        ],
        dtype=np.float64,
    )  # (N, L, 3)
    none = (0.0, 0.0)
    durations = [
        [_duration_error(one, index) for index in range(len(phases))] + [none] * len(events)
        for one in some
    ]
    distances = [[none] * len(phases) + [_distance(one, name) for name in events] for one in some]
    return _found_ratios(*np.moveaxis(counts, 2, 0)) | {
        "duration_mean_absolute_error_seconds": _ratios(durations),
        "mean_frames": _ratios(distances),
    }


def _found_ratios(true: Numbers, said: Numbers, both: Numbers) -> dict[str, LabelRatios]:
    return {
        "precision": LabelRatios(both, said),
        "recall": LabelRatios(both, true),
        "f1": LabelRatios(2 * both, true + said),
    }


def _ratios(parts: Iterable[Iterable[Parts]]) -> LabelRatios:
    numbers = np.array([list(row) for row in parts], dtype=np.float64)  # (N, L, 2)
    return LabelRatios(numbers[..., 0], numbers[..., 1])


def _phase_counts(one: RecordingComparison, index: int) -> tuple[int, int, int]:
    """Returns how many are true, are predicted, and are found: by an overlap of half."""
    found = one.by_phase[index]
    return (
        sum(len(part.reached) for part in found),
        sum(part.num_predicted for part in found),
        sum(int((part.reached >= 0.5).sum()) for part in found),
    )


def _event_counts(one: RecordingComparison, name: str) -> tuple[int, int, int]:
    """Returns how many are true, are shown, and are right within the tolerance."""
    timing = one.shown[name]
    both = len(timing.offsets_frames)
    return both + timing.num_missed, both + timing.num_invented, both


def _duration_error(one: RecordingComparison, index: int) -> Parts:
    pairs = [pair for pair in one.durations if pair.phase == index]
    return sum(abs(p.predicted_seconds - p.true_seconds) for p in pairs), len(pairs)


def _distance(one: RecordingComparison, name: str) -> Parts:
    offsets = one.event_timing[name].offsets_frames
    return float(np.abs(offsets).sum()), len(offsets)
