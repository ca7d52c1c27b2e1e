"""What is to be prepared, if it is whole recordings: their annotations and their files."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mienet.annotations.discovery import Ignored, find, find_videos
from mienet.annotations.folders import match_paths
from mienet.annotations.published import FORMATS
from mienet.annotations.records import AnnotationError
from mienet.curation.mark_choice import Choice, choose_marks
from mienet.data.camera_rates import camera_rates
from mienet.data.manifest import Excluded, is_prepared
from mienet.data.resolve import Cell
from mienet.errors import VideoError
from mienet.labeling.timeline_formats import annotation_files, find_timeline_format, read_timelines
from mienet.labeling.timeline_tables import TABLE
from mienet.labeling.timelines import AnnotatedVideo, in_order
from mienet.timelines.slow_motion import in_reality
from mienet.workflows.prepare_source import PrepareError, videos_folder


@dataclass(frozen=True)
class RecordingsSource:
    """Recordings that are to be prepared, as their files say it.

    Attributes:
        videos: Each video once, with its file.
        problems: What the files say and cannot be used, with its place.
        notes: What a person should know about how it was read.
        excluded: Videos in which nothing of what was chosen is marked.
        folder: Folder of the videos.
        name: The path that was given.
        files: The annotation files.
        columns: Of every video's path, what its name tells, by column.
        ignored: What lies in the folder and is no video.
    """

    videos: tuple[AnnotatedVideo, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    excluded: tuple[Excluded, ...]
    folder: Path
    name: str
    files: tuple[Path, ...]
    columns: dict[str, dict[str, str]]
    ignored: tuple[Ignored, ...]


def find_why_recordings(source: str | Path) -> str:
    """Returns why a source is of whole recordings, in words; empty if it is a source of clips.

    Files of annotation programs are of recordings, and so is a folder of them without videos. A
    table ``path,label,start_seconds,end_seconds`` may be either: it is of recordings if it has an
    event, a row with a start and an empty end.

    Args:
        source: What is to be prepared.
    """
    path = Path(source)
    if str(source) in FORMATS or not path.exists() or is_prepared(path):
        return ""
    # Beside videos there may be files of all kinds, such as subtitles, whatever the labels are in.
    is_beside = path.is_dir() and bool(find_videos(path))
    for file in sorted(path.glob("*.csv")) if is_beside else annotation_files(path):
        found = find_timeline_format(file)
        if found not in (None, TABLE) and not is_beside:
            return f"{file} is {found.title}"
        if found is TABLE and (row := _first_event(file)):
            return f"{row} has a start and no end, an event"
    return ""


def _first_event(path: Path) -> str:
    """Returns the source of the first event in a table; empty if it has none, or cannot be read."""
    try:
        videos = read_timelines(path, fps=1.0, skip_broken=True).videos
    except AnnotationError:
        return ""
    return next((event.source for video in videos for event in video.events), "")


def read_recordings_source(
    source: str | Path,
    videos: str | Path | None,
    choice: Choice,
    *,
    paths: str | None = None,
    fps: float | None = None,
    capture_fps: float | None = None,
) -> RecordingsSource:
    """Returns the recordings of a file or folder of annotations; see ``prepare_recordings``.

    Raises:
        FileNotFoundError: If a file or folder is not there.
        AnnotationError: If nothing can be used.
        ChoiceError: If a choice is needed, or names what is not there.
        PrepareError: If the source is a prepared dataset, or the pattern of paths has a label.
        MienetError: If it is said twice how fast a camera was, or not as a number.
    """
    path = Path(source).absolute()
    if is_prepared(path):
        raise PrepareError(f"{source} is prepared already; train with --data.root {source}")
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder of annotations")
    folder = videos_folder(path, videos)
    read = read_timelines(path, fps=fps, videos=folder, skip_broken=True)
    files = tuple(annotation_files(path))
    columns: dict[str, dict[str, str]] = {}
    problems = list(read.problems)
    found: Sequence[AnnotatedVideo] = read.videos
    if paths is not None:
        columns, unlike = columns_of(found, folder, paths)
        found, others = _with_subjects(found, columns)
        problems += unlike + others
    chosen, excluded = choose_marks(found, choice, files=files, folder=folder)
    chosen = _in_reality(chosen, columns, capture_fps)
    ignored = tuple(
        entry for entry in find(folder).ignored if Path(entry.path).absolute() not in files
    )
    return RecordingsSource(
        tuple(chosen),
        tuple(problems),
        read.notes,
        tuple(excluded),
        folder,
        str(source),
        files,
        columns,
        ignored,
    )


def _in_reality(
    videos: Sequence[AnnotatedVideo],
    columns: Mapping[str, Mapping[str, str]],
    capture_fps: float | None,
) -> list[AnnotatedVideo]:
    """Returns the videos with times of reality, where it is said how fast the camera was.

    One that cannot be read stays as it is: checking says so.
    """
    cells = [
        Cell(video.path, text, video.path)
        for video in videos
        if (text := columns.get(video.path, {}).get("capture_fps"))
    ]
    rates = camera_rates(cells, capture_fps)
    found = []
    for video in videos:
        if (rate := rates.get(video.path, capture_fps)) is not None:
            with contextlib.suppress(VideoError, OSError):
                video = in_reality(video, rate)
        found.append(video)
    return found


def columns_of(
    videos: Iterable[AnnotatedVideo], folder: Path, pattern: str
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Returns what each video's path tells, by path and column, and which look otherwise.

    Raises:
        PrepareError: If the pattern has a label, which the annotations tell.
        AnnotationError: If the pattern is wrong.
    """
    named = match_paths(folder, pattern)
    if "label" in named.columns:
        raise PrepareError(
            f"--paths {pattern!r} has {{label}}, but the annotations say when what happens; name "
            "what else the paths tell, such as {subject}_{take}"
        )
    columns = {video.path: dict(video.values) for video in named.found}
    unlike = [
        f"{video.source}: {video.path} does not look like {pattern}"
        for video in videos
        if video.path not in columns
    ]
    return columns, unlike


def _with_subjects(
    videos: Sequence[AnnotatedVideo], columns: dict[str, dict[str, str]]
) -> tuple[list[AnnotatedVideo], list[str]]:
    """Returns the videos with their subjects, if their names tell them, and where that is another.

    Marks that name another subject than the video's name keep it.
    """
    found, problems = [], []
    for video in videos:
        subject = columns.get(video.path, {}).get("subject")
        if subject is not None:
            problems += [
                f"{mark.source}: the subject is {mark.subject!r}, in the video's name {subject!r}"
                for mark in in_order(video)
                if mark.subject not in ("", subject)
            ]
            video = replace(
                video,
                intervals=tuple(
                    replace(mark, subject=mark.subject or subject) for mark in video.intervals
                ),
                events=tuple(
                    replace(mark, subject=mark.subject or subject) for mark in video.events
                ),
            )
        found.append(video)
    return found, problems
