"""What whole recordings hold, in figures: how much of every label, how long, in which split."""

from collections.abc import Mapping, Sequence
from statistics import median

from mienet.curation.probe import Probe
from mienet.labeling.timelines import AnnotatedVideo

Rows = tuple[list[str], list[list[object]]]
"""Names of columns, and the rows."""


def split_rows(splits: Mapping[str, Sequence[AnnotatedVideo]], probes: Mapping[str, Probe]) -> Rows:
    """Returns a table of the splits: how many videos and marks, and how long.

    Args:
        splits: The recordings of every split.
        probes: What is in every video, by path.
    """
    head = ["split", "videos", "minutes", "frames", "intervals", "events", "% without a phase"]
    rows: list[list[object]] = []
    for name, videos in splits.items():
        usable = [video for video in videos if not probes[video.path].problem]
        seconds = sum(probes[video.path].duration_seconds for video in usable)
        labeled = sum(
            mark.end_seconds - mark.start_seconds for video in usable for mark in video.intervals
        )
        rows.append([
            name,
            len(videos),
            round(seconds / 60, 1),
            sum(probes[video.path].num_frames for video in usable),
            sum(len(video.intervals) for video in videos),
            sum(len(video.events) for video in videos),
            round(100 * max(1 - labeled / seconds, 0.0), 1) if seconds else 0.0,
        ])  # fmt: skip
    return head, rows


def label_rows(
    splits: Mapping[str, Sequence[AnnotatedVideo]], phases: Sequence[str], events: Sequence[str]
) -> Rows:
    """Returns a table of the labels: how many marks in each split, and how long they last.

    Args:
        splits: The recordings of every split.
        phases: Labels of intervals.
        events: Labels of events.
    """
    head = ["label", "kind", *splits, "shortest s", "median s", "longest s"]
    rows: list[list[object]] = []
    for label in phases:
        marks = [
            [m for video in videos for m in video.intervals if m.label == label]
            for videos in splits.values()
        ]
        seconds = sorted(m.end_seconds - m.start_seconds for own in marks for m in own)
        lasting = [f"{value:.2f}" for value in (seconds[0], median(seconds), seconds[-1])]
        rows.append([label, "phase", *map(len, marks), *lasting])
    for label in events:
        counts = [
            sum(m.label == label for video in videos for m in video.events)
            for videos in splits.values()
        ]
        rows.append([label, "event", *counts, "", "", ""])
    return head, rows


def in_columns(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Returns the lines of a table for the screen; numbers are set to the right."""
    lines = [list(map(str, row)) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    is_text = [i == 0 or head[i] == "kind" for i in range(len(head))]
    return [
        "  ".join(
            text.ljust(width) if left else text.rjust(width)
            for text, width, left in zip(line, widths, is_text, strict=True)
        ).rstrip()
        for line in lines
    ]
