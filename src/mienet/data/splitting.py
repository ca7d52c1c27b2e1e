"""Which clips go to training, validation and test: by group, alike in classes, by a seed.

A group (an athlete, a session) never crosses splits, as a network that has seen an athlete knows
more than her movement. scikit-learn has splits that keep groups together and splits that keep the
classes alike, but for fractions such as 0.7, 0.15, 0.15 none that does both.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError

TRIALS = 50
"""Orders tried; the best split is kept. More than these gain nothing on a thousand groups."""
MOST_PLACED = 100_000
"""Groups placed over all trials, so that long lists do not wait: one order takes 20 us a group."""


class SplitError(MienetError):
    """A split that cannot be made as asked: too few groups, or a class that training would lack."""


def split(
    labels: Sequence[int],
    fractions: Sequence[float],
    *,
    groups: Sequence[Hashable] | None = None,
    classes: Sequence[str] | None = None,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Returns for every clip the number of its split, int64 ``(clips,)``.

    Groups are placed one after the other, those with the most clips first and equals in random
    order, each where its classes are missed most; of several orders the best is kept.

    Args:
        labels: Class of every clip, ``(clips,)``.
        fractions: Part of the clips that each split should get; the first is training.
        groups: Group of every clip; None lets every clip go its own way.
        classes: Names of the classes, for messages.
        seed: Decides among equals.

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
    if len(numbers) < len(wanted):
        what = "groups" if groups is not None else "clips"
        raise SplitError(f"{len(numbers)} {what} cannot be shared out to {len(wanted)} splits")
    counts = np.zeros((len(numbers), num_classes))
    np.add.at(counts, (group_of, label_array), 1)
    generator = np.random.default_rng(seed)
    trials = int(np.clip(MOST_PLACED // len(numbers), 1, TRIALS))
    best = min((_place(counts, wanted, generator) for _ in range(trials)), key=lambda t: t[0])
    placed = best[1]
    held = np.array([counts[placed == part].sum(axis=0) for part in range(len(wanted))])
    names = list(classes) if classes is not None else [str(i) for i in range(num_classes)]
    totals = counts.sum(axis=0)
    lacking = [
        f"{names[c]} ({int((counts[:, c] > 0).sum())} group(s))"
        for c in range(num_classes)
        if totals[c] and not held[0, c]
    ]
    if lacking or (held.sum(axis=1) == 0).any():
        why = "a split is empty"
        if lacking:
            why = f"training would get no clip of {', '.join(lacking)}"
        raise SplitError(
            f"{len(keys)} clips in {len(numbers)} groups cannot be split into "
            f"{', '.join(f'{f:g}' for f in wanted)}: {why}; add clips, ask for fewer splits, or "
            "leave these classes out"
        )
    return placed[group_of]


def _place(
    counts: NDArray[np.float64], wanted: NDArray[np.float64], generator: np.random.Generator
) -> tuple[tuple[float, float], NDArray[np.int64]]:
    """Returns the split of every group for one random order, and how bad it is."""
    totals = counts.sum(axis=0)
    weights = 1 / np.maximum(totals, 1)
    missing = wanted[:, None] * totals  # clips of each class that each split still wants
    order = generator.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    placed = np.empty(len(counts), dtype=np.int64)
    clips_missing = missing.sum(axis=1)
    for group in order:
        own = counts[group]
        # What the squared distance from the wanted counts falls by, and then that of all clips.
        gain = (own * weights) @ (2 * missing - own).T
        gain += 1e-3 * own.sum() * clips_missing / max(clips_missing.sum(), 1)
        part = int(np.argmax(gain + 1e-9 * generator.random(len(wanted))))
        placed[group] = part
        missing[part] -= own
        clips_missing[part] -= own.sum()
    held = wanted[:, None] * totals - missing
    absent = float((held[:, totals > 0] < 0.5).sum())
    return (absent, float((missing**2 * weights).sum())), placed
