"""Lines of CSVs that people open in a spreadsheet, where a cell may be taken for a formula."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mienet.files import write_whole

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula, which may call programs."""


def csv_line(cells: Iterable[str | float | None], numbers: Iterable[str | None] = ()) -> str:
    """Returns a line of a CSV that a spreadsheet opens without running anything.

    Text that begins as a formula does gets an apostrophe before it, and so does text that begins
    with an apostrophe: taking off one that a cell begins with gives back every text.

    Args:
        cells: Texts, numbers, and None for an empty cell.
        numbers: Further cells, which are numbers in figures.
    """
    line = io.StringIO()
    guarded = [_guarded(cell) if isinstance(cell, str) else cell for cell in cells]
    # What the end of a line holds is quoted inside cells: a lone carriage return too.
    csv.writer(line, lineterminator="\r\n").writerow([*guarded, *numbers])
    return line.getvalue().removesuffix("\r\n") + "\n"


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows of the same columns, numbers to four digits and nothing for NaN.

    A table without rows is not kept.

    Raises:
        OSError: If it cannot be written, with its name.
    """
    if not rows:
        path.unlink(missing_ok=True)
        return
    lines = [csv_line(rows[0]), *(csv_line(map(_cell, row.values())) for row in rows)]
    write_whole(path, "".join(lines))


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    return value


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith((*FORMULA_STARTS, "'")) else text
