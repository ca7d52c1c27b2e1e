"""Which clips go to training, validation and test: by group, alike in classes, by a seed.

A group (an athlete, a session) never crosses splits, as a network that has seen an athlete knows
more than her movement. scikit-learn has splits that keep groups together and splits that keep the
classes alike, but for fractions such as 0.7, 0.15, 0.15 none that does both.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError

TRIALS = 50
"""Orders tried; the best split is kept. More than these gain nothing on a thousand groups."""
MOST_NAMED = 20
"""Classes named in a message."""
MOST_PLACED = 100_000
"""Groups placed over all trials, so that long lists do not wait: one order takes 20 us a group."""


class SplitError(MienetError):
    """A split that cannot be made as asked: too few groups, or a class that training would lack."""


def split(
    labels: Sequence[int],
    fractions: Sequence[float],
    *,
    groups: Sequence[Hashable] | None = None,
    group_name: str = "group",
    classes: Sequence[str] | None = None,
    seed: int = 0,
    what: tuple[str, str] = ("clip", "clips"),
) -> NDArray[np.int64]:
    """Returns for every clip the number of its split, int64 ``(clips,)``.

    Groups are placed one after the other, those with the most clips first and equals in random
    order, each where its classes are missed most; of several orders the best is kept.

    Args:
        labels: Class of every clip, ``(clips,)``.
        fractions: Part of the clips that each split should get; the first is training.
        groups: Group of every clip; None lets every clip go its own way.
        group_name: What a group is, for messages: ``video``, ``athlete``.
        classes: Names of the classes, for messages.
        seed: Decides among equals.
        what: What a label is of, one and several, for messages.

    Raises:
        SplitError: If fractions are not above 0 or do not add up to 1, if there are fewer groups
            than splits, or if training would get no clip of a class.
    """
    wanted = np.array(fractions, dtype=float)
    if len(wanted) < 2 or (wanted <= 0).any() or abs(wanted.sum() - 1) > 1e-6:
        raise SplitError(
            "a split is two or three numbers above 0 that add up to 1, such as 0.7,0.15,0.15 for "
            f"training, validation and test; got {','.join(f'{f:g}' for f in fractions)}"
        )
    label_array = np.asarray(labels, dtype=np.int64)
    num_classes = int(label_array.max(initial=0)) + 1
    keys = list(groups) if groups is not None else list(range(len(label_array)))
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    group_of = np.array([numbers[key] for key in keys], dtype=np.int64)
    name = group_name if groups is not None else "clip"
    there = f"{len(numbers)} {name}{'s' * (len(numbers) != 1)}"
    if len(numbers) < len(wanted):
        raise SplitError(f"{there} cannot be split into {len(wanted)}; {_more(len(numbers), name)}")
    counts = _count(group_of, label_array, len(numbers))
    totals = np.bincount(label_array, minlength=num_classes).astype(float)
    generator = np.random.default_rng(seed)
    trials = int(np.clip(MOST_PLACED // len(numbers), 1, TRIALS))
    tried = (_place(counts, totals, wanted, generator) for _ in range(trials))
    placed = min(tried, key=lambda trial: trial[0])[1]
    held = np.zeros((len(wanted), num_classes))
    np.add.at(held, (placed[group_of], label_array), 1)
    names = list(classes) if classes is not None else [str(i) for i in range(num_classes)]
    absent = set(np.flatnonzero((totals > 0) & (held[0] == 0)).tolist())
    holding = Counter(c for labels_of, _ in counts for c in labels_of.tolist() if c in absent)
    lacking = [f"{names[c]} ({holding[c]} {name}(s))" for c in sorted(absent)]
    if lacking or (held.sum(axis=1) == 0).any():
        why = "a split would be empty"
        others = "or give larger fractions" + ", or fewer" * (len(wanted) > 2)
        if lacking:
            more = f" and {len(lacking) - MOST_NAMED} more" if len(lacking) > MOST_NAMED else ""
            why = f"training would get no {what[0]} of {', '.join(lacking[:MOST_NAMED])}{more}"
            others = "ask for fewer splits, or leave these classes out (--exclude-classes)"
        raise SplitError(
            f"{len(keys)} {what[1]} of {there} cannot be split into "
            f"{','.join(f'{f:g}' for f in wanted)}: {why}; add {what[1]}, {others}"
        )
    return placed[group_of]


def joined_groups(keys: Sequence[Iterable[Hashable]]) -> list[Hashable]:
    """Returns for every item a name of its group, which is one of the group's keys.

    Items that share a key are in one group, and so are those that others link: a video of Ann and
    Bo keeps all videos of Ann with all of Bo.

    Args:
        keys: Of every item, at least one.
    """
    parents: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while parents.setdefault(key, key) != key:
            key = parents[key]
        return key

    firsts = []
    for own in keys:
        first, *others = own
        firsts.append(first)
        for other in others:
            parents[root(other)] = root(first)
    return [root(first) for first in firsts]


def _more(num_groups: int, name: str) -> str:
    """Returns what to do about too few groups: with two there can be two splits at least."""
    clips = "videos" if name in ("clip", "video") else f"videos of another {name}"
    return f"add {clips}" + (", or give --split 0.7,0.3" if num_groups == 2 else "")


Counts = list[tuple[NDArray[np.int64], NDArray[np.float64]]]
"""For every group the classes that it has, and how many clips of each."""


def _count(group_of: NDArray[np.int64], labels: NDArray[np.int64], num_groups: int) -> Counts:
    """Returns the clips of every group by class; not as a table, which 100,000 classes burst."""
    num_classes = int(labels.max(initial=0)) + 1
    pairs, numbers = np.unique(group_of * num_classes + labels, return_counts=True)
    ends = np.searchsorted(pairs // num_classes, np.arange(1, num_groups))
    return list(
        zip(np.split(pairs % num_classes, ends), np.split(numbers.astype(float), ends), strict=True)
    )


def _place(
    counts: Counts,
    totals: NDArray[np.float64],
    wanted: NDArray[np.float64],
    generator: np.random.Generator,
) -> tuple[tuple[float, float], NDArray[np.int64]]:
    """Returns the split of every group for one random order, and how bad it is."""
    weights = 1 / np.maximum(totals, 1)
    missing = wanted[:, None] * totals  # clips of each class that each split still wants
    sizes = np.array([own.sum() for _, own in counts])
    order = generator.permutation(len(counts))
    order = order[np.argsort(-sizes[order], kind="stable")]
    placed = np.empty(len(counts), dtype=np.int64)
    clips_missing = missing.sum(axis=1)
    for group in order:
        classes, own = counts[group]
        # What the squared distance from the wanted counts falls by, and then that of all clips.
        gain = (own * weights[classes]) @ (2 * missing[:, classes] - own).T
        gain += 1e-3 * sizes[group] * clips_missing / max(clips_missing.sum(), 1)
        part = int(np.argmax(gain + 1e-9 * generator.random(len(wanted))))
        placed[group] = part
        missing[part, classes] -= own
        clips_missing[part] -= sizes[group]
    held = wanted[:, None] * totals - missing
    absent = float((held[:, totals > 0] < 0.5).sum())
    return (absent, float((missing**2 * weights).sum())), placed
