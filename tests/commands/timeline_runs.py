"""``mienet timeline`` in this process, and the tables that it writes."""

import csv
from pathlib import Path

from mienet.cli import main

WINDOW = ["--window-seconds", "0.2", "0.4", "--stride-seconds", "0.2"]
"""Windows of 5 and 10 frames: few, where a recording has 25."""


def run(*arguments: object) -> int:
    """Runs the command and returns its exit code."""
    return main(["timeline", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    """Returns the rows of a table by the names of its columns."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
