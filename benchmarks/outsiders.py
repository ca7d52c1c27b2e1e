"""What tells clips of none of the classes from clips of them, and wrong answers from right ones.

    .venv/bin/python benchmarks/outsiders.py runs/NAME test.csv outsiders.csv [--root VIDEOS]

The test clips must not be in the run's training list, which is read from its folder. Each score is
asked how often it is higher for a test clip than for a clip of each of these: the area under the
ROC curve, with 95 % intervals over 1000 resamples of both.

- outsiders: clips of none of the classes
- wrong: the test clips that the model takes for another class, held against the others
- reversed, shuffled, still: the test clips with time backwards, with their segments in another
  order, and with one frame in place of all; a reversed clip may be one of another class

Then it says what the threshold of each score that keeps 90 % of the test clips turns away.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from torch import Tensor

from mienet.annotations.records import VideoRecord
from mienet.data.resolve import read_labeled, resolve_videos
from mienet.loading import TRAINING_LIST, load_network
from mienet.recognizer import NetworkRecognizer

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Clips = tuple[Array, Array]
"""Features ``(N, T, F)`` and logits ``(N, classes)``."""
Score = Callable[[Array, Array], Array]
NEIGHBORS = (1, 5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("outsiders", type=Path)
    parser.add_argument("--root", type=Path)
    options = parser.parse_args()
    recognizer = load_network(options.model)
    classes = recognizer.classes
    training = read_labeled(options.model / TRAINING_LIST, classes=classes).records
    test = read_labeled(options.test, root=options.root, classes=classes).records
    known = outputs(recognizer, training)
    clips = {
        "test": outputs(recognizer, test),
        "outsiders": outputs(recognizer, resolve_videos([options.outsiders]).records),
        "reversed": outputs(recognizer, test, lambda clip: clip.flip(1, 2)),
        "shuffled": outputs(recognizer, test, shuffled),
        "still": outputs(recognizer, test, still),
    }
    right = clips["test"][1].argmax(axis=1) == [record.label for record in test]
    print(f"{len(training)} training clips, {len(test)} test clips ({right.mean():.1%} right)")
    labels = np.array([record.label for record in training])
    for name, score in scores(known, labels).items():
        found = {kind: score(*each) for kind, each in clips.items()}
        inside = found.pop("test")
        pairs = {kind: (inside, outside) for kind, outside in found.items()}
        pairs["wrong"] = (inside[right], inside[~right])
        areas = [f"{kind} {area(*pair)}" for kind, pair in pairs.items() if len(pair[1])]
        print(f"{name}: {'; '.join(areas)}")
        threshold = np.sort(inside)[len(inside) - int(0.9 * len(inside))]
        turned_away = (found["outsiders"] < threshold).mean()
        wrong = (inside >= threshold) & ~right
        print(
            f"    90 % kept: {turned_away:.0%} of outsiders turned away, {wrong.sum()} wrong left"
        )
    return 0


def outputs(
    recognizer: NetworkRecognizer,
    records: list[VideoRecord],
    change: Callable[[Tensor], Tensor] = lambda clip: clip,
) -> Clips:
    """Returns features and logits of the clips of segment centers, changed."""
    found = []
    with torch.inference_mode():
        for record in records:
            features = recognizer.features(change(next(recognizer.iterate_views(record))))
            found.append((features[0].numpy(), recognizer.network.logits(features)[0].numpy()))
    both = [np.stack(each).astype(np.float64) for each in zip(*found, strict=True)]
    return both[0], both[1]


def shuffled(clip: Tensor) -> Tensor:
    """Returns a clip ``(1, T, L, 3, S, S)`` with its segments in another order."""
    return clip[:, torch.randperm(clip.shape[1], generator=torch.Generator().manual_seed(0))]


def still(clip: Tensor) -> Tensor:
    """Returns a clip of its middle segment's first frame alone."""
    middle = clip.shape[1] // 2
    return clip[:, middle : middle + 1, :1].expand_as(clip)


def scores(known: Clips, labels: Labels) -> dict[str, Score]:
    """Returns all scores that are compared, higher for what is known."""
    found: dict[str, Score] = {
        "largest probability": lambda _, logits: softmax(logits).max(axis=1),
        "largest logit": lambda _, logits: logits.max(axis=1),
        "energy": lambda _, logits: energy(logits),
        "Mahalanobis, mean over segments": mahalanobis(known[0], labels),
        "relative Mahalanobis, mean over segments": mahalanobis(known[0], labels, relative=True),
        "ViM, mean over segments": vim(known),
        "NNGuide, mean over segments": nn_guide(known),
    }
    kinds = (("mean over segments", mean), ("segments side by side", side_by_side))
    for kind, direction in (*kinds, ("each segment alone", each_alone)):
        for k in NEIGHBORS:
            found[f"nearest {k}, {kind}"] = nearest(known[0], direction, k)
    for k in NEIGHBORS:
        of_class = nearest(known[0], side_by_side, k, labels)
        found[f"nearest {k} of the answered class, segments side by side"] = of_class
    return found


def mean(features: Array) -> Array:
    return unit(features.mean(axis=1))


def side_by_side(features: Array) -> Array:
    return unit(features.reshape(len(features), -1))


def each_alone(features: Array) -> Array:
    return unit(unit(features).reshape(len(features), -1))


def unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def energy(logits: Array) -> Array:
    """Liu et al., "Energy-based Out-of-distribution Detection", 2020."""
    return np.log(np.exp(logits).sum(axis=1))


def nearest(
    known: Array, direction: Callable[[Array], Array], k: int, labels: Labels | None = None
) -> Score:
    """The cosine with the ``k``-th nearest clip; Sun et al., 2022, see ``familiarity.py``."""
    vectors = direction(known)

    def score(features: Array, logits: Array) -> Array:
        cosines = direction(features) @ vectors.T
        if labels is not None:
            cosines[labels != logits.argmax(axis=1)[:, None]] = -1
        return np.sort(cosines, axis=1)[:, -k]

    return score


def mahalanobis(known: Array, labels: Labels, *, relative: bool = False) -> Score:
    """Lee et al., 2018; relative: Ren et al., "A Simple Fix to Mahalanobis Distance", 2021."""
    vectors = known.mean(axis=1)
    means = np.stack([vectors[labels == label].mean(axis=0) for label in np.unique(labels)])
    own = means[np.searchsorted(np.unique(labels), labels)]
    inside = LedoitWolf(assume_centered=True).fit(vectors - own).precision_
    overall = LedoitWolf().fit(vectors)

    def score(features: Array, _: Array) -> Array:
        offsets = features.mean(axis=1)[:, None] - means  # (N, classes, F)
        distances = np.einsum("nci,ij,ncj->nc", offsets, inside, offsets).min(axis=1)
        return overall.mahalanobis(features.mean(axis=1)) * relative - distances

    return score


def vim(known: Clips) -> Score:
    """Wang et al., "ViM: Out-Of-Distribution with Virtual-logit Matching", 2022."""
    vectors, logits = known[0].mean(axis=1), known[1]
    center, dimensions = vectors.mean(axis=0), 2 * logits.shape[1]
    rest = np.linalg.svd(vectors - center)[2][dimensions:].T

    def residual(features: Array) -> Array:
        return np.linalg.norm((features.mean(axis=1) - center) @ rest, axis=1)

    scale = logits.max(axis=1).mean() / residual(known[0]).mean()
    return lambda features, logits: energy(logits) - scale * residual(features)


def nn_guide(known: Clips, k: int = 5) -> Score:
    """Park et al., "Nearest Neighbor Guidance for Out-of-Distribution Detection", 2023."""
    vectors = mean(known[0]) * energy(known[1])[:, None]

    def score(features: Array, logits: Array) -> Array:
        guidance = np.sort(mean(features) @ vectors.T, axis=1)[:, -k:].mean(axis=1)
        return energy(logits) * guidance

    return score


def area(inside: Array, outside: Array) -> str:
    """Returns the area under the ROC curve with its interval."""
    generator = np.random.default_rng(0)
    drawn = [
        one_area(generator.choice(inside, len(inside)), generator.choice(outside, len(outside)))
        for _ in range(1000)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{one_area(inside, outside):.2f} ({low:.2f} to {high:.2f})"


def one_area(inside: Array, outside: Array) -> float:
    differences = np.sign(inside[:, None] - outside)
    return float((1 + differences).mean() / 2)


if __name__ == "__main__":
    sys.exit(main())
