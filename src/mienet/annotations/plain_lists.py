"""Lists without a header: ``path label`` and ``path num_frames label``.

TSN, TSM and the MIE-Net authors write ``frames/a 60 1``, mmaction2 and SlowFast ``a.mp4 1``, others
``a.mp4,jump``. Which of these a list is shows in its first line; the other lines must be like it.
"""

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from mienet.annotations.fields import frame_count, label_index, unknown_class, whole_number
from mienet.annotations.formats import AnnotationFormat
from mienet.annotations.json_lists import refuse_json
from mienet.annotations.records import (
    AnnotationError,
    Annotations,
    VideoRecord,
    parse_rows,
    uncollected,
)
from mienet.annotations.spelling import Places
from mienet.annotations.tables import STRAY_QUOTE, has_whole_quotes, read_lines, split_fields
from mienet.video.endings import VIDEO, kind_of


class Row(NamedTuple):
    """What one line says; without labels the label is empty."""

    name: str
    num_frames: int | None
    label: str


@dataclass(frozen=True)
class Form:
    """How the lines of a list are written.

    Attributes:
        separator: A space, which stands for any white space, or a comma, semicolon or tab.
        fields: 3 with a number of frames, 2 without, 1 for paths alone.
        numbers: Whether labels are numbers, which count from 0, and not names.
    """

    separator: str = " "
    fields: int = 3
    numbers: bool = True

    def __str__(self) -> str:
        names = {1: ("path",), 2: ("path", "label"), 3: ("path", "num_frames", "label")}
        return self.separator.join(names[self.fields])

    def split(self, line: str) -> list[str]:
        """Returns the fields of a line, however many; white space in a path is no separator.

        Raises:
            ValueError: If quotes are not closed.
        """
        if '"' in line and not has_whole_quotes(" ".join(line.split()), self.separator):
            raise ValueError(STRAY_QUOTE)
        if self.separator != " ":
            return [field.strip() for field in split_fields(line, self.separator)]
        if '"' not in line:
            return [field.strip() for field in line.rsplit(None, self.fields - 1)]
        fields = next(csv.reader([" ".join(line.split())], delimiter=" "))
        first = len(fields) - self.fields + 1
        return [" ".join(fields[:first]), *fields[first:]] if first > 0 else fields

    def row(self, line: str) -> Row:
        """Returns what a line says.

        Raises:
            ValueError: If it is not of this form.
        """
        fields = self.split(line)
        if len(fields) != self.fields or not all(fields):
            raise ValueError(f"expected '{self}', got {line.strip()!r}")
        frames = frame_count(fields[1]) if self.fields == 3 else None
        return Row(fields[0], frames, fields[-1] if self.fields > 1 else "")


def find_form(
    lines: Iterable[str], is_there: Callable[[str], bool], *, labeled: bool = True
) -> Form:
    """Returns the form of a list by its first line that is of any.

    Of several forms that fit, the one is taken whose path is there; else the first of them.

    Args:
        lines: The list's lines.
        is_there: Whether there is a video of a name.
        labeled: Whether a list of paths alone is not accepted.
    """
    for line in lines:
        if fitting := [form for form in _forms(line, labeled) if _fits(form, line)]:
            form = next((form for form in fitting if is_there(form.row(line).name)), fitting[0])
            return replace(form, numbers=_is_number(form.row(line).label))
    return Form()


def _forms(line: str, labeled: bool) -> Iterator[Form]:
    alone = [] if labeled else [Form(fields=1)]
    is_path = kind_of(line.rstrip()) == VIDEO  # and so its last word is no label
    yield from alone if is_path else []
    for separator in (" ", "\t", ";", ","):
        if separator == " " or separator in line:
            yield from (Form(separator, fields) for fields in (3, 2))
    yield from alone if not is_path else []


def _fits(form: Form, line: str) -> bool:
    try:
        return bool(form.row(line))
    except ValueError:
        return False


def _is_number(text: str) -> bool:
    try:
        whole_number(text, "")
    except ValueError:
        return False
    return True


@uncollected()
def read_list(
    path: Path,
    *,
    root: Path | None = None,
    classes: Sequence[str] | None = None,
    must_exist: bool = True,
    labeled: bool = True,
) -> Annotations:
    """Returns the rows of a list without a header: a path, perhaps frames, and a label.

    Labels are numbers, which count from 0, or names. Paths are relative to ``root`` and may hold
    spaces. Fields are parted by spaces, tabs, commas or semicolons, and may be quoted.

    Args:
        path: The list.
        root: Folder that its paths start from; None is the list's own.
        classes: Names of all classes by index; None takes those of the list.
        must_exist: Whether a row whose video is not there is a bad row.
        labeled: Whether every row needs a label; otherwise labels are not read.

    Raises:
        AnnotationError: With every bad row: another form than the first, missing file or folder,
            zero frames, label out of range or unknown, or labels that count from 1.
    """
    folder, places = str(root or path.parent), Places(take_addresses=not labeled)
    lines = list(read_lines(path))
    refuse_json(path, lines[0][1] if lines else "")

    def is_there(name: str) -> bool:
        return places.same(os.path.join(folder, name)) is not None  # noqa: PTH118

    form = find_form((line for _, line in lines), is_there, labeled=labeled)
    if labeled and lines and _is_header(form, lines[0][1], is_there):
        raise AnnotationError("bad header", [f"{path}:{lines[0][0]}: {HEADER_ADVICE}"])
    names = list(classes) if classes is not None else _names(form, lines)
    index = {name: label for label, name in enumerate(names)}

    def parse(line: str, source: str) -> VideoRecord:
        row = form.row(line)
        label = None
        if labeled and form.numbers:
            label = label_index(row.label, None if classes is None else len(names))
        elif labeled:
            if row.label not in index:
                raise ValueError(unknown_class(row.label, names))
            label = index[row.label]
        video = places.find(folder, row.name, must_exist=must_exist)
        return VideoRecord(video, label, end_frame=row.num_frames, source=source)

    records = parse_rows(path, lines, parse)
    if labeled and form.numbers and classes is None:
        names = number_names(records)
    return Annotations(records, names if labeled else [])


LIST = AnnotationFormat(lambda name, start: True, read_list)

HEADER_ADVICE = (
    "there is no such video; if this line names the columns, call them path and label, and perhaps "
    "start_seconds, end_seconds"
)


def _is_header(form: Form, line: str, is_there: Callable[[str], bool]) -> bool:
    if _fits(form, line):
        if form.numbers:
            return False
        name = form.row(line).name
    else:  # a table of more columns
        name = re.split(r"[;,\t]", line)[0]
        if name == line:
            return False
    return "." not in name and "/" not in name and not is_there(name)


def _names(form: Form, lines: Sequence[tuple[int, str]]) -> list[str]:
    """Returns the classes of a list whose labels are names."""
    if form.numbers:
        return []
    found = set()
    for _, line in lines:
        try:
            found.add(form.row(line).label)
        except ValueError:  # reported with its line when the rows are parsed
            continue
    return sorted(found)


def number_names(records: Sequence[VideoRecord]) -> list[str]:
    """Returns the numbers up to the largest label, as names of classes that have no others.

    Raises:
        AnnotationError: If the labels are 1, 2, ... without 0, and so count from 1.
    """
    labels = {record.label for record in records if record.label is not None}
    most = max(labels, default=-1)
    if len(labels) > 1 and labels == set(range(1, most + 1)):
        source = next(record.source for record in records if record.label == 1)
        problem = (
            f"{source}: the labels are 1 to {most}, and none is 0: labels count from 0, so "
            "subtract 1 from each; if class 0 just has no clips, give the classes' names in a file"
        )
        raise AnnotationError("labels that count from 1", [problem])
    return [str(number) for number in range(most + 1)]
