"""Text files as people's programs write them: encodings, separators, quotes, and numbered rows.

The separator is told from the header line, as spreadsheets write commas, semicolons or tabs by the
country they are set to. A field never goes over several lines: a quote that is not closed would
swallow the rows behind it without a word.
"""

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mienet.annotations.records import AnnotationError

SEPARATORS = (",", ";", "\t", "|")

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark begins alike
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

SPREADSHEETS = (".xls", ".xlsm", ".ods", ".numbers")
"""Endings of files that spreadsheets keep and that are not read."""
SAVE_AS = "in a spreadsheet, save it as 'CSV UTF-8'"

EXCELS_LINE = re.compile(r"sep=(.)")
"""What Excel reads and writes above a header to say the separator."""

_CONTROLS = "".join(chr(i) for i in [*range(32), 127] if chr(i) not in "\t\n\r")
_CONTROL = re.compile(f"[{re.escape(_CONTROLS)}]")


@dataclass(frozen=True)
class Table:
    """A table with a header.

    Attributes:
        header: Names of the columns.
        rows: Line numbers and fields; rows whose fields are all empty are not among them.
        separator: What stands between fields.
    """

    header: list[str]
    rows: list[tuple[int, list[str]]]
    separator: str


def read_text(path: Path) -> str:
    """Returns the text of a file: UTF-8, or what the mark at its beginning says.

    Raises:
        AnnotationError: If it is no such text, or holds control characters, with the line.
    """
    content = path.read_bytes()
    mark = next((m for m in BYTE_ORDER_MARKS if content.startswith(m)), b"")
    encoding = BYTE_ORDER_MARKS.get(mark, "utf-8")
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"{path}:{line}: not {encoding.upper()} text; {SAVE_AS}"
        raise AnnotationError("unreadable list", [problem]) from error
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        what = f"the control character {control[0]!r}"
        if control[0] == "\0":
            what = "the character NUL: no text, or text of another encoding"
        raise AnnotationError("unreadable list", [f"{path}:{line}: holds {what}; {SAVE_AS}"])
    return text


def decode_text(path: Path, content: bytes) -> tuple[str, str]:
    """Returns the text of a file that some program wrote, and its encoding.

    The mark at its beginning says which it is; without one it is UTF-8, or else what Windows
    writes in western Europe and America, ``cp1252``.

    Raises:
        AnnotationError: If it is no text.
    """
    mark = next((m for m in BYTE_ORDER_MARKS if content.startswith(m)), b"")
    for encoding in (BYTE_ORDER_MARKS[mark],) if mark else ("utf-8", "cp1252"):
        try:
            text = content[len(mark) :].decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise AnnotationError(
        "unreadable list", [f"{path}: no text, or of an unknown encoding; save it as UTF-8"]
    )


def read_start(path: Path) -> str:
    """Returns the beginning of a text file, at most 65,536 bytes; what is no text is replaced."""
    with path.open("rb") as file:
        start = file.read(1 << 16)
    mark = next((m for m in BYTE_ORDER_MARKS if start.startswith(m)), b"")
    return start[len(mark) :].decode(BYTE_ORDER_MARKS.get(mark, "utf-8"), errors="replace")


def first_line(text: str) -> str:
    """Returns the first line of a text."""
    return next((line for _, line in numbered_lines(text)), "")


def read_first_line(path: Path) -> str:
    """Returns the first line of a text file; what is no text is replaced."""
    return first_line(read_start(path))


def header_line(text: str) -> str:
    """Returns the line of a table that names its columns: the first one behind Excel's own."""
    lines = (line for _, line in numbered_lines(text) if not EXCELS_LINE.fullmatch(line))
    return next(lines, "")


def read_header_line(path: Path) -> str:
    """Returns the line of a file that names the columns, if it is a table."""
    return header_line(read_start(path))


def is_text(path: Path) -> bool:
    """Returns whether a file begins with text: UTF-8, or what the mark at its beginning says."""
    with path.open("rb") as file:
        start = file.read(4096)
    mark = next((m for m in BYTE_ORDER_MARKS if start.startswith(m)), b"")
    # The last character may be cut.
    decoder = codecs.getincrementaldecoder(BYTE_ORDER_MARKS.get(mark, "utf-8"))()
    try:
        text = decoder.decode(start[len(mark) :])
    except UnicodeDecodeError:
        return False
    return bool(text) and "\0" not in text


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Returns the numbered lines of a list file that are not empty."""
    return ((number, line) for number, line in numbered_lines(read_text(path)) if line.strip())


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yields the lines of a text, counted from 1, as editors count them."""
    return enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1)


def read_table(path: Path, known: Collection[str] = ()) -> Table:
    """Returns a table, its separator being told from its header.

    Args:
        path: The file.
        known: Names of columns, in small letters; the separator that gives most of them is taken.

    Raises:
        AnnotationError: If it is no table of text, or quotes are not closed, with all such lines;
            or if two columns have one name.
    """
    text = read_text(path)
    skipped, lines = 0, [line for _, line in numbered_lines(text)]
    if match := EXCELS_LINE.fullmatch(lines[0]):
        skipped, lines = 1, lines[1:]
    separator = match[1] if match else find_separator(lines[0] if lines else "", known)
    if '"' in text:
        problems = [
            f"{path}:{number}: {STRAY_QUOTE}"
            for number, line in enumerate(lines, start=1 + skipped)
            if '"' in line and not has_whole_quotes(line, separator)
        ]
        if problems:
            raise AnnotationError("unreadable list", problems)
    reader = csv.reader(lines, delimiter=separator)
    try:
        header = [name.strip() for name in next(reader, [])]
        rows = [(reader.line_num + skipped, row) for row in reader if any(row)]
    except csv.Error as error:
        problem = f"{path}:{reader.line_num + skipped}: not a table: {error}"
        raise AnnotationError("unreadable list", [problem]) from error
    if twice := _named_twice(header, known):
        named = ", ".join(map(repr, twice))
        what = f"several columns are called {named}; rename or remove all but one"
        raise AnnotationError("bad header", [f"{path}:{1 + skipped}: {what}"])
    return Table(header, rows, separator)


def _named_twice(header: Sequence[str], known: Collection[str]) -> list[str]:
    """Returns the names that stand twice, of those that are known in small or capital letters."""
    names = [name.lower() if name.lower() in known else name for name in header]
    return sorted({name for name in names if name and names.count(name) > 1})


STRAY_QUOTE = (
    'a stray quote: a quoted field begins and ends with " on one line, and a quote inside it '
    'is written ""'
)


def has_whole_quotes(line: str, separator: str) -> bool:
    """Returns whether every quoted field of a line is closed, and quotes stand nowhere else."""
    other = re.escape(separator)
    quoted = r'"(?:[^"]|"")*"'
    field = rf'(?:{quoted}|[^"{other}]*)'
    return re.fullmatch(f"{field}(?:{other}{field})*", line) is not None


def find_separator(header: str, known: Collection[str] = ()) -> str:
    """Returns the separator that splits a header into most known names, and then into most."""

    def names(separator: str) -> tuple[int, int]:
        fields = split_fields(header, separator)
        return sum(field.strip().lower() in known for field in fields), len(fields)

    return max(SEPARATORS, key=names)


def split_fields(line: str, separator: str) -> list[str]:
    """Returns the fields of one line, without the quotes around them."""
    return next(csv.reader([line], delimiter=separator), [])
