"""Which videos a training learns from and which it is tested with: folds, and parts of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mienet.data.splitting import split
from mienet.errors import MienetError
from mienet.sweeps.plan import FoldColumn, SweepPlan, Variant
from mienet.sweeps.videos import SweepVideos, count_by_class

DRAW_SEED = 0
"""Of the folds, which all trainings share."""


@dataclass(frozen=True)
class Fold:
    """A part of the videos that is held out.

    Attributes:
        name: ``fold0``, or the name of the group.
        training: Places of the videos to learn from.
        test: Places of those that are held out.
    """

    name: str
    training: Sequence[int]
    test: Sequence[int]


def make_folds(plan: SweepPlan, videos: SweepVideos) -> list[Fold]:
    """Returns the folds of a plan; no group is in training and test of one.

    Raises:
        MienetError: If there are fewer groups than folds, a group is in several, or a class that
            is tested would not be learned, with all of them.
    """
    if isinstance(plan.folds, FoldColumn):
        names = _by_column(plan.folds, videos)
    elif plan.folds == "each":
        names = list(videos.groups)
    else:
        names = _dealt_out(int(plan.folds), videos)
    held_out = sorted({name for name in names if name})
    if not held_out or set(names) <= set(held_out[:1]):
        raise MienetError(
            f"folds: {len(held_out)} would leave nothing to train or to test with; give at least "
            "two groups"
        )
    folds = [
        Fold(
            name,
            [at for at, own in enumerate(names) if own != name],
            [at for at, own in enumerate(names) if own == name],
        )
        for name in held_out
    ]
    if problems := [text for fold in folds for text in _unlearned(fold, videos)]:
        raise MienetError(
            "\n  ".join(
                [
                    "classes that are tested and not learned; exclude_classes leaves them out:",
                    *problems,
                ]
            )
        )
    return folds


def training_part(fold: Fold, variant: Variant, videos: SweepVideos, seed: int) -> Sequence[int]:
    """Returns the places that a variant learns from in a fold; another draw for each seed.

    Raises:
        MienetError: If there are too few groups or clips.
    """
    if variant.clips_per_class is not None:
        return _few(fold, variant.clips_per_class, videos, seed)
    if variant.part == 1:
        return fold.training
    placed = split(
        [videos.labels[at] for at in fold.training],
        [variant.part, 1 - variant.part],
        groups=[videos.groups[at] for at in fold.training],
        group_name=videos.groups_are,
        classes=videos.classes or None,
        seed=seed,
    )
    return [at for at, part in zip(fold.training, placed, strict=True) if part == 0]


def _by_column(folds: FoldColumn, videos: SweepVideos) -> list[str]:
    """Returns the fold of each video; "" is training alone."""
    values = videos.column(folds.column, "folds")
    if unknown := [value for value in folds.training_only if value not in values]:
        raise MienetError(
            f"folds: no video has {unknown[0]!r} in the column {folds.column!r}; it has "
            f"{', '.join(sorted(set(values)))}"
        )
    names = ["" if value in folds.training_only else value for value in values]
    folds_of: dict[str, set[str]] = {}
    for group, name in zip(videos.groups, names, strict=True):
        folds_of.setdefault(group, set()).add(name or "(training)")
    if crossing := [
        f"{videos.groups_are} {group!r}: {', '.join(sorted(of))}"
        for group, of in folds_of.items()
        if len(of) > 1
    ]:
        raise MienetError(
            "\n  ".join(
                [f"a {videos.groups_are} is in several folds of {folds.column!r}:", *crossing]
            )
        )
    return [f"{folds.column}{name}" if name.isdigit() else name for name in names]


def _dealt_out(number: int, videos: SweepVideos) -> list[str]:
    """Returns the fold of each video: whole groups, alike in classes."""
    num_groups = len(set(videos.groups))
    if num_groups < number:
        raise MienetError(
            f"folds: {number} need as many {videos.groups_are}s, and there are {num_groups}"
        )
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(number, shuffle=True, random_state=DRAW_SEED)
    names = [""] * len(videos.paths)
    numbers = np.unique(np.array(videos.groups), return_inverse=True)[1]
    for fold, (_, test) in enumerate(splitter.split(numbers, videos.labels, numbers)):
        for at in test:
            names[at] = f"fold{fold}"
    return names


def _unlearned(fold: Fold, videos: SweepVideos) -> list[str]:
    learned = count_by_class(videos, fold.training)
    absent = set(count_by_class(videos, fold.test)) - set(learned)
    if not videos.classes:
        return []
    return [f"{fold.name}: {videos.classes[label]}" for label in sorted(absent)]


def _few(fold: Fold, number: int, videos: SweepVideos, seed: int) -> list[int]:
    """Returns so many places of each class, drawn at random."""
    if not videos.classes:
        raise MienetError(
            "clips_per_class is for clips, as recordings have no single class: give training"
        )
    generator = np.random.default_rng(seed)
    kept: list[int] = []
    lacking = []
    for label, name in enumerate(videos.classes):
        own = [at for at in fold.training if videos.labels[at] == label]
        if len(own) < number:
            lacking.append(f"{fold.name}: {name} has {len(own)}")
            continue
        kept += sorted(generator.permutation(own)[:number].tolist())
    if lacking:
        raise MienetError("\n  ".join([f"fewer than {number} training clips:", *lacking]))
    return sorted(kept)
