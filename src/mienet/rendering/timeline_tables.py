"""Timelines as tables, for people and their statistics, and as labels for other programs.

All take timelines as ``Timeline.to_dict`` gives them; those that earlier versions kept have no
events, and do not name the labels that did not occur.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.rendering.spreadsheet import csv_line

PHASE_COLUMNS = (
    "path",
    "label",
    "start_seconds",
    "end_seconds",
    "duration_seconds",
    "start_frame",
    "end_frame",
    "confidence",
)
EVENT_COLUMNS = ("path", "label", "time_seconds", "frame", "confidence")
SUMMARY_COLUMNS = (
    "path",
    "label",
    "kind",
    "count",
    "total_seconds",
    "mean_seconds",
    "shortest_seconds",
    "longest_seconds",
    "share",
    "first_seconds",
    "last_seconds",
    "mean_gap_seconds",
)

Found = Mapping[str, Any]


def phases_csv(timelines: Iterable[Found]) -> str:
    """Returns a table with a row for every phase."""
    rows = ((line["path"], phase) for line in timelines for phase in line["phases"])
    return _table(PHASE_COLUMNS, rows)


def events_csv(timelines: Iterable[Found]) -> str:
    """Returns a table with a row for every event."""
    rows = ((line["path"], event) for line in timelines for event in line.get("events", []))
    return _table(EVENT_COLUMNS, rows)


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, Found]]) -> str:
    """Returns a table of path, label and numbers."""
    lines = [",".join(columns) + "\n"]
    for path, mark in rows:
        lines.append(csv_line((path, mark["label"]), (_number(mark[name]) for name in columns[2:])))
    return "".join(lines)


def summary_csv(timelines: Iterable[Found]) -> str:
    """Returns a table with a row for each recording and label: how often, how long, and when.

    A label that does not occur has a row too, with a count of 0: it belongs into a mean. ``share``
    is that of the recording, ``first_seconds`` and ``last_seconds`` are when the first and the last
    one starts, and ``mean_gap_seconds`` is from the end of one to the start of the next. Cells for
    which there is nothing to measure are empty, and so are durations of events.
    """
    lines = [",".join(SUMMARY_COLUMNS) + "\n"]
    for line in timelines:
        phases = [(p["label"], p["start_seconds"], p["end_seconds"]) for p in line["phases"]]
        events = [(e["label"], *[e["time_seconds"]] * 2) for e in line.get("events", [])]
        for kind, names, marks in (
            ("phase", line.get("classes", []), phases),
            ("event", line.get("event_names", []), events),
        ):
            for label in sorted({*names, *(label for label, *_ in marks)}):
                spans = [(start, end) for name, start, end in marks if name == label]
                figures = _figures(kind, spans, line["duration_seconds"])
                numbers = (_number(figures.get(name, "")) for name in SUMMARY_COLUMNS[3:])
                lines.append(csv_line((line["path"], label, kind), numbers))
    return "".join(lines)


def _figures(
    kind: str, spans: list[tuple[float, float]], recording_seconds: float
) -> dict[str, float]:
    """Returns what there is to say of the starts and ends of one label, in the order of time."""
    figures: dict[str, float] = {"count": len(spans)}
    if kind == "phase":
        seconds = [end - start for start, end in spans]
        figures["total_seconds"] = float(sum(seconds))
        if recording_seconds:
            figures["share"] = sum(seconds) / recording_seconds
        if spans:
            figures["mean_seconds"] = sum(seconds) / len(seconds)
            figures["shortest_seconds"] = min(seconds)
            figures["longest_seconds"] = max(seconds)
    if spans:
        figures["first_seconds"], figures["last_seconds"] = spans[0][0], spans[-1][0]
    if gaps := [after - before for (_, before), (after, _) in pairwise(spans)]:
        figures["mean_gap_seconds"] = sum(gaps) / len(gaps)
    return figures


def annotated_video(timeline: Found) -> AnnotatedVideo:
    """Returns a timeline as other programs are given labels."""
    path, seconds = timeline["path"], timeline["duration_seconds"]
    intervals = tuple(
        Interval(
            phase["label"],
            phase["start_seconds"],
            phase["end_seconds"],
            confidence=phase["confidence"],
        )
        for phase in timeline["phases"]
    )
    events = tuple(
        Event(
            event["label"],
            event["time_seconds"],
            subject=event["subject"],
            confidence=event["confidence"],
        )
        for event in timeline.get("events", [])
    )
    fps = timeline["num_frames"] / seconds if seconds else None
    return AnnotatedVideo(path, intervals, events, path=path, fps=fps, duration_seconds=seconds)


def _number(value: float | str) -> str:
    """Returns a number in figures, frames as whole ones, seconds to a tenth of a millisecond."""
    return str(value) if isinstance(value, int | str) else f"{value:.4f}"
