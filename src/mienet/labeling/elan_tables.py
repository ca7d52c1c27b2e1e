"""ELAN's tab-delimited text: any columns that were chosen, perhaps without a header.

Begin, end and perhaps duration are each written in one form or several: ``00:00:01.800``, ``1.8``,
``1800``, and a timecode that counts frames. A header tells them by its units, which no language
changes. Without one they are told by how they are written: clocks, or seconds that stand beside
their milliseconds, as plain numbers could be of any table. Before them stand the tier and the
participant, behind them the annotation, or with a column for each tier the tiers, and behind these
what the controlled vocabulary says of labels, which is no label. ELAN writes no other column before
the times. What is not used, in either place, is noted.
Above rows there may be lines in quotes that begin with # and name their document and its media.
"""

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import EXCELS_LINE, find_separator, numbered_lines, split_fields
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading
from mienet.labeling.video_names import base_name, stem

UNITS = {
    "hh:mm:ss.ms": re.compile(r"(\d+):([0-5]\d):([0-5]\d[.,]\d{1,3})"),
    "ss.msec": re.compile(r"()()(\d+(?:[.,]\d+)?)"),
    "msec": re.compile(r"()()(\d+)"),
}
"""How times are written; where there are several, the first is read."""
_TIMECODE = re.compile(r"\d+:[0-5]\d:[0-5]\d:\d\d")
_HEADING = re.compile(r".* - (hh:mm:ss\.ms|ss\.msec|msec|hh:mm:ss:ff.*)")
"""A column of times in a header, whose first words are of the program's language."""
_DURATION = re.compile("dur|dauer|duur|varaktig|продолж|длит|持|时长|時長", re.IGNORECASE)
"""What is in the heading of durations, in the languages that ELAN speaks."""
_DESCRIPTION = frozenset((
    *("description", "descripció", "beschreibung", "descripción", "descrição", "omschrijving"),
    *("описание", "beskrivning", "管理語の説明", "설명", "描述"),
))  # fmt: skip
"""Headings of what a vocabulary says of labels, in the languages that ELAN speaks."""
_DOCUMENT = ".eaf"
"""Ending of the document that a row is of, where several were exported at once."""
_OFFSET = re.compile(r"(.*?)\s+--\s+offset:\s*(-?\d*)\s*")
"""A media file, and by how many milliseconds it starts before the document."""
MOST_LINES = 50
"""Of the beginning, by which a file is recognized."""

Row = tuple[int, list[str]]


class _Columns(NamedTuple):
    """Where begin and end stand, in which unit, and the first column behind all times.

    ``is_proven`` is whether a duration shows that the end is one.
    """

    begin: int
    end: int
    unit: str
    behind: int
    is_proven: bool = True


def looks_like_elan_table(name: str, start: str) -> bool:
    """Returns whether a tab-delimited text has a begin and an end, by its header or its times."""
    lines = [line for _, line in numbered_lines(start[: start.rfind("\n")])]
    lines = [line for line in lines[:MOST_LINES] if _is_row(line)]
    separator = _separator(lines)
    if lines and _is_header(_cells(lines[0], separator)):
        return True
    if separator != "\t":  # a table of anything may have two clocks in a row
        return False
    rows = [row for row in (_cells(line, separator) for line in lines) if len(row) > 2]
    timed = [row for row in rows if len(_told_times(row)) >= 2]
    return len(timed) > 0 and len(timed) >= len(rows) - 1


def _head(line: str) -> str:
    """Returns what a line names that is above rows: their document, or a media file of it."""
    plain = line.strip().strip('"')
    if re.search(r'[\t"]|\d:\d\d:\d\d', plain):  # a row, perhaps of a tier called "#1"
        return ""
    if plain.startswith("#"):
        return plain[1:].strip()
    is_document = plain.lower().endswith(_DOCUMENT) and not re.search("[,;]", plain)
    return plain if is_document else ""


def _is_row(line: str) -> bool:
    return bool(line.strip()) and not _head(line) and not EXCELS_LINE.fullmatch(line)


def _separator(lines: Sequence[str]) -> str:
    """Returns ELAN's tab, or what a spreadsheet put in its place."""
    return "\t" if not lines or "\t" in lines[0] else find_separator(lines[0])


def _cells(line: str, separator: str) -> list[str]:
    # ELAN writes quotes as they are, spreadsheets around what has a separator in it.
    cells = line.split(separator) if separator == "\t" else split_fields(line, separator)
    return [cell.strip() for cell in cells]


def _is_header(row: Sequence[str]) -> bool:
    return sum(_HEADING.fullmatch(cell) is not None for cell in row) >= 2


def _told_times(row: Sequence[str]) -> list[int]:
    """Returns the places of a row's times: its clocks, or its seconds beside milliseconds."""
    clocks = [p for p, cell in enumerate(row) if _seconds(cell, "hh:mm:ss.ms") is not None]
    return clocks or [
        place
        for place, (cell, after) in enumerate(pairwise(row))
        if not cell.isdigit()
        and (seconds := _seconds(cell, "ss.msec")) is not None
        and seconds == _seconds(after, "msec")
    ]


def read_elan_table(reading: Reading) -> None:
    """Adds the annotations of a table to the media file that it names, or that is called as it is.

    Rows that name documents, or are below one, are of the videos that are called as these.

    Raises:
        AnnotationError: If no two columns are times.
    """
    name = reading.path.stem
    lines = list(numbered_lines(reading.text()))
    told = [(number, line) for number, line in lines if _is_row(line)]
    separator = _separator([line for _, line in told])
    rows: list[Row] = [(number, _cells(line, separator)) for number, line in told]
    header = rows.pop(0)[1] if rows and not _told_times(rows[0][1]) else []
    columns = _named_columns(header) if _is_header(header) else _told_columns(rows)
    if columns is None:
        problem = f"{reading.path}: no two columns are times, hh:mm:ss.ms, seconds or milliseconds"
        raise AnnotationError("unknown table", [problem])
    headings = [header[column] for column in columns[:2] if column < len(header)]
    if durations := [heading for heading in headings if _DURATION.search(heading)]:
        problem = (
            f"{reading.path}: {durations[0]!r} stands where the end is expected; export "
            "begin and end time from ELAN"
        )
        raise AnnotationError("no begin and end", [problem])
    if not header and not columns.is_proven:
        reading.note("without a heading; its two columns of times count as begin and end")
    descriptions = _descriptions(rows, header, columns.behind)
    for place in sorted(descriptions):
        reading.note(
            f"column {_named_column(place, header)} is not used: beside labels it is what ELAN's "
            "vocabulary says of them; if it is a tier, write another name above it"
        )
    heads: list[str] = []
    of_line = {
        number: ["" if place in descriptions else cell for place, cell in enumerate(row)]
        for number, row in rows
    }
    for number, line in lines:
        if head := _head(line):
            heads.append(head)
        elif number in of_line:
            name, heads = _named_video(reading, heads) if heads else name, []
            _read_row(reading, number, of_line[number], columns, header, name)
    if not rows:
        reading.video(_named_video(reading, heads) if heads else name)


def _named_video(reading: Reading, heads: Sequence[str]) -> str:
    """Returns the video of the rows below lines that name media, or else their document."""
    media = {match[1]: match[2] for head in heads if (match := _OFFSET.fullmatch(head))}
    if not media:
        documents = [head for head in heads if head.lower().endswith(_DOCUMENT)]
        return base_name(documents[0])[: -len(_DOCUMENT)] if documents else heads[0]
    videos = [name for name in media if stem(name) != name] or list(media)
    there = [name for name in videos if reading.is_there(name)]
    first = (there or videos)[0]
    if len(media) > 1:
        which = f"of {len(there)} that are there" if there else "video"
        reading.note(f"{len(media)} media files of one session; the first {which} counts: {first}")
    if media[first].strip("-0"):
        reading.note(
            f"{first} has an offset of {media[first]} ms; the times are taken as they are written, "
            "which is right if ELAN was told to add the offset of the media when it exported them"
        )
    return first


def _read_row(
    reading: Reading, number: int, row: list[str], columns: _Columns, header: list[str], name: str
) -> None:
    source = reading.at(number)
    documents = [cell for cell in row if cell.lower().endswith(_DOCUMENT)]
    video = reading.video(base_name(documents[0])[: -len(_DOCUMENT)] if documents else name)
    start, end = (
        _seconds(row[column], columns.unit) if column < len(row) else None for column in columns[:2]
    )
    if start is None or end is None:
        reading.problem(source, "begin or end is no time")
        return
    before = [place for place in range(columns.begin) if row[place] not in documents]
    tier, subject = (*(row[place] for place in before), "", "")[:2]
    for place in before[2:]:
        reading.note(
            f"column {_named_column(place, header)} is not used: of those before the times the "
            "first is the tier and the second the participant"
        )
    labels = _filled(row, columns.behind)
    for place in labels:
        above = _heading(place, header)
        video.add(row[place], start, end, source, subject=subject, tier=tier or above)
    if not labels:
        video.add(tier, start, end, source, subject=subject, tier=tier)


def _filled(row: Sequence[str], behind: int) -> list[int]:
    """Returns the places behind the times in which something stands that is no document."""
    places = range(behind, len(row))
    return [p for p in places if row[p] and not row[p].lower().endswith(_DOCUMENT)]


def _heading(place: int, header: Sequence[str]) -> str:
    return header[place] if place < len(header) else ""


def _named_column(place: int, header: Sequence[str]) -> str:
    heading = _heading(place, header)
    return f"{place + 1} ({heading})" if heading else f"{place + 1}"


def _descriptions(rows: Sequence[Row], header: Sequence[str], behind: int) -> set[int]:
    """Returns the places of what a vocabulary says of labels: behind some in each of their rows.

    ELAN writes one such column, behind all others. It has a heading where the tiers have some.
    """
    filled = [places for _, row in rows if (places := _filled(row, behind))]
    first = {places[0] for places in filled}
    return {
        place
        for places in filled
        for place in places[1:]
        if place not in first and _heading(place, header).lower() in {"", *_DESCRIPTION}
    }


def _named_columns(header: Sequence[str]) -> _Columns | None:
    """Returns the columns of times by their headings; None if no two are of one unit."""
    headings = [(place, _HEADING.fullmatch(cell)) for place, cell in enumerate(header)]
    units = {place: match[1] for place, match in headings if match}
    for unit in UNITS:
        columns = [place for place in units if units[place] == unit]
        if len(columns) >= 2:
            return _Columns(columns[0], columns[1], unit, max(units) + 1)
    return None


def _told_columns(rows: Sequence[Row]) -> _Columns | None:
    """Returns the columns that are times in most rows, as they are written; None without two.

    What stands behind the end and says in every row the same again, or the duration, is a time,
    too; anything else is a label, though it be a number.
    """
    counts = Counter(place for _, row in rows for place in _told_times(row))
    columns = sorted(place for place, count in counts.items() if 2 * count > len(rows))
    if len(columns) < 2:
        return None
    begin, end = columns[:2]
    timed = [row for _, row in rows if {begin, end} <= set(_told_times(row))]
    unit = next(unit for unit in UNITS if _seconds(timed[0][begin], unit) is not None)
    starts, ends = (
        [_seconds(row[column], unit) or Decimal(0) for row in timed] for column in (begin, end)
    )
    durations = [stop - start for start, stop in zip(starts, ends, strict=True)]
    behind, is_proven = end + 1, False
    while behind < min(map(len, timed)):
        cells = [row[behind] for row in timed]
        is_duration = _say(cells, durations)
        if not (is_duration or _say(cells, starts) or _say(cells, ends)):
            break
        behind, is_proven = behind + 1, is_proven or is_duration
    return _Columns(begin, end, unit, behind, is_proven)


def _say(cells: Sequence[str], seconds: Sequence[Decimal]) -> bool:
    """Returns whether the cells of a column are these times, in one unit, or timecodes."""
    return all(map(_TIMECODE.fullmatch, cells)) or any(
        [_seconds(cell, unit) for cell in cells] == seconds for unit in UNITS
    )


def _seconds(text: str, unit: str) -> Decimal | None:
    """Returns a time of a unit in seconds; None if it is none."""
    match = UNITS[unit].fullmatch(text)
    if match is None:
        return None
    seconds = (
        int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + Decimal(match[3].replace(",", "."))
    )
    return seconds / 1000 if unit == "msec" else seconds


ELAN_TABLE = TimelineFormat("a table exported by ELAN", looks_like_elan_table, read_elan_table)
