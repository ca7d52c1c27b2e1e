"""What a model's card must not say: whose videos it learned from, and where they lie."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mienet.errors import MienetError

SUBJECTS = ("subject", "group")
"""Columns of lists and of results that name who was filmed, besides the run's own."""
MOST_SHOWN = 5


@dataclass(frozen=True)
class Personal:
    """What names persons, videos and folders.

    Attributes:
        subjects: Who was filmed, as lists and results name them.
        videos: Names of files, with their endings.
        folders: Where videos, the run and this user's files lie.
    """

    subjects: frozenset[str]
    videos: frozenset[str]
    folders: frozenset[str]

    def names_subject(self, text: str) -> bool:
        """Returns whether a text has a subject's name among its words: ``anna_test``."""
        words = {word.casefold() for word in re.split(r"[\W_]+", text)}
        whole = text.casefold()
        return any(
            name.casefold() == whole or name.casefold() in words or (len(name) > 3 and name in text)
            for name in self.subjects
        )

    def require_absent(self, files: Mapping[str, str]) -> None:
        """Refuses texts that name a video, or a folder of this computer.

        Raises:
            MienetError: With the files and what is in them.
        """
        problems = [
            f"{name} names {found!r}"
            for name, text in files.items()
            for found in sorted(self.videos | self.folders)
            if found in text
        ]
        if problems:
            more = f"\n  and {len(problems) - MOST_SHOWN} more" * (len(problems) > MOST_SHOWN)
            said = "\n  ".join(problems[:MOST_SHOWN])
            raise MienetError(
                "what would be pushed names videos or folders of this computer, which others "
                f"should not see; nothing was pushed:\n  {said}{more}"
            )


def find_personal(run: Path, column: str | None) -> Personal:
    """Returns what the lists and results in a run's folder name.

    Args:
        run: The run's or model's folder.
        column: Of its lists, by which they were split; None where they were not.
    """
    subjects: set[str] = set()
    paths: set[Path] = set()
    for table in [*run.glob("*.csv"), *run.glob("evaluation/*/*.csv")]:
        for row in _rows(table):
            subjects |= {row[name] for name in (*SUBJECTS, column) if name and row.get(name)}
            paths |= {Path(row["path"])} if row.get("path") else set()
    # Of clips each video is its own group where no column says more.
    subjects -= {str(path) for path in paths}
    folders = {run.resolve(), Path.home(), Path.cwd(), *(path.parent for path in paths)}
    return Personal(
        frozenset(subjects),
        frozenset(path.name for path in paths if path.suffix),
        frozenset(str(folder) for folder in folders if len(folder.parts) > 1),
    )


def count_groups(table: Path, column: str | None) -> tuple[int, str, int]:
    """Returns how many videos a list has, the column that groups them, and how many groups.

    Args:
        table: A run's ``train.csv`` or ``val.csv``.
        column: By which it was split; None takes ``subject`` if there is such a column.
    """
    rows = _rows(table)
    name = next((n for n in (column, "subject") if n and rows and n in rows[0]), "")
    return (
        len({row.get("path") for row in rows}),
        name,
        len({row[name] for row in rows if row[name]}) if name else 0,
    )


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8", newline="") as file:
            return [
                {name: value for name, value in row.items() if isinstance(value, str)}
                for row in csv.DictReader(file)
            ]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
