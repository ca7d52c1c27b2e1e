"""Figures of events: average precision and percentage of correct events, each in [0, 1].

An event has a label and a frame; a predicted one has a score, too. ``compare_events`` looks at one
video; the measures take the comparisons of all videos. Where there is nothing to measure, they
are NaN.

Average precision is that of E2E-Spot [1]. SoccerNet has another measure of that name: it gives the
whole width of a window in seconds, and true events choose. The percentage of correct events is that
of GolfDB [2], where each event occurs once in each video.

[1] Hong et al., Spotting Temporally Precise, Fine-Grained Events in Video, ECCV 2022.
    https://github.com/jhong93/spot/blob/main/util/score.py
[2] McNally et al., GolfDB: A Video Database for Golf Swing Sequencing, CVPR Workshops 2019.
    https://github.com/wmcnally/golfdb/blob/master/util.py
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.metrics.frame_labels import Label
from mienet.metrics.matching import match_times


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at one moment of a video.

    Attributes:
        label: What happens.
        frame: When: the frame's number from 0. A fraction lies between two frames.
        score: How sure a prediction is, any finite number, larger is surer; no meaning in true
            events.

    Raises:
        MienetError: If frame or score is not a finite number.
    """

    label: Label
    frame: float
    score: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.frame) and math.isfinite(self.score)):
            raise MienetError(
                f"event {self.label!r} has frame {self.frame} and score {self.score}; both must be "
                "finite numbers"
            )


@dataclass(frozen=True, eq=False)
class LabelMatches:
    """Of one label in one video.

    Attributes:
        num_true: True events.
        scores: Score of each prediction, in the order given.
        is_match: Whether each prediction finds a true event, by E2E-Spot's rule.
        num_correct: True events found, by GolfDB's rule.
    """

    num_true: int
    scores: NDArray[np.float64]
    is_match: NDArray[np.bool_]
    num_correct: int


EventComparison = Mapping[Label, LabelMatches]
"""What one video contributes to the measures of events, for each label that occurs in it."""


def compare_events(
    true: Sequence[Event], predicted: Sequence[Event], *, tolerance_frames: float
) -> EventComparison:
    """Returns which predicted events of a video find a true one, for each label.

    E2E-Spot's rule: predictions choose in the order of their scores, of equal ones the first given.
    Each takes the nearest true event that is not taken, of equally near ones the first given, if it
    is within the tolerance; otherwise it finds nothing. True events with the same label and frame
    are taken together, though each is counted.

    GolfDB's rule: as many predictions as there are true events, those with the highest scores, are
    matched with them; the number of events is taken as known.

    Args:
        true: Events of the video.
        predicted: Those that were predicted, whatever their score.
        tolerance_frames: Largest distance, at least 0. GolfDB's depends on the swing:
            max(round((impact - address) / 30), 1) frames, here given video by video.

    Raises:
        MienetError: If the tolerance is below 0.
    """
    if not tolerance_frames >= 0:
        raise MienetError(f"tolerance_frames must be at least 0, got {tolerance_frames}")
    labels = dict.fromkeys(event.label for event in (*true, *predicted))
    return {
        label: _match_label(
            np.array([event.frame for event in true if event.label == label], np.float64),
            [event for event in predicted if event.label == label],
            tolerance_frames,
        )
        for label in labels
    }


def average_precisions(comparisons: Sequence[EventComparison]) -> dict[Label, float]:
    """Returns each label's average precision; labels without a true event have none.

    The predictions of all videos are put in order by score. At each that finds an event, precision
    is the share found so far; it counts as the best precision from there on. The sum over the
    events found is divided by all true events.
    """
    labels = sorted(
        {label for video in comparisons for label in video if video[label].num_true}, key=str
    )
    return {
        label: _average_precision([video[label] for video in comparisons if label in video])
        for label in labels
    }


def mean_average_precision(comparisons: Sequence[EventComparison]) -> float:
    """Returns the mean of average precision over the labels that have true events."""
    precisions = average_precisions(comparisons)
    return sum(precisions.values()) / len(precisions) if precisions else math.nan


def correct_events(comparisons: Sequence[EventComparison]) -> float:
    """Returns the share of all true events that are found, by GolfDB's rule."""
    matches = [label for video in comparisons for label in video.values()]
    total = sum(label.num_true for label in matches)
    return sum(label.num_correct for label in matches) / total if total else math.nan


def _match_label(
    true: NDArray[np.float64], predicted: Sequence[Event], tolerance_frames: float
) -> LabelMatches:
    frames = np.array([event.frame for event in predicted], np.float64)
    scores = np.array([event.score for event in predicted], np.float64)
    order = np.argsort(-scores, kind="stable")
    best = frames[order[: len(true)]]
    return LabelMatches(
        num_true=len(true),
        scores=scores,
        is_match=_choose(true, frames, order, tolerance_frames),
        num_correct=len(match_times(true, best, within=tolerance_frames)[0]),
    )


def _choose(
    true: NDArray[np.float64],
    frames: NDArray[np.float64],
    order: NDArray[np.int64],
    tolerance_frames: float,
) -> NDArray[np.bool_]:
    """Returns which predictions find a true event if they choose in this order."""
    is_match = np.zeros(len(frames), np.bool_)
    if len(true) == 0:
        return is_match
    known = np.sort(true)
    right = np.searchsorted(known, frames)
    nearest = np.minimum(
        np.abs(frames - known[np.minimum(right, len(known) - 1)]),
        np.abs(frames - known[np.maximum(right - 1, 0)]),
    )
    is_open = np.ones(len(true), np.bool_)
    for index in order[nearest[order] <= tolerance_frames]:  # the others never find one
        distances = np.where(is_open, np.abs(true - frames[index]), np.inf)
        event = int(distances.argmin())
        if distances[event] <= tolerance_frames and is_open[event]:
            is_match[index] = True
            is_open[true == true[event]] = False
    return is_match


def _average_precision(videos: Sequence[LabelMatches]) -> float:
    scores = np.concatenate([video.scores for video in videos])
    is_match = np.concatenate([video.is_match for video in videos])
    ranks = np.flatnonzero(is_match[np.argsort(-scores, kind="stable")]) + 1
    precisions = np.arange(1, len(ranks) + 1) / ranks
    best_from_here = np.maximum.accumulate(precisions[::-1])
    return float(best_from_here.sum()) / sum(video.num_true for video in videos)
