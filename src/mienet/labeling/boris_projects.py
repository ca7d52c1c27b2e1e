"""BORIS' own files, ``.boris`` and ``.boris.gz``: a project with its ethogram and observations.

https://www.boris.unito.it: behavioral observation by hand; one project holds many videos.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mienet.annotations.records import AnnotationError
from mienet.labeling.boris_media import (
    CONFIDENCE,
    MediaQueue,
    Row,
    add_rows,
    split_modifiers,
    to_ms,
    video_of,
)
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading
from mienet.labeling.timelines import AnnotatedVideo, Interval, in_order, overlaps, start_of
from mienet.labeling.video_names import base_name, stem

NEWEST_VERSION = 8.6
"""Of the form of projects; 7.0 in all of BORIS 7 to 9, unless it holds observations of images."""
NUM_PLAYERS = 8


def looks_like_project(name: str, start: str) -> bool:
    """Returns whether a file is a BORIS project; see ``TimelineFormat``."""
    if name.endswith((".boris", ".boris.gz")):
        return True
    return start.lstrip().startswith("{") and '"behaviors_conf"' in start


def read_project(reading: Reading) -> None:
    """Adds the observations of a project.

    A queue of files is taken apart into its videos; of several players the first is read, as the
    others show the same from other sides. A live observation has no video: its name is empty.
    """
    project = reading.json()
    if not isinstance(project, dict) or not {"behaviors_conf", "observations"} <= set(project):
        what = "no BORIS project: it lacks behaviors_conf and observations"
        if isinstance(project, dict) and "observations" in project:
            what = "a project of before BORIS 1; open it in BORIS 7 or later and save it"
        raise AnnotationError("bad project", [f"{reading.path}: {what}"])
    version = str(project.get("project_format_version", ""))
    if version and float(version) > NEWEST_VERSION:
        reading.note(f"of version {version}, which is newer than the versions known here")
    is_state = {
        str(behavior["code"]): "STATE" in str(behavior["type"]).upper()
        for behavior in project["behaviors_conf"].values()
    }
    for name, observation in project["observations"].items():
        _read_observation(reading, name, observation, is_state)


def _read_observation(
    reading: Reading, name: str, observation: Mapping[str, Any], is_state: Mapping[str, bool]
) -> None:
    queue = _queue(reading, name, observation)
    info = observation.get("media_info") or {}
    for file, length in zip(queue.files, queue.lengths_seconds, strict=True):
        draft = video_of(reading, file, name)
        draft.duration_seconds = None if length is None else float(length)
        fps = (info.get("fps") or {}).get(file)
        draft.fps = float(fps) if fps else None
    _tell_unlabeled(reading, name, queue, observation.get("observation time interval") or (0, 0))
    offset = Decimal(str(observation.get("time offset") or 0))
    created = info.get("media_creation_time") or {}
    if observation.get("media_creation_date_as_offset") and queue.files:
        offset = Decimal(str(created.get(queue.files[0], 0)))
    rows = []
    for place, event in enumerate(observation.get("events") or [], start=1):
        source = reading.at(f"observation {name!r}, event {place}")
        try:
            time = Decimal(str(event[0])) - offset
            subject, label, modifiers, comment = (str(cell or "") for cell in event[1:5])
        except (InvalidOperation, ValueError, TypeError, LookupError):
            what = f"is no [time, subject, code, modifiers, comment]: {str(event)[:80]}"
            reading.problem(source, what)
            continue
        if not time.is_finite():
            reading.problem(source, f"{label!r} has no time")
        elif label not in is_state:
            reading.problem(source, f"{label!r} is not in the project's ethogram: neither a state "
                            "nor a point; add it there")  # fmt: skip
        else:
            status = "" if is_state[label] else "POINT"
            rows.append(
                Row(time, subject, label, split_modifiers(modifiers), status, comment, source)
            )
    if not queue.files and not rows:
        return
    add_rows(reading, name, queue, sorted(rows, key=lambda r: (r.time_seconds, r.subject, r.label)))


def _tell_unlabeled(
    reading: Reading, name: str, queue: MediaQueue, interval: Sequence[float]
) -> None:
    """Adds what lies outside the interval to which an observation was limited: nobody coded there.

    Args:
        reading: The project.
        name: The observation.
        queue: Its files.
        interval: Start and end in seconds from the first file's start; an end of 0 is no limit.
    """
    start, end = (Decimal(str(seconds or 0)) for seconds in interval)
    lengths = [length for length in queue.lengths_seconds if length is not None]
    outside = [(Decimal(0), start)]
    if not queue.files or (len(lengths) < len(queue.files) > 1):
        return  # where one of them ends is not known
    if end and lengths:
        outside.append((end, sum(map(to_ms, lengths), Decimal(0))))
    for first, last in (pair for pair in outside if pair[0] < pair[1]):
        for file, begin, stop in queue.parts(first, last):
            if stop is not None:
                video_of(reading, file, name).unlabeled.append((float(begin), float(stop)))


def _queue(reading: Reading, name: str, observation: Mapping[str, Any]) -> MediaQueue:
    """Returns the files of the first player in use."""
    files = observation.get("file") or {}
    players = {str(key): value for key, value in dict(files).items() if value}
    if observation.get("type") != "MEDIA" or not players:
        return MediaQueue((), ())
    first = min(players, key=int)
    if len(players) > 1:
        reading.note(f"observation {name!r}: of {len(players)} players that show the same at a "
                     f"time, the videos of player {first} are read")  # fmt: skip
    lengths = (observation.get("media_info") or {}).get("length") or {}
    found = [lengths.get(file) for file in players[first]]
    return MediaQueue(
        tuple(players[first]), tuple(None if v is None else Decimal(str(v)) for v in found)
    )


def write_project(videos: Sequence[AnnotatedVideo]) -> dict[str, str]:
    """Returns a project with an observation a video, which BORIS opens.

    Times are rounded to milliseconds, as BORIS keeps them. The confidence of a prediction is in the
    comment of the row that starts it.

    Raises:
        ValueError: With all reasons why BORIS could not read it rightly: a video's length or frame
            rate is not known, a phase and an event have one name, intervals of one label and
            subject overlap, a modifier would be two or none.
    """
    states = {interval.label for video in videos for interval in video.intervals}
    points = {event.label for video in videos for event in video.events}
    problems = [
        f"{label!r} is the name of a phase and of an event; rename one of them, as with BORIS a "
        "behavior either lasts or is a moment"
        for label in sorted(states & points)
    ]
    for video in videos:
        if not video.duration_seconds or not video.fps:
            problems.append(f"{video.name}: its length and its frame rate must be known")
        # In BORIS states are of a subject, whoever wrote them down.
        marked = replace(video, intervals=tuple(replace(i, annotator="") for i in video.intervals))
        for label in sorted(states):
            problems += [line for _, line in overlaps(marked, {label})]
        problems += dict.fromkeys(
            f"{video.name}: modifier {text!r} of {mark.label!r}: rename it, as BORIS puts | "
            "between modifiers, and None for none"
            for mark in in_order(video)
            for text in mark.modifiers
            if "|" in text or text.strip() == "None"
        )
    if problems:
        raise ValueError("\n  ".join(["BORIS cannot hold these annotations:", *problems]))
    marks = [mark for video in videos for mark in in_order(video)]
    values = {
        label: _modifier_values([mark.modifiers for mark in marks if mark.label == label])
        for label in sorted(states | points)
    }
    observations: dict[str, Any] = {}
    for video in videos:
        name = first = video.observation or stem(base_name(video.name))
        count = 1
        while name in observations:
            count += 1
            name = f"{first} ({count})"
        observations[name] = _observation(video, values)
    project = {
        "time_format": "hh:mm:ss",
        "project_date": _now(),
        "project_name": "",
        "project_description": "",
        "project_format_version": "7.0",
        "subjects_conf": {
            str(place): {"key": "", "name": subject, "description": ""}
            for place, subject in enumerate(sorted({mark.subject for mark in marks} - {""}))
        },
        "behaviors_conf": {
            str(place): _behavior(place, label, label in states, values[label])
            for place, label in enumerate(values)
        },
        "observations": observations,
        "behavioral_categories": [],
        "behavioral_categories_config": {},
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }
    # All but ASCII escaped, as BORIS opens projects in the encoding of the computer.
    return {"annotations.boris": json.dumps(project, indent=1)}


def _now() -> str:
    return datetime.now().isoformat(timespec="seconds")


def _modifier_values(modifiers: Sequence[tuple[str, ...]]) -> list[list[str]]:
    """Returns the values of each set of modifiers: the first of all marks, the second, ..."""
    most = max(map(len, modifiers), default=0)
    return [sorted({m[place] for m in modifiers if len(m) > place}) for place in range(most)]


def _behavior(place: int, label: str, is_state: bool, values: list[list[str]]) -> dict[str, Any]:
    modifiers = {
        str(number): {
            "name": f"modifier {number + 1}",
            "description": "",
            "type": 0,
            "ask at stop": False,
            "values": accepted,
        }
        for number, accepted in enumerate(values)
    }
    return {
        "type": "State event" if is_state else "Point event",
        "key": chr(ord("a") + place) if place < 26 else "",
        "code": label,
        "description": "",
        "color": "",
        "category": "",
        "modifiers": modifiers,
        "excluded": "",
        "coding map": "",
    }


def _observation(video: AnnotatedVideo, values: Mapping[str, list[list[str]]]) -> dict[str, Any]:
    file, fps = video.path or video.name, video.fps or 0.0
    events: list[list[Any]] = []
    for mark in in_order(video):
        chosen = (*mark.modifiers, *["None"] * len(values[mark.label]))[: len(values[mark.label])]
        comment = "" if mark.confidence is None else f"{CONFIDENCE} {mark.confidence:.4f}"
        start = round(start_of(mark), 3)
        times = [start]
        if isinstance(mark, Interval):
            times.append(max(round(mark.end_seconds, 3), round(start + 0.001, 3)))
        for time in times:
            text = comment if time == start else ""
            frame = int(time * fps + 1e-6)
            events.append([time, mark.subject, mark.label, "|".join(chosen), text, frame])
    return {
        "file": {str(p): [file] if p == 1 else [] for p in range(1, NUM_PLAYERS + 1)},
        "type": "MEDIA",
        "date": _now(),
        "description": "",
        "time offset": 0.0,
        "events": sorted(events, key=lambda event: event[0]),
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "media_creation_date_as_offset": False,
        "media_scan_sampling_duration": 0,
        "image_display_duration": 1,
        "close_behaviors_between_videos": False,
        "media_info": {
            "length": {file: video.duration_seconds},
            "fps": {file: fps},
            "hasVideo": {file: True},
            "hasAudio": {file: False},
            "offset": {"1": 0.0},
            "display": {file: "Nothing"},
        },
    }


PROJECT = TimelineFormat("a BORIS project", looks_like_project, read_project, write_project)
