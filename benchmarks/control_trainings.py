"""Trains with clips that lack one thing: what does a network find without it?

    .venv/bin/python benchmarks/control_trainings.py still train small --data.root VIDEOS ...

The rest is a command of mienet, in training and validation the same control:

- still: one frame in place of all, so that nothing moves
- shuffled: segments in another order, drawn for each clip each time
- maps-alone: the motion maps as they are, the image all of one mean color

`labels train.csv random.csv` writes a list whose labels are dealt out at random instead, to
learn from: what is found then by a network that learns by heart is chance.
"""

import csv
import random
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from controls import blank, still
from torch import Tensor

from mienet.cli import main as run_mienet
from mienet.recognizer import NetworkRecognizer

compute_logits = NetworkRecognizer.forward


def main() -> int:
    if len(sys.argv) > 1 and sys.argv[1] == "labels":
        return deal_labels(*sys.argv[2:])
    if len(sys.argv) < 3 or sys.argv[1] not in CONTROLS:
        sys.exit(__doc__)
    NetworkRecognizer.forward = CONTROLS[sys.argv[1]]  # type: ignore[method-assign]
    return run_mienet(sys.argv[2:])


def without_movement(self: NetworkRecognizer, clips: Tensor) -> Tensor:
    return compute_logits(self, still(clips))


def without_order(self: NetworkRecognizer, clips: Tensor) -> Tensor:
    clip, order = torch.arange(len(clips))[:, None], torch.rand(clips.shape[:2]).argsort(dim=1)
    return compute_logits(self, clips[clip, order])


def without_image(self: NetworkRecognizer, clips: Tensor) -> Tensor:
    with blank(self, 0):
        return compute_logits(self, clips)


CONTROLS: dict[str, Callable[[NetworkRecognizer, Tensor], Tensor]] = {
    "still": without_movement,
    "shuffled": without_order,
    "maps-alone": without_image,
}


def deal_labels(source: str, target: str) -> int:
    """Writes a list with its labels in another order."""
    with Path(source).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [row["label"] for row in rows]
    random.Random(0).shuffle(labels)
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"label": label} for row, label in zip(rows, labels, strict=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
