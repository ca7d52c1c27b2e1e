"""Figures of phases: frame accuracy, edit score and segmental F1, each in [0, 1].

``compare_phases`` looks at one video; the measures take the comparisons of all videos. Where there
is nothing to measure, they are NaN.

The definitions are those of MS-TCN's evaluation [1], which follows [2]:
    - frame accuracy counts all frames of all videos alike, background too;
    - the edit score is the mean over videos;
    - F1 counts the intervals of all videos together.
Others give the mean of F1 over videos or over classes; such figures cannot be compared.

[1] Abu Farha and Gall, MS-TCN: Multi-Stage Temporal Convolutional Network for Action Segmentation,
    CVPR 2019. https://github.com/yabufarha/ms-tcn/blob/master/eval.py
[2] Lea et al., Temporal Convolutional Networks for Action Segmentation and Detection, CVPR 2017.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.metrics.frame_labels import (
    FrameLabels,
    Label,
    LabelArray,
    change_frames,
    is_foreground,
    label_pair,
)


@dataclass(frozen=True, eq=False)
class PhaseComparison:
    """What one video contributes to the measures of phases.

    Attributes:
        num_frames: Its frames.
        num_correct: Those with the right label.
        edit: Its edit score.
        num_predicted: Predicted intervals, without background.
        reached: Overlap (intersection over union, in [0, 1]) that each true interval reaches,
            without background: the largest of the predicted intervals that overlap this one more
            than any other of their label; 0 without one.
    """

    num_frames: int
    num_correct: int
    edit: float
    num_predicted: int
    reached: NDArray[np.float64]


def compare_phases(
    true: FrameLabels, predicted: FrameLabels, *, background: Collection[Label]
) -> PhaseComparison:
    """Returns what the predicted labels of a video's frames have in common with the true ones.

    Args:
        true: Right label of each frame.
        predicted: Predicted label of each frame.
        background: Labels that are no phases: not counted in edit score and F1. ``()`` for none.

    Raises:
        MienetError: If the labels do not belong together; see ``label_pair``.
    """
    one, other = label_pair(true, predicted)
    predicted_phases = _phases(other, background)
    return PhaseComparison(
        num_frames=len(one),
        num_correct=int((one == other).sum()),
        edit=_edit(_phases(one, background), predicted_phases),
        num_predicted=len(predicted_phases),
        reached=_reached(one, other, background),
    )


def frame_accuracy(comparisons: Sequence[PhaseComparison]) -> float:
    """Returns the share of all frames that have the right label, background included."""
    correct = sum(video.num_correct for video in comparisons)
    total = sum(video.num_frames for video in comparisons)
    return correct / total if total else math.nan


def edit_score(comparisons: Sequence[PhaseComparison]) -> float:
    """Returns the mean over videos of how well the order of phases is kept.

    Of a video: 1 - edits / max(true phases, predicted phases), with the fewest phases that must be
    inserted, left out or replaced (Levenshtein). A video without phases, true or predicted, is
    right: 1, where MS-TCN's evaluation divides by 0.
    """
    if not comparisons:
        return math.nan
    return sum(video.edit for video in comparisons) / len(comparisons)


def segmental_f1(comparisons: Sequence[PhaseComparison], overlap: float) -> float:
    """Returns F1 of intervals: 2 correct / (true + predicted), over all videos together.

    A predicted interval is correct if it overlaps a true one of its label by at least ``overlap``,
    and no earlier one did. It is held against that true interval alone that it overlaps most.

    Args:
        comparisons: One for each video.
        overlap: Intersection over union, above 0 and at most 1; F1@10, 25 and 50 are 0.1, 0.25
            and 0.5.

    Raises:
        MienetError: If ``overlap`` is outside its range.
    """
    if not 0 < overlap <= 1:
        raise MienetError(
            f"overlap must be above 0 and at most 1, got {overlap:g}; F1@50 is an overlap of 0.5"
        )
    correct = sum(int((video.reached >= overlap).sum()) for video in comparisons)
    total = sum(len(video.reached) + video.num_predicted for video in comparisons)
    return 2 * correct / total if total else math.nan


def _phases(labels: LabelArray, background: Collection[Label]) -> LabelArray:
    """Returns the label of each interval in order, without background."""
    runs = labels[np.concatenate([[0], change_frames(labels)])]
    return runs[is_foreground(runs, background)]


def _edit(true: LabelArray, predicted: LabelArray) -> float:
    """Returns 1 - Levenshtein distance / longer length; a row of the table at a time.

    Coming from the left costs one a column, so it is a running minimum once the column's number is
    taken off.
    """
    longer = max(len(true), len(predicted))
    if longer == 0:
        return 1.0
    columns = np.arange(len(predicted) + 1)
    row = columns
    for label in true:
        replaced = row[:-1] + (predicted != label)
        best = np.concatenate([[row[0] + 1], np.minimum(replaced, row[1:] + 1)])
        row = np.minimum.accumulate(best - columns) + columns
    return 1 - int(row[-1]) / longer


def _reached(
    true: LabelArray, predicted: LabelArray, background: Collection[Label]
) -> NDArray[np.float64]:
    """Returns ``PhaseComparison.reached``.

    The video is cut wherever either label changes: each piece is all that a true and a predicted
    interval have in common, so there are few pieces where pairs would be many.
    """
    true_starts = np.concatenate([[0], change_frames(true)])
    predicted_starts = np.concatenate([[0], change_frames(predicted)])
    starts = np.union1d(true_starts, predicted_starts)  # one for each piece, as all below
    true_run = np.searchsorted(true_starts, starts, side="right") - 1
    predicted_run = np.searchsorted(predicted_starts, starts, side="right") - 1
    common = np.diff(starts, append=len(true))
    true_lengths = np.diff(true_starts, append=len(true))
    lengths = true_lengths[true_run]
    lengths = lengths + np.diff(predicted_starts, append=len(true))[predicted_run]
    overlaps = np.where(true[starts] == predicted[starts], common / (lengths - common), 0.0)

    order = np.lexsort((starts, -overlaps, predicted_run))
    _, first = np.unique(predicted_run[order], return_index=True)
    chosen = order[first]  # each predicted interval's largest overlap, the earliest of equal ones
    reached = np.zeros(len(true_starts))
    np.maximum.at(reached, true_run[chosen], overlaps[chosen])
    return reached[is_foreground(true[true_starts], background)]
