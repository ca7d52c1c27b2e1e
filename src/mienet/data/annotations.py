"""What a dataset's files say: one function per format, each giving the same records.

A list that is wrong is reported whole: every bad row, with file and line, in one error.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mienet.data.video import VIDEO_SUFFIXES, has_frames
from mienet.errors import MienetError

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class VideoRecord:
    """One labelled clip: a video or a part of it.

    Attributes:
        path: The video file or the folder of frames.
        label: Index of the class; None where it is not known.
        start_seconds: Where the clip starts in the video; None for the video's start.
        end_seconds: Where it ends; None for the video's end.
        num_frames: Frames to use from the start, if the list says so; None uses all.
        source: Where the record stands, such as ``train.csv:12``, for messages.
    """

    path: Path
    label: int | None
    start_seconds: float | None = None
    end_seconds: float | None = None
    num_frames: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Annotations:
    """The records of one list, and the names of all classes by index."""

    records: list[VideoRecord]
    classes: list[str]


class AnnotationError(MienetError):
    """Bad rows of a list or bad files of a dataset; ``problems`` holds one line for each."""

    def __init__(self, summary: str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        shown = [f"  {problem}" for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > MOST_SHOWN:
            shown.append(f"  ... and {len(self.problems) - MOST_SHOWN} more")
        heading = f"{summary} ({len(self.problems)}); mend them and run the command again:"
        super().__init__("\n".join([heading, *shown]))


def read_annotations(
    path: Path, *, root: Path | None = None, classes: Sequence[str] | None = None
) -> Annotations:
    """Returns the records of a folder of class folders, a ``.csv``, or a list file.

    Args:
        path: What to read; its kind is told by its being a folder or ending in ``.csv``.
        root: Folder that the paths in a CSV or list are relative to; None is the list's own.
        classes: Names of all classes by index. None takes them from the data: sorted names, or
            for number labels the numbers themselves.

    Raises:
        FileNotFoundError: If there is nothing at ``path``.
        AnnotationError: If rows are bad, or nothing was found.
    """
    if path.is_dir():
        return read_class_folders(path, classes=classes)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such list file or folder of class folders")
    reader = read_csv if path.suffix.lower() == ".csv" else read_list
    return reader(path, root=root, classes=classes)


def read_class_folders(root: Path, *, classes: Sequence[str] | None = None) -> Annotations:
    """Returns one record per video of ``root/CLASS/VIDEO``; the folders' names are the classes.

    A video is a file with a video's ending, or a folder of images.

    Raises:
        AnnotationError: If a class folder is empty, is none of ``classes``, or there is none.
    """
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    names = list(classes) if classes is not None else [folder.name for folder in folders]
    records, problems = [], []
    for folder in folders:
        if folder.name not in names:
            problems.append(f"{folder}: {_unknown_class(folder.name, names)}")
            continue
        videos = [p for p in sorted(folder.iterdir()) if is_video(p)]
        if not videos:
            problems.append(f"{folder}: no videos in this class folder")
        label = names.index(folder.name)
        records += [VideoRecord(video, label, source=str(video)) for video in videos]
    if not folders:
        problems.append(f"{root}: no class folders; expected {root}/CLASS/VIDEO.mp4")
    if problems:
        raise AnnotationError("bad class folders", problems)
    return Annotations(records, names)


def read_csv(
    path: Path, *, root: Path | None = None, classes: Sequence[str] | None = None
) -> Annotations:
    """Returns the rows of a CSV with header ``path,label[,start_seconds,end_seconds,num_frames]``.

    Labels are class names; other columns are left alone. Paths are relative to ``root``.

    Raises:
        AnnotationError: With every bad row: missing file, unknown class, not a number, a range
            that is empty.
    """
    # utf-8-sig, because spreadsheets write a byte-order mark.
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or []
        if not {"path", "label"} <= set(columns):
            found = f"needs the columns path and label, has {', '.join(columns)}"
            hint = "; separate columns with commas, not semicolons" if ";" in found else ""
            raise AnnotationError("bad header", [f"{path}:1: {found}{hint}"])
        rows = [(reader.line_num, row) for row in reader]
    names = (
        list(classes) if classes is not None else sorted({row["label"] or "" for _, row in rows})
    )
    index = {name: label for label, name in enumerate(names)}

    def parse(row: dict[str, str], source: str) -> VideoRecord:
        label = row["label"] or ""
        if label not in index or not label:
            raise ValueError(_unknown_class(label, names) if label else "no label")
        start, end = _seconds(row, "start_seconds"), _seconds(row, "end_seconds")
        if end is not None and end <= (start or 0.0):
            raise ValueError(f"end_seconds {end} is not after start_seconds {start or 0.0}")
        frames = row.get("num_frames")
        num_frames = _frame_count(frames) if frames else None
        video = _existing(root or path.parent, row["path"])
        return VideoRecord(video, index[label], start, end, num_frames, source)

    return Annotations(_parse_rows(path, rows, parse), names)


def read_list(
    path: Path, *, root: Path | None = None, classes: Sequence[str] | None = None
) -> Annotations:
    """Returns the rows of a list as the authors, TSN and TSM write it: ``path num_frames label``.

    Labels count from 0. Paths are relative to ``root`` and may hold spaces. Source: the MIE-Net
    authors' README.

    Raises:
        AnnotationError: With every bad row: not three fields, missing file or folder, zero frames,
            label out of range, not a number.
    """
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]

    def parse(line: str, source: str) -> VideoRecord:
        fields = line.rsplit(None, 2)
        if len(fields) != 3:
            raise ValueError(f"expected 'path num_frames label', got {line.strip()!r}")
        name, frames, label = fields
        num_frames, index = _frame_count(frames), _whole(label, "label")
        if index < 0 or (classes is not None and index >= len(classes)):
            most = len(classes) - 1 if classes is not None else "..."
            raise ValueError(f"label {index} is out of range: accepted are 0 to {most}")
        video = _existing(root or path.parent, name.strip())
        return VideoRecord(video, index, num_frames=num_frames, source=source)

    records = _parse_rows(path, rows, parse)
    count = 1 + max(record.label or 0 for record in records)
    return Annotations(records, list(classes) if classes is not None else _numbers(count))


def to_csv(records: Iterable[VideoRecord], classes: Sequence[str]) -> str:
    """Returns labelled records with absolute paths as the text of a CSV for ``read_csv``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "label", "start_seconds", "end_seconds", "num_frames"])
    for record in records:
        label = "" if record.label is None else classes[record.label]
        span = [record.start_seconds, record.end_seconds, record.num_frames]
        writer.writerow([record.path.absolute(), label, *span])
    return text.getvalue()


def read_class_names(path: Path) -> list[str]:
    """Returns class names from a text file, one a line, or a JSON list.

    In a JSON list an entry may itself be a list of words (as in Diving48's vocabulary); they are
    joined with spaces.

    Raises:
        FileNotFoundError: If there is no such file.
        AnnotationError: If a line is empty or a name stands twice.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of class names")
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".json":
        names = [e if isinstance(e, str) else " ".join(map(str, e)) for e in json.loads(text)]
    else:
        names = [line.strip() for line in text.rstrip().splitlines()]
    problems = [f"{path}:{n}: no class name" for n, name in enumerate(names, 1) if not name]
    first = {name: line for line, name in reversed(list(enumerate(names, 1)))}
    problems += [
        f"{path}:{line}: {name!r} stands on line {first[name]} already"
        for line, name in enumerate(names, 1)
        if name and first[name] != line
    ]
    if problems or not names:
        raise AnnotationError("bad class names", problems or [f"{path}: no class names"])
    return names


def is_video(path: Path) -> bool:
    """Returns whether a path looks like a video: by its ending, or a folder of images."""
    if path.is_dir():
        return has_frames(path)
    return path.suffix.lower() in VIDEO_SUFFIXES


def find_videos(path: Path) -> list[Path]:
    """Returns the videos at ``path``, sorted: itself, or all in the folder and its sub-folders.

    A folder of images is one video, and is not searched for others.
    """
    if is_video(path):
        return [path]
    if not path.is_dir():
        return []
    inside = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    return [video for entry in inside for video in find_videos(entry)]


def _parse_rows(
    path: Path, rows: Iterable[tuple[int, object]], parse: Callable[..., VideoRecord]
) -> list[VideoRecord]:
    """Returns the parsed rows, or raises one error with every row that ``parse`` refuses."""
    records, problems = [], []
    for line, row in rows:
        source = f"{path}:{line}"
        try:
            records.append(parse(row, source))
        except ValueError as error:
            problems.append(f"{source}: {error}")
    if not records and not problems:
        problems.append(f"{path}: no rows")
    if problems:
        raise AnnotationError("bad rows", problems)
    return records


def _existing(root: Path, name: str | None) -> Path:
    if not name:
        raise ValueError("no path")
    path = root / name
    if not os.path.exists(path):  # noqa: PTH110 (three times faster on long lists)
        raise ValueError(f"no such video: {path}")
    return path


def _seconds(row: dict[str, str], column: str) -> float | None:
    text = row.get(column)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{column} is not a number: {text!r}") from None
    if not 0 <= value < float("inf"):
        raise ValueError(f"{column} must be at least 0, got {text}")
    return value


def _whole(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} is not a whole number: {text!r}") from None


def _frame_count(text: str) -> int:
    count = _whole(text, "num_frames")
    if count < 1:
        raise ValueError(f"num_frames must be at least 1, got {count}")
    return count


def _numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def _unknown_class(name: str, classes: Sequence[str]) -> str:
    shown = ", ".join(map(repr, classes[:20])) + (" ..." if len(classes) > 20 else "")
    return f"unknown class {name!r}; the {len(classes)} classes are {shown}"
