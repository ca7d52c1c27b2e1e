"""Labels that are likely the same class, written in two ways; notes for people, not problems."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from mienet.annotations.records import Annotations
from mienet.annotations.spelling import difference, fold

FEW_CLIPS = 2
"""Clips that a mistyped label may have; who mistypes it more often has made a habit of it."""
TIMES_AS_MANY = 3
"""So many times as many clips has the label that was meant."""
SHORTEST_NAME, LONG_NAME = 4, 8
"""Letters from which one slip is looked for, and from which two are."""
MOST_PAIRS = 200_000
"""Pairs of names compared, so that 100,000 classes do not wait."""


def label_notes(splits: Mapping[str, Annotations]) -> list[str]:
    """Returns notes for classes that look alike, for likely typos, and for a single class."""
    classes = next((annotations.classes for annotations in splits.values()), [])
    if len(classes) == 1:
        return [f"there is one class only, {classes[0]!r}; training needs at least two"]
    return alike_notes(classes) + typo_notes(splits)


def alike_notes(labels: Iterable[str]) -> list[str]:
    """Returns a note for labels that differ in capitals, spaces and the like alone."""
    names: dict[str, list[str]] = {}
    for name in labels:
        names.setdefault(fold(name), []).append(name)
    return [
        f"{' and '.join(alike)} count as different classes (they differ in "
        f"{difference(alike[0], alike[1])}); if they are one, spell them alike"
        for alike in names.values()
        if len(alike) > 1
    ]


def typo_notes(splits: Mapping[str, Annotations]) -> list[str]:
    """Returns a note for every rare label that is likely a frequent one mistyped."""
    classes = next((annotations.classes for annotations in splits.values()), [])
    counts = Counter(
        record.label for annotations in splits.values() for record in annotations.records
    )
    return typo_notes_of({name: counts[label] for label, name in enumerate(classes)})


def typo_notes_of(
    counts: Mapping[str, int], *, kind: str = "class", what: str = "clip"
) -> list[str]:
    """Returns a note for every rare label that is likely a frequent one mistyped.

    Args:
        counts: How much there is of every label.
        kind: What a label is called.
        what: What is counted.
    """
    return [
        f"{kind} {rare!r} has {counts[rare]} {what}(s) and {meant!r} has {counts[meant]}; did you "
        f"mean {meant!r}? If so, correct the label; if not, {rare!r} is too rare to be learned"
        for rare, meant in likely_typos(counts)
    ]


def likely_typos(clips: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Yields each rare label that is a slip or two from a frequent one, and that one.

    Labels that differ in their digits (``phase_01`` and ``phase_02``), or in capitals and the like,
    are not slips.

    Args:
        clips: Number of clips by label.
    """
    rare = [name for name, count in clips.items() if 0 < count <= FEW_CLIPS]
    frequent = [name for name, count in clips.items() if count >= TIMES_AS_MANY]
    for name in rare[: MOST_PAIRS // max(len(frequent), 1)]:
        near = [
            (slips, -clips[other], other)
            for other in frequent
            if clips[other] >= TIMES_AS_MANY * clips[name]
            and (slips := _slips(name, other)) is not None
        ]
        if near:
            yield name, min(near)[2]


def _slips(name: str, other: str) -> int | None:
    """Returns how many slips of the keyboard lie between two names; None for none or too many."""
    one, two = fold(name), fold(other)
    shorter = min(len(one), len(two))
    most = 0 if shorter < SHORTEST_NAME else 1 if shorter < LONG_NAME else 2
    if one == two or abs(len(one) - len(two)) > most or _digits(one) != _digits(two):
        return None
    slips = _edits(one, two)
    return slips if slips <= most else None


def _digits(name: str) -> str:
    return "".join(letter for letter in name if letter.isdigit())


def _edits(one: str, two: str) -> int:
    """Returns the letters to add, drop, replace or swap with their neighbor."""
    before: list[int] = []
    last = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(two, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1]
