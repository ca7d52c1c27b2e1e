"""BORIS' observations: clocks that run over several files, and states coded by start and stop.

An observation's clock starts with its first file and goes on over those behind it in the same
player. A state has no end of its own: for one subject, behavior and set of modifiers, every second
row stops what the row before it started.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from mienet.labeling.timeline_reading import Reading, VideoDraft

CONFIDENCE = "confidence"
"""What a comment begins with that holds a prediction's confidence."""


@dataclass(frozen=True)
class Row:
    """One coded row.

    Attributes:
        time_seconds: On the observation's clock.
        subject: Who; empty for "No focal subject".
        label: The behavior.
        modifiers: One a set, as coded; "None" where none was chosen.
        status: START, STOP or POINT; empty for a state of which neither is written.
        comment: As written.
        source: Where it stands.
    """

    time_seconds: Decimal
    subject: str
    label: str
    modifiers: tuple[str, ...]
    status: str
    comment: str
    source: str


@dataclass(frozen=True)
class MediaQueue:
    """The files of an observation's first player, in the order in which they are played.

    Attributes:
        files: Their names as written; none for a live observation.
        lengths_seconds: How long each lasts; None where it is not written.
    """

    files: tuple[str, ...]
    lengths_seconds: tuple[Decimal | None, ...]

    def parts(
        self, start: Decimal, end: Decimal | None
    ) -> Iterator[tuple[str, Decimal, Decimal | None]]:
        """Yields the file, and start and end in it, of what lies between two times.

        What goes on over the end of a file is one part in each; an event, whose end is None, is in
        one file.

        Raises:
            ValueError: If lengths are needed and not known.
        """
        if len(self.files) < 2:
            yield (self.files[0] if self.files else ""), start, end
            return
        first = Decimal(0)
        for place, (file, length) in enumerate(zip(self.files, self.lengths_seconds, strict=True)):
            is_last = place == len(self.files) - 1
            if length is None and not is_last:
                raise ValueError(
                    f"{len(self.files)} files play one after the other, and how long {file} lasts "
                    "is not written; give the videos' folder, the project, or an export of BORIS 9"
                )
            border = Decimal("Infinity") if is_last or length is None else first + to_ms(length)
            if end is None:
                if start < border:
                    yield file, start - first, None
                    return
            elif start < border and end > first:
                yield file, max(start, first) - first, min(end, border) - first
            first = border


def to_ms(seconds: Decimal) -> Decimal:
    """Returns a length as BORIS adds it up: what is less than a millisecond is cut off."""
    return Decimal(seconds).quantize(Decimal("0.001"), ROUND_DOWN)


def split_modifiers(text: str) -> tuple[str, ...]:
    """Returns the modifiers of ``a|None|b``, one a set."""
    return tuple(map(str.strip, text.split("|"))) if text.strip() else ()


def add_rows(reading: Reading, observation: str, queue: MediaQueue, rows: Iterable[Row]) -> None:
    """Adds an observation's rows to its videos: points as events, pairs of states as intervals."""
    open_rows: dict[tuple[str, str, tuple[str, ...]], Row] = {}
    # Of rows at one time, what stops something comes before what starts it anew.
    for row in sorted(rows, key=lambda row: (row.time_seconds, row.status != "STOP")):
        key = row.subject, row.label, row.modifiers
        if row.status == "POINT":
            add_part(reading, observation, queue, row, None)
        elif row.status != "START" and key in open_rows:
            add_part(reading, observation, queue, open_rows.pop(key), row.time_seconds)
        elif row.status == "STOP":
            reading.problem(row.source, f"unpaired stop of {row.label!r}: nothing started it")
        else:
            if key in open_rows:
                _unpaired(reading, open_rows[key])
            open_rows[key] = row
    for row in open_rows.values():
        _unpaired(reading, row)


def _unpaired(reading: Reading, row: Row) -> None:
    who = f" of subject {row.subject!r}" if row.subject else ""
    reading.problem(
        row.source,
        f"unpaired start of {row.label!r}{who} at {row.time_seconds} s: nothing stops it "
        "(a stop must have the same subject and modifiers)",
    )


def add_part(
    reading: Reading, observation: str, queue: MediaQueue, row: Row, end: Decimal | None
) -> None:
    """Adds what a row starts to the video or videos in which it is; None for an event's end."""
    try:
        parts = list(queue.parts(row.time_seconds, end))
    except ValueError as error:
        reading.problem(row.source, str(error))
        return
    if not parts and end is not None:  # it ends before it starts
        parts = [(queue.files[0], row.time_seconds, end)]
    for file, start, stop in parts:
        video_of(reading, file, observation).add(
            row.label,
            start,
            stop,
            row.source,
            subject=row.subject,
            modifiers=[m for m in row.modifiers if m not in ("", "None")],
            confidence=_confidence(row.comment),
        )


def video_of(reading: Reading, file: str, observation: str) -> VideoDraft:
    """Returns the draft of a file in an observation."""
    return reading.video(
        file, observation=observation, source=reading.at(f"observation {observation!r}")
    )


def _confidence(comment: str) -> float | None:
    match = re.fullmatch(rf"{CONFIDENCE} ([01](?:\.\d+)?)", comment.strip())
    return float(match[1]) if match else None
