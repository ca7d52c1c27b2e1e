"""What is at a path? One answer for all commands: a video, frames, folders, a list, a dataset.

    clip.mp4                     a video
    frames/img_00001.jpg, ...    frames: the folder is one video
    my_videos/a.mp4, ...         videos, whose classes are not known
    my_videos/jump/a.mp4, ...    class folders; or my_videos/train/jump/a.mp4, with splits
    s3://bucket/clip.mp4         a video at a store, which predict and timeline read
    labels.csv, train.txt        a list of any annotation format; or the one CSV in a folder
    datasets/jumps/dataset.json  a dataset that mienet prepare made

Whoever needs labels calls ``resolve`` or ``read_labeled``; whoever needs videos alone,
``resolve_videos``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

from mienet.annotations.discovery import Ignored, find, ignored_lines, subfolders
from mienet.annotations.folders import read_class_folders
from mienet.annotations.readers import PATH_COLUMNS, has_header, read_annotations
from mienet.annotations.records import AnnotationError, Annotations, VideoRecord
from mienet.annotations.spelling import none_there
from mienet.annotations.tables import find_separator, is_text, read_header_line, split_fields
from mienet.data.manifest import (
    SPLITS,
    DatasetError,
    PreparedDataset,
    holds_recordings,
    is_prepared,
    read_prepared,
)
from mienet.data.recordings import read_recordings, subjects_of
from mienet.errors import MienetError
from mienet.shell import command
from mienet.video.address import LOCAL_ONLY, Address, located
from mienet.video.endings import IMAGE, VIDEO, kind_of

Kind = Literal["video", "frames", "videos", "class folders", "list", "dataset"]

LIST_SUFFIXES = (".csv", ".tsv", ".txt", ".lst", ".list", ".xlsx", ".boris", ".boris.gz")


class ResolveError(MienetError):
    """What is at a path does not serve what is asked of it."""


@dataclass(frozen=True)
class Resolved:
    """What is at a path.

    Attributes:
        kind: What it is.
        path: Where.
        folder: Where the videos' paths start from.
        splits: The clips by split; ``all`` alone where nothing says which they belong to.
        ignored: What lies there and is no video, and why.
        dataset: What the lists have in common, if they are a prepared dataset's.
    """

    kind: Kind
    path: Path
    folder: Path
    splits: dict[str, Annotations]
    ignored: tuple[Ignored, ...] = ()
    dataset: PreparedDataset | None = None

    @property
    def has_labels(self) -> bool:
        """Returns whether it is of a kind that names classes."""
        return self.kind not in ("video", "frames", "videos")


class Cell(NamedTuple):
    """What a list says of a video in a column besides those that are known.

    Attributes:
        path: The video.
        text: What is said, without spaces around it; never empty.
        source: Where, such as ``list.csv:12``.
    """

    path: str
    text: str
    source: str


@dataclass
class FoundVideos:
    """The videos at some paths, for those who need no labels.

    Attributes:
        records: Each video, or each part of one that a list names; their labels do not count.
        ignored: What lies in the folders and is no video, and why.
        problems: Lists and folders that cannot be read, a message for each.
        columns: What else lists say of videos, by the column's name in small letters. Of annotated
            recordings that is ``subject``, and ``capture_fps``.
    """

    records: list[VideoRecord] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    columns: dict[str, list[Cell]] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """Adds the videos at a path; errors as ``resolve``'s."""
        if holds_recordings(path):
            lists = read_prepared(path).lists().values() if path.is_dir() else [path]
            for video in chain.from_iterable(read_recordings(one).videos for one in lists):
                record = VideoRecord(video.path, None, source=video.source or video.path)
                self.records.append(record)
                rate = "" if video.capture_fps is None else str(video.capture_fps)
                self._tell(record, {"subject": ", ".join(subjects_of(video)), "capture_fps": rate})
        elif path.is_dir() and is_prepared(path):
            for annotations in _dataset(read_prepared(path), None, False).splits.values():
                self._add(annotations)
        elif path.is_file() and is_list(path):
            there = _list(path, None, None, False, labeled=False)
            _require_one(there)
            self._add(there.splits["all"])
        else:
            found = find(path)
            self.ignored.extend(found.ignored)
            self.records.extend(_unlabeled(found.videos or [path]).records)

    def add_address(self, address: Address) -> None:
        """Adds a video at a store.

        Raises:
            ResolveError: If it is a folder, a list or an image.
        """
        what = ""
        if not address.name:
            what = "a folder"
        elif address.name.lower().endswith(LIST_SUFFIXES):
            what = "a list"
        elif kind_of(address.name) == IMAGE:
            what = "an image, and perhaps a frame,"
        if what:
            raise ResolveError(
                f"{address}: {what} at a store, where videos alone are read; name the videos' "
                "addresses in a list on this computer"
            )
        self.records.append(VideoRecord(address, None, source=address))

    def refuse(self, records: Iterable[VideoRecord], reason: str) -> None:
        """Makes problems of some of the records."""
        refused = {id(record): f"{_place(record)} {reason}" for record in records}
        self.problems += refused.values()
        self.records = [record for record in self.records if id(record) not in refused]

    def _add(self, annotations: Annotations) -> None:
        self.records.extend(annotations.records)
        for record in annotations.records:
            self._tell(record, dict(zip(annotations.columns, record.extra, strict=True)))

    def _tell(self, record: VideoRecord, cells: Mapping[str, str]) -> None:
        for name, text in cells.items():
            if text.strip():
                cell = Cell(record.path, text.strip(), record.source)
                self.columns.setdefault(name.strip().lower(), []).append(cell)


def resolve(
    path: Path,
    *,
    root: Path | None = None,
    classes: Sequence[str] | None = None,
    must_exist: bool = True,
) -> Resolved:
    """Returns what is at a path, with its clips.

    Args:
        path: A video, folder, list or dataset.
        root: Folder that a list's paths start from; None is its own, or what its dataset says.
        classes: Names of all classes by index; None takes them from what is there.
        must_exist: Whether a row of a list whose video is not there is a bad row, and a class
            folder without videos an error.

    Raises:
        FileNotFoundError: If there is nothing at ``path``, or no video.
        AnnotationError: If rows are bad, with all of them.
        DatasetError: If a dataset is damaged.
        ResolveError: If a folder holds several lists, or a dataset whole recordings.
    """
    if path.is_dir():
        if is_prepared(path):
            return _dataset(read_prepared(path), classes, must_exist)
        return _folder(path, root, classes, must_exist)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such video, folder, list or prepared dataset")
    if is_list(path):
        return _list(path, root, classes, must_exist)
    return Resolved("video", path, path.parent, {"all": _unlabeled([path])})


def resolve_videos(paths: Sequence[str | Path], *, addresses: bool = False) -> FoundVideos:
    """Returns the videos at every path, whatever it is.

    A video or folder of frames is itself; a folder stands for all videos in it and its sub-folders;
    a list for its rows, with ``start_seconds`` and so on, whether they have labels or not; a
    prepared dataset for all its lists, and one of whole recordings for each whole video. What is
    not there, or is no video, is a record too: opening it says what is wrong, and the others go on.

    Args:
        paths: What was given.
        addresses: Whether videos at stores are accepted; otherwise they are problems.
    """
    found = FoundVideos()
    for path in map(located, paths):
        try:
            if isinstance(path, Address):
                found.add_address(path)
            else:
                found.add(path)
        except (MienetError, OSError) as error:
            found.problems.append(str(error))
    remote = [record for record in found.records if isinstance(record.path, Address)]
    found.refuse(_alike(remote) if addresses else remote, ALIKE if addresses else LOCAL_ONLY)
    return found


def read_labeled(
    path: Path, *, root: Path | None = None, classes: Sequence[str] | None = None
) -> Annotations:
    """Returns the labeled clips at a path that holds no splits; see ``choose_split`` for others.

    Raises:
        FileNotFoundError, AnnotationError, DatasetError: As ``resolve``, and if a clip has no
            label.
        ResolveError: If nothing says what the videos show, or there are several splits.
    """
    found = resolve(path, root=root, classes=classes)
    if not found.has_labels:
        raise ResolveError(f"{path}: {unlabeled(path)}, a list with labels, or a prepared dataset")
    if len(found.splits) > 1:
        ending = ".csv" if found.dataset else ""
        names = ", ".join(str(path / f"{name}{ending}") for name in found.splits)
        raise DatasetError(f"{path} is a whole dataset; name one of its lists: {names}")
    (annotations,) = found.splits.values()
    bare = [f"{r.source}: no label" for r in annotations.records if r.label is None]
    if bare:
        raise AnnotationError("clips without labels, which are for predict alone", bare)
    return annotations


def unlabeled(path: Path) -> str:
    """Returns what is missing where there are videos alone, and the folders that would say it."""
    folder = path if path.is_dir() else "FOLDER"
    return f"nothing says what the video(s) show; give class folders ({folder}/CLASS/VIDEO.mp4)"


def choose_split(path: Path, *preferred: str) -> Path:
    """Returns the list or folder of the first of these splits that a dataset has.

    What has no splits is returned itself.
    """
    if is_prepared(path):
        places = read_prepared(path).lists()
    elif (path / "train").is_dir():
        places = {name: path / name for name in SPLITS if (path / name).is_dir()}
    else:
        return path
    return next((places[name] for name in preferred if name in places), path)


def is_list(path: Path) -> bool:
    """Returns whether a file is a list, by its ending, or else by being text and no video."""
    if path.name.lower().endswith(LIST_SUFFIXES):
        return True
    return kind_of(path.name) != VIDEO and is_text(path)


def _dataset(dataset: PreparedDataset, classes: Sequence[str] | None, must_exist: bool) -> Resolved:
    """Reads all lists of a dataset, and reports the bad rows of all of them in one error."""
    if dataset.is_of_recordings:
        raise _recordings_error(dataset.folder, dataset.folder)
    splits, problems = {}, []
    for name in dataset.lists():
        try:
            splits[name] = dataset.read(name, classes=classes, must_exist=must_exist)
        except AnnotationError as error:
            problems += error.problems
    if problems:
        raise AnnotationError("bad rows", problems)
    return Resolved("dataset", dataset.folder, dataset.videos, splits, (), dataset)


def _list(
    path: Path,
    root: Path | None,
    classes: Sequence[str] | None,
    must_exist: bool,
    *,
    labeled: bool = True,
) -> Resolved:
    """Reads a list; where it lies in a dataset, that says where the videos are, and the classes."""
    pattern = None
    if root is None and is_prepared(path.parent):
        dataset = read_prepared(path.parent)
        if dataset.is_of_recordings:
            raise _recordings_error(path, dataset.folder)
        root, pattern = dataset.videos, dataset.frame_pattern
        classes = dataset.classes if classes is None else classes
    annotations = read_annotations(
        path, root=root, classes=classes, must_exist=must_exist, labeled=labeled
    ).with_frame_pattern(pattern)
    return Resolved("list", path, root or path.parent, {"all": annotations})


def _require_one(there: Resolved) -> None:
    """Raises a ``ResolveError`` for a list of several videos none of which is there."""
    paths = [record.path for record in there.splits["all"].records]
    if len(paths) > 1 and not any(isinstance(p, Address) or Path(p).exists() for p in paths):
        said = none_there(len(paths), paths[0], str(there.folder))
        raise ResolveError(f"{there.path}: {said}")


def _recordings_error(path: Path, dataset: Path) -> ResolveError:
    return ResolveError(
        f"{path} holds whole recordings, with phases and events, where labeled clips are expected; "
        f"train with: {command('train', 'timeline', '--data.root', dataset)}"
    )


def _folder(
    path: Path, root: Path | None, classes: Sequence[str] | None, must_exist: bool
) -> Resolved:
    lists = [file for file in sorted(path.glob("*.csv")) if _names_clips(file)]
    if len(lists) > 1:
        shown = ", ".join(entry.name for entry in lists)
        raise ResolveError(f"{path}: several CSV files ({shown}); give one of them instead")
    if lists:
        return _list(lists[0], root or path, classes, must_exist)
    folders, outside = subfolders(path)
    parts = [name for name in SPLITS if path / name in folders]
    if "train" in parts:
        return _split_folders(path, parts, classes, must_exist)
    if folders:
        annotations = read_class_folders(path, classes=classes, may_be_empty=not must_exist)
        splits = {"all": annotations}
        return Resolved("class folders", path, path, splits, annotations.ignored)
    found = find(path)
    if not found.videos:
        said = f"{path}: no videos in it; give a video, a folder of videos, or a list of them"
        raise FileNotFoundError("\n  ".join([said, *ignored_lines(outside)]))
    kind: Kind = "frames" if found.videos == [path] else "videos"
    splits = {"all": _unlabeled(found.videos)}
    return Resolved(kind, path, path, splits, tuple(found.ignored))


def _split_folders(
    path: Path, parts: list[str], classes: Sequence[str] | None, must_exist: bool
) -> Resolved:
    """Reads class folders in ``train``, ``val`` and ``test``, which all have the same classes."""
    names = classes or sorted({f.name for part in parts for f in subfolders(path / part)[0]})
    splits = {
        part: read_class_folders(path / part, classes=names, may_be_empty=not must_exist)
        for part in parts
    }
    ignored = tuple(entry for annotations in splits.values() for entry in annotations.ignored)
    return Resolved("class folders", path, path, splits, ignored)


ALIKE = (
    "is the address of another row, too, but for a user, signature or key, which results do not "
    "name; sign a video once, and give different videos different names"
)


def _alike(records: Iterable[VideoRecord]) -> list[VideoRecord]:
    """Returns those whose address differs from that of one before in its secrets alone."""
    urls: dict[str, str] = {}
    return [
        record
        for record in records
        if isinstance(record.path, Address)
        and urls.setdefault(record.path, record.path.url) != record.path.url
    ]


def _place(record: VideoRecord) -> str:
    return record.path if record.source == record.path else f"{record.source}: {record.path}"


def _names_clips(path: Path) -> bool:
    """Returns whether a CSV's header names paths and labels, as notes and results may not."""
    if path.name.startswith(".") or not path.is_file() or not has_header(path):
        return False
    first = read_header_line(path)
    columns = {name.strip().lower() for name in split_fields(first, find_separator(first))}
    return "label" in columns and bool(columns & set(PATH_COLUMNS))


def _unlabeled(videos: Sequence[Path]) -> Annotations:
    return Annotations([VideoRecord(str(v), None, source=str(v)) for v in videos], [])
