"""Columns that tell the times of a clip, and those that were meant to and have another name.

A column of another name is kept as it is, and the clip would be the whole video: so a list whose
columns look like times and are none of those that are read is refused.
"""

import re
from collections.abc import Iterator, Sequence

from mienet.annotations.tables import Table

START_COLUMNS = ("start_seconds", "start_frame")
END_COLUMNS = ("end_seconds", "end_frame", "num_frames")

PAIRS = (
    ("start_seconds", "end_seconds", "the video's end for a clip, and an event in a recording"),
    ("end_seconds", "start_seconds", "the video's start"),
    ("start_frame", "end_frame", "the video's end"),
)
"""Columns that need another one, and what an empty field of it says.

``end_frame`` needs none: lists of folders of frames have it for the number of frames.
"""

ACCEPTED = (
    "times are read from start_seconds and end_seconds (1.5 or 0:00:01.5), or from start_frame and "
    "end_frame (counted from 0)"
)

MOST_LETTERS = 40
"""Of a column's name; a longer one would take long to compare, and is no time's."""

_STARTS = "start|begin|beginning|onset|from"
_ENDS = "end|ending|stop|finish|offset|to|until"
_BESIDE = (
    "time|times|timestamp|point|position|clip|segment|interval|action|event|mark|label|t|in|at|"
    "s|sec|secs|second|seconds|ms|msec|msecs|millisecond|milliseconds|frame|frames"
)
"""What may stand beside these words: units, and what it is that starts and ends."""
_START, _END = (
    re.compile(f"(?:{_BESIDE})*(?:{words})(?:{_BESIDE})*") for words in (_STARTS, _ENDS)
)
_TIME = re.compile(r"\d[\d.,:]*\s*(?:s|sec|seconds|ms)?")


def find_like_times(header: Sequence[str]) -> list[str]:
    """Returns the columns that look like a start or an end for which no accepted one is there."""
    known = {name.strip().lower() for name in header}
    found = []
    for name in header:
        text = re.sub(r"[\W_]", "", name.lower())[:MOST_LETTERS]
        is_start = known.isdisjoint(START_COLUMNS) and _START.fullmatch(text)
        if is_start or (known.isdisjoint(END_COLUMNS) and _END.fullmatch(text)):
            found.append(name)
    return found


def rename_advice(names: Sequence[str]) -> str:
    """Returns what to say of columns that look like times."""
    named = ", ".join(map(repr, names))
    if len(names) == 1:
        return f"column {named} is not used: {ACCEPTED}; rename it"
    return f"columns {named} are not used: {ACCEPTED}; rename them"


def time_column_problems(table: Table) -> Iterator[str]:
    """Yields what is wrong with the columns of a list of clips that tell times.

    A column whose fields are no times, such as dates, is none of them whatever its name.
    """
    named = find_like_times(table.header)
    if like := [name for name in named if _holds_times(table, table.header.index(name))]:
        yield f"{rename_advice(like)}, or, where no clip starts or ends there, give another name"
    known = {name.lower() for name in table.header}
    for there, partner, meaning in PAIRS:
        if not like and there in known and partner not in known:
            yield f"{there} without {partner}: add the column; an empty field is {meaning}"


def _holds_times(table: Table, at: int) -> bool:
    values = [row[at].strip() for _, row in table.rows if len(row) > at and row[at].strip()]
    return bool(values) and all(map(_TIME.fullmatch, values))
