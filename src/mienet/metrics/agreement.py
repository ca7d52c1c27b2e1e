"""Agreement of two people, or of a person and a model: Cohen's kappa over frames.

Kappa is the agreement beyond chance: 1 is full agreement, 0 what two would reach who label as often
but at random. With a tolerance it is the time-unit kappa with tolerance of Bakeman et al. [2], a
frame being the unit: a frame agrees if the other has its label within the tolerance. Then it
matters whose frames are counted, so there are two figures; give both, or their mean.

Kappa over matched events (GSEQ's alignment, The Observer's lists) is another measure, with other
figures. For events, ``compare_timing`` says how many are shared and how far apart they are.

[1] Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
    Measurement 20, 1960.
[2] Bakeman, Quera and Gnisci, Observer agreement for timed-event sequential data: A comparison of
    time-based and event-based algorithms, Behavior Research Methods 41, 2009.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.metrics.agreement_tables import table_kappa
from mienet.metrics.frame_labels import FrameLabels, Label, label_pair

Tally = Counter[tuple[Label, Label]]
"""Frames for each pair of labels: the first person's, the second's."""


@dataclass(frozen=True)
class AgreementComparison:
    """What one video contributes to kappa.

    Attributes:
        by_first: Its frames, where the second person's labels count within the tolerance.
        by_second: The same, where the first person's do.
    """

    by_first: Tally
    by_second: Tally


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa, at most 1; NaN where both use the same single label, since chance is all.

    Attributes:
        by_first: Over the first person's frames.
        by_second: Over the second person's frames; without tolerance the same.
    """

    by_first: float
    by_second: float

    @property
    def mean(self) -> float:
        """Returns the mean of both."""
        return (self.by_first + self.by_second) / 2


def compare_agreement(
    first: FrameLabels, second: FrameLabels, *, tolerance_frames: int
) -> AgreementComparison:
    """Returns how often two labelings of a video's frames agree.

    Args:
        first: One person's label of each frame, background included.
        second: The other's, or a model's.
        tolerance_frames: How far from a frame the other may have its label; 0 for plain kappa.

    Raises:
        MienetError: If the labels do not belong together (see ``label_pair``), or the tolerance is
            below 0.
    """
    if tolerance_frames < 0:
        raise MienetError(f"tolerance_frames must be at least 0, got {tolerance_frames}")
    one, other = label_pair(first, second)
    names, indices = np.unique(np.concatenate([one, other]), return_inverse=True)
    mine, theirs = indices[: len(one)], indices[len(one) :]
    num_labels = len(names)
    by_first = np.where(_is_near(mine, theirs, tolerance_frames), mine, theirs)
    by_second = np.where(_is_near(theirs, mine, tolerance_frames), theirs, mine)
    return AgreementComparison(
        by_first=_tally(names.tolist(), mine * num_labels + by_first),
        by_second=_tally(names.tolist(), by_second * num_labels + theirs),
    )


def cohens_kappa(comparisons: Sequence[AgreementComparison]) -> Kappa:
    """Returns kappa over the frames of all videos together."""
    by_first: Tally = Counter()
    by_second: Tally = Counter()
    for video in comparisons:
        by_first.update(video.by_first)
        by_second.update(video.by_second)
    return Kappa(_kappa(by_first), _kappa(by_second))


def _is_near(
    mine: NDArray[np.int64], theirs: NDArray[np.int64], tolerance_frames: int
) -> NDArray[np.bool_]:
    """Returns for which of my frames the other has the same label within the tolerance."""
    frames = np.arange(len(mine))
    start = np.maximum(frames - tolerance_frames, 0)
    end = np.minimum(frames + tolerance_frames + 1, len(mine))
    near = np.zeros(len(mine), np.bool_)
    for label in np.unique(mine):
        so_far = np.concatenate([[0], np.cumsum(theirs == label)])  # before each frame
        near |= (mine == label) & (so_far[end] > so_far[start])
    return near


def _tally(names: list[Label], pairs: NDArray[np.int64]) -> Tally:
    values, counts = np.unique(pairs, return_counts=True)
    return Counter(
        {
            (names[pair // len(names)], names[pair % len(names)]): count
            for pair, count in zip(values.tolist(), counts.tolist(), strict=True)
        }
    )


def _kappa(tally: Tally) -> float:
    labels = {label: place for place, label in enumerate(dict.fromkeys(chain(*tally)))}
    table = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for (mine, theirs), count in tally.items():
        table[labels[mine], labels[theirs]] = count
    return table_kappa(table)
