"""The cells of spreadsheet files (``.xlsx``) as text, sheet by sheet."""

import lzma
import re
import zipfile
import zlib
from pathlib import Path
from xml.etree.ElementTree import Element

from mienet.annotations.records import AnnotationError
from mienet.labeling.xml_files import parse_xml

UNPACKING = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError)
"""What ZIPs raise that are broken, or packed in ways that are not known."""

MOST_BYTES = 1 << 28
"""Of one sheet, unpacked; a sheet of a million rows has some 100 MB."""


def read_sheets(path: Path) -> list[list[list[str]]]:
    """Returns the rows of every sheet, in order; an empty cell is an empty text.

    Raises:
        AnnotationError: If it is no such file, or too large.
    """
    try:
        with zipfile.ZipFile(path) as file:
            names = [info.filename for info in file.infolist()]
            shared: list[str] = []
            if "xl/sharedStrings.xml" in names:
                root = _part(path, file, "xl/sharedStrings.xml")
                shared = [_text(item) for item in root if _tag(item) == "si"]
            sheets = [name for name in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]
            sheets.sort(key=lambda name: int(re.sub(r"\D", "", name)))
            return [_rows(_part(path, file, name), shared) for name in sheets]
    except UNPACKING as error:
        raise AnnotationError("unreadable list", [f"{path}: no spreadsheet: {error}"]) from error
    except (LookupError, ValueError) as error:
        if isinstance(error, AnnotationError):
            raise
        raise AnnotationError("unreadable list", [f"{path}: a damaged sheet: {error}"]) from error


def _part(path: Path, file: zipfile.ZipFile, name: str) -> Element:
    with file.open(name) as part:
        content = part.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise AnnotationError("unreadable list", [f"{path}: unpacks to over {MOST_BYTES >> 20} MB"])
    return parse_xml(path, content)


def _tag(node: Element) -> str:
    return node.tag.rpartition("}")[2]


def _text(item: Element) -> str:
    """Returns the text of a cell, without the readings that Japanese sheets write beside it."""
    return "".join(
        node.text or ""
        for part in item
        if _tag(part) in ("t", "r")
        for node in part.iter()
        if _tag(node) == "t"
    )


def _rows(root: Element, shared: list[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in root.iter():
        if _tag(row) != "row":
            continue
        number = int(row.get("r") or len(rows) + 1)
        if not len(rows) < number <= 1 << 20:
            raise ValueError(f"row {number} behind row {len(rows)}")
        rows += [[] for _ in range(number - 1 - len(rows))]
        cells: list[str] = []
        for cell in row:
            column = _column(cell.get("r") or "", len(cells))
            cells += [""] * (column - len(cells))
            cells.append(_value(cell, shared))
        rows.append(cells)
    return rows


def _column(reference: str, default: int) -> int:
    """Returns the number of a column from 0, of a cell's name such as ``AB12``."""
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return default
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(_text(part) for part in cell if _tag(part) == "is")
    value = next((part.text or "" for part in cell if _tag(part) == "v"), "")
    return shared[int(value)] if kind == "s" and value else value
