"""Figures of clips, one class each: one definition for training and for evaluation.

A clip's class is the likeliest; among equally likely ones the first, in top-1 and in top-5 alike. A
class without clips has no accuracy, and does not count in the mean over classes.
Letters: ``N`` clips.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError

NORMAL_QUANTILE = 1.959964
"""Standard deviations to either side of the mean that hold 95 % of a normal distribution."""

ONE_CLASS_SHARE = 0.9
"""Share of the predictions from which one class is said to take nearly all."""


@dataclass(frozen=True)
class Metrics:
    """Results over all videos, each in [0, 1].

    Attributes:
        num_videos: Videos evaluated.
        top1: Share whose likeliest class is right.
        top5: Share whose right class is among the five likeliest.
        mean_class_accuracy: Mean over the classes that occur of the share that is right.
    """

    num_videos: int
    top1: float
    top5: float
    mean_class_accuracy: float


@dataclass(frozen=True)
class Reference:
    """What a top-1 accuracy is to be held against.

    Attributes:
        chance: Accuracy of guessing: 1 / number of classes.
        commonest_class: Index of the class with the most videos.
        commonest_share: Its share: the accuracy of always answering with it.
        top1_interval: 95 % interval of top-1; None where all videos are of one group.
        num_groups: Groups that the interval is over.
        most_predicted_class: Index of the class that is predicted most often.
        most_predicted_share: Its share of the predictions.
        takes_nearly_all: Whether that is so large that the others are hardly told apart from it.
    """

    chance: float
    commonest_class: int
    commonest_share: float
    top1_interval: tuple[float, float] | None
    num_groups: int
    most_predicted_class: int
    most_predicted_share: float
    takes_nearly_all: bool

    @property
    def beats_commonest(self) -> bool:
        """Returns whether all of the interval lies above the commonest class's share."""
        return self.top1_interval is not None and self.top1_interval[0] > self.commonest_share


def compute_reference(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], groups: Sequence[Hashable]
) -> Reference:
    """Returns what the top-1 of ``(N,)`` labels and ``(N, classes)`` probabilities is held against.

    Args:
        labels: Right classes, of at least one clip.
        probabilities: Those of all classes.
        groups: What each clip belongs to, such as who was filmed: ``N`` names.
    """
    predicted = probabilities.argmax(axis=1)
    num_classes = probabilities.shape[1]
    counts = np.bincount(labels, minlength=num_classes)
    answers = np.bincount(predicted, minlength=num_classes)
    most_share = float(answers.max() / len(labels))
    return Reference(
        chance=1 / num_classes,
        commonest_class=int(counts.argmax()),
        commonest_share=float(counts.max() / len(labels)),
        top1_interval=grouped_interval((predicted == labels).tolist(), groups),
        num_groups=len(set(groups)),
        most_predicted_class=int(answers.argmax()),
        most_predicted_share=most_share,
        takes_nearly_all=most_share >= ONE_CLASS_SHARE and int((counts > 0).sum()) > 1,
    )


def grouped_interval(
    correct: Sequence[bool], groups: Sequence[Hashable]
) -> tuple[float, float] | None:
    """Returns the 95 % interval of the share that is correct, for clips that come in groups.

    Clips of one group are alike, so that they say less than as many clips of several. They are
    counted as the number of independent clips that would vary as much: the variance between groups
    (of the ratio of the groups' sums), and Student's t for few groups, as Korn and Graubard (1998);
    then Wilson's interval. Where nothing varies, a group counts as one clip. None for one group.
    """
    sizes = Counter(groups)
    total, num_groups, num_right = len(correct), len(sizes), sum(correct)
    share = num_right / total
    if num_groups == total:
        return wilson_interval(share, total)
    if num_groups == 1:
        return None
    right = Counter(group for group, is_right in zip(groups, correct, strict=True) if is_right)
    # In whole numbers, ``total`` times as large, so that groups alike vary by exactly 0.
    squares = sum((right[group] * total - num_right * size) ** 2 for group, size in sizes.items())
    variance = squares * num_groups / (num_groups - 1) / total**4
    if variance == 0:
        return wilson_interval(share, num_groups)
    independent = share * (1 - share) / variance
    independent *= (NORMAL_QUANTILE / _student_quantile(num_groups - 1)) ** 2
    return wilson_interval(share, min(independent, total))


def wilson_interval(share: float, count: float) -> tuple[float, float]:
    """Returns Wilson's 95 % interval of a share of ``count`` independent clips."""
    z2 = NORMAL_QUANTILE**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    spread = math.sqrt(z2 * share * (1 - share) / count + (z2 / (2 * count)) ** 2)
    half = spread / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def _student_quantile(degrees: int) -> float:
    """Returns the same of Student's t distribution as ``NORMAL_QUANTILE`` is of the normal one."""
    from scipy.stats import t  # type: ignore[import-untyped]

    return float(t.ppf(0.975, degrees))


def compute_metrics(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Metrics:
    """Returns the metrics of ``(N,)`` labels and ``(N, classes)`` probabilities.

    Raises:
        MienetError: If there are no videos.
    """
    return metrics_of_counts(class_counts(labels, probabilities))


def class_counts(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Returns each class's clips, and those of them in the top 1 and top 5, ``(3, classes)``.

    Counts of several parts of the data add up.
    """
    num_classes = probabilities.shape[1]
    ranks = label_ranks(labels, probabilities)
    kept = (labels, labels[ranks < 1], labels[ranks < 5])
    return np.stack([np.bincount(some, minlength=num_classes) for some in kept])


def label_ranks(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Returns how many classes come before the right one, ``(N,)``.

    Among equally likely classes the first comes first: probabilities 0.4, 0.4, 0.2 give the
    labels 0, 1, 2 the ranks 0, 1, 2.
    """
    own = np.take_along_axis(probabilities, labels[:, None], axis=1)  # (N, 1)
    earlier = np.arange(probabilities.shape[1]) < labels[:, None]  # (N, classes)
    before = (probabilities > own) | ((probabilities == own) & earlier)
    return np.asarray(before.sum(axis=1), np.int64)


def metrics_of_counts(counts: NDArray[np.int64]) -> Metrics:
    """Returns the metrics of the ``(3, classes)`` numbers that ``class_counts`` gives.

    Raises:
        MienetError: If there are no videos.
    """
    clips, top1, top5 = counts
    total = int(clips.sum())
    if total == 0:
        raise MienetError("no videos to evaluate")
    occurs = clips > 0
    return Metrics(
        num_videos=total,
        top1=float(top1.sum() / total),
        top5=float(top5.sum() / total),
        mean_class_accuracy=float(np.mean(top1[occurs] / clips[occurs])),
    )


def mean_recall(labels: NDArray[np.int64], is_right: NDArray[np.bool_]) -> float:
    """Returns the mean, over the classes that occur, of the share of clips that are right.

    Args:
        labels: Right classes, ``(N,)``, of at least one clip.
        is_right: Whether each is recognized, ``(N,)``.
    """
    clips = np.bincount(labels)
    right = np.bincount(labels, weights=is_right)
    return float((right[clips > 0] / clips[clips > 0]).mean())


def per_class(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], classes: Sequence[str]
) -> list[dict[str, Any]]:
    """Returns one row per class: its videos, how many were recognized, precision, recall, F1.

    Precision is NaN for a class that is never answered, recall for one without videos, and F1 where
    both are so.
    """
    from sklearn.metrics import precision_recall_fscore_support

    predicted = probabilities.argmax(axis=1)
    indices = np.arange(len(classes))
    columns = precision_recall_fscore_support(
        labels, predicted, labels=indices, zero_division=np.nan
    )
    return [
        {
            "class": name,
            "videos": int(support),
            "correct": int(np.sum((labels == i) & (predicted == i))),
            "precision": round(float(precision), 4),
            "recall": round(float(recall), 4),
            "f1": round(float(f1), 4),
        }
        for i, name, precision, recall, f1, support in zip(indices, classes, *columns, strict=True)
    ]
