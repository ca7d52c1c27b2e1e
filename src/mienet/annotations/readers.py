"""Lists of one's own: tables with a header, which are read and written here, and class names.

Lists without a header are in ``plain_lists``, folders in ``folders``, and the published datasets'
own forms in ``published``.
"""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from sys import intern

from mienet.annotations.fields import NO_SPAN, is_whole_label, span, unknown_class
from mienet.annotations.folders import read_class_folders
from mienet.annotations.formats import AnnotationFormat, find_format
from mienet.annotations.json_lists import read_json, read_label_numbers, refuse_json
from mienet.annotations.records import (
    AnnotationError,
    Annotations,
    VideoRecord,
    parse_rows,
    uncollected,
)
from mienet.annotations.spelling import Places
from mienet.annotations.tables import (
    Table,
    find_separator,
    first_line,
    numbered_lines,
    read_first_line,
    read_table,
    read_text,
    split_fields,
)
from mienet.annotations.time_columns import PAIRS, time_column_problems

PATH_COLUMNS = ("path", "file", "filename", "video")
SPAN_COLUMNS = ("start_seconds", "end_seconds", "start_frame", "end_frame", "num_frames")
KNOWN_COLUMNS = frozenset((*PATH_COLUMNS, "label", *SPAN_COLUMNS, "frame_pattern"))


def read_annotations(
    path: Path,
    *,
    root: Path | None = None,
    classes: Sequence[str] | None = None,
    must_exist: bool = True,
    labeled: bool = True,
) -> Annotations:
    """Returns the records of a folder of class folders, or of a file of a known format.

    Args:
        path: What to read; the formats are in ``extensions.py``.
        root: Folder that the paths in a CSV or list are relative to; None is the list's own.
        classes: Names of all classes by index. None takes them from the data: sorted names, or
            for number labels the numbers themselves.
        must_exist: Whether a row whose video is not there is a bad row.
        labeled: Whether labels are read; otherwise a list needs none, and may name addresses.

    Raises:
        FileNotFoundError: If there is nothing at ``path``.
        AnnotationError: If rows are bad, or nothing was found.
    """
    if path.is_dir():
        return read_class_folders(path, classes=classes)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such list, folder of class folders, or prepared dataset"
        )
    read = find_format(path).read
    return read(path, root=root, classes=classes, must_exist=must_exist, labeled=labeled)


def has_header(path: Path) -> bool:
    """Returns whether a list begins with the names of its columns, or is empty.

    Raises:
        AnnotationError: If it is JSON, which is no list.
    """
    first = read_first_line(path)
    refuse_json(path, first)
    return names_columns(path.name, first)


def names_columns(name: str, start: str) -> bool:
    """Returns whether a file's text begins with the names of columns, or is an empty ``.csv``."""
    first = first_line(start)
    names = split_fields(first, find_separator(first, KNOWN_COLUMNS))
    columns = {name.strip().lower() for name in names}
    is_csv = name.lower().endswith(".csv")
    return (
        bool(columns & {*PATH_COLUMNS, "label"})
        or first.startswith("sep=")
        or (is_csv and not first.strip())
    )


@uncollected()
def read_csv(
    path: Path,
    *,
    root: Path | None = None,
    classes: Sequence[str] | None = None,
    must_exist: bool = True,
    labeled: bool = True,
    is_of_run: bool = False,
) -> Annotations:
    """Returns the rows of a table with the columns ``path`` and ``label``, and perhaps others.

    ``start_seconds`` and ``end_seconds``, or ``start_frame`` and ``end_frame`` (from 0, the end
    excluded), take a part of a video; ``num_frames`` takes so many from the start;
    ``frame_pattern`` names the images of a folder of frames. Any other column is kept as it is,
    unless it looks like a time that would not be used, such as ``start``; of the list that a run
    kept (``is_of_run``), which has learned from it as it is, it stays.
    Labels are class names; a column without a single label means that they are not known. Paths
    are relative to ``root``. Columns are parted by commas, semicolons or tabs.

    Raises:
        AnnotationError: With every bad row: missing file, unknown class, not a number, a range
            that is empty, seconds and frames at once. For a header without a path, without a label
            or whose times have other names.
    """
    table = read_table(path, KNOWN_COLUMNS)
    header = [name.lower() if name.lower() in KNOWN_COLUMNS else name for name in table.header]
    path_column = next((name for name in PATH_COLUMNS if name in header), None)
    if path_column is None or (labeled and "label" not in header):
        raise AnnotationError("bad header", [f"{path}:1: {_header_advice(header, labeled)}"])
    problems = [f"{path}:1: {problem}" for problem in time_column_problems(table)]
    if problems and not is_of_run:
        raise AnnotationError("bad header", problems)
    path_at = header.index(path_column)
    # A column that is not there is read as an empty field behind the row's end.
    label_at = header.index("label") if "label" in header and labeled else len(header)
    span_at = [header.index(n) if n in header else len(header) for n in SPAN_COLUMNS]
    has_spans = min(span_at) < len(header)
    own = {path_column, "label", *SPAN_COLUMNS, "frame_pattern"}
    pattern_at = header.index("frame_pattern") if "frame_pattern" in header else None
    columns = tuple(name for name in header if name not in own)
    extra_at = [header.index(name) for name in columns]
    names, index = _class_index(table, label_at, classes)
    places = Places(take_addresses=not labeled)
    folder = str(root or path.parent)

    def parse(row: list[str], source: str) -> VideoRecord:
        if len(row) != len(header):
            raise ValueError(_wrong_length(row, header, table.separator))
        row.append("")
        label = row[label_at]
        if label not in index:
            raise ValueError(_wrong_label(label, names))
        times = NO_SPAN
        if has_spans:
            times = span(*[row[at] for at in span_at], separator=table.separator)
        video = places.find(folder, row[path_at], must_exist=must_exist)
        extra = tuple([intern(row[at]) for at in extra_at]) if extra_at else ()
        pattern = (row[pattern_at] or None) if pattern_at is not None else None
        return VideoRecord(video, index[label], *times, source, extra, pattern)

    return Annotations(parse_rows(path, table.rows, parse), names, columns)


TABLE = AnnotationFormat(names_columns, read_csv)


def _class_index(
    table: Table, label_at: int, classes: Sequence[str] | None
) -> tuple[list[str], dict[str, int | None]]:
    """Returns the names of all classes, and the index of every label that is accepted."""
    labels = {row[label_at] for _, row in table.rows if len(row) > label_at} - {""}
    names = sorted(filter(is_whole_label, labels)) if classes is None else list(classes)
    index: dict[str, int | None] = {name: label for label, name in enumerate(names)}
    if not labels:
        index[""] = None
    return names, index


def _wrong_length(row: Sequence[str], header: Sequence[str], separator: str) -> str:
    hint = ""
    if len(row) > len(header) and separator == "," and set(header) & set(SPAN_COLUMNS):
        hint = "; numbers with decimal commas need quotes, or columns parted by semicolons"
    return f"has {len(row)} fields, the header {len(header)}{hint}"


def _wrong_label(label: str, names: Sequence[str]) -> str:
    if not label:
        return "no label"
    if label != label.strip():
        return f"label {label!r} begins or ends with a space"
    if not is_whole_label(label):
        return f"label {label!r} holds a character that ends lines or controls terminals"
    return unknown_class(label, names)


def _header_advice(header: Sequence[str], labeled: bool) -> str:
    if not header:
        return "the file is empty; its first line names the columns: path,label"
    others = ", ".join(PATH_COLUMNS[1:])
    label = " and label" if labeled else ""
    return (
        f"the first line must name the columns path (or {others}){label}; it is: {','.join(header)}"
    )


def to_csv(annotations: Annotations, *, root: Path | None = None) -> str:
    """Returns the text of a CSV for ``read_csv``, with paths relative to ``root``, or absolute.

    Columns of times and frames are there if a record has any.
    """
    folder = None if root is None else str(root.absolute()).rstrip(os.sep) + os.sep
    records = annotations.records
    optional = (*SPAN_COLUMNS[:4], "frame_pattern")
    said = {name for name in optional if any(getattr(r, name) is not None for r in records)}
    said |= {partner for name, partner, _ in PAIRS if name in said}
    spans = [name for name in optional if name in said]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "label", *spans, *annotations.columns])
    for record in records:
        path = str(Path(record.path).absolute())
        if folder is not None:
            path = Path(path.removeprefix(folder)).as_posix()
        label = "" if record.label is None else annotations.classes[record.label]
        writer.writerow([path, label, *(getattr(record, name) for name in spans), *record.extra])
    return text.getvalue()


def read_class_names(path: Path) -> list[str]:
    """Returns class names from a text file, one a line, or a JSON list.

    In a JSON list an entry may itself be a list of words (as in Diving48's vocabulary); they are
    joined with spaces. A JSON object gives names and their numbers, from 0.

    Raises:
        FileNotFoundError: If there is no such file.
        AnnotationError: If a line is empty or a name stands twice.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of class names")
    if path.suffix.lower() == ".json":
        names = _json_names(path)
    else:
        text = read_text(path).rstrip()
        names = [line.strip() for _, line in numbered_lines(text)] if text else []
    problems = [f"{path}:{n}: no class name" for n, name in enumerate(names, 1) if not name]
    problems += [
        f"{path}:{n}: {name!r} holds a character that ends lines or controls terminals"
        for n, name in enumerate(names, 1)
        if name and not is_whole_label(name)
    ]
    first = {name: line for line, name in reversed(list(enumerate(names, 1)))}
    problems += [
        f"{path}:{line}: {name!r} stands on line {first[name]} already"
        for line, name in enumerate(names, 1)
        if name and first[name] != line
    ]
    if problems or not names:
        raise AnnotationError("bad class names", problems or [f"{path}: no class names"])
    return names


def _json_names(path: Path) -> list[str]:
    content = read_json(path)
    if isinstance(content, dict):
        return read_label_numbers(path)
    if isinstance(content, list):
        names = [" ".join(map(str, e)) if isinstance(e, list) else e for e in content]
        if all(isinstance(name, str) for name in names):
            return names
    problem = f"{path}: expected a list of names, or an object from names to numbers"
    raise AnnotationError("bad class names", [problem])
