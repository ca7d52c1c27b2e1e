"""Answering less, to be right more: a threshold of a score that keeps a promised error rate.

Scores say how much an answer is to be relied on; answers below the threshold are not given. The
threshold is chosen on clips that were not trained on, so that the share of wrong answers among
those that are given is, with 95 % confidence, at most a wanted rate on new clips of the same kind.

Three thresholds are tried, and the one that answers most is taken, so each has to hold with 98.3 %
(Bonferroni); its bound is Clopper and Pearson's [2]. [1] searches all thresholds, which takes more
clips to promise the same.

Letters: ``N`` answers.

[1] Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017.
[2] Clopper and Pearson, The Use of Confidence or Fiducial Limits Illustrated in the Case of the
    Binomial, Biometrika 26, 1934.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError

SHARES = (0.9, 0.75, 0.5)
"""Of the answers, the surest that a threshold keeps. Never all: the tenth that is relied on least
is not answered whatever the error rate, since what is of none of the classes scores like it."""
CONFIDENCE = 0.95
MOST_ERROR_RATE = 0.5
"""What may be asked for: answers that are wrong more often than right are of no use."""


@dataclass(frozen=True)
class Selection:
    """A threshold, and what it did to the answers that it was chosen on.

    Attributes:
        threshold: The least score of an answer that is given.
        total: ``N``.
        answered: Answers that are given.
        wrong: Those of them that are wrong.
        error_bound: What the share of wrong answers among new ones is at most, with ``CONFIDENCE``.
    """

    threshold: float
    total: int
    answered: int
    wrong: int
    error_bound: float


def select(scores: NDArray[np.float64], correct: NDArray[np.bool_], error_rate: float) -> Selection:
    """Returns the lowest of the thresholds that keep the error rate.

    Args:
        scores: How much each answer is to be relied on, more is better, ``(N,)``.
        correct: Whether it is right, ``(N,)``.
        error_rate: The share of wrong answers among those given, above 0, below 1.

    Raises:
        MienetError: If no threshold can promise the rate: with the least rate that can be promised.
    """
    tried = selections(scores, correct)
    for one in tried:
        if one.error_bound <= error_rate:
            return one
    least = min((one.error_bound for one in tried), default=1.0)
    reachable = np.ceil(least * 100) / 100
    is_asked_for = reachable <= MOST_ERROR_RATE
    what = f"an error rate of {error_rate:g} cannot" if is_asked_for else "no error rate can"
    advice = f"give {reachable:g} or more, or " if is_asked_for else ""
    raise MienetError(
        f"{what} be promised: the {len(scores)} validation clips, {int((~correct).sum())} of them "
        f"wrong, show only that it is at most {least:.1%}; {advice}train with more validation clips"
    )


def selections(scores: NDArray[np.float64], correct: NDArray[np.bool_]) -> list[Selection]:
    """Returns what each threshold that is tried gives, the one that answers most first.

    Raises:
        MienetError: If scores and answers are not equally many.
    """
    if len(scores) != len(correct):
        raise MienetError(f"each answer has a score: got {len(scores)} for {len(correct)} answers")
    ranked = np.sort(scores)[::-1]
    found = []
    for share in SHARES:
        place = int(len(scores) * share)
        if not place:
            continue
        given = scores >= ranked[place - 1]  # of equal scores all
        answered, wrong = int(given.sum()), int((given & ~correct).sum())
        bound = error_bound(wrong, answered, 1 - (1 - CONFIDENCE) / len(SHARES))
        # Halfway to the next score, so that rounding does not change which are answered.
        lowest = ranked[answered - 1 : answered + 1].mean()
        found.append(Selection(float(lowest), len(scores), answered, wrong, bound))
    return found


def error_bound(wrong: int, answered: int, confidence: float) -> float:
    """Returns what an error rate is at most, with a confidence, after so many wrong of so many.

    The upper end of Clopper and Pearson's one-sided interval [2], in (0, 1].
    """
    from scipy.stats import beta  # type: ignore[import-untyped]

    if wrong >= answered:
        return 1.0
    return float(beta.ppf(confidence, wrong + 1, answered - wrong))
