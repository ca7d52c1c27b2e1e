"""Whether probabilities can be believed: of answers given with 80 %, are 80 % right?

Letters: ``N`` answers.

[1] Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML 2017.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError

NUM_BINS = 15
"""As in [1]."""
ROUNDING = 1e-6
"""What a probability may be above 1, being a sum of rounded numbers."""


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of about equal confidence.

    Attributes:
        low: Their confidence is above this (the first bin has 0, too), in [0, 1].
        high: And at most this.
        count: How many there are.
        confidence: The mean of their confidences; NaN where there are none.
        accuracy: Share that is right; NaN likewise.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Threshold:
    """What is left if answers below a confidence are not given.

    Attributes:
        confidence: The least that is asked for.
        kept: Answers that are left.
        kept_right: Those of them that are right.
        given_up_right: Right answers that are not given any more.
    """

    confidence: float
    kept: int
    kept_right: int
    given_up_right: int

    @property
    def accuracy(self) -> float:
        """Share of the answers left that is right; NaN where none is left."""
        return self.kept_right / self.kept if self.kept else math.nan


def reliability_bins(
    confidences: NDArray[np.float64], correct: NDArray[np.bool_], *, num_bins: int = NUM_BINS
) -> list[ReliabilityBin]:
    """Returns bins of equal width, from confidence 0 to 1.

    Args:
        confidences: Probability of the class that each answer names, ``(N,)``, in [0, 1].
        correct: Whether it is right, ``(N,)``.
        num_bins: How many.

    Raises:
        MienetError: If they are not equally many, a confidence is no probability, or there is no
            bin.
    """
    places = bin_places(confidences, num_bins=num_bins)
    if len(correct) != len(confidences):
        raise MienetError(
            f"each answer has a confidence and is right or wrong, got {len(confidences)} "
            f"confidences and {len(correct)} of the others"
        )
    bins = []
    for place in range(num_bins):
        inside = places == place
        count = int(inside.sum())
        bins.append(
            ReliabilityBin(
                place / num_bins,
                (place + 1) / num_bins,
                count,
                float(confidences[inside].mean()) if count else math.nan,
                float(correct[inside].mean()) if count else math.nan,
            )
        )
    return bins


def bin_places(confidences: NDArray[np.float64], *, num_bins: int = NUM_BINS) -> NDArray[np.int64]:
    """Returns which bin each confidence is in, ``(N,)``: place m has those in (m, m + 1] / bins.

    Raises:
        MienetError: If a confidence is no probability, or there is no bin.
    """
    if num_bins < 1:
        raise MienetError(f"num_bins must be at least 1, got {num_bins}")
    wrong = confidences[~((confidences >= 0) & (confidences <= 1 + ROUNDING))]
    if len(wrong):
        raise MienetError(f"a confidence is a probability from 0 to 1, got {wrong[0]}")
    return np.clip(np.ceil(confidences * num_bins).astype(np.int64) - 1, 0, num_bins - 1)


def threshold_rows(
    confidences: NDArray[np.float64], correct: NDArray[np.bool_], thresholds: Sequence[float]
) -> list[Threshold]:
    """Returns what each threshold of confidence keeps and costs.

    Args:
        confidences: Probability of the class that each answer names, ``(N,)``.
        correct: Whether it is right, ``(N,)``.
        thresholds: The least confidences of an answer.
    """
    rows = []
    for threshold in thresholds:
        is_kept = confidences >= threshold
        right = int((is_kept & correct).sum())
        rows.append(Threshold(threshold, int(is_kept.sum()), right, int(correct.sum()) - right))
    return rows
