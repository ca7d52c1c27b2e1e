"""How like the clips that a model has learned a clip is, and whether it is one of its classes.

A classifier spreads its probabilities over the classes that it knows, whatever it is shown. What
it never learned shows in its features: they are unlike those of any training clip [1].

Familiarity is the cosine of a clip's features and those of the training clip most like it, of the
class that is answered: from -1 to 1, and 1 for a training clip itself. Departures from [1]: the
nearest clip and not the 50th, since a lab has ten clips of a class; of the class that is answered,
so that wrong answers are less familiar than right ones, too; and the features of all segments side
by side, since a mean over segments does not see their order. ``docs/results.md`` compares them.

Shapes: ``B`` clips, ``T`` segments, ``F`` features, ``N`` training clips, ``M`` validation clips.

[1] Y. Sun, Y. Ming, X. Zhu, Y. Li, "Out-of-Distribution Detection with Deep Nearest Neighbors",
    ICML 2022.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mienet.errors import MienetError
from mienet.metrics.selection import Selection, select
from mienet.models.checkpoints import ADDED

MOST_CLIPS = 1000
"""Training clips that are kept; at ``T`` 8 and ``F`` 2048 they take 33 MB."""
UNKNOWN_CLASS = -1.0
"""Familiarity with a class without a training clip."""

SHAPES = {"directions": 2, "labels": 1, "validation": 1, "correct": 1}
"""Names of the tensors in a model's file, behind ``ADDED``, and how many dimensions they have."""
KINDS = {
    "directions": torch.float16,
    "labels": torch.int64,
    "validation": torch.float32,
    "correct": torch.bool,
}
"""What kinds of numbers they are."""


@dataclass(frozen=True)
class KnownClips:
    """The training clips that clips are compared with, and how familiar the validation clips were.

    Attributes:
        directions: Features of training clips, each of length 1, float16 ``(N, T * F)``.
        labels: Their classes, int64 ``(N,)``.
        validation: Familiarities of the validation clips, float32 ``(M,)``.
        correct: Whether the model was right about them, bool ``(M,)``.
    """

    directions: Tensor
    labels: Tensor
    validation: Tensor
    correct: Tensor

    def familiarity(self, features: Tensor, answers: Tensor) -> Tensor:
        """Returns how familiar clips are as what they are taken for, float32 ``(B,)`` on the CPU.

        Args:
            features: Of the clips, ``(B, T, F)``.
            answers: The classes that they are taken for, int64 ``(B,)``.
        """
        cosines = directions(features).float() @ self.directions.float().T  # (B, N)
        is_other = self.labels != answers.cpu()[:, None]  # (B, N)
        return cosines.masked_fill(is_other, UNKNOWN_CLASS).amax(dim=1)

    def select(self, error_rate: float) -> Selection:
        """Returns from which familiarity on answers keep an error rate; see ``metrics.select``.

        Raises:
            MienetError: If the validation clips cannot promise it.
        """
        return select(self.validation.double().numpy(), self.correct.numpy(), error_rate)

    def tensors(self) -> dict[str, Tensor]:
        """Returns what goes into a model's file."""
        return {ADDED + name: getattr(self, name) for name in SHAPES}

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], num_features: int) -> "KnownClips | None":
        """Returns those of a model's file, or None if it has none.

        Args:
            tensors: What the file holds besides weights, by name.
            num_features: ``T * F``.

        Raises:
            MienetError: If they are incomplete, do not fit each other or the network, or are not
                finite numbers.
        """
        if not tensors:
            return None
        found = {name.removeprefix(ADDED): tensor for name, tensor in tensors.items()}
        shapes = {name: tuple(tensor.shape) for name, tensor in sorted(found.items())}
        if {name: len(shape) for name, shape in shapes.items()} != SHAPES:
            raise MienetError(f"its familiarity is not of {', '.join(SHAPES)}, but {shapes}")
        expected = (*shapes["labels"], num_features), shapes["validation"]
        if (shapes["directions"], shapes["correct"]) != expected or not all(expected[0]):
            raise MienetError(f"the parts of its familiarity do not fit the network: {shapes}")
        if kinds := [
            f"{name} of {found[name].dtype} instead of {kind}"
            for name, kind in KINDS.items()
            if found[name].dtype != kind
        ]:
            raise MienetError(f"its familiarity is of other kinds of numbers: {'; '.join(kinds)}")
        if not all(bool(tensor.isfinite().all()) for tensor in found.values()):
            raise MienetError("its familiarity has numbers that are not finite (NaN or infinite)")
        # Copied, because a tensor of a mapped file keeps the whole file in memory.
        return cls(**{name: tensor.clone() for name, tensor in found.items()})


def directions(features: Tensor) -> Tensor:
    """Returns features ``(B, T, F)`` side by side and of length 1, float16 ``(B, T * F)``."""
    return functional.normalize(features.float().cpu().flatten(1), dim=1).half()


def choose_known(labels: list[int], most: int = MOST_CLIPS) -> list[int]:
    """Returns the places of the training clips to keep: drawn, and as many of each class.

    Args:
        labels: The classes of all training clips.
        most: How many to keep at most; but one of each class in any case.
    """
    drawn: Counter[int] = Counter()
    turns = []
    for place in np.random.default_rng(0).permutation(len(labels)).tolist():
        drawn[labels[place]] += 1
        turns.append((drawn[labels[place]], place))
    return sorted(place for _, place in sorted(turns)[: max(most, len(drawn))])
