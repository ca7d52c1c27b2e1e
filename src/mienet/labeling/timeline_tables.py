"""Annotated videos in a table of one's own, a row an interval or event, and in JSON.

    path,label,start_seconds,end_seconds,subject
    jump_1.mp4,flight,1.20,1.64,Ann
    jump_1.mp4,landing,1.64,,Ann

An empty end is an event. A row with a path alone is a video in which nothing happens. The columns
behind ``end_seconds`` may be missing. Frames, counted from 0, may take the place of seconds:
``start_frame`` and ``end_frame``, which is the first one after it. Of a video with ``capture_fps``,
which a camera took at that many frames per second, the seconds are those of reality. ``split`` says
which videos are for training, validation and test. ``modifiers`` has | between them; where one of
them holds a |, they are a list as in JSON: ``["left|right", "fast"]``.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mienet.annotations.fields import decimal, span
from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import find_separator, header_line, read_table, split_fields
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading
from mienet.labeling.timelines import AnnotatedVideo, Interval, Mark, in_order, start_of, to_dict

PATH_COLUMNS = ("path", "file", "filename", "video")
REQUIRED = ("label", "start_seconds", "end_seconds")
FRAMES = ("start_frame", "end_frame")
OF_VIDEOS = ("observation", "capture_fps", "split")
COLUMNS = (*REQUIRED, "subject", "tier", "annotator", *OF_VIDEOS, "modifiers", "confidence")
KNOWN = frozenset((*PATH_COLUMNS, *COLUMNS, *FRAMES))


def looks_like_table(name: str, start: str) -> bool:
    """Returns whether a table's header names a path and all required columns."""
    first = header_line(start)
    names = {field.strip().lower() for field in split_fields(first, find_separator(first, KNOWN))}
    has_times = {"start_seconds", "end_seconds"} <= names or set(FRAMES) <= names
    return has_times and "label" in names and not names.isdisjoint(PATH_COLUMNS)


def read_timeline_table(reading: Reading) -> None:
    """Adds the rows of a table."""
    table = read_table(reading.path, KNOWN)
    header = [name.lower() for name in table.header]
    path_column = next(name for name in PATH_COLUMNS if name in header)
    if unused := _unused(table.header, path_column):
        reading.note(f"columns that are not used: {', '.join(unused)}")
    for source, fields in reading.rows(table):
        video = reading.video(
            fields[path_column], observation=fields.get("observation", ""), source=source
        )
        video.add_split(fields.get("split"))
        if (rate := fields.get("capture_fps")) and not video.set_capture_fps(rate, source):
            continue
        if not any(fields.get(name) for name in (*COLUMNS, *FRAMES) if name not in OF_VIDEOS):
            continue
        fps = video.capture_fps
        if fps is None and any(map(fields.get, FRAMES)) and (fps := reading.rate(video)) is None:
            continue
        try:
            start, end = _times(fields, fps, table.separator)
            said = fields.get("confidence")
            confidence = decimal(said, "confidence") if said else None
        except ValueError as error:
            reading.problem(source, str(error))
            continue
        video.add(
            fields["label"],
            start,
            end,
            source,
            subject=fields.get("subject", ""),
            tier=fields.get("tier", ""),
            annotator=fields.get("annotator", ""),
            modifiers=_modifiers(fields.get("modifiers", "")),
            confidence=confidence,
        )


def _unused(header: Sequence[str], path_column: str) -> list[str]:
    """Returns the columns of a table that say nothing here."""
    used = {path_column, *COLUMNS, *FRAMES}
    return [name for name in header if name and name.lower() not in used]


def _modifiers(text: str) -> list[str]:
    """Returns the modifiers of a row: a list as in JSON, or what is between each |."""
    if text.startswith('["'):
        with suppress(ValueError):
            listed = json.loads(text)
            if all(isinstance(one, str) for one in listed):
                return listed
    return [one for one in text.split("|") if one]


def _modifiers_text(modifiers: Sequence[str]) -> str:
    """Returns what ``_modifiers`` reads."""
    said = [one for one in modifiers if one]
    plain = "|".join(said)
    return plain if _modifiers(plain) == said else json.dumps(said, ensure_ascii=False)


def _times(
    fields: Mapping[str, str], fps: float | None, separator: str
) -> tuple[float, float | None]:
    """Returns the start and the end of a row in seconds; the end of an event is None."""
    said = [fields.get(name, "") for name in (*REQUIRED[1:], *FRAMES)]
    # One at a time, as what ends before it starts is told later, in the words for all formats.
    start, _, first, _ = span(said[0], "", said[2], "", "", separator=separator)
    _, end, _, last = span("", said[1], "", said[3], "", separator=separator)
    if fps is not None:
        start = start if first is None else first / fps
        end = end if last is None else last / fps
    if start is None:
        raise ValueError("says no start; write 0 for the video's beginning")
    return start, end


def write_timeline_table(videos: Sequence[AnnotatedVideo]) -> dict[str, str]:
    """Returns a table with the columns that say something, and a row for every mark.

    Raises:
        ValueError: If a text holds a line break.
    """
    rows: list[dict[str, Any]] = []
    for video in videos:
        named = {name: getattr(video, name) for name in OF_VIDEOS}
        named["path"] = video.path or video.name
        marks = in_order(video)
        rows += [] if marks else [named]
        for mark in marks:
            end = mark.end_seconds if isinstance(mark, Interval) else ""
            _require_one_line(video.name, mark)
            values = vars(mark) | {"modifiers": _modifiers_text(mark.modifiers)}
            rows.append(named | values | {"start_seconds": start_of(mark), "end_seconds": end})
    optional = [name for name in COLUMNS if name not in REQUIRED]
    said = [name for name in optional if any(row.get(name) not in (None, "") for row in rows)]
    text = io.StringIO()
    writer = csv.DictWriter(
        text, ["path", *REQUIRED, *said], extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return {"annotations.csv": text.getvalue()}


def _require_one_line(video: str, mark: Mark) -> None:
    texts = (mark.label, mark.subject, mark.tier, mark.annotator, *mark.modifiers)
    if broken := [text for text in texts if "\n" in text or "\r" in text]:
        raise ValueError(
            f"{video}: {broken[0]!r} holds a line break, which a row of a table cannot; rename it"
        )


def looks_like_json(name: str, start: str) -> bool:
    """Returns whether a file is the JSON that is written here."""
    return start.lstrip().startswith("[") and all(
        f'"{key}"' in start for key in ("path", "intervals", "events")
    )


def read_timeline_json(reading: Reading) -> None:
    """Adds the videos of a list such as ``to_dict`` gives."""
    content = reading.json()
    for place, entry in enumerate(content, start=1):
        where = f"video {place}"
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
            raise AnnotationError("bad JSON", [reading.at(f"{where}: no object with a path")])
        draft = reading.video(
            entry["path"], observation=entry.get("observation", ""), source=reading.at(where)
        )
        draft.fps = float(entry["fps"]) if "fps" in entry else None
        if "capture_fps" in entry:
            draft.set_capture_fps(str(entry["capture_fps"]), reading.at(where))
        draft.add_split(entry.get("split"))
        if "duration_seconds" in entry:
            draft.duration_seconds = float(entry["duration_seconds"])
        draft.unlabeled += [(float(a), float(b)) for a, b in entry.get("unlabeled", [])]
        for kind in ("intervals", "events"):
            for number, mark in enumerate(entry.get(kind, []), start=1):
                source = reading.at(f"{where}, {kind} {number}")
                start = mark["start_seconds" if kind == "intervals" else "time_seconds"]
                end = mark["end_seconds"] if kind == "intervals" else None
                confidence = mark.get("confidence")
                draft.add(
                    mark["label"],
                    start,
                    end,
                    source,
                    subject=mark.get("subject", ""),
                    tier=mark.get("tier", ""),
                    annotator=mark.get("annotator", ""),
                    modifiers=mark.get("modifiers", ()),
                    confidence=None if confidence is None else float(confidence),
                )


def write_timeline_json(videos: Sequence[AnnotatedVideo]) -> dict[str, str]:
    """Returns a list of all that is known of the videos."""
    content = json.dumps([to_dict(video) for video in videos], indent=1, ensure_ascii=False)
    return {"annotations.json": content + "\n"}


TABLE = TimelineFormat(
    "a table with path, label, start_seconds and end_seconds",
    looks_like_table,
    read_timeline_table,
    write_timeline_table,
)
JSON = TimelineFormat(
    "mienet's JSON of annotated videos", looks_like_json, read_timeline_json, write_timeline_json
)
