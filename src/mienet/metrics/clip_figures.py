"""Figures of clips with 95 % intervals over groups, and those of the simplest answers.

Intervals of shares of clips are those of ``grouped_interval``; of means over classes, of F1 and of
the calibration error they are percentiles over resampled groups, as in ``bootstrap``.
Letters: ``N`` clips, ``K`` classes, ``G`` groups, ``R`` resamples.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.metrics.calibration import NUM_BINS, bin_places
from mienet.metrics.clips import grouped_interval, label_ranks
from mienet.metrics.recording_figures import Figure

RESAMPLES = 1000

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class ClassFigures:
    """One class.

    Attributes:
        videos: Clips of it.
        predicted: Clips that are said to be of it.
        correct: Clips of both.
        precision: Of those said to be of it, the share that is.
        recall: Of its clips, the share that is recognized.
        f1: Twice the correct ones / (videos + predicted).
    """

    videos: int
    predicted: int
    correct: int
    precision: Figure
    recall: Figure
    f1: Figure


def clip_figures(
    labels: NDArray[np.int64], probabilities: Numbers, groups: Sequence[Hashable]
) -> dict[str, Figure]:
    """Returns the figures of all clips by name: top1, top5, mean_class_accuracy, mean_f1, ece.

    Means are over the classes that occur.

    Args:
        labels: Right classes, ``(N,)``.
        probabilities: ``(N, K)``.
        groups: What each clip belongs to, such as who was filmed: ``N`` names.
    """
    ranks = label_ranks(labels, probabilities)
    counts = _counts(labels, probabilities.argmax(axis=1), probabilities.shape[1])
    confidences, right = probabilities.max(axis=1), (ranks == 0).astype(np.float64)
    gaps = np.zeros((len(labels), NUM_BINS))
    gaps[np.arange(len(labels)), bin_places(confidences)] = confidences - right
    return {
        "top1": _share(ranks < 1, groups),
        "top5": _share(ranks < 5, groups),
        "mean_class_accuracy": _figure(_mean_recall, counts, groups),
        "mean_f1": _figure(_mean_f1, counts, groups),
        "ece": _figure(_mean_gap, np.concatenate([gaps, np.ones((len(labels), 1))], 1), groups),
    }


def class_figures(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    num_classes: int,
    groups: Sequence[Hashable],
) -> list[ClassFigures]:
    """Returns the figures of each class.

    Args:
        labels: Right classes, ``(N,)``.
        predicted: Those that were said, ``(N,)``.
        num_classes: ``K``.
        groups: What each clip belongs to, ``N`` names.
    """
    counts = _counts(labels, predicted, num_classes)
    f1 = _f1(counts.sum(axis=0)[None])[0]
    resamples = _resampled(counts, groups)
    low, high = _ends(np.full((1, num_classes), np.nan) if resamples is None else _f1(resamples))
    rows = []
    for index in range(num_classes):
        own, said = labels == index, predicted == index
        rows.append(
            ClassFigures(
                int(own.sum()),
                int(said.sum()),
                int((own & said).sum()),
                _share((own & said)[said], _some(groups, said)),
                _share((own & said)[own], _some(groups, own)),
                Figure(float(f1[index]), float(low[index]), float(high[index])),
            )
        )
    return rows


def guessing_clip_figures(labels: NDArray[np.int64], num_classes: int) -> dict[str, float]:
    """Returns what guessing gives on average, all classes being named equally often."""
    shares = _shares(labels, num_classes)
    each = 1 / num_classes
    return {
        "top1": each,
        "top5": min(5 * each, 1.0),
        "mean_class_accuracy": each,
        "mean_f1": float(np.mean(2 * shares * each / (shares + each))),
    }


def commonest_clip_figures(labels: NDArray[np.int64], num_classes: int) -> dict[str, float]:
    """Returns what always ranking the classes by how common they are gives."""
    shares = np.sort(_shares(labels, num_classes))[::-1]
    return {
        "top1": float(shares[0]),
        "top5": float(shares[:5].sum()),
        "mean_class_accuracy": 1 / len(shares),
        "mean_f1": float(2 * shares[0] / (1 + shares[0]) / len(shares)),
    }


def _shares(labels: NDArray[np.int64], num_classes: int) -> Numbers:
    """Returns the shares of the classes that occur."""
    counts = np.bincount(labels, minlength=num_classes)
    return counts[counts > 0] / len(labels)


def _counts(labels: NDArray[np.int64], predicted: NDArray[np.int64], num_classes: int) -> Numbers:
    """Returns ``(N, 3, K)``: whether a clip is of a class, said to be of it, and both."""
    every = np.arange(num_classes)
    own, said = labels[:, None] == every, predicted[:, None] == every
    return np.stack([own, said, own & said], axis=1).astype(np.float64)


def _f1(sums: Numbers) -> Numbers:
    """Returns F1 of ``(R, 3, K)`` sums, ``(R, K)``; NaN for a class that is nowhere."""
    own, said, both = sums[:, 0], sums[:, 1], sums[:, 2]
    return np.divide(2 * both, own + said, out=np.full_like(own, np.nan), where=own + said > 0)


def _mean_f1(sums: Numbers) -> Numbers:
    return _mean_of_occurring(np.nan_to_num(_f1(sums)), sums[:, 0])


def _mean_recall(sums: Numbers) -> Numbers:
    recall = sums[:, 2] / np.maximum(sums[:, 0], 1)
    return _mean_of_occurring(recall, sums[:, 0])


def _mean_of_occurring(values: Numbers, videos: Numbers) -> Numbers:
    occurs = videos > 0
    return (values * occurs).sum(axis=1) / np.maximum(occurs.sum(axis=1), 1)


def _mean_gap(sums: Numbers) -> Numbers:
    """Returns the calibration error of ``(R, bins + 1)`` sums: gaps by bin, and the clips."""
    return np.abs(sums[:, :-1]).sum(axis=1) / sums[:, -1]


def _figure(
    measure: Callable[[Numbers], Numbers], per_clip: Numbers, groups: Sequence[Hashable]
) -> Figure:
    value = float(measure(per_clip.sum(axis=0)[None])[0])
    resamples = _resampled(per_clip, groups)
    if resamples is None:
        return Figure(value, math.nan, math.nan)
    low, high = _ends(measure(resamples)[:, None])
    return Figure(value, float(low[0]), float(high[0]))


def _share(correct: NDArray[np.bool_], groups: Sequence[Hashable]) -> Figure:
    if not len(correct):
        return Figure(math.nan, math.nan, math.nan)
    low, high = grouped_interval(correct.tolist(), groups) or (math.nan, math.nan)
    return Figure(float(correct.mean()), low, high)


def _some(groups: Sequence[Hashable], chosen: NDArray[np.bool_]) -> list[Hashable]:
    return [group for group, is_chosen in zip(groups, chosen, strict=True) if is_chosen]


def _resampled(per_clip: Numbers, groups: Sequence[Hashable]) -> Numbers | None:
    """Returns the sums over clips of ``(N, ...)`` in each resample of whole groups, ``(R, ...)``.

    None for a single group. The same for the same groups, as the draw has a seed.
    """
    places = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    num_groups = len(places)
    if num_groups == 1:
        return None
    sums = np.zeros((num_groups, *per_clip.shape[1:]))
    np.add.at(sums, [places[group] for group in groups], per_clip)
    generator = np.random.default_rng(0)
    drawn = generator.multinomial(num_groups, [1 / num_groups] * num_groups, size=RESAMPLES)
    return np.tensordot(drawn.astype(np.float64), sums, axes=1)


def _ends(values: Numbers) -> tuple[Numbers, Numbers]:
    """Returns the ends of the intervals of ``(R, F)``; resamples without a figure are left out."""
    defined = ~np.isnan(values).all(axis=0)
    ends = np.full((2, values.shape[1]), np.nan)
    if defined.any():
        ends[:, defined] = np.nanquantile(values[:, defined], [0.025, 0.975], axis=0)
    return ends[0], ends[1]
