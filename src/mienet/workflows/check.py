"""Checking a dataset: every video read, every clip held against it, and a report to look at.

Nothing is deleted or changed. What was read is remembered in ``probes.jsonl``, so that a second
check takes seconds, and one that was stopped resumes where it was.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mienet.annotations.discovery import Ignored, ignored_lines
from mienet.annotations.records import Annotations
from mienet.curation.advice import ADVICE
from mienet.curation.dataset_report import write_report
from mienet.curation.groups import group_lines, groups_by_split, shared_notes
from mienet.curation.labels import label_notes
from mienet.curation.notes import video_notes
from mienet.curation.pool import Jobs
from mienet.curation.probe import PROBES, Probe, ProbeCache, probe_videos
from mienet.curation.problem_section import GOOD
from mienet.curation.problems import UNUSABLE, Problem, find_near_duplicates, find_problems
from mienet.data.manifest import named_column
from mienet.data.resolve import resolve
from mienet.destinations import require_apart
from mienet.escaping import shown
from mienet.files import write_whole
from mienet.options import Range, checked
from mienet.rendering.spreadsheet import csv_line
from mienet.video.address import local
from mienet.workflows.prepare_source import (
    CHECKED,
    PROBLEM_COLUMNS,
    PROBLEMS,
    require_own_files,
    videos_folder,
)


@dataclass(frozen=True)
class Inspection:
    """What a check found.

    Attributes:
        splits: The clips of every split.
        probes: What is in every video, by path.
        problems: All that is wrong, by kind and then by row.
        notes: What may be wrong; not counted as a problem.
        ignored: What lies in the folder and is no video.
        group_by: Column whose values must not be in two splits; None if there is none.
        groups: Clips of every group, by split; see ``groups_by_split``.
    """

    splits: dict[str, Annotations]
    probes: dict[str, Probe]
    problems: list[Problem]
    notes: list[str]
    ignored: Sequence[Ignored] = ()
    group_by: str | None = None
    groups: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def unusable(self) -> list[Problem]:
        """Returns the problems of clips that cannot be trained with."""
        return [problem for problem in self.problems if problem.kind in UNUSABLE]

    @property
    def empty_folders(self) -> list[Problem]:
        """Returns the problems of class folders without videos."""
        return [problem for problem in self.problems if problem.kind == "empty class folder"]

    @property
    def has_labels(self) -> bool:
        """Returns whether anything says what the videos show."""
        return any(annotations.classes for annotations in self.splits.values())


@checked(jobs=Range(least=1))
def check(
    source: str | Path,
    *,
    videos: str | Path | None = None,
    out: str | Path | None = None,
    decode: bool = True,
    jobs: Jobs = None,
) -> tuple[Inspection, Path]:
    """Reads and compares everything in a dataset, and writes ``report.html`` and ``problems.csv``.

    Args:
        source: A prepared dataset, a folder of class folders, a CSV or a list; or videos alone.
        videos: Folder that the paths of a CSV or list start from; None is its own.
        out: Folder for the report; None is the prepared dataset's own, else ``check``.
        decode: Whether to decode every frame; otherwise packets are counted, which is several times
            faster and does not see a damaged frame.
        jobs: Processes, and where; see ``run_jobs``.

    Returns:
        What was found, and the folder that was written to.

    Raises:
        FileNotFoundError: If there is nothing at ``source``, or no such folder of videos.
        AnnotationError: If rows of the lists are bad, with all of them.
        DatasetError: If dataset.json is damaged.
        MienetError: If ``out`` lies among the videos, or has a report that no check wrote.
    """
    path = local(source)
    root = videos_folder(path, videos) if videos is not None else None
    there = resolve(path, root=root, must_exist=False)
    dataset = there.dataset
    folder = Path(out) if out is not None else (path if dataset else Path("check"))
    root, known, group_by = path if path.is_dir() else root, set(), None
    are_given = True
    if dataset is not None:
        root, known = dataset.videos, {entry.path for entry in dataset.excluded}
        group_by = dataset.provenance.get("group_by")
        are_given = dataset.provenance.get("split") is None
    if dataset is None and path.is_dir():
        is_classes = there.kind == "class folders"
        require_apart(folder, there.folder, has_class_folders=is_classes)
    require_own_report(folder)
    folder.mkdir(parents=True, exist_ok=True)
    inspection = inspect(
        there.splits,
        ProbeCache(folder / PROBES),
        videos=root if there.has_labels else None,
        known=known,
        group_by=group_by,
        are_given=are_given,
        decode=decode,
        jobs=jobs,
    )
    inspection = replace(inspection, ignored=there.ignored)
    write_findings(inspection, folder, title=str(path), jobs=jobs)
    return inspection, folder


def require_own_report(folder: Path) -> None:
    """Raises a ``MienetError`` if a file would be replaced that no check or preparation wrote."""
    require_own_files(folder, CHECKED, by="mienet check")


def inspect(
    splits: dict[str, Annotations],
    cache: ProbeCache,
    *,
    videos: Path | None = None,
    known: Collection[str] = (),
    group_by: str | None = None,
    are_given: bool = False,
    decode: bool = True,
    jobs: Jobs = None,
) -> Inspection:
    """Returns what is wrong with clips and their videos.

    Args:
        splits: The clips of every split.
        cache: What is known of videos; it grows.
        videos: Folder in which a video that no list names is a problem; None does not look.
        known: Videos that may be there unlisted, relative to ``videos``.
        group_by: Column whose values must not be in two splits.
        are_given: Whether a list says the splits; otherwise ``mienet prepare`` makes them.
        decode: Whether to decode every frame.
        jobs: Processes, and where; see ``run_jobs``.
    """
    records = [record for annotations in splits.values() for record in annotations.records]
    probes = probe_videos(
        [record.path for record in records],
        cache,
        decode=decode,
        frame_patterns={r.path: r.frame_pattern for r in records if r.frame_pattern},
        jobs=jobs,
    )
    problems = find_problems(splits, probes, videos=videos, known=known, group_by=group_by)
    notes = [
        *label_notes(splits),
        *video_notes(probes),
        *find_near_duplicates(splits, probes, group_by, are_given=are_given),
    ]
    column = named_column(next(iter(splits.values())).columns)
    if group_by is None and column is not None:
        notes += shared_notes(column, groups_by_split(splits, column))
    groups = groups_by_split(splits, group_by)
    return Inspection(splits, probes, problems, notes, group_by=group_by, groups=groups)


def write_findings(
    inspection: Inspection,
    folder: Path,
    *,
    title: str,
    jobs: Jobs = None,
) -> None:
    """Writes ``problems.csv`` and ``report.html`` to a folder."""
    write_problems(inspection.problems, folder)
    write_report(
        folder / "report.html",
        title=title,
        splits=inspection.splits,
        probes=inspection.probes,
        problems=[(p.kind, p.source, p.message) for p in inspection.problems],
        verdict=verdict(inspection),
        notes=inspection.notes,
        group_by=inspection.group_by,
        groups=inspection.groups,
        jobs=jobs,
    )


def write_problems(problems: Sequence[Problem], folder: Path) -> None:
    """Writes ``problems.csv`` to a folder."""
    lines = [csv_line([p.kind, p.source, p.path, p.message]) for p in problems]
    header = csv_line(PROBLEM_COLUMNS)
    write_whole(folder / PROBLEMS, "".join([header, *lines]))


def summary(inspection: Inspection) -> list[str]:
    """Returns the lines of a table for the screen: splits, then problems by kind."""
    lines = [f"{'split':8}{'clips':>8}{'videos':>8}{'classes':>9}{'minutes':>9}"]
    for name, annotations in inspection.splits.items():
        videos = {record.path for record in annotations.records}
        labels = {record.label for record in annotations.records} - {None}
        classes = len(labels) if inspection.has_labels else "-"
        seconds = sum(p.duration_seconds for v in videos if (p := inspection.probes.get(v)))
        clips = len(annotations.records)
        lines.append(f"{name:8}{clips:8}{len(videos):8}{classes:>9}{seconds / 60:9.1f}")
    lines += group_lines(inspection.group_by, inspection.groups)
    lines += problem_lines(inspection.problems, inspection.notes)
    lines += [f"\n{line}" for line in ignored_lines(inspection.ignored)]
    return lines


def problem_lines(problems: Sequence[Problem], notes: Sequence[str]) -> list[str]:
    """Returns lines for the screen: the first problems of every kind, with advice, and notes."""
    lines = []
    for kind, count in Counter(problem.kind for problem in problems).items():
        lines.append(f"\n{kind}: {count}")
        messages = [p.message for p in problems if p.kind == kind][:5]
        lines += [f"  {shown(message)}" for message in messages]
        lines += [f"  ... and {count - len(messages)} more"] if count > len(messages) else []
        lines += [f"  {ADVICE[kind]}"]
    return lines + [f"\nnote: {shown(note)}" for note in notes]


def verdict(inspection: Inspection) -> str:
    """Returns in one line what was found, and what could not be checked."""
    videos = {r.path for annotations in inspection.splits.values() for r in annotations.records}
    found = counted(inspection.problems, inspection.notes)
    if inspection.has_labels:
        return found
    read = f"Read: {len(videos)} video(s). There are no labels, so none were checked."
    return f"{read} {found}"


def counted(problems: Sequence[Problem], notes: Sequence[str]) -> str:
    """Returns in a few words how much was found."""
    if problems:
        return f"{len(problems)} problem(s)"
    return f"No problems, but {len(notes)} note(s) to look at." if notes else GOOD
