"""What two observers say of whole recordings, or an observer and a model: read, chosen, paired."""

from dataclasses import dataclass, replace
from pathlib import Path

from mienet.curation.mark_choice import Choice, ChoiceError, choose_marks, named
from mienet.errors import MienetError
from mienet.labeling.timeline_formats import annotation_files, read_timelines
from mienet.labeling.timelines import AnnotatedVideo
from mienet.labeling.video_names import VideoNames, base_name, pair_names
from mienet.rendering.timeline_folder import JOURNAL_NAME, kept_timelines
from mienet.rendering.timeline_tables import annotated_video

UNNAMED = "(no name)"
"""What a recording is called whose annotations do not name it."""

Pair = tuple[AnnotatedVideo, AnnotatedVideo]


@dataclass(frozen=True)
class Observer:
    """What one observer, or a model, says of recordings.

    Attributes:
        path: The file or folder.
        chosen: The annotator or observation of it that counts; empty where there is no choice.
        videos: By name; with the video's file as ``path``, where videos are given.
        notes: What a person should know about how it was read.
        phases: All that a model may give; None for a person, of whom it is not known.
        events: The same of events.
    """

    path: Path
    chosen: str
    videos: dict[str, AnnotatedVideo]
    notes: tuple[str, ...] = ()
    phases: frozenset[str] | None = None
    events: frozenset[str] | None = None

    @property
    def title(self) -> str:
        """The file, and whose marks of it count."""
        return f"{self.path} ({self.chosen})" if self.chosen else str(self.path)


def read_observer(
    path: Path, *, annotator: str, observation: str, fps: float | None, videos: VideoNames | None
) -> Observer:
    """Returns what a file or folder of annotations says, or a folder of ``mienet timeline``.

    Args:
        path: The file or folder.
        annotator: Whose marks count; empty if that need not be chosen.
        observation: Which observation counts; likewise.
        fps: Frames per second of annotations that count frames; None is what they or the videos
            say.
        videos: The videos that names may mean; None if there are none.

    Raises:
        FileNotFoundError: If there is nothing at ``path``.
        AnnotationError: With all that cannot be used.
        ChoiceError: If a choice is needed, or names what is not there.
        MienetError: If a video of a timeline is not among ``videos``, with all of them.
    """
    if (path / JOURNAL_NAME).is_file() or path.name == JOURNAL_NAME:
        return _read_model(path, annotator, observation, videos)
    read = read_timelines(path, fps=fps, videos=videos)
    videos_named = [replace(one, path=one.path or one.name or UNNAMED) for one in read.videos]
    choice = Choice(
        observations=[observation] if observation else [],
        annotators=[annotator] if annotator else [],
    )
    try:
        found, excluded = choose_marks(
            videos_named, choice, files=annotation_files(path), folder=Path.cwd()
        )
    except ChoiceError as error:
        raise ChoiceError(
            f"{path}: {error}\n  mienet agree takes two names, such as --annotators ann bob: the "
            "first counts in the first file, the second in the second ('' takes all)"
        ) from error
    notes = [*read.notes, *(f"{path}: {one.path} is left out: {one.reason}" for one in excluded)]
    chosen = ", ".join(name for name in (observation, annotator) if name)
    return Observer(path, chosen, {one.path: one for one in found}, tuple(notes))


def _read_model(
    path: Path, annotator: str, observation: str, videos: VideoNames | None
) -> Observer:
    if annotator or observation:
        name = f"--annotators {annotator}" if annotator else f"--observations {observation}"
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
        "",
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
