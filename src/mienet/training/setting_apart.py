"""Validation set apart from the training list: whole videos, and nobody in both parts."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mienet.annotations.records import AnnotationError, Annotations
from mienet.data.manifest import group_column, named_column
from mienet.data.splitting import SplitError, joined_groups, split


@dataclass(frozen=True)
class SetApart:
    """A training list in two parts.

    Attributes:
        training: The clips to learn from.
        validation: The others.
        column: The list's column of which no value is in both parts; None parts by video alone.
        said: In one sentence, by what they are parted.
    """

    training: Annotations
    validation: Annotations
    column: str | None
    said: str


def set_apart(annotations: Annotations, path: Path, fraction: float, seed: int) -> SetApart:
    """Returns the clips in two parts, the second a ``fraction`` of them, alike in classes.

    Clips of one video stay together, and those of one subject where the list says who is in them: a
    network that has seen one of them knows the others' scene, or how the person moves.

    Args:
        annotations: The list.
        path: Its file or folder; that of a prepared dataset knows the column that it was split by.
        fraction: From 0 to 1.
        seed: Decides among equal parts.

    Raises:
        SplitError: If there are too few videos or subjects.
        AnnotationError: If validation would lack classes, with all of them.
    """
    named = _column(annotations, path)
    groups, column, said = choose_groups(
        _groups(annotations, named), [record.path for record in annotations.records], named
    )
    training, validation = _parts(annotations, groups, column or "video", fraction, seed)
    return SetApart(training, validation, column, said)


def choose_groups(
    groups: Sequence[Hashable], videos: Sequence[str], column: str | None
) -> tuple[Sequence[Hashable], str | None, str]:
    """Returns what is to stay together, the column that says so if one does, and a sentence on it.

    Args:
        groups: What each item belongs to by the column and its video.
        videos: The video of each.
        column: The column; None where nothing says who is in the videos.
    """
    if column is None:
        return videos, None, (
            "Validation is set apart by video, as no column subject says who is in them: if people "
            "are in both parts, it looks better than it is on new people"
        )  # fmt: skip
    if len(set(groups)) == 1 < len(set(videos)):
        return videos, None, (
            f"Validation is set apart by video, as all are of one {column}: it does not show how "
            f"good the model is on another {column}"
        )  # fmt: skip
    said = f"Validation is set apart by the column {column}: no {column} is in both parts"
    return groups, column, said


def _column(annotations: Annotations, path: Path) -> str | None:
    return named_column(annotations.columns, group_column(path))


def _groups(annotations: Annotations, column: str | None) -> list[Hashable]:
    """Returns what each clip belongs to: its video, with all others of the column's value."""
    at = None if column is None else annotations.columns.index(column)
    values = ["" if at is None else r.extra[at].strip() for r in annotations.records]
    return joined_groups(
        [
            [("video", record.path), *([(column, value)] if value else [])]
            for record, value in zip(annotations.records, values, strict=True)
        ]
    )


def _parts(
    annotations: Annotations, groups: Sequence[Hashable], what: str, fraction: float, seed: int
) -> tuple[Annotations, Annotations]:
    labels, names = [record.label or 0 for record in annotations.records], annotations.classes
    try:
        placed = split(
            labels,
            [1 - fraction, fraction],
            groups=groups,
            group_name=what,
            classes=names,
            seed=seed,
        )
    except SplitError as error:
        raise SplitError(f"{error}; or give the clips to validate with: --data.val") from error
    counts = Counter(label for label, _ in set(zip(labels, groups, strict=True)))
    present = {label for label, part in zip(labels, placed, strict=True) if part == 1}
    if lacking := [label for label in sorted(counts) if label not in present]:
        raise AnnotationError(
            f"no validation {what}s can be set apart for these classes",
            [f"{names[i]}: {counts[i]}. Add {what}s, or give --data.val" for i in lacking],
        )
    training, validation = (
        replace(
            annotations,
            records=[r for r, p in zip(annotations.records, placed, strict=True) if p == part],
        )
        for part in (0, 1)
    )
    return training, validation
