"""Phases and events as the page has them, and what is wrong with those that it sends."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mienet.labeling.timelines import AnnotatedVideo, Event, Interval, in_order, overlaps, start_of
from mienet.server.refusal import RefusedError

CLOCK_SECONDS = 0.001
"""By which a mark may be beyond the last frame's end, as clocks are rounded."""

MOST_SHOWN = 20
MOST_SHOWN_CHARACTERS = 40

MOST_LABEL_CHARACTERS = 200
"""Of a label or a subject; the page's fields take no more."""

Seconds = Annotated[float, Field(allow_inf_nan=False)]


class MarkBody(BaseModel):
    """A phase or an event, as it is sent."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["phase", "event"]
    label: str
    start_seconds: Seconds
    end_seconds: Seconds | None = None
    subject: str = ""
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None


class LabelsBody(BaseModel):
    """All labels of a video, and the version that they were made from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Annotated[str, Field(max_length=64)]
    finished: bool
    marks: list[MarkBody]


class RenameBody(BaseModel):
    """A label, and what it is to be called in all videos."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["phase", "event"]
    label: str
    to: str


def as_values(video: AnnotatedVideo) -> list[dict[str, Any]]:
    """Returns the marks of a video as the page takes them, in the order of time."""
    return [
        {
            "kind": "phase" if isinstance(mark, Interval) else "event",
            "label": mark.label,
            "start_seconds": start_of(mark),
            "end_seconds": mark.end_seconds if isinstance(mark, Interval) else None,
            "subject": mark.subject,
            "confidence": mark.confidence,
        }
        for mark in in_order(video)
    ]


def annotated(video: str, marks: Iterable[MarkBody]) -> AnnotatedVideo:
    """Returns marks as a video's annotations, in the order of time.

    Raises:
        RefusedError: With all phases without an end, and all events with one.
    """
    intervals, events, problems = [], [], []
    for place, mark in enumerate(marks, start=1):
        source = f"mark {place}"
        rest = {"subject": mark.subject, "confidence": mark.confidence, "source": source}
        if mark.kind == "event" and mark.end_seconds is None:
            events.append(Event(mark.label, mark.start_seconds, **rest))  # type: ignore[arg-type]
        elif mark.kind == "phase" and mark.end_seconds is not None:
            start, end = mark.start_seconds, mark.end_seconds
            intervals.append(Interval(mark.label, start, end, **rest))  # type: ignore[arg-type]
        else:
            what = "a phase without an end" if mark.kind == "phase" else "an event with an end"
            problems.append(f"{source}: {mark.label!r} is {what}")
    refuse(problems)
    intervals.sort(key=lambda mark: (mark.start_seconds, mark.end_seconds))
    events.sort(key=lambda mark: mark.time_seconds)
    return AnnotatedVideo(video, tuple(intervals), tuple(events), source=video)


def problems_of(video: AnnotatedVideo, duration_seconds: float) -> list[str]:
    """Returns all that is wrong with a video's marks, a line each.

    Times must lie in the video, phases start before they end, no two of one subject overlap, and
    labels be text of at most 200 characters without spaces around it.

    Args:
        video: The marks.
        duration_seconds: When the video's last frame ends.
    """
    problems = []
    for mark in in_order(video):
        times = [start_of(mark)]
        if isinstance(mark, Interval):
            times.append(mark.end_seconds)
        where = f"{mark.source or video.name}: {_cut(mark.label)!r}"
        for what, text in (("a label", mark.label), ("a name of who does it", mark.subject)):
            if len(text) > MOST_LABEL_CHARACTERS:
                problems.append(
                    f"{where} has {what} of {len(text)} characters; at most "
                    f"{MOST_LABEL_CHARACTERS} are accepted: shorten it"
                )
        if not mark.label or mark.label != mark.label.strip() or _has_controls(mark.label):
            problems.append(f"{where} is no label; give text without spaces around it")
        if mark.subject != mark.subject.strip() or _has_controls(mark.subject):
            problems.append(
                f"{where} has the subject {_cut(mark.subject)!r}; leave out spaces around it"
            )
        if times[0] >= times[-1] and isinstance(mark, Interval):
            problems.append(f"{where} ends at {times[-1]:g} s and starts at {times[0]:g} s")
        if times[0] < 0 or times[-1] > duration_seconds + CLOCK_SECONDS:
            says = f"{where} at {' to '.join(f'{time:g}' for time in times)} s is outside the video"
            problems.append(f"{says}, from 0 to {duration_seconds:g} s")
    return problems + [line for _, line in overlaps(video)]


def refuse(problems: Sequence[str]) -> None:
    """Raises a refusal with all problems, if there are any."""
    if problems:
        shown = "; ".join(problems[:MOST_SHOWN])
        more = f"; and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
        raise RefusedError(400, f"not saved: {shown}{more}", problems=list(problems))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SHOWN_CHARACTERS else f"{text[:MOST_SHOWN_CHARACTERS]}..."


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
