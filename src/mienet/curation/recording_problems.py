"""What can be wrong with whole recordings: with their videos, as with clips, and with their marks.

Recordings are looked at in two ways that the checks of clips take: a record for each whole video,
and a record for each mark, as if a clip had been cut there.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mienet.annotations.fields import is_whole_label
from mienet.annotations.records import Annotations, VideoRecord
from mienet.curation.labels import alike_notes, typo_notes_of
from mienet.curation.probe import Probe
from mienet.curation.problems import Problem
from mienet.labeling.timelines import (
    AnnotatedVideo,
    Event,
    Interval,
    Mark,
    in_order,
    outside,
    start_of,
)
from mienet.labeling.timelines import overlaps as overlapping

Splits = Mapping[str, Sequence[AnnotatedVideo]]

LEAST_DIFFERENCE_SECONDS, LEAST_DIFFERENCE = 0.5, 0.02
"""A video lasts otherwise than its annotations say if both of these are exceeded."""
MOST_EXAMPLES = 3


def as_records(
    splits: Splits, group_by: str | None = None, groups: Mapping[str, str] | None = None
) -> dict[str, Annotations]:
    """Returns a record for each whole video, without a label.

    Args:
        splits: The recordings of every split.
        group_by: What the videos were split by; it becomes a column.
        groups: The group of every video, by its path.
    """
    columns = (group_by,) if group_by is not None else ()
    return {
        name: Annotations(
            [
                VideoRecord(
                    video.path,
                    None,
                    source=video.source,
                    extra=((groups or {})[video.path],) if columns else (),
                )
                for video in videos
            ],
            [],
            columns,
        )
        for name, videos in splits.items()
    }


def as_clips(
    splits: Splits, phases: Sequence[str], events: Sequence[str], probes: Mapping[str, Probe]
) -> dict[str, Annotations]:
    """Returns a record for each mark, as if a clip were cut there; of an event, its frame."""
    classes = [*phases, *(f"{name} (event)" for name in events)]
    number: dict[tuple[type, str], int] = {(Interval, name): i for i, name in enumerate(phases)}
    number |= {(Event, name): len(phases) + i for i, name in enumerate(events)}
    return {
        name: Annotations(
            [
                _as_clip(mark, number[type(mark), mark.label], video, probes[video.path])
                for video in videos
                for mark in in_order(video)
            ],
            classes,
        )
        for name, videos in splits.items()
    }


def _as_clip(mark: Mark, label: int, video: AnnotatedVideo, probe: Probe) -> VideoRecord:
    start = start_of(mark)
    if isinstance(mark, Interval):
        end = mark.end_seconds
    else:
        end = start + 1 / (probe.frames_per_second or 25)
    if video.capture_fps is None:
        return VideoRecord(video.path, label, start, end)
    # The file's seconds are not those of reality; its frames are the same.
    first = min(round(start * video.capture_fps), probe.num_frames - 1)
    behind = min(round(end * video.capture_fps), probe.num_frames)
    frames = (first, max(behind, first + 1))
    return VideoRecord(video.path, label, None, None, *frames)


def probes_in_reality(splits: Splits, probes: Mapping[str, Probe]) -> dict[str, Probe]:
    """Returns what is in every video, lengths and rates in seconds of reality where marks are."""
    found = dict(probes)
    for video in (video for videos in splits.values() for video in videos):
        probe, rate = probes[video.path], video.capture_fps
        if rate is not None and not probe.problem:
            seconds = probe.num_frames / rate
            found[video.path] = replace(probe, frames_per_second=rate, duration_seconds=seconds)
    return found


def without_clock(splits: Splits, probes: Mapping[str, Probe]) -> list[Problem]:
    """Returns a problem for every folder of frames, as the times of marks mean nothing there."""
    found = []
    for video in (video for videos in splits.values() for video in videos):
        probe = probes[video.path]
        if not probe.problem and not probe.duration_seconds and Path(video.path).is_dir():
            message = (
                f"{video.source}: {video.path} is a folder of frames, which has no seconds; say "
                "how fast the camera was (--capture-fps 25, or a column capture_fps), or make a "
                f"video of it: ffmpeg -framerate 25 -pattern_type glob -i "
                f"'{video.path}/*.{probe.codec}' {video.path}.mp4"
            )
            found.append(Problem("unreadable", video.source, video.path, message))
    return found


def find_mark_problems(splits: Splits, probes: Mapping[str, Probe]) -> list[tuple[Mark, Problem]]:
    """Returns each mark that cannot be used, with what is wrong; one mark may be there twice.

    Args:
        splits: The recordings of every split.
        probes: What is in every video, by path; marks in videos that cannot be read are left alone.
    """
    found: list[tuple[Mark, Problem]] = []
    for video in (video for videos in splits.values() for video in videos):
        probe = probes[video.path]
        lines: list[tuple[str, Mark, str]] = [
            ("bad label", mark, f"{mark.source}: {wrong}")
            for mark in in_order(video)
            if (wrong := _wrong_texts(mark))
        ]
        lines += [("overlap", *pair) for pair in overlapping(video, of_all_subjects=True)]
        lines += [("listed twice", *pair) for pair in _twice(video)]
        if not probe.problem:
            timed = AnnotatedVideo(
                video.name, video.intervals, video.events, fps=probe.frames_per_second or None
            )
            lines += [
                ("outside the video", *pair) for pair in outside(timed, probe.duration_seconds)
            ]
        found += [
            (mark, Problem(kind, mark.source, video.path, line)) for kind, mark, line in lines
        ]
    return found


def _wrong_texts(mark: Mark) -> str:
    """Returns what is wrong with a mark's label, or what else a list says of it; or ``""``."""
    wrong = (
        f"{name} {text!r} holds a character that ends lines or controls terminals"
        for name in ("label", "subject", "tier", "annotator")
        if not is_whole_label((text := getattr(mark, name)).strip())
    )
    return next(wrong, "")


def _twice(video: AnnotatedVideo) -> list[tuple[Mark, str]]:
    """Returns the events that are there already; intervals overlap themselves."""
    first: dict[tuple[str, float, str], Event] = {}
    found: list[tuple[Mark, str]] = []
    for event in video.events:
        before = first.setdefault((event.label, event.time_seconds, event.subject), event)
        if before is not event:
            what = f"{event.label!r} at {event.time_seconds:g} s is there already"
            found.append((event, f"{event.source}: {what} ({before.source}); keep one"))
    return found


def label_counts(splits: Splits) -> dict[str, Counter[str]]:
    """Returns how many intervals and how many events there are of every label."""
    videos = [video for own in splits.values() for video in own]
    return {
        "intervals": Counter(mark.label for video in videos for mark in video.intervals),
        "events": Counter(mark.label for video in videos for mark in video.events),
    }


def recording_notes(splits: Splits, probes: Mapping[str, Probe]) -> list[str]:
    """Returns what may be wrong with labels and lengths; for people, not problems."""
    counts = label_counts(splits)
    intervals, events = counts["intervals"], counts["events"]
    notes = alike_notes(sorted(intervals | events))
    for own in (intervals, events):
        notes += typo_notes_of(dict(sorted(own.items())), kind="label", what="mark")
    for label in sorted(intervals.keys() & events.keys()):
        rarer = "event" if events[label] <= intervals[label] else "interval"
        notes.append(
            f"{label!r} is a phase ({intervals[label]} intervals) and an event ({events[label]}), "
            f"which are learned apart; if it is one, correct each {rarer} (an event has no end): "
            f"{_places(splits, label, rarer)}"
        )
    return notes + _length_notes(splits, probes)


def _places(splits: Splits, label: str, kind: str) -> str:
    marks = (mark for videos in splits.values() for video in videos for mark in in_order(video))
    wanted = Event if kind == "event" else Interval
    sources = [mark.source for mark in marks if mark.label == label and isinstance(mark, wanted)]
    return _examples(sources)


def _length_notes(splits: Splits, probes: Mapping[str, Probe]) -> list[str]:
    """Returns a note if videos last otherwise than the annotations say, or are not all labeled."""
    others: list[str] = []
    unlabeled: defaultdict[str, float] = defaultdict(float)
    for video in (video for videos in splits.values() for video in videos):
        stated, probe = video.duration_seconds, probes[video.path]
        real = probe.duration_seconds
        if stated is not None and not probe.problem:
            difference = abs(stated - real)
            if difference > max(LEAST_DIFFERENCE_SECONDS, LEAST_DIFFERENCE * real):
                others.append(f"{video.path}: {stated:g} s stated, {real:g} s real")
        for start, end in video.unlabeled:
            unlabeled[video.path] += end - start
    notes = []
    if others:
        notes.append(
            f"{len(others)} video(s) last otherwise than their annotations say: another cut or "
            f"frame rate? {_examples(others)}"
        )
    if unlabeled:
        notes.append(
            f"{sum(unlabeled.values()):.1f} s in {len(unlabeled)} video(s) are said to be not "
            f"labeled yet, and count as background from here on: {_examples(list(unlabeled))}"
        )
    return notes


def _examples(texts: Sequence[str]) -> str:
    more = f", and {len(texts) - MOST_EXAMPLES} more" if len(texts) > MOST_EXAMPLES else ""
    return ", ".join(texts[:MOST_EXAMPLES]) + more
