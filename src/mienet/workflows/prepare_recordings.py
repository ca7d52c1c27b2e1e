"""Preparing a dataset of whole recordings: from what people marked in them to checked lists.

As with clips, everything is read and checked before a list is written, the videos stay where they
are, and a run that was stopped resumes where it was, and gives the same files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mienet import __version__
from mienet.annotations.records import AnnotationError
from mienet.curation.mark_choice import Choice, named
from mienet.curation.pool import Jobs
from mienet.curation.probe import PROBES, ProbeCache
from mienet.curation.problems import Problem
from mienet.curation.recording_problems import label_counts
from mienet.data.manifest import FILE_NAME, SPLITS, Excluded, PreparedDataset
from mienet.destinations import require_apart
from mienet.escaping import shown
from mienet.files import write_whole
from mienet.labeling.timeline_tables import write_timeline_table
from mienet.labeling.timelines import AnnotatedVideo, Interval, Mark, in_order
from mienet.options import Range, checked
from mienet.workflows.check_recordings import (
    RecordingsInspection,
    group_values,
    inspect_recordings,
    write_recording_findings,
)
from mienet.workflows.prepare_source import (
    FRACTIONS,
    PrepareError,
    below,
    ignored_counts,
    require_place,
)
from mienet.workflows.prepared_splits import (
    Parts,
    given_splits,
    kept_splits,
    split_anew,
    split_notes,
)
from mienet.workflows.recordings_source import RecordingsSource, read_recordings_source

MOST_SHOWN = 20
"""Problems that a message names."""


@checked(
    split=Range(least=0),
    seed=Range(least=0),
    jobs=Range(least=1),
    fps=Range(above=0),
    capture_fps=Range(above=0),
)
def prepare_recordings(
    source: str | Path,
    *,
    out: str | Path,
    videos: str | Path | None = None,
    split: Sequence[float] | None = None,
    group_by: str | None = None,
    paths: str | None = None,
    observations: Sequence[str] = (),
    annotators: Sequence[str] = (),
    tiers: Sequence[str] = (),
    subjects: Sequence[str] = (),
    exclude_classes: Sequence[str] = (),
    fps: float | None = None,
    capture_fps: float | None = None,
    seed: int = 0,
    skip_broken: bool = False,
    decode: bool = True,
    jobs: Jobs = None,
) -> tuple[RecordingsInspection, PreparedDataset]:
    """Checks recordings and their marks, splits them, and writes lists and a report.

    Args:
        source: A file of any timeline format, or a folder of such files; see
            ``read_timelines``.
        out: Folder of the dataset.
        videos: Folder of the videos, to which names are matched; None is the source's own.
        split: Parts of training, validation and test; None is 0.7, 0.15, 0.15, or what the
            annotations say. 1 alone is all for training.
        group_by: ``subject``, or a name in ``paths``: videos that share one never cross splits.
            None keeps copies of a video together.
        paths: What the videos' paths look like, such as ``{subject}_{take}``; ``subject`` becomes
            that of the marks.
        observations: Names of observations that count, or where they have none, of files. Needed
            where a video has several.
        annotators: Whose marks count; likewise.
        tiers: Layers of annotations that count; none is all.
        subjects: Subjects whose marks count; none is all.
        exclude_classes: Labels to leave out: their time is background.
        fps: Frames per second of annotations that count frames.
        capture_fps: Frames per second at which the camera took all recordings, where that is not
            what their files say, as in slow motion: times become those of reality. Where they
            differ, a table says it in its column ``capture_fps``, whose times are of reality
            already, or the names tell it (``paths``).
        seed: Decides the split.
        skip_broken: Whether to leave out videos and marks that cannot be used; otherwise they are
            an error.
        decode: Whether to decode every frame of every video, rather than count packets.
        jobs: Processes that read videos, and where; see ``run_jobs``.

    Raises:
        FileNotFoundError: If a file or folder is not there.
        AnnotationError: If nothing can be used, or videos have no group, or no split where others
            have one.
        ChoiceError: If a choice is needed, or names what is not there.
        PrepareError: If the options do not fit the data, or something is broken and not skipped.
        MienetError: If ``out`` is the folder of the videos, or has files that no preparation wrote.
        SplitError: If the split cannot be made.
    """
    folder = Path(out)
    choice = Choice(observations, annotators, tiers, subjects, exclude_classes)
    found = read_recordings_source(
        source, videos, choice, paths=paths, fps=fps, capture_fps=capture_fps
    )
    given = given_splits(found, split, group_by)
    fractions = None if given else split or FRACTIONS
    _check_options(found, folder, group_by)
    excluded = list(found.excluded)
    folder.mkdir(parents=True, exist_ok=True)
    cache = ProbeCache(folder / PROBES)

    def inspected(splits: Parts, unread: Sequence[str] = ()) -> RecordingsInspection:
        return inspect_recordings(
            splits,
            cache,
            videos=found.folder,
            known={entry.path for entry in excluded},
            group_by=group_by,
            are_given=bool(given),
            values=group_values(found.videos, found.columns, group_by),
            unread=unread,
            decode=decode,
            jobs=jobs,
        )

    first = inspected(given or {"all": found.videos}, found.problems)
    unlisted = [problem for problem in first.video_problems if problem.kind == "unlisted"]
    kept = tuple(video for own in first.splits.values() for video in own)
    if first.unusable:
        if not skip_broken:
            write_recording_findings(first, folder, title=folder.name, jobs=jobs)
            raise PrepareError(_broken_message(first, found, folder))
        kept = _without_unusable(first, found, excluded)
    excluded += [
        Excluded(below(problem.path, found.folder), "not in the annotations")
        for problem in unlisted
    ]
    if fractions is None:
        splits = kept_splits(kept, given)
    else:
        splits = split_anew(kept, found, first.probes, fractions, group_by, seed)
    last = inspected(splits)
    inspection = replace(
        last,
        video_problems=last.video_problems + unlisted,
        notes=[*found.notes, *last.notes, *split_notes(last, fractions, group_by)],
        ignored=found.ignored,
    )
    dataset = PreparedDataset(
        folder,
        found.folder,
        [],
        None,
        sorted(excluded, key=lambda entry: (entry.path, str(entry), entry.reason)),
        {
            "source": found.name,
            "split": None if fractions is None else list(fractions),
            "group_by": group_by,
            "paths": paths,
            "groups": inspection.groups,
            "seed": seed,
            **{name: list(names) for name, names in vars(choice).items() if names},
            "fps": fps,
            **({"capture_fps": capture_fps} if capture_fps is not None else {}),
            "recordings": _counts(inspection),
            "mienet": __version__,
        },
        ignored_counts(found.ignored, found.folder),
        phases=inspection.phases,
        events=inspection.events,
    )
    write_recording_findings(inspection, folder, title=folder.name, jobs=jobs)
    _write(dataset, splits)
    return inspection, dataset


def _check_options(found: RecordingsSource, folder: Path, group_by: str | None) -> None:
    require_apart(folder, found.folder)
    require_place(folder, found.files, found.folder)
    if group_by is None:
        return
    columns = sorted({name for values in found.columns.values() for name in values})
    if group_by not in ("subject", *columns):
        raise PrepareError(
            f"cannot group recordings by {group_by!r}; accepted are "
            f"{', '.join(dict.fromkeys(['subject', *columns]))}. A CSV has its subjects in the "
            f"column subject: rename the column {group_by!r} to subject; or say how the videos are "
            f"named: --paths '{{{group_by}}}_{{take}}'"
        )
    values = group_values(found.videos, found.columns, group_by)
    marked = [video for video in found.videos if in_order(video) and not values[video.path]]
    if marked:
        hint = "name the subjects in the annotations, or give --paths '{subject}_{take}'"
        lines = [f"{video.source}: {video.path}: no {group_by}" for video in marked]
        raise AnnotationError(f"videos without a {group_by}; {hint}", lines)


def _without_unusable(
    inspection: RecordingsInspection, found: RecordingsSource, excluded: list[Excluded]
) -> tuple[AnnotatedVideo, ...]:
    """Returns the videos and marks that can be used; all others are added to ``excluded``."""
    broken = {problem.path: problem.kind for problem in inspection.unusable_videos}
    bad = {id(mark): problem for mark, problem in reversed(inspection.mark_problems)}
    kept = []
    for video in found.videos:
        if video.path in broken:
            excluded.append(Excluded(below(video.path, found.folder), broken[video.path]))
            continue
        for mark in in_order(video):
            if problem := bad.get(id(mark)):
                excluded.append(_excluded(mark, problem, found.folder))
        kept.append(
            replace(
                video,
                intervals=tuple(mark for mark in video.intervals if id(mark) not in bad),
                events=tuple(mark for mark in video.events if id(mark) not in bad),
            )
        )
    for problem in inspection.unread:
        reason = problem.message.removeprefix(f"{problem.source}: ")
        excluded.append(Excluded(problem.source, reason))
    if not any(map(in_order, kept)):
        raise PrepareError("no usable mark is left")
    return tuple(kept)


def _excluded(mark: Mark, problem: Problem, folder: Path) -> Excluded:
    start, end = (
        (mark.start_seconds, mark.end_seconds)
        if isinstance(mark, Interval)
        else (mark.time_seconds, mark.time_seconds)
    )
    reason = f"{mark.label}: {problem.kind}"
    return Excluded(below(problem.path, folder), reason, start, end)


def _counts(inspection: RecordingsInspection) -> dict[str, object]:
    """Returns for every split how many videos, seconds and marks of each label it has."""
    counts: dict[str, object] = {}
    for name, videos in inspection.splits.items():
        own = label_counts({name: videos})
        seconds = sum(inspection.probes[video.path].duration_seconds for video in videos)
        counts[name] = {
            "videos": len(videos),
            "duration_seconds": round(seconds, 3),
            **{kind: dict(sorted(number.items())) for kind, number in own.items()},
        }
    return counts


def _broken_message(inspection: RecordingsInspection, found: RecordingsSource, folder: Path) -> str:
    """Returns what stops the preparation; further lines are indented, as in every error."""
    wrong = inspection.unusable
    lines = [shown(problem.message) for problem in wrong[:MOST_SHOWN]]
    if (more := len(wrong) - len(lines)) > 0:
        lines.append(f"... and {more} more")
    if any(problem.kind == "overlap" for problem in wrong):
        lines.append(_overlap_advice(found.videos))
    lines.append(
        f"See {shown(folder / 'report.html')} and problems.csv. Fix them, or leave them out with "
        "--skip-broken; what was read already is not read again."
    )
    return "\n  ".join([f"{len(wrong)} problem(s) in videos and marks:", *lines])


def _overlap_advice(videos: Sequence[AnnotatedVideo]) -> str:
    marks = [mark for video in videos for mark in video.intervals]
    parts = [
        f"{option} (there are: {named(names)})"
        for option, names in (
            ("--tiers", {mark.tier for mark in marks} - {""}),
            ("--subjects", {mark.subject for mark in marks} - {""}),
            ("--exclude-classes", {mark.label for mark in marks}),
        )
        if len(names) > 1
    ]
    choose = f", or choose with {' or '.join(parts)}" if parts else ""
    return f"A frame has one phase: correct the times{choose}."


def _write(dataset: PreparedDataset, splits: Mapping[str, Sequence[AnnotatedVideo]]) -> None:
    """Writes the lists and then dataset.json, each at once."""
    for name in SPLITS:
        path = dataset.folder / f"{name}.csv"
        if name not in splits:
            path.unlink(missing_ok=True)
            continue
        relative = [replace(v, path=below(v.path, dataset.videos), split="") for v in splits[name]]
        (text,) = write_timeline_table(relative).values()
        write_whole(path, text)
    write_whole(dataset.folder / FILE_NAME, dataset.to_json())
