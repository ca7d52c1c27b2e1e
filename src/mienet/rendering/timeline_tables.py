"""Timelines as tables, for people and their statistics, and as labels for other programs.

All take timelines as ``Timeline.to_dict`` gives them; those that earlier versions kept have no
events, and do not name the labels that did not occur.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import stdev
from typing import Any

import numpy as np

from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.rendering.spreadsheet import csv_line
from mienet.timelines.result import Phase, Spotted, Timeline
from mienet.video.address import located

PHASE_COLUMNS = (
    "path",
    "subject",
    "label",
    "start_seconds",
    "end_seconds",
    "duration_seconds",
    "start_frame",
    "end_frame",
    "confidence",
)
EVENT_COLUMNS = ("path", "subject", "label", "time_seconds", "frame", "confidence")
MARK_COLUMNS = (
    *("path", "subject", "kind", "label", "problem"),
    *("start_seconds", "end_seconds", "start_frame", "end_frame", "confidence"),
    "recording_seconds",
)
MEASURES = (
    "count",
    "total_seconds",
    "mean_seconds",
    "deviation_seconds",
    "shortest_seconds",
    "longest_seconds",
    "share",
    "mean_gap_seconds",
)
SUMMARY_COLUMNS = ("path", "subject", "label", "kind", *MEASURES, "first_seconds", "last_seconds")
SUBJECT_COLUMNS = ("subject", "label", "kind", "recordings", *MEASURES)

Found = Mapping[str, Any]


def phases_csv(timelines: Iterable[Found]) -> str:
    """Returns a table with a row for every phase."""
    rows = ((line, phase) for line in timelines for phase in line["phases"])
    return _table(PHASE_COLUMNS, rows)


def events_csv(timelines: Iterable[Found]) -> str:
    """Returns a table with a row for every event."""
    rows = ((line, event) for line in timelines for event in line.get("events", []))
    return _table(EVENT_COLUMNS, rows)


def mark_lines(path: str, subject: str, found: Found | None, problem: str = "") -> str:
    """Returns the lines of one recording in a table of many, ``MARK_COLUMNS``, at least one.

    Phases and events, which have no end, in the order of time. A recording without any has a line
    without kind and label, and so has one that cannot be read, whose timeline is None.
    """
    if found is None:
        return csv_line((path, subject, None, None, problem), [None] * 6)
    seconds = _number(found["duration_seconds"])
    marks = [(p["start_seconds"], "phase", p) for p in found["phases"]]
    marks += [(e["time_seconds"], "event", e) for e in found["events"]]
    lines = []
    for start, kind, mark in sorted(marks, key=lambda one: one[0]):
        end = _number(mark["end_seconds"]) if kind == "phase" else None
        frames = (
            [mark["start_frame"], mark["end_frame"]] if kind == "phase" else [mark["frame"], None]
        )
        numbers = [_number(start), end, *frames, _number(mark["confidence"]), seconds]
        lines.append(csv_line((path, subject, kind, mark["label"], None), numbers))
    return "".join(lines) or csv_line((path, subject, None, None, None), [None] * 5 + [seconds])


def _table(columns: tuple[str, ...], rows: Iterable[tuple[Found, Found]]) -> str:
    """Returns a table of path, subject, label and numbers."""
    lines = [",".join(columns) + "\n"]
    for line, mark in rows:
        texts = (line["path"], line.get("subject", ""), mark["label"])
        lines.append(csv_line(texts, (_number(mark[name]) for name in columns[3:])))
    return "".join(lines)


PROBABILITIES_START = "frame,time_seconds[,\n]"
"""How a table of probabilities begins, as a regular expression."""


def probabilities_csv(timeline: Timeline) -> str:
    """Returns a table with a row for every frame: when it begins, and each label's probability.

    The columns of phases have their names, those of events ``NAME (event)``. What phases lack to 1
    is the probability of none of them.
    """
    columns = ["frame", "time_seconds", *timeline.classes]
    columns += [f"{name} (event)" for name in timeline.event_names]
    found = [timeline.probabilities]
    if timeline.event_probabilities is not None:
        found.append(timeline.event_probabilities)
    lines = [csv_line(columns, ())]
    times = timeline.borders_seconds[:-1].tolist()
    for frame, (time, row) in enumerate(
        zip(times, np.concatenate(found, axis=1).tolist(), strict=True)
    ):
        lines.append(csv_line((), (str(frame), *map(_number, (time, *row)))))
    return "".join(lines)


def read_probabilities(found: Found, table: Path) -> Timeline:
    """Returns the timeline of ``Timeline.to_dict`` and ``probabilities_csv``, four digits of each.

    Raises:
        OSError: If the table cannot be read.
    """
    rows = np.loadtxt(table, delimiter=",", skiprows=1, ndmin=2)
    border = 2 + len(found["classes"])
    end = rows[0, 1] + found["duration_seconds"]
    return Timeline(
        located(found["path"]),
        found["classes"],
        np.append(rows[:, 1], end),
        rows[:, 2:border].astype(np.float32),
        tuple(
            Phase(
                phase["label"],
                phase["start_seconds"],
                phase["end_seconds"],
                confidence=phase["confidence"],
                start_frame=phase["start_frame"],
                end_frame=phase["end_frame"],
            )
            for phase in found["phases"]
        ),
        found["event_names"],
        rows[:, border:].astype(np.float32) if found["event_names"] else None,
        tuple(
            Spotted(
                event["label"],
                event["time_seconds"],
                confidence=event["confidence"],
                frame=event["frame"],
            )
            for event in found["events"]
        ),
    )


def summary_csv(timelines: Iterable[Found]) -> str:
    """Returns a table with a row for each recording and label: how often, how long, and when.

    A label that does not occur has a row too, with a count of 0: it belongs into a mean. ``share``
    is that of the recording, ``deviation_seconds`` the standard deviation of the durations (that of
    a sample, divided by one less than the count), ``first_seconds`` and ``last_seconds`` are when
    the first and the last one starts, and ``mean_gap_seconds`` is from the end of one to the start
    of the next. Cells for which there is nothing to measure are empty, and so are durations of
    events.
    """
    lines = [",".join(SUMMARY_COLUMNS) + "\n"]
    for line in timelines:
        for kind, label in _labels([line]):
            spans = _spans(line, kind, label)
            figures = _figures(kind, [spans], line["duration_seconds"])
            if spans:
                figures["first_seconds"], figures["last_seconds"] = spans[0][0], spans[-1][0]
            texts = (line["path"], line.get("subject", ""), label, kind)
            lines.append(csv_line(texts, _cells(figures, SUMMARY_COLUMNS[len(texts) :])))
    return "".join(lines)


def subjects_csv(timelines: Iterable[Found]) -> str:
    """Returns a table with a row for each subject and label, over all recordings of the subject.

    Columns as in ``summary_csv``; gaps are those within recordings, ``share`` is that of all their
    seconds. Recordings whose subject is not known have rows of their own, without a name.
    """
    lines = [",".join(SUBJECT_COLUMNS) + "\n"]
    by_subject: dict[str, list[Found]] = {}
    for line in timelines:
        by_subject.setdefault(line.get("subject", ""), []).append(line)
    for subject, recordings in sorted(by_subject.items()):
        seconds = sum(line["duration_seconds"] for line in recordings)
        for kind, label in _labels(recordings):
            spans = [_spans(line, kind, label) for line in recordings]
            figures = {"recordings": len(recordings)} | _figures(kind, spans, seconds)
            lines.append(csv_line((subject, label, kind), _cells(figures, SUBJECT_COLUMNS[3:])))
    return "".join(lines)


def _labels(timelines: Sequence[Found]) -> list[tuple[str, str]]:
    """Returns the kind and name of all that occurs or might, phases first."""
    phases = {name for line in timelines for name in line.get("classes", [])}
    phases |= {phase["label"] for line in timelines for phase in line["phases"]}
    events = {name for line in timelines for name in line.get("event_names", [])}
    events |= {event["label"] for line in timelines for event in line.get("events", [])}
    return [("phase", name) for name in sorted(phases)] + [("event", n) for n in sorted(events)]


def _spans(timeline: Found, kind: str, label: str) -> list[tuple[float, float]]:
    """Returns starts and ends in the order of time; of events both are the moment."""
    if kind == "phase":
        marks = [m for m in timeline["phases"] if m["label"] == label]
        return [(phase["start_seconds"], phase["end_seconds"]) for phase in marks]
    marks = [mark for mark in timeline.get("events", []) if mark["label"] == label]
    return [(event["time_seconds"], event["time_seconds"]) for event in marks]


def _figures(
    kind: str, recordings: Sequence[Sequence[tuple[float, float]]], all_seconds: float
) -> dict[str, float]:
    """Returns what there is to say of the starts and ends of one label, by recording."""
    seconds = [end - start for spans in recordings for start, end in spans]
    figures: dict[str, float] = {"count": len(seconds)}
    if kind == "phase":
        figures["total_seconds"] = float(sum(seconds))
        if all_seconds:
            figures["share"] = sum(seconds) / all_seconds
        if seconds:
            figures["mean_seconds"] = sum(seconds) / len(seconds)
            figures["shortest_seconds"] = min(seconds)
            figures["longest_seconds"] = max(seconds)
        if len(seconds) > 1:
            figures["deviation_seconds"] = stdev(seconds)
    gaps = [after - end for spans in recordings for (_, end), (after, _) in pairwise(spans)]
    if gaps:
        figures["mean_gap_seconds"] = sum(gaps) / len(gaps)
    return figures


def _cells(figures: Mapping[str, float], columns: Sequence[str]) -> Iterator[str]:
    """Yields figures by column; those that there are not are empty."""
    return (_number(figures[name]) if name in figures else "" for name in columns)


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
    # Programs count from where players do, which may be before the first frame; timelines that were
    # written by earlier versions do not say it.
    last = timeline.get("first_seconds", 0.0) + seconds
    return AnnotatedVideo(path, intervals, events, path=path, fps=fps, duration_seconds=last)


def _number(value: float) -> str:
    """Returns a number in figures, frames as whole ones, seconds to a tenth of a millisecond."""
    return str(value) if isinstance(value, int) else f"{value:.4f}"
