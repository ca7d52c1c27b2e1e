"""Annotated videos: when what happens in them, as intervals, which last, and events, which do not.

A labeled clip is one interval of such a video. Times are in seconds from the video's start, as
players count, unless it is said how fast the camera was. An interval ends before ``end_seconds``,
so that neighbors share a border.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Interval:
    """Something that lasts.

    Attributes:
        label: What happens.
        start_seconds: When it starts, from the video's start.
        end_seconds: When it is over; after ``start_seconds``.
        subject: Who does it; empty where the annotations do not say.
        tier: The layer of annotations that it is in, such as ELAN's tier; empty where there is one.
        annotator: Who wrote it down; empty where the annotations do not say.
        modifiers: What is said further about it, such as BORIS' modifiers.
        confidence: Of a prediction, from 0 to 1; None for what a person wrote.
        source: Where it stands, such as ``export.csv:12``, for messages.
    """

    label: str
    start_seconds: float
    end_seconds: float
    subject: str = ""
    tier: str = ""
    annotator: str = ""
    modifiers: tuple[str, ...] = ()
    confidence: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happens at a moment; attributes as ``Interval``'s.

    Attributes:
        label: What happens.
        time_seconds: When, from the video's start.
        subject: Who does it.
        tier: The layer of annotations that it is in.
        annotator: Who wrote it down.
        modifiers: What is said further about it.
        confidence: Of a prediction, from 0 to 1; None for what a person wrote.
        source: Where it stands.
    """

    label: str
    time_seconds: float
    subject: str = ""
    tier: str = ""
    annotator: str = ""
    modifiers: tuple[str, ...] = ()
    confidence: float | None = None
    source: str = ""


@dataclass(frozen=True)
class AnnotatedVideo:
    """One video, as one list or one observation of it says.

    Attributes:
        name: The video, as written; empty where the annotations name none.
        intervals: In the order of their starts.
        events: In the order of their times.
        path: The video's file, once the name has been matched to one; empty before.
        fps: Frames per second that the annotations state or count in; None where they do not.
        duration_seconds: The video's length, where the annotations state it.
        observation: Which of several sets of annotations of one video this is.
        unlabeled: Starts and ends in seconds of stretches that nobody has labeled, which are no
            background either.
        source: Where it stands, for messages.
        capture_fps: Frames per second at which the camera took it, if all times count the seconds
            of reality by that; None where they count the file's.
        split: ``train``, ``val`` or ``test``, or what else the annotations call it; several names
            where they contradict each other, and empty where they do not say.
    """

    name: str
    intervals: tuple[Interval, ...] = ()
    events: tuple[Event, ...] = ()
    path: str = ""
    fps: float | None = None
    duration_seconds: float | None = None
    observation: str = ""
    unlabeled: tuple[tuple[float, float], ...] = ()
    source: str = ""
    capture_fps: float | None = None
    split: str = ""

    @property
    def labels(self) -> list[str]:
        """The labels of intervals and events, sorted, each once."""
        return sorted({mark.label for mark in in_order(self)})


@dataclass(frozen=True)
class Timelines:
    """What was read of annotated videos.

    Attributes:
        videos: All videos that anything is said about, also those where nothing happens.
        problems: What could not be used and is left out, each with its place.
        notes: What a person should know about how it was read.
    """

    videos: tuple[AnnotatedVideo, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Mark = Interval | Event


def start_of(mark: Mark) -> float:
    """Returns when a mark starts, in seconds."""
    return mark.start_seconds if isinstance(mark, Interval) else mark.time_seconds


def in_order(video: AnnotatedVideo) -> list[Mark]:
    """Returns intervals and events together, in the order of time."""
    marks: list[Mark] = [*video.intervals, *video.events]
    return sorted(marks, key=lambda mark: (start_of(mark), isinstance(mark, Event)))


def overlaps(
    video: AnnotatedVideo,
    labels: Collection[str] | None = None,
    *,
    of_all_subjects: bool = False,
) -> list[tuple[Interval, str]]:
    """Returns every interval that starts before another is over, with a line about it.

    Args:
        video: The annotated video.
        labels: Which exclude each other, for one subject and by one annotator; None for all.
        of_all_subjects: Whether intervals of different subjects and annotators do so, too.
    """
    found = []
    last: dict[tuple[str, str], Interval] = {}
    for interval in sorted(video.intervals, key=lambda i: (i.start_seconds, i.end_seconds)):
        if labels is not None and interval.label not in labels:
            continue
        key = ("", "") if of_all_subjects else (interval.subject, interval.annotator)
        before = last.get(key)
        if before is not None and interval.start_seconds < before.end_seconds:
            found.append((interval, _overlap(interval, before, video.name)))
        if before is None or interval.end_seconds > before.end_seconds:
            last[key] = interval
    return found


def _overlap(interval: Interval, before: Interval, name: str) -> str:
    """Returns a line about an interval that starts before another one is over."""
    what = f"{interval.source or name}: {interval.label!r} from {interval.start_seconds:g}"
    if all(
        getattr(interval, field) == getattr(before, field)
        for field in ("label", "start_seconds", "end_seconds", "subject")
    ):
        return (
            f"{what} to {interval.end_seconds:g} s is there already ({before.source or name}); "
            "keep one"
        )
    return (
        f"{what} s overlaps {before.label!r}, which ends at {before.end_seconds:g} s "
        f"({before.source or name})"
    )


def outside(video: AnnotatedVideo, duration_seconds: float) -> list[tuple[Mark, str]]:
    """Returns every mark that is beyond a video's end by more than a frame, with a line about it.

    Without a known frame rate, a frame is taken to last 0.1 s, as at 10 frames per second.
    """
    most = duration_seconds + (1 / video.fps if video.fps else 0.1)
    found = []
    for mark in in_order(video):
        end = mark.end_seconds if isinstance(mark, Interval) else mark.time_seconds
        if end > most:
            what = f"{mark.label!r} at {end:g} s is outside its video, which lasts"
            found.append((mark, f"{mark.source or video.name}: {what} {duration_seconds:g} s"))
    return found


def to_dict(video: AnnotatedVideo) -> dict[str, Any]:
    """Returns an annotated video as plain values; fields that say nothing are left out."""

    def plain(values: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if value not in (None, "", (), [])}

    def mark(entry: Mark) -> dict[str, Any]:
        return plain({key: value for key, value in vars(entry).items() if key != "source"})

    return {
        "path": video.path or video.name,
        "intervals": [mark(interval) for interval in video.intervals],
        "events": [mark(event) for event in video.events],
        **plain({
            "fps": video.fps,
            "duration_seconds": video.duration_seconds,
            "observation": video.observation,
            "unlabeled": video.unlabeled,
            "capture_fps": video.capture_fps,
            "split": video.split,
        }),
    }  # fmt: skip
