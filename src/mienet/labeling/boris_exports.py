"""What BORIS exports as tables: tabular events, a row a code, and aggregated events, a row a bout.

The columns changed from version 7 to 9, and the project's own variables stand among them under any
name, even ``Time``; so the columns before them are the first of their names and those behind them
the last. Version 7 writes a preamble above tabular events instead.
"""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import find_separator, header_line, split_fields
from mienet.labeling.boris_media import (
    MediaQueue,
    Row,
    add_part,
    add_rows,
    split_modifiers,
    video_of,
)
from mienet.labeling.spreadsheets import read_sheets
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading

NO_SUBJECT = "No focal subject"
NAMES = frozenset((
    *("observation id", "observation date", "description", "subject", "behavior", "time"),
    *("behavioral category", "behavior type", "start (s)", "stop (s)", "media file name"),
))  # fmt: skip
Numbered = tuple[int | str, list[str]]
"""A row's line, or in a spreadsheet its place in words, and its cells."""
CLOCK = re.compile(r"(-?)(\d+):([0-5]?\d):([0-5]?\d(?:[.,]\d+)?)")
"""A time that a spreadsheet, or BORIS' own display, writes as hh:mm:ss.ms."""
MODIFIER = re.compile(r"modifiers?( #?\d+)?")


def looks_like_export(name: str, start: str) -> bool:
    """Returns whether a file is a table that BORIS exported; see ``TimelineFormat``."""
    if name.endswith(".xlsx"):
        return True
    first = header_line(start)
    fields = [field.strip().lower() for field in split_fields(first, find_separator(first, NAMES))]
    return fields[:1] == ["observation id"] and (
        {"subject", "behavior"} <= set(fields) or re.search(r"media file|player", start, re.I)
        is not None
    )  # fmt: skip


def read_export(reading: Reading) -> None:
    """Adds the events of an export: CSV, TSV, or the sheets of a spreadsheet.

    Raises:
        AnnotationError: If a table is neither kind of export.
    """
    if reading.path.suffix.lower() == ".xlsx":
        for number, cells in enumerate(read_sheets(reading.path), start=1):
            numbered: list[Numbered] = [
                (f"sheet {number}, row {n}", row) for n, row in enumerate(cells, start=1)
            ]
            if any(any(row) for row in cells):
                _Export(reading, numbered, decimal_comma=True).read()
        return
    text = reading.text()
    separator = find_separator(header_line(text), NAMES)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[Numbered] = []
    for row in lines:
        rows.append((lines.line_num, row))
    _Export(reading, rows, decimal_comma=separator != ",").read()


class _Export:
    """One table: its preamble, its columns, and the rows below them."""

    def __init__(
        self,
        reading: Reading,
        rows: list[Numbered],
        *,
        decimal_comma: bool,
    ) -> None:
        self.reading = reading
        self.decimal_comma = decimal_comma
        names = [[cell.strip().lower() for cell in row] for _, row in rows]
        at = next((i for i, row in enumerate(names) if {"subject", "behavior"} <= set(row)), None)
        if at is None:
            problem = (
                f"{reading.path}: no table of BORIS: no row names Subject and Behavior; save a "
                "table of your own as 'CSV UTF-8', with the columns path and label, and for marks "
                "in whole recordings start_seconds and end_seconds"
            )
            raise AnnotationError("unknown table", [problem])
        self.header = names[at]
        places = list(enumerate(self.header))
        self._first_of = {name: place for place, name in reversed(places)}
        self._last_of = {name: place for place, name in places}
        self.preamble = [row for _, row in rows[:at]]
        self.rows = [(where, row) for where, row in rows[at + 1 :] if any(row)]
        self._named = self._named_files()

    def read(self) -> None:
        if "start (s)" in self.header and "stop (s)" in self.header:
            self._read_aggregated()
        elif "time" in self.header:
            self._read_tabular()
        else:
            what = "no columns of BORIS' events: neither Time, nor Start (s) and Stop (s)"
            raise AnnotationError("unknown table", [f"{self.reading.path}: {what}"])

    def _read_aggregated(self) -> None:
        for where, row in self.rows:
            source = self.reading.at(where)
            try:
                observation, queue, offset = self._media(row)
                start = self._time(row, "start (s)") - offset
                is_point = self._last(row, "behavior type").upper() == "POINT"
                stop = None if is_point else self._time(row, "stop (s)") - offset
            except ValueError as error:
                self.reading.problem(source, str(error))
                continue
            comment = self._last(row, "comment start") or self._last(row, "comment")
            bout = self._row(row, start, "POINT" if is_point else "START", comment, source)
            add_part(self.reading, observation, queue, bout, stop)

    def _read_tabular(self) -> None:
        found: dict[str, tuple[MediaQueue, list[Row]]] = {}
        has_type = "behavior type" in self.header
        for where, row in self.rows:
            source = self.reading.at(where)
            status = self._last(row, "behavior type" if has_type else "status").upper()
            try:
                observation, queue, offset = self._media(row)
                time = self._time(row, "time") - offset
                if status not in ("START", "STOP", "POINT"):
                    raise ValueError(f"is neither START, STOP nor POINT, but {status!r}")
            except ValueError as error:
                self.reading.problem(source, str(error))
                continue
            coded = self._row(row, time, status, self._last(row, "comment"), source)
            found.setdefault(observation, (queue, []))[1].append(coded)
        for observation, (queue, rows) in found.items():
            add_rows(self.reading, observation, queue, rows)

    def _row(self, row: list[str], time: Decimal, status: str, comment: str, source: str) -> Row:
        subject = self._last(row, "subject")
        return Row(
            time,
            "" if subject == NO_SUBJECT else subject,
            self._last(row, "behavior"),
            tuple(self._modifiers(row)),
            status,
            comment,
            source,
        )

    def _modifiers(self, row: list[str]) -> Iterator[str]:
        """Yields the modifiers, which stand right behind the behavior and its category."""
        at = self._last_of["behavior"]
        for place in range(at + 1, min(len(row), len(self.header))):
            if MODIFIER.fullmatch(self.header[place]):
                yield from split_modifiers(row[place])
            elif self.header[place] != "behavioral category":
                return

    def _media(self, row: list[str]) -> tuple[str, MediaQueue, Decimal]:
        """Returns the observation of a row, its files, and where its clock starts.

        The files' lengths and frame rates are told to their drafts on the way.
        """
        observation = self._first(row, "observation id") or self._said("observation id")
        offset = self._first(row, "time offset (s)") or self._said("time offset (s)")
        is_live = "live" in self._first(row, "observation type").lower()
        files = [] if is_live else self._files(row, observation)
        lengths = self._numbers(
            self._first(row, "media duration (s)") or self._first(row, "total length"), len(files)
        )
        if len(files) > 1 and None in lengths:
            lengths = [self.reading.length(file) for file in files]
        rates = self._numbers(
            self._first(row, "fps (frame/s)") or self._first(row, "fps"), len(files)
        )
        for file, length, rate in zip(files, lengths, rates, strict=True):
            draft = video_of(self.reading, file, observation)
            draft.duration_seconds = float(length) if length else draft.duration_seconds
            draft.fps = float(rate) if rate else draft.fps
        queue = MediaQueue(tuple(files), tuple(lengths))
        return observation, queue, self._number(offset) if offset else Decimal(0)

    def _said(self, name: str) -> str:
        """Returns what the preamble says of something, in the first line that does."""
        lines = (line for line in self.preamble if line and line[0].strip().lower() == name)
        return next((line[1].strip() for line in lines if len(line) > 1), "")

    def _files(self, row: list[str], observation: str) -> list[str]:
        """Returns the files of the first player, in the order in which they are played.

        Version 7 has no column Source; where an observation's rows name different files, these are
        a queue.
        """
        if source := self._first(row, "source"):
            return _of_first_player(source)
        listed = [
            cell.strip()
            for line in self.preamble
            if line and line[0].strip().lower() == "player #1"
            for cell in line[1:]
            if cell.strip()
        ]
        return listed or self._named.get(observation, [])

    def _named_files(self) -> dict[str, list[str]]:
        """Returns the files that an observation's rows name, in the order of time."""
        time = "start (s)" if "start (s)" in self.header else "time"
        found: dict[str, dict[str, Decimal]] = {}
        for _, row in self.rows:
            observation = self._first(row, "observation id") or self._said("observation id")
            cell = (
                self._first(row, "media file")
                or self._first(row, "media file path")
                or self._last(row, "media file name")
            )
            try:
                start = self._time(row, time)
            except ValueError:
                continue
            files = found.setdefault(observation, {})
            for file in _of_first_player(cell):
                files[file] = min(start, files.get(file, start))
        return {name: sorted(files, key=lambda f: files[f]) for name, files in found.items()}

    def _numbers(self, text: str, count: int) -> list[Decimal | None]:
        """Returns the numbers of the first player's files; None where they are not all there."""
        found = _of_first_player(text)
        if len(found) != count:
            return [None] * count
        try:
            return [self._number(number) for number in found]
        except ValueError:  # such as NA
            return [None] * count

    def _time(self, row: list[str], name: str) -> Decimal:
        """Returns the seconds of a column, written as such or as a clock shows them."""
        text = self._last(row, name)
        if match := CLOCK.fullmatch(text):
            sign, hours, minutes, seconds = match.groups()
            whole = int(hours) * 3600 + int(minutes) * 60
            return (whole + Decimal(seconds.replace(",", "."))) * (-1 if sign else 1)
        try:
            return self._number(text)
        except ValueError as error:
            what = f"{name.capitalize()!r} {error}; accepted are 1.25 and 0:00:01.25"
            raise ValueError(f"column {what}") from None

    def _number(self, text: str) -> Decimal:
        written = text.strip()
        if self.decimal_comma and written.count(",") == 1 and "." not in written:
            written = written.replace(",", ".")
        try:
            number = Decimal(written)
        except InvalidOperation:
            raise ValueError(f"is no number of seconds: {text!r}") from None
        if not number.is_finite():
            raise ValueError(f"has no time: {text!r}")
        return number

    def _first(self, row: list[str], name: str) -> str:
        """Returns the cell of a column that stands before the project's own variables."""
        at = self._first_of.get(name, len(row))
        return row[at].strip() if at < len(row) else ""

    def _last(self, row: list[str], name: str) -> str:
        """Returns the cell of a column that stands behind the project's own variables."""
        at = self._last_of.get(name, len(row))
        return row[at].strip() if at < len(row) else ""


def _of_first_player(text: str) -> list[str]:
    """Returns what is said of each file of the first player in ``player #1:a;b|player #2:c``."""
    first = re.sub(r"^\s*(?:player\s*)?#\d+\s*:\s*", "", text.split("|")[0], flags=re.I)
    return [part.strip() for part in first.split(";") if part.strip()]


EXPORT = TimelineFormat("a table exported by BORIS", looks_like_export, read_export)
