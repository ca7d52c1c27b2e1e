"""What is to be prepared: a published dataset, class folders, a CSV, a list, or named paths."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mienet.data.discovery import Ignored, find
from mienet.data.manifest import SPLITS, is_prepared, read_prepared
from mienet.data.published import FORMATS
from mienet.data.readers import (
    read_annotations,
    read_class_folders,
    read_class_names,
    read_named_paths,
)
from mienet.data.records import AnnotationError, Annotations, VideoRecord
from mienet.errors import MienetError


class PrepareError(MienetError):
    """What was asked for does not fit the data; or clips are broken, which has to be decided on."""


LIST_SUFFIXES = (".csv", ".tsv", ".txt", ".lst", ".list")


@dataclass(frozen=True)
class FoundVideos:
    """The videos at some paths, for those who need no labels.

    Attributes:
        records: Each video, or each part of one that a list names; their labels do not count.
        ignored: What lies in the folders and is no video, and why.
        problems: Lists and folders that cannot be read, a message for each.
    """

    records: list[VideoRecord]
    ignored: list[Ignored]
    problems: list[str]


def resolve_videos(paths: Sequence[str | Path]) -> FoundVideos:
    """Returns the videos at every path, whatever it is.

    A video or folder of frames is itself; a folder stands for all videos in it and its sub-folders;
    a list for its rows, with ``start_seconds`` and so on, whether they have labels or not; a
    prepared dataset for all its lists. What is not there, or is no video, is a record too: opening
    it says what is wrong, and the others go on.
    """
    found = FoundVideos([], [], [])
    for path in map(Path, paths):
        try:
            _add_videos(path, found)
        except (MienetError, OSError) as error:
            found.problems.append(str(error))
    return found


def _add_videos(path: Path, found: FoundVideos) -> None:
    if path.is_file() and path.suffix.lower() in LIST_SUFFIXES:
        dataset = read_prepared(path.parent) if is_prepared(path.parent) else None
        annotations = read_annotations(
            path, root=dataset.videos if dataset else None, must_exist=False
        )
        pattern = dataset.frame_pattern if dataset else None
        found.records.extend(annotations.with_frame_pattern(pattern).records)
    elif path.is_dir() and is_prepared(path):
        dataset = read_prepared(path)
        for name in dataset.lists():
            found.records.extend(dataset.read(name, must_exist=False).records)
    else:
        there = find(path)
        found.ignored.extend(there.ignored)
        videos = there.videos or [path]
        found.records.extend(VideoRecord(str(v), None, source=str(v)) for v in videos)


@dataclass(frozen=True)
class Source:
    """What is to be prepared, as its files say it.

    Attributes:
        splits: Clips by split; ``all`` alone if they are still to be split.
        videos: Folder of the videos.
        name: Of the format, or the path that was given.
    """

    splits: dict[str, Annotations]
    videos: Path
    name: str


def read_source(
    source: str | Path,
    *,
    videos: str | Path | None = None,
    annotations: Sequence[str | Path] = (),
    paths: str | None = None,
    classes: str | Path | None = None,
) -> Source:
    """Returns the clips of a published format, a folder, a CSV or a list; see ``prepare``.

    Raises:
        FileNotFoundError: If a file or folder is not there.
        AnnotationError: If rows are bad, with all of them.
        PrepareError: If the options do not fit the source.
    """
    if str(source) in FORMATS:
        if paths or classes:
            raise PrepareError(f"--paths and --classes are for videos of your own, not {source}")
        return _read_format(str(source), videos, annotations)
    path = Path(source).absolute()
    if annotations:
        raise PrepareError(
            f"--annotations goes with the name of a format ({', '.join(FORMATS)}), not with "
            f"{source}; a CSV or list of your own is given in its place"
        )
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such folder or list, and no format of that name ({', '.join(FORMATS)})"
        )
    names = read_class_names(Path(classes)) if classes else None
    folder = Path(videos).absolute() if videos else path if path.is_dir() else path.parent
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder of videos")
    if paths:
        found = {"all": read_named_paths(folder, paths, classes=names)}
    elif path.is_file():
        found = {"all": read_annotations(path, root=folder, classes=names, must_exist=False)}
    else:
        found = _read_folder(path, folder, names)
    everything = found.get("all")
    if everything is not None and "split" in everything.columns:
        found = _by_column(everything)
    return Source(found, folder, str(source))


def _read_folder(path: Path, videos: Path, names: list[str] | None) -> dict[str, Annotations]:
    lists = sorted(path.glob("*.csv"))
    if len(lists) > 1:
        shown = ", ".join(entry.name for entry in lists)
        raise PrepareError(f"{path}: several CSV files ({shown}); give one of them instead")
    if lists:
        return {"all": read_annotations(lists[0], root=videos, classes=names, must_exist=False)}
    parts = [name for name in SPLITS if (path / name).is_dir()]
    if "train" not in parts:
        return {"all": read_class_folders(path, classes=names)}
    known = names or sorted(
        {
            entry.name
            for part in parts
            for entry in (path / part).iterdir()
            if entry.is_dir() and not entry.name.startswith(".")
        }
    )
    return {part: read_class_folders(path / part, classes=known) for part in parts}


def _read_format(name: str, videos: str | Path | None, annotations: Sequence[str | Path]) -> Source:
    if videos is None:
        raise PrepareError(f"{name} needs --videos FOLDER (or --frames FOLDER)")
    folder = Path(videos).absolute()
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder of videos")
    given = [Path(path) for path in annotations]
    if not given:
        given = [
            place
            for place in (folder / "annotations", folder.parent / "annotations")
            if place.is_dir()
        ][:1]
    if not given:
        raise PrepareError(
            f"{name} needs --annotations FILES or a folder {folder}/annotations with them"
        )
    if missing := [str(path) for path in given if not path.exists()]:
        raise FileNotFoundError(f"no such annotation file: {', '.join(missing)}")
    files = [
        file
        for path in given
        for file in (sorted(path.iterdir()) if path.is_dir() else [path])
        if file.suffix.lower() in (".json", ".txt", ".csv") and not file.name.startswith(".")
    ]
    if not files:
        raise PrepareError(f"{given[0]}: no .json, .txt or .csv files in it")
    frames = folder / "frames"
    folder = frames if frames.is_dir() else folder
    return Source(FORMATS[name](files, folder), folder, name)


def _by_column(annotations: Annotations) -> dict[str, Annotations]:
    """Returns the clips by their column ``split``."""
    at = annotations.columns.index("split")
    problems = [
        f"{record.source}: split {record.extra[at]!r}; accepted are {', '.join(SPLITS)}"
        for record in annotations.records
        if record.extra[at] not in SPLITS
    ]
    if problems:
        raise AnnotationError("bad rows", problems)
    return {
        name: replace(annotations, records=records)
        for name in SPLITS
        if (records := [r for r in annotations.records if r.extra[at] == name])
    }
