"""What the networks of a sweep look at: the same clips without order, movement, image or maps.

    .venv/bin/python benchmarks/controls.py sweeps/family

Every finished trial is tested again with its held-out clips, changed in one way each:

- backwards: all frames in reverse
- shuffled: the segments in another order, each as it is
- still: one frame in place of all
- maps alone: the motion maps as they are, the image all of one mean color
- image alone: the image as it is, as if nothing moved

The last two are for networks with motion maps, and change what goes into their fusion. Prints
top-1 over all folds and seeds of a variant.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from mienet.data.resolve import read_labeled
from mienet.loading import load_network
from mienet.recognizer import NetworkRecognizer
from mienet.sweeps.trials import RESULT, RUN, SETTINGS, lists_of

Change = Callable[[Tensor], Tensor]
CHANGES = ("as it is", "backwards", "shuffled", "still", "maps alone", "image alone")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sweep", type=Path)
    parser.add_argument("--root", type=Path, help="folder that the lists' paths start from")
    options = parser.parse_args()
    rows: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for folder in sorted((options.sweep / "trials").iterdir()):
        if not (folder / RESULT).is_file():
            continue
        variant = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))["variant"]
        for control, right in answers(folder, options.root).items():
            rows[variant][control] += right
    print(f"| network | clips | {' | '.join(CHANGES)} |\n|{' --- |' * (len(CHANGES) + 2)}")
    for variant, found in rows.items():
        shares = [f"{100 * mean(found[name]):.1f}" if name in found else "" for name in CHANGES]
        print(f"| {variant} | {len(found['as it is'])} | {' | '.join(shares)} |")
    return 0


@torch.inference_mode()
def answers(folder: Path, root: Path | None) -> dict[str, list[bool]]:
    """Returns whether each test clip of a trial is recognized, by control."""
    recognizer = load_network(folder / RUN)
    test = lists_of(folder) / "test.csv"
    records = read_labeled(test, root=root, classes=recognizer.classes).records
    found = defaultdict(list)
    for record in records:
        clip = next(recognizer.iterate_views(record))  # (1, T, L, 3, S, S)
        for control, compute in controls(recognizer).items():
            found[control].append(int(compute(clip).argmax()) == record.label)
    return found


def controls(recognizer: NetworkRecognizer) -> dict[str, Change]:
    """Returns, by name, what computes the logits of a clip changed in that way."""
    on_clips: dict[str, Change] = {
        "as it is": lambda clip: clip,
        "backwards": lambda clip: clip.flip(1, 2),
        "shuffled": shuffled,
        "still": still,
    }
    found = {
        name: lambda clip, change=change: recognizer(change(clip))
        for name, change in on_clips.items()
    }
    if recognizer.network.motion is not None:
        found["maps alone"] = partial(without, recognizer, 0)
        found["image alone"] = partial(without, recognizer, 1)
    return found


def shuffled(clip: Tensor) -> Tensor:
    """Returns a clip with its segments in another order, the same for all clips."""
    return clip[:, torch.randperm(clip.shape[1], generator=torch.Generator().manual_seed(0))]


def still(clip: Tensor) -> Tensor:
    """Returns a clip of its middle segment's first frame alone."""
    middle = clip.shape[1] // 2
    return clip[:, middle : middle + 1, :1].expand_as(clip)


def without(recognizer: NetworkRecognizer, place: int, clip: Tensor) -> Tensor:
    """Returns the logits of a clip for which a place of the fusion is ``blank``."""
    with blank(recognizer, place):
        return recognizer(clip)


@contextmanager
def blank(recognizer: NetworkRecognizer, place: int) -> Iterator[None]:
    """Makes the fusion's image (place 0) or motion maps (1) all zero while the block lasts.

    Zero is the mean color of the normalized image, and of a map that nothing moves.
    """

    def zero(_: object, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(torch.zeros_like(x) if i == place else x for i, x in enumerate(inputs))

    hook = recognizer.network.fusion.register_forward_pre_hook(zero)
    try:
        yield
    finally:
        hook.remove()


def mean(values: list[bool]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    sys.exit(main())
