"""Checking a dataset: every video read, every clip held against it, and a report to look at.

Nothing is deleted or changed. What was read is remembered in ``probes.jsonl``, so that a second
check takes seconds, and one that was stopped goes on where it was.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mienet.data.annotations import (
    AnnotationError,
    Annotations,
    VideoRecord,
    find_videos,
    read_annotations,
)
from mienet.data.journal import replace_text
from mienet.data.prepared import PreparedDataset, is_prepared, read_prepared
from mienet.data.probe import Probe, ProbeCache, probe_videos
from mienet.data.segments import END_TOLERANCE_SECONDS
from mienet.workflows.report import write_report

SLOWEST_RATE, FASTEST_RATE = 1.0, 1000.0
"""Frames per second beyond which a header is more likely wrong than the camera unusual."""

ALIKE = 8.0
"""Grey levels, of 255, by which two videos' middle frames differ on average that look the same.

Of the 179 EgoGestAR clips, filmed in many rooms, no two of different rooms differ by less than 13.
"""

UNUSABLE = ("missing", "unreadable", "no frames", "cut short", "damaged", "outside the video")
"""Kinds of problems of a clip that cannot be trained with."""

KINDS = (
    *UNUSABLE,
    "in two splits",
    "group in two splits",
    "duplicate",
    "listed twice",
    "absurd rate",
    "unlisted",
    "class without clips",
)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        kind: One of ``KINDS``.
        source: The row, such as ``train.csv:12``; the video or class if there is none.
        path: The video; empty for a class.
        message: What is wrong, with the next step.
    """

    kind: str
    source: str
    path: str
    message: str


@dataclass(frozen=True)
class Inspection:
    """What a check found.

    Attributes:
        splits: The clips of every split.
        probes: What is in every video, by path.
        problems: All that is wrong, by kind and then by row.
        notes: What may be wrong; not counted as a problem.
    """

    splits: dict[str, Annotations]
    probes: dict[str, Probe]
    problems: list[Problem]
    notes: list[str]

    @property
    def unusable(self) -> list[Problem]:
        """Returns the problems of clips that cannot be trained with."""
        return [problem for problem in self.problems if problem.kind in UNUSABLE]


def check(
    source: str | Path,
    *,
    videos: str | Path | None = None,
    out: str | Path | None = None,
    decode: bool = True,
    jobs: int | None = None,
) -> tuple[Inspection, Path]:
    """Reads and compares everything in a dataset, and writes ``report.html`` and ``problems.csv``.

    Args:
        source: A prepared dataset, a folder of class folders, a CSV or a list.
        videos: Folder that the paths of a CSV or list start from; None is its own.
        out: Folder for the report; None is the prepared dataset's own, else ``check``.
        decode: Whether to decode every frame; otherwise packets are counted, which is several times
            faster and does not see a damaged frame.
        jobs: Processes; None is one per processor.

    Returns:
        What was found, and the folder that was written to.

    Raises:
        FileNotFoundError: If there is nothing at ``source``.
        AnnotationError: If rows of the lists are bad, with all of them.
        DatasetError: If dataset.json is damaged.
    """
    path = Path(source)
    dataset = read_prepared(path) if path.is_dir() and is_prepared(path) else None
    folder = Path(out) if out is not None else (path if dataset else Path("check"))
    if dataset is None:
        root = Path(videos) if videos is not None else None
        splits = {"all": read_annotations(path, root=root, must_exist=False)}
        root, known, pattern, group_by = path if path.is_dir() else root, {}, None, None
    else:
        splits = _read_splits(dataset)
        root, known, pattern = dataset.videos, dataset.left_out, dataset.frame_pattern
        group_by = dataset.made.get("group_by")
    folder.mkdir(parents=True, exist_ok=True)
    inspection = inspect(
        splits,
        ProbeCache(folder / "probes.jsonl"),
        videos=root,
        known=known,
        group_by=group_by,
        frame_pattern=pattern,
        decode=decode,
        jobs=jobs,
    )
    write_findings(inspection, folder, title=str(path), frame_pattern=pattern, jobs=jobs)
    return inspection, folder


def inspect(
    splits: dict[str, Annotations],
    cache: ProbeCache,
    *,
    videos: Path | None = None,
    known: Mapping[str, str] | None = None,
    group_by: str | None = None,
    frame_pattern: str | None = None,
    decode: bool = True,
    jobs: int | None = None,
) -> Inspection:
    """Returns what is wrong with clips and their videos.

    Args:
        splits: The clips of every split.
        cache: What is known of videos; it grows.
        videos: Folder in which a video that no list names is a problem; None does not look.
        known: Videos that may be there unlisted, relative to ``videos``.
        group_by: Column whose values must not be in two splits.
        frame_pattern: Names of the images in frame folders.
        decode: Whether to decode every frame.
        jobs: Processes; None is one per processor.
    """
    records = [record for annotations in splits.values() for record in annotations.records]
    paths = [record.path for record in records]
    probes = probe_videos(paths, cache, decode=decode, frame_pattern=frame_pattern, jobs=jobs)
    problems = [
        *_broken(records, probes),
        *_outside(records, probes),
        *_copies(splits, probes),
        *_rates(records, probes),
        *_groups(splits, group_by),
        *_classes_without_clips(splits),
    ]
    if videos is not None:
        problems += _unlisted(videos, set(paths), known or {})
    order = {kind: place for place, kind in enumerate(KINDS)}
    problems.sort(key=lambda problem: (order[problem.kind], _natural(problem.source), problem))
    return Inspection(splits, probes, problems, _look_alikes(splits, probes, group_by))


def write_findings(
    inspection: Inspection,
    folder: Path,
    *,
    title: str,
    frame_pattern: str | None = None,
    jobs: int | None = None,
) -> None:
    """Writes ``problems.csv`` and ``report.html`` to a folder."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["kind", "source", "path", "message"])
    writer.writerows([p.kind, p.source, p.path, p.message] for p in inspection.problems)
    replace_text(folder / "problems.csv", text.getvalue())
    write_report(
        folder / "report.html",
        title=title,
        splits=inspection.splits,
        probes=inspection.probes,
        problems=[(p.kind, p.source, p.message) for p in inspection.problems],
        notes=inspection.notes,
        frame_pattern=frame_pattern,
        jobs=jobs,
    )


def summary(inspection: Inspection) -> list[str]:
    """Returns the lines of a table for the screen: splits, then problems by kind."""
    lines = [f"{'split':8}{'clips':>8}{'videos':>8}{'classes':>9}{'minutes':>9}"]
    for name, annotations in inspection.splits.items():
        videos = {record.path for record in annotations.records}
        classes = {record.label for record in annotations.records} - {None}
        seconds = sum(p.duration_seconds for v in videos if (p := inspection.probes.get(v)))
        clips = len(annotations.records)
        lines.append(f"{name:8}{clips:8}{len(videos):8}{len(classes):9}{seconds / 60:9.1f}")
    counts = Counter(problem.kind for problem in inspection.problems)
    for kind, count in counts.items():
        lines.append(f"\n{kind}: {count}")
        shown = [p.message for p in inspection.problems if p.kind == kind][:5]
        lines += [f"  {message}" for message in shown]
        lines += [f"  ... and {count - len(shown)} more"] if count > len(shown) else []
    lines += [f"\nnote: {note}" for note in inspection.notes]
    return lines


def _read_splits(dataset: PreparedDataset) -> dict[str, Annotations]:
    """Reads all lists of a dataset, and reports the bad rows of all of them in one error."""
    splits, problems = {}, []
    for name in dataset.lists():
        try:
            splits[name] = dataset.read(name, must_exist=False)
        except AnnotationError as error:
            problems += error.problems
    if problems:
        raise AnnotationError("bad rows", problems)
    return splits


def _broken(records: Iterable[VideoRecord], probes: Mapping[str, Probe]) -> list[Problem]:
    found = []
    for record in records:
        if message := probes[record.path].problem:
            own = message if record.source == record.path else f"{record.source}: {message}"
            found.append(Problem(_kind(message), record.source, record.path, own))
    return found


def _kind(message: str) -> str:
    """Returns the kind of a video's problem by the words that ``open_video`` and probes use."""
    words = {
        "no such video": "missing",
        "the file is empty": "no frames",
        "no frames": "no frames",
        "cut short:": "cut short",
        "damaged or cut short;": "cut short",
        "missing frame(s)": "cut short",
        "cannot be read": "unreadable",
        "damaged": "damaged",
    }
    return next((kind for word, kind in words.items() if word in message), "unreadable")


def _outside(records: Iterable[VideoRecord], probes: Mapping[str, Probe]) -> list[Problem]:
    found = []
    for record in records:
        probe = probes[record.path]
        if probe.problem:
            continue
        says = ""
        last = record.end_frame or (record.start_frame or 0) + 1
        ends = max(record.end_seconds or 0.0, record.start_seconds or 0.0)
        if last > probe.num_frames:
            says = f"has {probe.num_frames} frames, the list asks for {last}"
        elif ends and not probe.duration_seconds:
            says = "is a folder of frames, which has no seconds; give frames"
        elif ends > probe.duration_seconds + END_TOLERANCE_SECONDS:
            says = f"lasts {probe.duration_seconds:.2f} seconds, the list asks for {ends:.2f}"
        if says:
            message = f"{record.source}: {record.path} {says}; correct the list"
            found.append(Problem("outside the video", record.source, record.path, message))
    return found


def _copies(splits: Mapping[str, Annotations], probes: Mapping[str, Probe]) -> list[Problem]:
    """Returns clips that stand in the lists twice, under one name or two."""
    groups: defaultdict[tuple[object, ...], list[tuple[str, VideoRecord]]] = defaultdict(list)
    for name, annotations in splits.items():
        for record in annotations.records:
            content = probes[record.path].fingerprint or record.path
            groups[(content, *record[2:6])].append((name, record))
    found = []
    for clips in groups.values():
        first_split, first = clips[0]
        for name, record in clips[1:]:
            if name != first_split:
                kind, says = "in two splits", f"the same clip is in {first_split}"
            elif record.path == first.path:
                kind, says = "listed twice", "the same clip is listed"
            else:
                kind, says = "duplicate", f"the same content as {first.path}"
            label = "" if record.label == first.label else ", with another label"
            message = f"{record.source}: {record.path}: {says} ({first.source}){label}; keep one"
            found.append(Problem(kind, record.source, record.path, message))
    return found


def _rates(records: Iterable[VideoRecord], probes: Mapping[str, Probe]) -> list[Problem]:
    sources = {record.path: record.source for record in reversed(list(records))}
    return [
        Problem(
            "absurd rate",
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


def _classes_without_clips(splits: Mapping[str, Annotations]) -> list[Problem]:
    counts: Counter[int | None] = Counter()
    classes: list[str] = []
    for annotations in splits.values():
        counts.update(record.label for record in annotations.records)
        classes = annotations.classes
    return [
        Problem("class without clips", name, "", f"class {name!r} has no clips in any split")
        for label, name in enumerate(classes)
        if not counts[label]
    ]


def _unlisted(videos: Path, listed: set[str], known: Mapping[str, str]) -> list[Problem]:
    listed = {str(Path(path).absolute()) for path in listed}
    # A folder of frames that a list names is one video, whatever lies beside it.
    found = [
        video
        for video in find_videos(videos)
        if str(video.absolute()) not in listed and video.relative_to(videos).as_posix() not in known
    ]
    return [
        Problem("unlisted", str(video), str(video), f"{video}: in the folder, but in no list")
        for video in found
    ]


def _look_alikes(
    splits: Mapping[str, Annotations], probes: Mapping[str, Probe], group_by: str | None
) -> list[str]:
    """Returns a note if videos of two splits look like the same recording."""
    notes = []
    names = list(splits)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            alike = _alike(splits[name].records, splits[other].records, probes)
            if alike:
                videos, pair = len(alike), next(iter(alike.items()))
                note = (
                    f"{videos} video(s) of {other} look almost like one of {name} (such as "
                    f"{pair[0]} and {pair[1]}): the same recording, or the same place and camera"
                )
                if group_by is None:
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
