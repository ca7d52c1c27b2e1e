"""Events of sports datasets: E2E-Spot's lists, SoccerNet's labels, and OpenSportsLab's.

E2E-Spot (https://github.com/jhong93/spot) counts frames of a clip from 0, SoccerNet
(https://www.soccer-net.org) milliseconds of a half, of which each is a video of its own.
"""

import re
from collections.abc import Mapping
from typing import Any

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading

HALVES = ("{half}_224p.mkv", "{half}_720p.mkv", "{half}.mkv", "{half}.mp4")
"""How the videos of a game's halves are called."""
WHOLE_GAMES = ("720p.mp4", "224p.mp4")


def looks_like_spotting(name: str, start: str) -> bool:
    """Returns whether a file is of one of these datasets."""
    text = start.lstrip()
    if text.startswith("["):
        return '"num_frames"' in text and '"video"' in text
    is_soccernet = '"UrlLocal"' in text or '"gameTime"' in text
    is_osl = '"data"' in text and '"inputs"' in text
    return text.startswith("{") and (is_soccernet or is_osl)


def read_spotting(reading: Reading) -> None:
    """Adds the events of all videos; a video without a list of events is not labeled."""
    content = reading.json()
    if isinstance(content, list):
        unlabeled = [_read_clip(reading, entry) for entry in content].count(False)
        count = len(content)
    elif "data" in content:
        unlabeled = [_read_sample(reading, entry) for entry in content["data"]].count(False)
        count = len(content["data"])
    elif "annotations" in content or "predictions" in content:
        _read_game(reading, content)
        return
    else:
        what = "no list of events: neither annotations, predictions nor data"
        raise AnnotationError("unknown list", [f"{reading.path}: {what}"])
    if unlabeled:
        reading.note(f"{unlabeled} of {count} videos are not labeled")


def _read_clip(reading: Reading, entry: Mapping[str, Any]) -> bool:
    """Adds a clip of E2E-Spot, unless it has no list of events."""
    if "events" not in entry:
        return False
    video = reading.video(str(entry["video"]), source=reading.at(f"video {entry['video']!r}"))
    video.fps = float(entry["fps"]) if entry.get("fps") else None
    fps = reading.rate(video, of_video=False)
    if fps is None:
        return True
    if entry.get("num_frames"):
        video.duration_seconds = float(entry["num_frames"]) / fps
    for number, event in enumerate(entry["events"], start=1):
        source = reading.at(f"video {entry['video']!r}, event {number}")
        time = float(event["frame"]) / fps
        video.add(event["label"], time, None, source, confidence=_confidence(event, "score"))
    return True


def _read_sample(reading: Reading, entry: Mapping[str, Any]) -> bool:
    """Adds a sample of OpenSportsLab's form, unless it has no list of events."""
    if "events" not in entry:
        return False
    where = f"sample {entry.get('id', '?')}"
    inputs = [one for one in entry.get("inputs") or [] if one.get("type", "video") == "video"]
    if len(inputs) > 1:
        reading.note(f"{where}: {len(inputs)} videos of one scene; the first is read")
    name = str(inputs[0].get("path") or "") if inputs else ""
    video = reading.video(name, source=reading.at(where))
    video.fps = float(inputs[0]["fps"]) if inputs and inputs[0].get("fps") else None
    for number, event in enumerate(entry["events"], start=1):
        source = reading.at(f"{where}, event {number}")
        position = event.get("position_ms", event.get("position"))
        if position is None:
            reading.problem(source, "has no position_ms")
            continue
        video.add(
            event["label"],
            int(position) / 1000,
            None,
            source,
            tier=str(event.get("head") or ""),
            confidence=_confidence(event, "confidence"),
        )
    return True


def _read_game(reading: Reading, game: Mapping[str, Any]) -> None:
    """Adds a game of SoccerNet, whose halves are videos of their own."""
    folder = str(game.get("UrlLocal") or reading.path.parent.name).rstrip("/")
    is_whole = "ball" in reading.path.stem.lower()
    kind = "annotations" if "annotations" in game else "predictions"
    for number, event in enumerate(game[kind], start=1):
        source = reading.at(f"{kind} {number}")
        clock = re.fullmatch(r"\s*(\d)\s*-\s*(\d+):(\d+)\s*", str(event.get("gameTime") or ""))
        half = str(event.get("half") or (clock[1] if clock else ""))
        if half not in ("1", "2"):
            reading.problem(source, f"is of no half, 1 or 2: {event.get('gameTime')!r}")
            continue
        if event.get("position") is not None:
            time = int(event["position"]) / 1000
        elif clock is not None:
            reading.note("without positions: times are whole seconds")
            time = int(clock[2]) * 60 + int(clock[3])
        else:
            reading.problem(source, "has neither a position nor a gameTime")
            continue
        said = [str(event.get(key) or "") for key in ("team", "visibility")]
        video = reading.video(_video_of_game(reading, folder, half, is_whole=is_whole))
        video.add(
            event["label"],
            time,
            None,
            source,
            modifiers=[word for word in said if word in ("home", "away", "not shown")],
            confidence=_confidence(event, "confidence"),
        )


def _video_of_game(reading: Reading, folder: str, half: str, *, is_whole: bool) -> str:
    """Returns the name of a half's video, of those names that there are, or else the first."""
    names = [f"{folder}/{n.format(half=half)}" for n in (WHOLE_GAMES if is_whole else HALVES)]
    return next(filter(reading.is_there, names), names[0])


def _confidence(event: Mapping[str, Any], key: str) -> float | None:
    return None if event.get(key) is None else float(event[key])


SPOTTING = TimelineFormat(
    "events of E2E-Spot, SoccerNet or OpenSportsLab", looks_like_spotting, read_spotting
)
