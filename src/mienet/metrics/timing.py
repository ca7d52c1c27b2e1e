"""How far predicted boundaries and events are from the true ones, in frames and milliseconds.

``compare_timing`` looks at one video's events; ``boundaries`` makes events of the changes between
phases. ``timing_errors`` takes the comparisons of all videos. Boundaries that are missed or
invented have no distance, so they are counted beside it; read the two together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.metrics.events import Event
from mienet.metrics.frame_labels import FrameLabels, change_frames, label_pair
from mienet.metrics.matching import match_times


@dataclass(frozen=True, eq=False)
class TimingComparison:
    """What one video contributes to the errors of timing.

    Attributes:
        offsets_frames: Predicted minus true, for each pair: above 0 is late.
        offsets_ms: The same in milliseconds; NaN without the frames' times.
        num_missed: True events without a predicted one.
        num_invented: Predicted events without a true one.
    """

    offsets_frames: NDArray[np.float64]
    offsets_ms: NDArray[np.float64]
    num_missed: int
    num_invented: int


@dataclass(frozen=True)
class TimingErrors:
    """Distances over all videos together; NaN where there is nothing to measure.

    Attributes:
        num_matched: Pairs of a true and a predicted event: those that have a distance.
        num_missed: True events without a predicted one.
        num_invented: Predicted events without a true one.
        median_frames: Half of the distances are at most this.
        mean_frames: Mean distance.
        p95_frames: 95 % of the distances are at most this (linear between two distances).
        median_ms: As ``median_frames``, in milliseconds.
        mean_ms: As ``mean_frames``, in milliseconds.
        p95_ms: As ``p95_frames``, in milliseconds.
    """

    num_matched: int
    num_missed: int
    num_invented: int
    median_frames: float
    mean_frames: float
    p95_frames: float
    median_ms: float
    mean_ms: float
    p95_ms: float


def _percentile_95(distances: NDArray[np.float64]) -> float:
    return float(np.quantile(distances, 0.95))


DISTANCES: dict[str, tuple[str, Callable[[NDArray[np.float64]], float]]] = {
    "median_frames": ("offsets_frames", np.median),
    "mean_frames": ("offsets_frames", np.mean),
    "p95_frames": ("offsets_frames", _percentile_95),
    "median_ms": ("offsets_ms", np.median),
    "mean_ms": ("offsets_ms", np.mean),
    "p95_ms": ("offsets_ms", _percentile_95),
}
"""The figures of ``TimingErrors`` that are distances: of which offsets, and how made of them."""


def boundaries(labels: FrameLabels) -> list[Event]:
    """Returns the changes between the phases of a video, each called by the label that begins.

    Background is a label like others: where it begins, a phase has ended. The first frame is no
    boundary, since what begins before the recording is not seen to begin.
    """
    array, _ = label_pair(labels, labels)
    return [Event(array[frame].item(), int(frame)) for frame in change_frames(array)]


def compare_timing(
    true: Sequence[Event],
    predicted: Sequence[Event],
    *,
    within_frames: float,
    frame_seconds: NDArray[np.float64] | None = None,
) -> TimingComparison:
    """Returns how far the predicted events of a video are from the true ones.

    Events of one label are matched one to one: as many pairs as possible, then the smallest sum of
    distances.

    Args:
        true: Events or boundaries of the video.
        predicted: Those that were predicted, all that are meant to be shown.
        within_frames: Largest distance of a pair, at least 0; what is farther apart is missed and
            invented. ``math.inf`` for no limit.
        frame_seconds: When each of the video's frames begins, ``(N,)``. At a constant rate,
            ``np.arange(N) / frames_per_second``; None for no milliseconds.

    Raises:
        MienetError: If the limit is below 0, or an event is outside the video's frames.
    """
    if not within_frames >= 0:
        raise MienetError(f"within_frames must be at least 0, got {within_frames}")
    pairs = [
        match_times(
            [event.frame for event in true if event.label == label],
            [event.frame for event in predicted if event.label == label],
            within=within_frames,
        )
        for label in dict.fromkeys(event.label for event in true)
    ]
    ours = np.concatenate([pair[0] for pair in pairs] or [np.empty(0)])
    theirs = np.concatenate([pair[1] for pair in pairs] or [np.empty(0)])
    return TimingComparison(
        offsets_frames=theirs - ours,
        offsets_ms=_milliseconds(theirs, frame_seconds) - _milliseconds(ours, frame_seconds),
        num_missed=len(true) - len(ours),
        num_invented=len(predicted) - len(theirs),
    )


def timing_errors(comparisons: Sequence[TimingComparison]) -> TimingErrors:
    """Returns how far the pairs of all videos are apart, and how many events are in none."""
    return TimingErrors(
        num_matched=sum(len(video.offsets_frames) for video in comparisons),
        num_missed=sum(video.num_missed for video in comparisons),
        num_invented=sum(video.num_invented for video in comparisons),
        **{name: timing_error(comparisons, name) for name in DISTANCES},
    )


def timing_error(comparisons: Sequence[TimingComparison], name: str) -> float:
    """Returns one figure of ``timing_errors`` alone, a name of ``DISTANCES``."""
    offsets, summary = DISTANCES[name]
    parts = [getattr(video, offsets) for video in comparisons] or [np.empty(0)]
    distances = np.abs(np.concatenate(parts))
    return float(summary(distances)) if len(distances) else np.nan


def _milliseconds(
    frames: NDArray[np.float64], frame_seconds: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    if frame_seconds is None:
        return np.full(len(frames), np.nan)
    outside = frames[(frames < 0) | (frames > len(frame_seconds) - 1)]
    if len(outside):
        raise MienetError(
            f"an event is at frame {outside[0]:g}, but frame_seconds has {len(frame_seconds)} "
            "frames, from 0; give the times of all frames of the video"
        )
    return 1000 * np.interp(frames, np.arange(len(frame_seconds)), frame_seconds)
