"""From the probabilities of events at each frame to the events: peaks that are high enough.

Letters: ``N`` frames, ``E`` kinds of events.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mienet.metrics.events import Event, LabelMatches, compare_events
from mienet.metrics.frame_labels import nearest_frames

DEFAULT_THRESHOLD = 0.5
"""Of an event that no validation video has, or that none of the predictions finds."""


APART_SECONDS = 0.2
"""Within which there is one event of a label, and not two."""

LEAST_CANDIDATE = 0.01
"""Probability of what counts as a candidate for an event in average precision."""


class Spot(NamedTuple):
    """A peak: the index of its label, its frame from 0, and its probability."""

    label: int
    frame: int
    score: float


def find_events(
    probabilities: NDArray[np.floating], thresholds: ArrayLike = 0.0, *, apart_frames: ArrayLike = 1
) -> list[Spot]:
    """Returns the peaks of each label, in the order of frames.

    Of peaks of one label that are too near to each other the highest stays. A peak of several
    equally high frames is in their middle, of two in the first. A frame of probability 0 is none.

    Args:
        probabilities: Of each label at each frame, ``(N, E)``, from 0 to 1.
        thresholds: Least probability of each label, ``(E,)`` or one for all, from 0 to 1.
        apart_frames: Least distance from an event to the next of its label, for an event at each
            frame, ``(N,)``, or one for all; 1 keeps all peaks.

    Raises:
        ValueError: If ``probabilities`` is not ``(N, E)``, or the distance is below 1.
    """
    from scipy.signal import find_peaks  # type: ignore[import-untyped]

    if probabilities.ndim != 2:
        raise ValueError(f"probabilities must be (N, E), got {probabilities.shape}")
    apart = np.broadcast_to(np.asarray(apart_frames), probabilities.shape[:1])
    if (apart < 1).any():
        raise ValueError(f"apart_frames must be at least 1, got {apart.min()}")
    least = np.broadcast_to(np.asarray(thresholds, np.float64), probabilities.shape[1:])
    found = []
    for label, column in enumerate(probabilities.T.astype(np.float64)):
        # The first and the last frame may be peaks, too.
        height = max(float(least[label]), np.nextafter(0, 1))
        edged = np.concatenate([[-1.0], column, [-1.0]])
        frames = _apart(find_peaks(edged, height=height)[0] - 1, column, apart)
        found += [Spot(label, int(frame), float(column[frame])) for frame in frames]
    return sorted(found, key=lambda spot: (spot.frame, spot.label))


def _apart(
    frames: NDArray[np.int64], heights: NDArray[np.float64], apart: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Returns the peaks, in rising order, that no higher one is too near to; of equals the later.

    Args:
        frames: The peaks.
        heights: Of all frames, ``(N,)``.
        apart: Least distance from each frame to the next peak, ``(N,)``.
    """
    nexts = frames + apart[frames]  # the first frame that is not too near
    firsts = np.searchsorted(nexts, frames, side="right")
    lasts = np.searchsorted(frames, nexts)
    stays = np.ones(len(frames), np.bool_)
    for peak in np.argsort(heights[frames], kind="stable")[::-1]:
        if stays[peak]:
            stays[firsts[peak] : peak] = stays[peak + 1 : lasts[peak]] = False
    return frames[stays]


def find_candidates(
    probabilities: NDArray[np.floating], borders_seconds: NDArray[np.float64]
) -> list[Spot]:
    """Returns all peaks that may be events, for average precision.

    Args:
        probabilities: Of each label at each frame, ``(N, E)``, from 0 to 1.
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``, rising.
    """
    (apart,) = nearest_frames([APART_SECONDS], borders_seconds).T
    return find_events(probabilities, LEAST_CANDIDATE, apart_frames=apart)


def tune_thresholds(
    candidates: Sequence[Sequence[Spot]],
    true: Sequence[Sequence[tuple[int, float]]],
    num_labels: int,
    *,
    tolerance_frames: float,
) -> NDArray[np.float64]:
    """Returns each label's threshold that gives the best F1 on validation videos, ``(E,)``.

    Which prediction finds which event is decided as in ``compare_events``. Of thresholds that are
    equally good it is the middle, and of several ranges of them that of the widest.

    Args:
        candidates: All peaks of each video, as ``find_events`` gives them without thresholds.
        true: Label and frame of the events of each of these videos.
        num_labels: ``E``.
        tolerance_frames: Largest distance of a prediction from its event, at least 0.

    Raises:
        ValueError: If the numbers of videos differ.
        MienetError: If the tolerance is below 0.
    """
    comparisons = [
        compare_events(
            [Event(label, frame) for label, frame in events],
            [Event(*spot) for spot in spots],
            tolerance_frames=tolerance_frames,
        )
        for spots, events in zip(candidates, true, strict=True)
    ]
    return np.array(
        [
            _best_threshold([video[label] for video in comparisons if label in video])
            for label in range(num_labels)
        ]
    )


def _best_threshold(videos: Sequence[LabelMatches]) -> float:
    num_true = sum(video.num_true for video in videos)
    scores = np.concatenate([np.empty(0), *(video.scores for video in videos)])
    is_match = np.concatenate([np.empty(0, np.bool_), *(video.is_match for video in videos)])
    if not num_true or not is_match.any():
        return DEFAULT_THRESHOLD
    order = np.argsort(-scores)
    scores = scores[order]
    # A threshold from the next lower score (excluded) to this one takes all down to this one.
    last = np.flatnonzero(np.diff(scores, append=-1.0))
    f1 = 2 * np.cumsum(is_match[order])[last] / (last + 1 + num_true)
    borders = np.append(scores[last], 0.0)
    ranges: list[tuple[float, float]] = []  # from the highest down; rounding must not part equals
    for is_best, (highest, lowest) in zip(f1 >= f1.max() - 1e-12, pairwise(borders), strict=True):
        if is_best and ranges and ranges[-1][0] == highest:
            ranges[-1] = (lowest, ranges[-1][1])
        elif is_best:
            ranges.append((lowest, highest))
    lowest, highest = max(ranges, key=lambda found: found[1] - found[0])
    return float((lowest + highest) / 2)
