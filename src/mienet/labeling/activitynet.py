"""ActivityNet's JSON, in which most datasets of temporal detection are shared, THUMOS among them.

http://activity-net.org. mmaction2 writes the database alone; files of results have ids without the
``v_`` that the videos have.
"""

from collections.abc import Mapping
from typing import Any

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading

AMBIGUOUS = "Ambiguous"
"""A label of THUMOS: not to be learned, and not to be scored."""


def looks_like_activitynet(name: str, start: str) -> bool:
    """Returns whether a file is of this form: segments by video."""
    return start.lstrip().startswith("{") and '"segment"' in start


def read_activitynet(reading: Reading) -> None:
    """Adds the segments of all videos; one that goes beyond its video is cut off there.

    Videos without annotations, as in test sets, are not labeled, and left out.
    """
    content = reading.json()
    database = content.get("database", content.get("results", content))
    if not isinstance(database, dict):
        raise AnnotationError("unknown list", [f"{reading.path}: no object of videos"])
    unlabeled = 0
    for name, entry in database.items():
        segments = entry if isinstance(entry, list) else entry.get("annotations")
        if not segments:
            unlabeled += 1
            continue
        _read_video(reading, name, entry if isinstance(entry, dict) else {}, segments)
    if unlabeled:
        reading.note(f"{unlabeled} of {len(database)} videos have no annotations")


def _read_video(
    reading: Reading, name: str, entry: Mapping[str, Any], segments: list[Mapping[str, Any]]
) -> None:
    video = reading.video(name, source=reading.at(f"video {name!r}"))
    length = _first(entry, "duration", "duration_second")
    frames = _first(entry, "frame", "duration_frame")
    video.duration_seconds = length
    video.add_split(entry.get("subset"))
    video.fps = _first(entry, "fps") or (frames / length if frames and length else None)
    for number, segment in enumerate(segments, start=1):
        source = reading.at(f"video {name!r}, annotation {number}")
        try:
            label = segment["label"]
            start, end = map(float, segment["segment"])
        except (LookupError, TypeError, ValueError):
            what = f"has no label, or no segment [start, end] in seconds: {str(segment)[:80]}"
            reading.problem(source, what)
            continue
        if label == AMBIGUOUS:
            reading.note(f"segments of {AMBIGUOUS!r} are left out")
            continue
        if length is not None and start < length < end:
            reading.note(f"video {name!r}: {label!r} goes on to {end:g} s and is cut at {length:g}")
            end = length
        score = segment.get("score")
        video.add(label, start, end, source, confidence=None if score is None else float(score))


def _first(entry: Mapping[str, Any], *keys: str) -> float | None:
    value = next((entry[key] for key in keys if entry.get(key)), None)
    return None if value is None else float(value)


ACTIVITYNET = TimelineFormat(
    "segments in ActivityNet's JSON", looks_like_activitynet, read_activitynet
)
