"""ELAN's tab-delimited text: any columns that were chosen, perhaps without a header.

Which columns are times shows in how they are written: ``00:00:01.800``, or ``1.8``, or ``1800``.
Numbers could be of any table: a header tells them by its units, which no language changes.
Begin, end and perhaps duration each have the same ones; a duration alone is told from an end by its
heading. Before them stand the tier and the
participant, behind them the annotation, or with a column for each tier the tiers.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import numbered_lines
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading

_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d[.,]\d{1,3})")
_SECONDS = re.compile(r"\d+[.,]\d+")
_MILLISECONDS = re.compile(r"\d+")
_FRAMES = re.compile(r"\d+:[0-5]\d:[0-5]\d:\d\d")
FORMS = (_CLOCK, _SECONDS, _MILLISECONDS)
"""How times are written; where there are several, the first is read."""
_HEADING = re.compile(r".* - (?:hh:mm:ss\.ms|ss\.msec|msec)")
"""A column of times in a header, whose first words are of the program's language."""
_DURATION = re.compile("dur|dauer|duur|varaktig|продолж|длит|持|时长|時長", re.IGNORECASE)
"""What is in the heading of durations, in the languages that ELAN speaks."""
MOST_LINES = 50
"""Of the beginning, by which a file is recognized."""

Row = tuple[int, list[str]]


def looks_like_elan_table(name: str, start: str) -> bool:
    """Returns whether a tab-delimited text has a begin and an end, by its header or its times."""
    lines = [line.split("\t") for _, line in numbered_lines(start[: start.rfind("\n")])]
    rows = [row for row in lines[:MOST_LINES] if len(row) > 2 and not row[0].startswith("#")]
    if rows and sum(_HEADING.fullmatch(cell.strip()) is not None for cell in rows[0]) >= 2:
        return True
    timed = [row for row in rows if sum(map(_is_clock, row)) >= 2]
    return len(timed) > 0 and len(timed) >= len(rows) - 1


def _is_clock(text: str) -> bool:
    return _CLOCK.fullmatch(text.strip()) is not None


def read_elan_table(reading: Reading) -> None:
    """Adds the annotations of a table to the media file that it names, or that is called as it is.

    Raises:
        AnnotationError: If no two columns are times.
    """
    name = reading.path.stem
    rows: list[Row] = []
    for number, line in numbered_lines(reading.text()):
        if line.startswith("#"):
            name = re.sub(r"\s+--\s+offset:.*", "", line.lstrip("#").strip()) or name
        elif line.strip():
            rows.append((number, [cell.strip() for cell in line.split("\t")]))
    video = reading.video(name)
    header = rows[0][1] if rows and not any(map(_is_clock, rows[0][1])) else None
    rows = rows[1:] if header is not None else rows
    begin, end, behind = _time_columns(reading, rows, header or [])
    per_tier = header is not None and begin == 0
    for number, row in rows:
        source = reading.at(number)
        times = [_seconds(row[column]) if column < len(row) else None for column in (begin, end)]
        if times[0] is None or times[1] is None:
            reading.problem(source, "begin or end is no time")
            continue
        cells = [(place, cell) for place, cell in enumerate(row[behind:], behind) if cell]
        for place, cell in cells:
            named = row[0] if begin else ""
            tier = header[place] if per_tier and header and place < len(header) else named
            subject = row[1] if begin > 1 else ""
            video.add(cell, times[0], times[1], source, subject=subject, tier=tier)
        if not cells:
            tier = row[0] if begin else ""
            video.add(tier, times[0], times[1], source, tier=tier)


def _time_columns(
    reading: Reading, rows: Sequence[Row], header: Sequence[str]
) -> tuple[int, int, int]:
    """Returns the columns of begin and end in one form, and the first column behind all times."""
    width = min((len(row) for _, row in rows), default=0)
    kinds = [
        next(
            (
                form
                for form in (*FORMS, _FRAMES)
                if all(form.fullmatch(row[column]) for _, row in rows)
            ),
            None,
        )
        for column in range(width)
    ]
    for form in FORMS:
        columns = [column for column, kind in enumerate(kinds) if kind is form]
        if len(columns) >= 2:
            headings = [header[column] for column in columns[:2] if column < len(header)]
            if durations := [name for name in headings if _DURATION.search(name)]:
                problem = (
                    f"{reading.path}: {durations[0]!r} stands where the end is expected; export "
                    "begin and end time from ELAN"
                )
                raise AnnotationError("no begin and end", [problem])
            if not header and len(columns) == 2:
                reading.note("without a heading; its two columns of times count as begin and end")
            timed = [column for column, kind in enumerate(kinds) if kind is not None]
            return columns[0], columns[1], timed[-1] + 1
    problem = f"{reading.path}: no two columns are times, hh:mm:ss.ms, seconds or milliseconds"
    raise AnnotationError("unknown table", [problem])


def _seconds(text: str) -> Decimal | None:
    if match := _CLOCK.fullmatch(text):
        seconds = Decimal(match[3].replace(",", "."))
        return int(match[1]) * 3600 + int(match[2]) * 60 + seconds
    if _SECONDS.fullmatch(text):
        return Decimal(text.replace(",", "."))
    return Decimal(text) / 1000 if _MILLISECONDS.fullmatch(text) else None


ELAN_TABLE = TimelineFormat("a table exported by ELAN", looks_like_elan_table, read_elan_table)
