"""Results of videos in the forms that people and programs take: JSON lines, CSV, JSON.

A row is what ``to_dict`` of a prediction gives: the video, its classes with probabilities, the
likeliest first, or the problem that there is in their place.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mienet.errors import MienetError
from mienet.prediction import PART_COLUMNS as PART_COLUMNS
from mienet.rendering.spreadsheet import csv_line as csv_line

ResultFormat = Literal["jsonl", "csv", "json"]
FORMATS: tuple[ResultFormat, ...] = ("jsonl", "csv", "json")
STARTS: dict[ResultFormat, str] = {
    "jsonl": r'\{"path": ',
    "csv": r"path,(\w+,)*predicted,",
    "json": r'\{\s*"predictions": ',
}
"""How files of these forms begin: regular expressions."""

Row = dict[str, Any]


def result_format(path: str | Path) -> ResultFormat:
    """Returns the form that a file's ending asks for.

    Raises:
        MienetError: If it is another ending.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    for known in FORMATS:
        if ending == known:
            return known
    raise MienetError(
        f"{path}: results are written as .jsonl (JSON lines), .csv or .json, or as JSON lines to "
        f"standard output (-); got {f'the ending .{ending}' if ending else 'no ending'}"
    )


def json_line(row: Row) -> str:
    """Returns a row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"


@dataclass(frozen=True)
class CsvColumns:
    """What a CSV of predictions tells of a video, one line each.

    Attributes:
        classes: Names of all classes by index: each has a column with its probability.
        has_parts: Whether it tells which part of the video a line is about.
        has_answers: Whether ``predicted`` may be none of the classes; then ``best_guess`` is the
            likeliest one in any case, and ``familiarity`` decides.
    """

    classes: Sequence[str]
    has_parts: bool = False
    has_answers: bool = False

    def header(self) -> str:
        """Returns the first line."""
        answers = ["best_guess", "familiarity"] if self.has_answers else []
        columns = ["path", *PART_COLUMNS[: 4 * self.has_parts], "predicted", *answers, "problem"]
        return csv_line([*columns, *class_columns(self.classes, columns)])

    def line(self, row: Row) -> str:
        """Returns a row's line: ``header`` names its cells."""
        found = {entry["name"]: entry["probability"] for entry in row["classes"]}
        best = row["classes"][0]["name"] if found else None
        cells = [row["path"], *(row.get(name) for name in PART_COLUMNS[: 4 * self.has_parts])]
        cells.append(row.get("predicted", best))
        if self.has_answers:
            cells += [best, round(row["familiarity"], 4) if found else None]
        shares = [f"{found[name]:.6f}" if found else None for name in self.classes]
        return csv_line([*cells, row["problem"]], shares)


def class_columns(classes: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Returns the names of the classes' columns; a class named as another column is marked."""
    return [f"class {name}" if name in taken else name for name in classes]


def json_document(rows: Iterable[Row]) -> Iterator[str]:
    """Yields the parts of one JSON document: predictions, and a message for each problem."""
    problems: list[str] = []
    yield '{\n  "predictions": ['
    separator = "\n"
    for row in rows:
        if row["problem"] is not None:
            problems.append(row["problem"])
            continue
        prediction = {name: value for name, value in row.items() if name != "problem"}
        yield separator + _indented(prediction, 4)
        separator = ",\n"
    end = "]" if separator == "\n" else "\n  ]"
    yield f'{end},\n  "problems": {_indented(problems, 2).lstrip()}\n}}\n'


def to_bytes(text: str) -> bytes:
    r"""Returns text in UTF-8; bytes of a name that are none become escapes such as ``\udce9``.

    In JSON that is the byte's own notation, from which a program gets the name back.
    """
    return text.encode("utf-8", "backslashreplace")


def _indented(value: object, spaces: int) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return "\n".join(" " * spaces + line for line in text.split("\n"))
