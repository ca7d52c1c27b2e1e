"""What tests of prepare share: what was written, what was said, and videos in class folders."""

import csv
from pathlib import Path

import pytest


def rows(tmp_path: Path) -> dict[str, list[tuple[str, str]]]:
    """Returns path and label of every row that was written, by split."""
    found = {}
    for path in sorted((tmp_path / "out").glob("*.csv")):
        if path.name != "problems.csv":
            with path.open() as file:
                found[path.stem] = [(row["path"], row["label"]) for row in csv.DictReader(file)]
    return found


def problems(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Returns the indented lines of an error, with file names alone."""
    lines = capsys.readouterr().err.splitlines()
    return [line.strip().rsplit("/", 1)[-1] for line in lines if line.startswith("  ")]


def jumps(videos, count: int = 4) -> Path:
    """Writes {up,down}/ATHLETE_TAKE.mp4 for as many athletes, two takes each."""
    names = [f"{c}/p{a}_{t}.mp4" for c in ("down", "up") for a in range(count) for t in range(2)]
    return videos(*names)
