"""GolfDB: the eight events of golf swings, a row a clip, frames counted in the source video.

W. McNally et al., "GolfDB: A Video Database for Golf Swing Sequencing", 2019
(https://github.com/wmcnally/golfdb), whose table is read once it is saved as a CSV: its own pickle
can run code. The clips are those that its preparation cuts, named by ``id``.
"""

import re

from mienet.annotations.tables import find_separator, first_line, read_table, split_fields
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading

EVENTS = (
    "Address",
    "Toe-up",
    "Mid-backswing",
    "Top",
    "Mid-downswing",
    "Impact",
    "Mid-follow-through",
    "Finish",
)
REQUIRED = frozenset(("id", "youtube_id", "events"))
ALL_FRAMES = len(EVENTS) + 2
"""Beside the events the first and the last frame of the clip."""


def looks_like_golfdb(name: str, start: str) -> bool:
    """Returns whether a table has GolfDB's columns."""
    first = first_line(start)
    columns = {field.strip().lower() for field in split_fields(first, find_separator(first))}
    return columns >= REQUIRED


def read_golfdb(reading: Reading) -> None:
    """Adds the events of all clips; the player is the subject, club and view are modifiers."""
    for source, fields in reading.rows(read_table(reading.path, REQUIRED)):
        frames = [int(digits) for digits in re.findall(r"\d+", fields["events"])]
        if len(frames) != ALL_FRAMES or frames != sorted(frames):
            what = f"events must be {ALL_FRAMES} rising numbers, got {fields['events']!r}"
            reading.problem(source, what)
            continue
        video = reading.video(fields["id"], source=source)
        fps = reading.rate(video)
        if fps is None:
            continue
        first, *frames_of_events, last = frames
        video.duration_seconds = (last - first + 1) / fps
        said = [fields.get("club", ""), fields.get("view", "")]
        if fields.get("slow") == "1":
            said.append("slow motion")
        for label, frame in zip(EVENTS, frames_of_events, strict=True):
            video.add(
                label,
                (frame - first) / fps,
                None,
                source,
                subject=fields.get("player", ""),
                modifiers=filter(None, said),
            )


GOLFDB = TimelineFormat("GolfDB's table as a CSV", looks_like_golfdb, read_golfdb)
