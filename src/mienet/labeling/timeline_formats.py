"""What a format of annotated videos is: how to tell its files, how to read and to write them.

The formats' names are in ``extensions.py``; one more is a file with a ``TimelineFormat``, and a
line there.
"""

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mienet.annotations.fields import SPLITS
from mienet.annotations.formats import AnnotationFormat
from mienet.annotations.records import AnnotationError, Annotations
from mienet.annotations.tables import (
    SAVE_AS,
    SPREADSHEETS,
    find_separator,
    is_text,
    read_header_line,
    read_start,
    split_fields,
)
from mienet.annotations.time_columns import find_like_times, rename_advice
from mienet.escaping import shown
from mienet.extensions import TIMELINE_FORMATS, find
from mienet.files import write_whole
from mienet.labeling.timeline_reading import Reading
from mienet.labeling.timelines import AnnotatedVideo, Mark, Timelines, outside, overlaps
from mienet.labeling.video_names import VideoNames
from mienet.video.endings import IMAGE, VIDEO, kind_of

WRONG_SHAPE = (*(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, csv.Error),)
"""What a reader meets in a file that is of its format by its beginning alone."""

MOST_SHOWN = 5
MOST_LETTERS = 80

Write = Callable[[Sequence[AnnotatedVideo]], dict[str, str]]


@dataclass(frozen=True)
class TimelineFormat:
    """A form in which people and programs write down when what happens in videos.

    Attributes:
        title: What it is called in messages, such as "a BORIS project".
        looks_like: Whether a file is of this format, by its name in small letters and the
            beginning of its text: at most 65,536 bytes, what is no text replaced.
        read: Adds what a file says to a ``Reading``. Raises AnnotationError for a file of which
            nothing can be used; all else is a problem.
        write: Returns the texts of files by their names; None for a format that is only read.
    """

    title: str
    looks_like: Callable[[str, str], bool]
    read: Callable[[Reading], None]
    write: Write | None = None


def find_timeline_format(path: Path) -> TimelineFormat | None:
    """Returns the format of a file of annotated videos; None if it is of no such format.

    Raises:
        OSError: If it cannot be read.
    """
    start = read_start(path)
    for name in TIMELINE_FORMATS:
        found: TimelineFormat = find("timeline format", TIMELINE_FORMATS, name)
        if found.looks_like(path.name.lower(), start):
            return found
    return None


def read_timelines(
    path: Path,
    *,
    fps: float | None = None,
    videos: Path | VideoNames | None = None,
    exclusive: Collection[str] = (),
    skip_broken: bool = False,
) -> Timelines:
    """Returns the annotated videos of a file, or of all files of known formats in a folder.

    If all of several files are called as splits are, ``train.json`` and ``val.json``, and say
    themselves of no video which it is in, that is what their names say.

    Args:
        path: The file or the folder; the formats are in ``extensions.py``.
        fps: Frames per second of annotations that count frames; None takes those that the file
            states, or the video's own.
        videos: The folder of the videos, or the videos: names are then matched to files. None
            leaves names as they are written.
        exclusive: Labels that exclude each other, such as the phases of a jump; where intervals of
            them overlap, for one subject and by one annotator, the later one is a problem.
        skip_broken: Whether what cannot be used is left out, and listed in ``problems``.

    Raises:
        FileNotFoundError: If there is nothing at ``path``.
        AnnotationError: With all problems, unless ``skip_broken``; or if there are no videos.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder of annotations")
    names = VideoNames(videos) if isinstance(videos, Path) else videos
    by_file: dict[Path, tuple[AnnotatedVideo, ...]] = {}
    problems: list[str] = []
    notes: list[str] = []
    ignored: list[str] = []
    for file in annotation_files(path):
        found = find_timeline_format(file)
        if found is None:
            if file == path:
                raise AnnotationError("unknown format", [_unknown(path)])
            ignored.append(file.name)
            continue
        reading = Reading(file, fps=fps, videos=names)
        try:
            found.read(reading)
        except AnnotationError as error:
            broken = error.problems
        except WRONG_SHAPE as error:
            what = f"{type(error).__name__}: {error}"
            broken = [
                f"{reading.last}: here or behind it, not as {found.title} is written ({what})"
            ]
        else:
            broken = []
        one = reading.finish()
        by_file[file] = () if broken else one.videos  # of a broken file it may not be all
        problems += (*one.problems, *broken)
        notes += one.notes
    if ignored:
        shown = ", ".join(ignored[:MOST_SHOWN]) + (", ..." if len(ignored) > MOST_SHOWN else "")
        notes.append(f"{path}: ignored {len(ignored)} files of no known format: {shown}")
    found_videos = _with_splits(by_file)
    read = [v for v in (_checked(v, names, exclusive, problems) for v in found_videos) if v]
    if not read and not problems:
        problems += [f"{path}: no annotated videos", *notes]
    if problems and not (skip_broken and read):
        raise AnnotationError("bad annotations", problems)
    return Timelines(tuple(read), tuple(problems), tuple(notes))


def _with_splits(by_file: Mapping[Path, Sequence[AnnotatedVideo]]) -> list[AnnotatedVideo]:
    """Returns the videos of all files, by whose names they are split if these are splits."""
    names = {file: SPLITS.get(file.name.partition(".")[0].lower(), "") for file in by_file}
    videos = [video for own in by_file.values() for video in own]
    if len(by_file) < 2 or not all(names.values()) or any(video.split for video in videos):
        return videos
    return [replace(video, split=names[file]) for file, own in by_file.items() for video in own]


def annotation_files(path: Path) -> list[Path]:
    """Returns a file, or all files in a folder and its sub-folders but videos and images."""
    if path.is_file():
        return [path]
    files = (file for file in sorted(path.rglob("*")) if file.is_file())
    return [f for f in files if not (kind_of(f.name) in (VIDEO, IMAGE) or f.name.startswith("."))]


def _checked(
    video: AnnotatedVideo,
    names: VideoNames | None,
    exclusive: Collection[str],
    problems: list[str],
) -> AnnotatedVideo | None:
    """Returns the video with its file, where files are known; None if it has none.

    Marks outside the video, by the length that the annotations state, are taken out, and so are
    intervals that overlap another and may not.
    """
    bad: list[tuple[Mark, str]] = [*overlaps(video, exclusive)]
    if video.duration_seconds is not None:
        bad += outside(video, video.duration_seconds)
    if bad:
        problems += [line for _, line in bad]
        out = {mark for mark, _ in bad}
        video = replace(
            video,
            intervals=tuple(mark for mark in video.intervals if mark not in out),
            events=tuple(mark for mark in video.events if mark not in out),
        )
    if names is None:
        return video
    try:
        return replace(video, path=str(names.find(video.name)))
    except ValueError as error:
        what = f" (observation {video.observation!r})" if video.observation else ""
        problems.append(f"{video.source}: {error}{what}")
        return None


def write_timelines(videos: Sequence[AnnotatedVideo], folder: Path, name: str) -> list[Path]:
    """Writes annotated videos for another program, and returns the files.

    Args:
        videos: What to write.
        folder: Where; it is made if it is not there.
        name: The format, a key of ``TIMELINE_FORMATS`` that can be written.

    Raises:
        ValueError: As ``timeline_texts`` does.
        OSError: If a file cannot be written.
    """
    texts = timeline_texts(videos, name)
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        write_whole(folder / file, text)
    return [folder / file for file in texts]


def timeline_texts(videos: Sequence[AnnotatedVideo], name: str) -> dict[str, str]:
    """Returns annotated videos as another program reads them: texts by the names of their files.

    Raises:
        ValueError: If there is no such format, or it is only read, or lacks something, such as a
            video's frame rate.
    """
    found: TimelineFormat = find("timeline format", TIMELINE_FORMATS, name)
    if found.write is None:
        raise ValueError(f"{found.title} is only read; choose another format to write")
    return found.write(videos)


def written_formats() -> list[str]:
    """Returns the names of the formats that can be written."""
    formats = {name: find("timeline format", TIMELINE_FORMATS, name) for name in TIMELINE_FORMATS}
    return [name for name, found in formats.items() if found.write is not None]


def _is_of_whole_videos(name: str, start: str) -> bool:
    """Returns whether a file is of a format here that is no list of clips as well."""
    return any(
        find("timeline format", TIMELINE_FORMATS, key).looks_like(name.lower(), start)
        for key in TIMELINE_FORMATS
        if key != "csv"
    )


def _refuse(path: Path, **_: object) -> Annotations:
    """Raises the error for annotations of whole videos where labeled clips are expected."""
    found = find_timeline_format(path)
    title = found.title if found else "a file of annotations"
    if path.suffix.lower() == ".xlsx":
        title = f"a spreadsheet (save a list of clips as CSV), or {title}"
    problem = (
        f"{path}: {title}, which says when what happens in whole videos; labeled clips are "
        "expected here. To train on whole videos: mienet prepare FILE --videos FOLDER --out "
        "DATASET, and then: mienet train timeline --data.root DATASET. To make a clip of every "
        "interval, write it as a table, as write_timelines of mienet.labeling.timeline_formats does"
    )
    raise AnnotationError("no list of clips", [problem])


WHOLE_VIDEOS = AnnotationFormat(_is_of_whole_videos, _refuse)


def _unknown(path: Path) -> str:
    """Returns what to say of a file of no known format; of a text, how it begins."""
    if path.suffix.lower() in SPREADSHEETS:
        return f"{path}: a spreadsheet's own file, which is not read; {SAVE_AS}"
    titles = [find("timeline format", TIMELINE_FORMATS, name).title for name in TIMELINE_FORMATS]
    what, accepted = "no annotations of videos that are known", f"accepted are {', '.join(titles)}"
    first = read_header_line(path).strip() if is_text(path) else ""
    if not first:
        return f"{path}: {what}; {accepted}"
    columns = [name.strip() for name in split_fields(first, find_separator(first))]
    if "label" in map(str.lower, columns) and (like := find_like_times(columns)):
        return f"{path}:1: {shown(rename_advice(like))}"
    if {"path", "label"} <= set(map(str.lower, columns)):
        return (
            f"{path}:1: names clips by path and label; marks in whole recordings need the columns "
            "start_seconds and end_seconds, too. Labeled clips are trained with the recipe "
            "small or few"
        )
    begins = shown(first if len(first) <= MOST_LETTERS else f"{first[:MOST_LETTERS]}...")
    return (
        f"{path}:1: begins with {begins!r}: {what}. The first line of a table names its columns "
        "path, label, start_seconds and end_seconds, with commas, semicolons or tabs between them; "
        + accepted
    )
