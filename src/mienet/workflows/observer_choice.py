"""Which marks of two observers are compared: whose, of which observation, layers and subjects."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mienet.errors import MienetError


@dataclass(frozen=True)
class Counting:
    """Which marks of an observer count; nothing chosen takes all.

    Attributes:
        annotator: Whose; empty if that need not be chosen.
        observation: Of which observation; likewise.
        tiers: Of which layers; a model has none.
        subjects: Of whom; likewise.
    """

    annotator: str = ""
    observation: str = ""
    tiers: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """Whose marks these are, in words, for the title of an observer; empty for all."""
        return ", ".join(name for name in (self.observation, self.annotator, *self.tiers) if name)


def countings_of(
    paths: tuple[Path, Path],
    annotators: Sequence[str],
    observations: Sequence[str],
    tiers: Sequence[str],
    subjects: Sequence[str],
) -> tuple[Counting, Counting]:
    """Returns which marks of each file count, as the options of ``agree`` say.

    Raises:
        MienetError: If there are not two names where two are needed.
    """
    writers, coded = _two("annotators", annotators), _two("observations", observations)
    layers = other_layers = tuple(tiers)
    if tiers and _is_one(paths) and len(set(writers)) == len(set(coded)) == 1:
        layers, other_layers = ((name,) * bool(name) for name in _two("tiers", tiers))
    return (
        Counting(writers[0], coded[0], layers, tuple(subjects)),
        Counting(writers[1], coded[1], other_layers, tuple(subjects)),
    )


def refuse_the_same(paths: tuple[Path, Path], countings: tuple[Counting, Counting]) -> None:
    """Raises an error if the same marks of one file would be compared."""
    if _is_one(paths) and countings[0] == countings[1]:
        raise MienetError(
            f"{paths[0]} is given twice, and agrees with itself; give two files, or say with "
            "--annotators A B whose marks of it are compared, or with --tiers A B which tiers"
        )


def _is_one(paths: tuple[Path, Path]) -> bool:
    return os.path.realpath(paths[0]) == os.path.realpath(paths[1])


def _two(option: str, names: Sequence[str]) -> tuple[str, str]:
    """Returns the names for the first and the second file; empty ones if there is no choice."""
    if len(names) not in (0, 2):
        raise MienetError(
            f"--{option} takes two names, for the first file and for the second ('' for all), got "
            f"{len(names)}: {', '.join(names)}"
        )
    return (names[0], names[1]) if names else ("", "")
