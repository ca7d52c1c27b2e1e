"""What can be wrong with a dataset: one function for each kind of problem."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mienet.annotations.discovery import find_videos
from mienet.annotations.records import Annotations, VideoRecord
from mienet.annotations.spelling import Places
from mienet.curation.probe import Probe
from mienet.data.intervals import outside
from mienet.video.endings import VIDEO, kind_of

SLOWEST_RATE, FASTEST_RATE = 1.0, 1000.0
"""Frames per second beyond which a header is more likely wrong than the camera unusual."""

ALIKE = 8.0
"""Gray levels, of 255, root of the mean square, below which two videos' middle frames look alike.

Of the 179 EgoGestAR clips, filmed in many rooms, no two of different rooms differ by less than 17.
"""

UNUSABLE = ("missing", "unreadable", "no frames", "cut short", "damaged", "outside the video")
"""Kinds of problems of a clip that cannot be trained with."""

UNUSABLE_MARKS = ("bad annotation", "bad label", "overlap", "listed twice")
"""Kinds of problems of a mark in a whole recording that cannot be trained with."""

KINDS = (
    *UNUSABLE,
    *UNUSABLE_MARKS[:3],
    "empty class folder",
    "in two splits",
    "group in two splits",
    "duplicate",
    "listed twice",
    "implausible frame rate",
    "unlisted",
    "class without clips",
)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        kind: One of ``KINDS``.
        source: The row, such as ``train.csv:12``; the video, folder or class if there is none.
        path: The video; empty for a class or its folder.
        message: What is wrong, with the next step.
    """

    kind: str
    source: str
    path: str
    message: str


def find_problems(
    splits: Mapping[str, Annotations],
    probes: Mapping[str, Probe],
    *,
    videos: Path | None = None,
    known: Collection[str] = (),
    group_by: str | None = None,
) -> list[Problem]:
    """Returns all that is wrong, by kind and then by row.

    Args:
        splits: The clips of every split.
        probes: What is in every video, by path.
        videos: Folder in which a video that no list names is a problem; None does not look.
        known: Videos that may be there unlisted, relative to ``videos``.
        group_by: Column whose values must not be in two splits.
    """
    records = [record for annotations in splits.values() for record in annotations.records]
    problems = [
        *_broken(records, probes),
        *_outside(records, probes),
        *_copies(splits, probes),
        *_rates(records, probes),
        *_groups(splits, group_by),
        *_empty_folders(splits),
        *_classes_without_clips(splits),
    ]
    if videos is not None:
        problems += _unlisted(videos, {record.path for record in records}, known)
    return in_order(problems)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Returns problems by kind and then by row."""
    order = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(problems, key=lambda p: (order[p.kind], _natural(p.source), p))


def _broken(records: Iterable[VideoRecord], probes: Mapping[str, Probe]) -> list[Problem]:
    found = []
    places = Places()
    for record in records:
        probe = probes[record.path]
        if message := probe.problem:
            if probe.problem_kind == "missing":
                message += places.hint(record.path)
            own = message if record.source == record.path else f"{record.source}: {message}"
            found.append(Problem(probe.problem_kind, record.source, record.path, own))
    return found


def _place(record: VideoRecord) -> str:
    """Returns the row and its video; of class folders, where the video is all, that alone."""
    return record.path if record.source == record.path else f"{record.source}: {record.path}"


def _outside(records: Iterable[VideoRecord], probes: Mapping[str, Probe]) -> list[Problem]:
    found = []
    for record in records:
        probe = probes[record.path]
        if probe.problem:
            continue
        if says := outside(record, probe.num_frames, _clock(probe)):
            message = f"{_place(record)} {says}"
            found.append(Problem("outside the video", record.source, record.path, message))
    return found


def _clock(probe: Probe) -> tuple[float, float] | None:
    """Returns when the video's first frame begins and its last ends; None for a folder."""
    if not probe.duration_seconds and not probe.frames_per_second and Path(probe.path).is_dir():
        return None
    rate, end = probe.frames_per_second, probe.duration_seconds
    return (max(end - probe.num_frames / rate, 0.0) if rate else 0.0), end


def _copies(splits: Mapping[str, Annotations], probes: Mapping[str, Probe]) -> list[Problem]:
    """Returns clips that stand in the lists twice, under one name or two."""
    records = [record for annotations in splits.values() for record in annotations.records]
    same = content_keys((record.path for record in records), probes)
    groups: defaultdict[tuple[object, ...], list[tuple[str, VideoRecord]]] = defaultdict(list)
    for name, annotations in splits.items():
        for record in annotations.records:
            groups[(same[record.path], *record[2:6])].append((name, record))
    found = []
    for clips in groups.values():
        first_split, first = clips[0]
        for name, record in clips[1:]:
            if name != first_split:
                kind, says = "in two splits", f"the same clip is in {first_split} ({first.source})"
            elif record.path == first.path:
                kind, says = "listed twice", f"the same clip is listed ({first.source})"
            else:
                row = "" if first.source == first.path else f" ({first.source})"
                kind, says = "duplicate", f"the same content as {first.path}{row}"
            label = "" if record.label == first.label else ", with another label"
            message = f"{_place(record)}: {says}{label}; keep one"
            found.append(Problem(kind, record.source, record.path, message))
    return found


def content_keys(paths: Iterable[str], probes: Mapping[str, Probe]) -> dict[str, str]:
    """Returns by path what is alike for videos that show the same, and for no others.

    That is so for copies of a file, and for a video ``a.mp4`` and its frames in ``a/`` beside it.
    """
    found = {path: probes[path].fingerprint or path for path in paths}
    files = {str(Path(path).with_suffix("")): path for path in found if kind_of(path) == VIDEO}
    return {path: found[files.get(path, path)] for path in found}


def _rates(records: Iterable[VideoRecord], probes: Mapping[str, Probe]) -> list[Problem]:
    sources = {record.path: record.source for record in reversed(list(records))}
    return [
        Problem(
            "implausible frame rate",
            source,
            path,
            f"{path}: {probes[path].frames_per_second:g} frames per second; usual are "
            f"{SLOWEST_RATE:g} to {FASTEST_RATE:g}, so times in seconds will be wrong",
        )
        for path, source in sources.items()
        if probes[path].duration_seconds
        and probes[path].num_frames > 1
        and not SLOWEST_RATE <= probes[path].frames_per_second <= FASTEST_RATE
    ]


def _groups(splits: Mapping[str, Annotations], group_by: str | None) -> list[Problem]:
    if group_by is None:
        return []
    first: dict[str, str] = {}
    found: dict[tuple[str, str], Problem] = {}
    for name, annotations in splits.items():
        if group_by not in annotations.columns:
            continue
        column = annotations.columns.index(group_by)
        for record in annotations.records:
            group = record.extra[column]
            if first.setdefault(group, name) != name:
                message = f"{record.source}: {group_by} {group!r} is in {first[group]} and {name}"
                found.setdefault(
                    (group, name),
                    Problem("group in two splits", record.source, record.path, message),
                )
    return list(found.values())


def _empty_folders(splits: Mapping[str, Annotations]) -> list[Problem]:
    folders = [folder for annotations in splits.values() for folder in annotations.empty_folders]
    return [
        Problem("empty class folder", folder, "", f"{folder}: no videos in this class folder")
        for folder in folders
    ]


def _classes_without_clips(splits: Mapping[str, Annotations]) -> list[Problem]:
    """Returns the classes without clips, besides those whose folder is reported as empty."""
    counts: Counter[int | None] = Counter()
    classes: list[str] = []
    empty: set[str] = set()
    for annotations in splits.values():
        counts.update(record.label for record in annotations.records)
        classes = annotations.classes
        empty.update(Path(folder).name for folder in annotations.empty_folders)
    return [
        Problem("class without clips", name, "", f"class {name!r} has no clips in any split")
        for label, name in enumerate(classes)
        if not counts[label] and name not in empty
    ]


def _unlisted(videos: Path, listed: set[str], known: Collection[str]) -> list[Problem]:
    listed = {str(Path(path).absolute()) for path in listed}
    # A folder of frames that a list names is one video, whatever lies beside it.
    found = [
        video
        for video in find_videos(videos)
        if str(video.absolute()) not in listed and video.relative_to(videos).as_posix() not in known
    ]
    advice = "in the folder, but in no list; to use it, label it and run mienet prepare again"
    return [Problem("unlisted", str(v), str(v), f"{v}: {advice}") for v in found]


def find_near_duplicates(
    splits: Mapping[str, Annotations],
    probes: Mapping[str, Probe],
    group_by: str | None,
    *,
    are_given: bool,
) -> list[str]:
    """Returns a note if videos of two splits look like the same recording.

    Args:
        splits: The clips of every split.
        probes: What is in every video, by path.
        group_by: Column that they were split by; None if nothing was.
        are_given: Whether a list says the splits, and ``mienet prepare`` makes none.
    """
    notes = []
    names = list(splits)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            alike = _alike(splits[name].records, splits[other].records, probes)
            if alike:
                videos, pair = len(alike), next(iter(alike.items()))
                note = (
                    f"{videos} video(s) of {other} look almost like one of {name} (such as "
                    f"{pair[0]} in {other} and {pair[1]} in {name}): the same recording, or the "
                    "same place and camera"
                )
                if are_given:
                    note += (
                        ". If people or sessions are in both, give all of theirs one split in the "
                        "list, or take the splits out of it and let mienet prepare --group-by make "
                        "them"
                    )
                elif group_by is None:
                    note += ". If people or sessions are in both, split by them with --group-by"
                notes.append(note)
    return notes


def _alike(
    ones: Sequence[VideoRecord], others: Sequence[VideoRecord], probes: Mapping[str, Probe]
) -> dict[str, str]:
    """Returns the videos of ``others`` that look like one of ``ones``, each with that one."""
    one_paths, other_paths = (
        [path for path in dict.fromkeys(r.path for r in records) if probes[path].look]
        for records in (ones, others)
    )
    if not one_paths or not other_paths:
        return {}
    one, other = (
        np.array([np.frombuffer(bytes.fromhex(probes[path].look), np.uint8) for path in paths])
        for paths in (one_paths, other_paths)
    )
    one, other = one.astype(np.float32), other.astype(np.float32)
    own = (one**2).sum(axis=1)
    alike = {}
    for start in range(0, len(other), 256):  # so many at once, as lists may be long
        looks = other[start : start + 256]
        squares = own + (looks**2).sum(axis=1, keepdims=True) - 2 * looks @ one.T
        nearest = squares.argmin(axis=1)
        distances = np.sqrt(np.maximum(squares.min(axis=1), 0) / one.shape[1])
        for path, place, distance in zip(
            other_paths[start : start + 256], nearest, distances, strict=True
        ):
            if distance < ALIKE:
                alike[path] = one_paths[place]
    return alike


def _natural(source: str) -> tuple[str, int]:
    """Returns a key that sorts ``list.csv:9`` before ``list.csv:10``."""
    name, _, line = source.rpartition(":")
    return (name, int(line)) if line.isdigit() else (source, 0)
