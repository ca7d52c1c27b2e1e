"""Folders that say what their videos show: one folder for each class, or names of a known form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mienet.annotations.discovery import Ignored, find, subfolders
from mienet.annotations.fields import is_whole_label, unknown_class
from mienet.annotations.records import AnnotationError, Annotations, VideoRecord
from mienet.annotations.time_columns import END_COLUMNS, START_COLUMNS, find_like_times


def read_class_folders(
    root: Path, *, classes: Sequence[str] | None = None, may_be_empty: bool = False
) -> Annotations:
    """Returns one record per video of ``root/CLASS/VIDEO``; the folders' names are the classes.

    A video is a file with a video's ending, or a folder of images; it may lie in sub-folders.

    Args:
        root: Folder of the class folders.
        classes: Names of all classes by index; None takes those of the folders.
        may_be_empty: Whether class folders without videos are kept in ``empty_folders``, as long as
            others have some; otherwise they are an error.

    Raises:
        AnnotationError: If a class folder is empty, is none of ``classes``, or there is none.
        OSError: If ``root`` cannot be read.
    """
    folders, ignored = subfolders(root)
    names = list(classes) if classes is not None else [folder.name for folder in folders]
    index = {name: label for label, name in enumerate(names)}
    records: list[VideoRecord] = []
    problems: list[str] = []
    empty: list[str] = []
    for folder in folders:
        if not is_whole_label(folder.name):
            problems.append(f"{str(folder)!r}: a class's name must be UTF-8 text on one line")
        elif folder.name not in index:
            problems.append(f"{folder}: {unknown_class(folder.name, names)}")
        elif problem := _add_class(folder, index[folder.name], records, ignored, empty):
            problems.append(f"{folder}: {problem}")
    if not folders:
        problems.append(_no_folders(root))
    if not may_be_empty or not records:
        problems += [f"{folder}: no videos in this class folder" for folder in empty]
    if problems:
        raise AnnotationError("bad class folders", problems, records)
    return Annotations(records, names, (), tuple(ignored), tuple(empty))


def _add_class(
    folder: Path,
    label: int,
    records: list[VideoRecord],
    ignored: list[Ignored],
    empty: list[str],
) -> str:
    """Adds the videos of a class folder, or returns what is wrong with it."""
    try:
        found = find(folder)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    ignored += found.ignored
    if found.videos == [folder]:
        return "holds images itself; give each video a folder of its own: CLASS/VIDEO/img_00001.jpg"
    records += [VideoRecord(str(v), label, source=str(v)) for v in found.videos]
    empty += [] if found.videos else [str(folder)]
    return ""


def _no_folders(root: Path) -> str:
    found = find(root)
    what = f"{len(found.videos)} video(s), but " if found.videos else ""
    if found.videos == [root]:
        what = "the images of one video, but "
    return f"{root}: {what}no class folders ({root}/CLASS/VIDEO.mp4); or give a CSV"


@dataclass(frozen=True)
class NamedPath:
    """A video whose path tells something.

    Attributes:
        path: The video.
        stem: The same without its file's ending.
        values: What stands in place of each name of the pattern.
    """

    path: str
    stem: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class NamedPaths:
    """The videos of a folder that look like a pattern, its names, and what looks otherwise."""

    found: list[NamedPath]
    columns: tuple[str, ...]
    problems: list[str]
    ignored: tuple[Ignored, ...]


def match_paths(root: Path, pattern: str) -> NamedPaths:
    """Returns what the paths of all videos under ``root`` tell.

    Args:
        root: Folder of the videos.
        pattern: What a path below ``root`` looks like, without the file's ending, such as
            ``{label}/{athlete}_{take}``.

    Raises:
        AnnotationError: If a name stands twice in the pattern, or there are no videos.
    """
    names = re.findall(r"{(\w+)}", pattern)
    if not names or len(set(names)) != len(names) or any(name[0].isdigit() for name in names):
        raise AnnotationError(
            "bad pattern of paths",
            [f"--paths {pattern!r} needs names in braces, each once: '{{label}}/{{subject}}'"],
        )
    parts = re.split(r"{(\w+)}", pattern)
    expression = re.compile(
        "".join(f"(?P<{p}>[^/]+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts))
    )
    found, problems = [], []
    there = find(root)
    for video in there.videos:
        stem = video if video.is_dir() else video.with_suffix("")
        match = expression.fullmatch(stem.relative_to(root).as_posix())
        if match is None:
            problems.append(f"{video}: does not look like {pattern}")
        else:
            found.append(NamedPath(str(video), str(stem), match.groupdict()))
    if not there.videos:
        raise AnnotationError("bad paths", [f"{root}: no videos"])
    return NamedPaths(found, tuple(names), problems, tuple(there.ignored))


def require_no_times(columns: Sequence[str]) -> None:
    """Refuses names of a pattern that a list, as whose columns they are kept, takes for times.

    Raises:
        AnnotationError: With all of them.
    """
    times = (*START_COLUMNS, *END_COLUMNS)
    if taken := [name for name in columns if name.lower() in times or find_like_times([name])]:
        named = ", ".join(f"{{{name}}}" for name in taken)
        problem = f"--paths: {named} would be taken for a time at which the clip starts or ends in"
        problem += f" its video; give another name, such as {{cut_{taken[0].lower()}}}"
        raise AnnotationError("bad pattern of paths", [problem])


def read_named_paths(
    root: Path, pattern: str, *, classes: Sequence[str] | None = None
) -> Annotations:
    """Returns one record per video under ``root``, told apart by its path.

    Args:
        root: Folder of the videos.
        pattern: As in ``match_paths``. ``{label}`` is the class; other names become columns.
        classes: Names of all classes by index; None sorts those found.

    Raises:
        AnnotationError: With every video whose path looks otherwise, or if the pattern is wrong.
    """
    named = match_paths(root, pattern)
    require_no_times(named.columns)
    if "label" not in named.columns:
        problem = f"--paths {pattern!r} lacks {{label}}; or give a CSV with a column label as well"
        raise AnnotationError("bad pattern of paths", [problem])
    problems = named.problems
    found = {video.values["label"] for video in named.found}
    labels = list(classes) if classes is not None else sorted(found)
    index = {name: label for label, name in enumerate(labels)}
    problems += [
        f"{video.path}: {unknown_class(video.values['label'], labels)}"
        for video in named.found
        if video.values["label"] not in index
    ]
    if problems:
        raise AnnotationError("bad paths", problems)
    columns = tuple(name for name in named.columns if name != "label")
    records = [
        VideoRecord(
            video.path,
            index[video.values["label"]],
            source=video.path,
            extra=tuple(video.values[column] for column in columns),
        )
        for video in named.found
    ]
    return Annotations(records, labels, columns, named.ignored)
