"""Figures from labels and predictions: one definition for training and for evaluation.

A clip's class is the likeliest; among equally likely ones the first, in top-1 and in top-5 alike. A
class without clips has no accuracy, and does not count in the mean over classes.
Letters: ``N`` clips.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError


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


def per_class(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], classes: Sequence[str]
) -> list[dict[str, str | int | float]]:
    """Returns one row per class: its videos, how many were recognized, precision, recall, F1."""
    from sklearn.metrics import precision_recall_fscore_support

    predicted = probabilities.argmax(axis=1)
    indices = np.arange(len(classes))
    columns = precision_recall_fscore_support(labels, predicted, labels=indices, zero_division=0.0)
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
