"""Checking whole recordings: every video read, every mark held against it, and a report.

As with clips, nothing is deleted or changed, and what was read is remembered in ``probes.jsonl``.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mienet.annotations.discovery import Ignored, ignored_lines
from mienet.curation.groups import group_lines, shared_notes
from mienet.curation.pool import Jobs
from mienet.curation.probe import PROBES, Probe, ProbeCache
from mienet.curation.problems import UNUSABLE, Problem, in_order
from mienet.curation.recording_figures import in_columns, label_rows, split_rows
from mienet.curation.recording_problems import (
    as_records,
    find_mark_problems,
    probes_in_reality,
    recording_notes,
    without_clock,
)
from mienet.curation.recordings_report import write_recordings_report
from mienet.data.manifest import PreparedDataset, holds_recordings, read_prepared
from mienet.data.recordings import subjects_of
from mienet.data.splitting import joined_groups
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timelines import AnnotatedVideo, Mark
from mienet.options import Range, checked
from mienet.workflows.check import (
    counted,
    inspect,
    problem_lines,
    require_own_report,
    write_problems,
)
from mienet.workflows.recordings_source import columns_of

Splits = dict[str, tuple[AnnotatedVideo, ...]]


@dataclass(frozen=True)
class RecordingsInspection:
    """What a check of whole recordings found.

    Attributes:
        splits: The recordings of every split.
        phases: Labels of intervals, sorted.
        events: Labels of events, sorted.
        probes: What is in every video, by path; of slow motion in seconds of reality.
        video_problems: What is wrong with videos and splits.
        mark_problems: What is wrong with marks, each with its mark.
        unread: What the annotations say and cannot be used.
        notes: What may be wrong; not counted as a problem.
        ignored: What lies in the folder and is no video.
        group_by: What must not be in two splits, such as ``subject``; None if there is nothing.
        groups: Videos of every group, by split.
    """

    splits: Splits
    phases: list[str]
    events: list[str]
    probes: dict[str, Probe]
    video_problems: list[Problem]
    mark_problems: list[tuple[Mark, Problem]]
    unread: list[Problem]
    notes: list[str]
    ignored: Sequence[Ignored] = ()
    group_by: str | None = None
    groups: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        """Returns all problems, by kind and then by row."""
        marks = [problem for _, problem in self.mark_problems]
        return in_order([*self.video_problems, *marks, *self.unread])

    @property
    def unusable(self) -> list[Problem]:
        """Returns the problems of videos and marks that cannot be trained with."""
        marks = [problem for _, problem in self.mark_problems]
        return in_order([*self.unusable_videos, *marks, *self.unread])

    @property
    def unusable_videos(self) -> list[Problem]:
        """Returns the problems of videos that cannot be trained with."""
        return [problem for problem in self.video_problems if problem.kind in UNUSABLE]


def is_dataset_of_recordings(source: str | Path) -> bool:
    """Returns whether a path is a prepared dataset of whole recordings."""
    return Path(source).is_dir() and holds_recordings(Path(source))


@checked(jobs=Range(least=1))
def check_recordings(
    source: str | Path,
    *,
    out: str | Path | None = None,
    decode: bool = True,
    jobs: Jobs = None,
) -> tuple[RecordingsInspection, Path]:
    """Reads and compares everything in a prepared dataset of whole recordings.

    Writes ``report.html`` and ``problems.csv``.

    Args:
        source: The dataset.
        out: Folder for the report; None is the dataset's own.
        decode: Whether to decode every frame; otherwise packets are counted.
        jobs: Processes, and where; see ``run_jobs``.

    Returns:
        What was found, and the folder that was written to.

    Raises:
        DatasetError: If dataset.json is damaged.
        AnnotationError: If nothing of a list can be used.
        MienetError: If ``out`` has a report that no check wrote.
    """
    dataset = read_prepared(Path(source))
    folder = Path(out) if out is not None else dataset.folder
    require_own_report(folder)
    folder.mkdir(parents=True, exist_ok=True)
    splits: Splits = {}
    problems: list[str] = []
    for name, path in dataset.lists().items():
        read = read_timelines(path, videos=dataset.videos, skip_broken=True)
        splits[name] = read.videos
        problems += read.problems
    group_by = dataset.provenance.get("group_by")
    inspection = inspect_recordings(
        splits,
        ProbeCache(folder / PROBES),
        videos=dataset.videos,
        known={entry.path for entry in dataset.excluded},
        group_by=group_by,
        are_given=dataset.provenance.get("split") is None,
        values=_group_values(dataset, splits),
        unread=problems,
        decode=decode,
        jobs=jobs,
    )
    write_recording_findings(inspection, folder, title=str(source), jobs=jobs)
    return inspection, folder


def _group_values(dataset: PreparedDataset, splits: Splits) -> dict[str, tuple[str, ...]]:
    group_by, paths = dataset.provenance.get("group_by"), dataset.provenance.get("paths")
    videos = [video for own in splits.values() for video in own]
    columns, _ = columns_of(videos, dataset.videos, paths) if paths else ({}, [])
    return group_values(videos, columns, group_by)


def group_values(
    videos: Iterable[AnnotatedVideo],
    columns: Mapping[str, Mapping[str, str]],
    group_by: str | None,
) -> dict[str, tuple[str, ...]]:
    """Returns what each video is grouped by, by its path: its subjects, or what its name tells.

    Args:
        videos: The recordings.
        columns: What the videos' names tell, by path and column.
        group_by: ``subject`` or a column; None is nothing.
    """
    found = {}
    for video in videos:
        named = columns.get(video.path, {}).get(group_by or "")
        own = subjects_of(video) if group_by == "subject" else ()
        found[video.path] = tuple(sorted({*own, *([named] if named else [])}))
    return found


def group_names(values: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Returns the name of each video's group, by its path: ``Ann``, or ``Ann + Bo`` if linked.

    Args:
        values: As ``group_values`` returns them; a video without any is a group of its own.
    """
    keys = {path: own or (path,) for path, own in values.items()}
    roots = dict(zip(keys, joined_groups(list(keys.values())), strict=True))
    members: dict[object, set[str]] = {}
    for path, root in roots.items():
        members.setdefault(root, set()).update(keys[path])
    return {path: " + ".join(sorted(members[root])) for path, root in roots.items()}


def inspect_recordings(
    splits: Splits,
    cache: ProbeCache,
    *,
    videos: Path,
    known: Collection[str] = (),
    group_by: str | None = None,
    are_given: bool = False,
    values: Mapping[str, Sequence[str]] | None = None,
    unread: Sequence[str] = (),
    decode: bool = True,
    jobs: Jobs = None,
) -> RecordingsInspection:
    """Returns what is wrong with recordings, their videos and their marks.

    Args:
        splits: The recordings of every split.
        cache: What is known of videos; it grows.
        videos: Folder in which a video that no list names is a problem.
        known: Videos that may be there unlisted, relative to ``videos``.
        group_by: What must not be in two splits.
        are_given: Whether the annotations say the splits; otherwise ``mienet prepare`` makes them.
        values: What each video is grouped by, by its path.
        unread: What the annotations say and cannot be used, with its place.
        decode: Whether to decode every frame.
        jobs: Processes, and where; see ``run_jobs``.
    """
    names = group_names(values or {}) if group_by is not None else None
    found = inspect(
        as_records(splits, group_by, names),
        cache,
        videos=videos,
        known=known,
        group_by=group_by,
        are_given=are_given,
        decode=decode,
        jobs=jobs,
    )
    marks = [video for own in splits.values() for video in own]
    probes = probes_in_reality(splits, found.probes)
    notes = [*recording_notes(splits, probes), *found.notes]
    if group_by is None:
        notes += shared_notes("subject", _subjects(splits))
    return RecordingsInspection(
        splits,
        sorted({mark.label for video in marks for mark in video.intervals}),
        sorted({mark.label for video in marks for mark in video.events}),
        probes,
        [*found.problems, *without_clock(splits, probes)],
        find_mark_problems(splits, probes),
        [_unread(line) for line in unread],
        notes,
        group_by=group_by,
        groups=found.groups,
    )


def _subjects(splits: Splits) -> dict[str, Counter[str]]:
    """Returns by split how many videos each subject is in."""
    return {
        name: Counter(subject for video in own for subject in subjects_of(video))
        for name, own in splits.items()
    }


def _unread(line: str) -> Problem:
    """Returns a line of a reader, which begins with its place, as a problem."""
    return Problem("bad annotation", line.partition(": ")[0], "", line)


def write_recording_findings(
    inspection: RecordingsInspection, folder: Path, *, title: str, jobs: Jobs = None
) -> None:
    """Writes ``problems.csv`` and ``report.html`` to a folder."""
    write_problems(inspection.problems, folder)
    write_recordings_report(
        folder / "report.html",
        title=title,
        splits=inspection.splits,
        phases=inspection.phases,
        events=inspection.events,
        probes=inspection.probes,
        problems=[(p.kind, p.source, p.message) for p in inspection.problems],
        verdict=counted(inspection.problems, inspection.notes),
        notes=inspection.notes,
        group_by=inspection.group_by,
        groups=inspection.groups,
        jobs=jobs,
    )


def recordings_summary(inspection: RecordingsInspection) -> list[str]:
    """Returns the lines of tables for the screen: splits and labels, then problems by kind."""
    lines = in_columns(*split_rows(inspection.splits, inspection.probes))
    labels = label_rows(inspection.splits, inspection.phases, inspection.events)
    lines += ["", *in_columns(*labels)]
    lines += group_lines(inspection.group_by, inspection.groups)
    lines += problem_lines(inspection.problems, inspection.notes)
    lines += [f"\n{line}" for line in ignored_lines(inspection.ignored)]
    return lines
