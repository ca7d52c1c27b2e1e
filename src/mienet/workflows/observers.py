"""What two observers say of whole recordings, or an observer and a model: read, chosen, paired."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mienet.curation.mark_choice import Choice, ChoiceError, choose_marks, named
from mienet.errors import MienetError
from mienet.labeling.timeline_formats import annotation_files, read_timelines
from mienet.labeling.timelines import AnnotatedVideo, in_order
from mienet.labeling.video_names import VideoNames, base_name, pair_names
from mienet.rendering.timeline_folder import JOURNAL_NAME, kept_timelines
from mienet.rendering.timeline_tables import annotated_video
from mienet.workflows.observer_choice import Counting

UNNAMED = "(no name)"
"""What a recording is called whose annotations do not name it."""

Pair = tuple[AnnotatedVideo, AnnotatedVideo]


@dataclass(frozen=True)
class Observer:
    """What one observer, or a model, says of recordings.

    Attributes:
        path: The file or folder.
        chosen: Which of its marks count.
        videos: By name; with the video's file as ``path``, where videos are given.
        notes: What a person should know about how it was read.
        phases: All that a model may give; None for a person, of whom it is not known.
        events: The same of events.
    """

    path: Path
    chosen: Counting
    videos: dict[str, AnnotatedVideo]
    notes: tuple[str, ...] = ()
    phases: frozenset[str] | None = None
    events: frozenset[str] | None = None

    @property
    def title(self) -> str:
        """The file, and whose marks of it count."""
        return f"{self.path} ({self.chosen.said})" if self.chosen.said else str(self.path)


def read_observer(
    path: Path, counting: Counting, *, fps: float | None, videos: VideoNames | None
) -> Observer:
    """Returns what a file or folder of annotations says, or a folder of ``mienet timeline``.

    Args:
        path: The file or folder.
        counting: Which of its marks count. Of tiers and subjects those that it has, if it has one.
        fps: Frames per second of annotations that count frames; None is what they or the videos
            say.
        videos: The videos that names may mean; None if there are none.

    Raises:
        FileNotFoundError: If there is nothing at ``path``.
        AnnotationError: With all that cannot be used.
        ChoiceError: If a choice is needed, or names what is not there.
        MienetError: If a video of a timeline is not among ``videos``, with all of them.
    """
    if is_of_model(path):
        return _read_model(path, counting, videos)
    read = read_timelines(path, fps=fps, videos=videos)
    videos_named = [replace(one, path=one.path or one.name or UNNAMED) for one in read.videos]
    marks = [mark for video in videos_named for mark in in_order(video)]
    tiers, subjects = {mark.tier for mark in marks}, {mark.subject for mark in marks}
    choice = Choice(
        observations=[counting.observation] if counting.observation else [],
        annotators=[counting.annotator] if counting.annotator else [],
        tiers=_there(counting.tiers, tiers),
        subjects=_there(counting.subjects, subjects),
    )
    try:
        found, excluded = choose_marks(
            videos_named, choice, files=annotation_files(path), folder=Path.cwd()
        )
    except ChoiceError as error:
        hint = (
            "\n  mienet agree takes two names, such as --annotators ann bob: the first counts in "
            "the first file, the second in the second ('' takes all)"
        )
        is_of_one = any(f"--{option}" in str(error) for option in ("annotators", "observations"))
        raise ChoiceError(f"{path}: {error}{hint * is_of_one}") from error
    notes = [*read.notes, *(f"{path}: {one.path} is left out: {one.reason}" for one in excluded)]
    chosen = replace(counting, tiers=tuple(choice.tiers), subjects=tuple(choice.subjects))
    return Observer(path, chosen, {one.path: one for one in found}, tuple(notes))


def is_of_model(path: Path) -> bool:
    """Returns whether a path is what ``mienet timeline`` wrote, or its journal."""
    return (path / JOURNAL_NAME).is_file() or path.name == JOURNAL_NAME


def _there(wanted: Sequence[str], known: set[str]) -> list[str]:
    """Returns the names that a file has, which are to be in one of two; if it has none, all."""
    return [name for name in wanted if name in known] or list(wanted)


def _read_model(path: Path, counting: Counting, videos: VideoNames | None) -> Observer:
    if counting.annotator or counting.observation:
        name = f"--annotators {counting.annotator}" * bool(counting.annotator)
        name = name or f"--observations {counting.observation}"
        raise ChoiceError(f"{name}: {path} holds a model's timelines, of nobody else; give ''")
    folder = path if path.is_dir() else path.parent
    kept = list(kept_timelines(folder).values())
    if not kept:
        raise MienetError(f"{folder / JOURNAL_NAME}: no timelines; run mienet timeline --out again")
    found: dict[str, AnnotatedVideo] = {}
    problems = []
    for line in kept:
        video = annotated_video(line)
        # Of a video that starts late the last frame ends later than it is long.
        end = max([i.end_seconds for i in video.intervals], default=0.0)
        video = replace(video, duration_seconds=max(video.duration_seconds or 0.0, end))
        try:
            name = str(videos.find(video.name)) if videos else video.name
        except ValueError as error:
            problems.append(f"{folder / JOURNAL_NAME}: {error}")
            continue
        found[name] = replace(video, path=name)
    if problems:
        raise MienetError("\n  ".join(problems))
    return Observer(
        path,
        Counting(),
        found,
        phases=frozenset(name for line in kept for name in line.get("classes", [])),
        events=frozenset(name for line in kept for name in line.get("event_names", [])),
    )


def pair_recordings(first: Observer, second: Observer) -> tuple[list[Pair], list[str]]:
    """Returns the recordings that both have, in the order of the first's, and notes about it.

    Raises:
        MienetError: If names may mean several recordings, or none is in both.
    """
    names, notes = _paired_names(first, second)
    if not names:
        raise MienetError(
            f"no recording is in both: {first.path} has {named(first.videos)}; {second.path} has "
            f"{named(second.videos)}; names may differ in folders and endings alone"
        )
    if otherwise := [
        f"{ours} is {theirs}" for ours, theirs in names if base_name(ours) != base_name(theirs)
    ]:
        notes.append(f"named otherwise in {first.path} than in {second.path}: {named(otherwise)}")
    return [(first.videos[ours], second.videos[theirs]) for ours, theirs in names], notes


def _paired_names(first: Observer, second: Observer) -> tuple[list[tuple[str, str]], list[str]]:
    """Returns the names that mean the same recordings.

    Files such as TextGrids do not say which video they are of. Two of a single one each are taken
    to be of the same.
    """
    try:
        names = pair_names(list(first.videos), list(second.videos))
    except ValueError as error:
        raise MienetError(f"{first.path} and {second.path}: {error}") from error
    both = (first, second)
    unnamed = [one.path for one in both if _names_no_video(one)]
    if not names and unnamed and all(len(one.videos) == 1 for one in both):
        (ours,), (theirs,) = first.videos, second.videos
        return [(ours, theirs)], [f"{path}: names no video" for path in unnamed]
    return names, []


def _names_no_video(observer: Observer) -> bool:
    """Returns whether a file's only recording has no name but perhaps the file's own."""
    if observer.path.is_dir() or len(observer.videos) != 1:
        return False
    return next(iter(observer.videos)) in (UNNAMED, observer.path.stem)
