"""Lists of one's own: CSV, TSN's lists, class folders, named paths; one function for each form.

The published datasets' own forms are in ``formats``.
"""

import contextlib
import csv
import gc
import io
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from sys import intern

from mienet.data.discovery import PresentFiles, find_videos
from mienet.data.records import (
    AnnotationError,
    Annotations,
    VideoRecord,
    label_index,
    parse_rows,
    read_lines,
    read_table,
    read_text,
    unknown_class,
    whole_number,
)

PATH_COLUMNS = ("path", "file", "filename", "video")
SPAN_COLUMNS = ("start_seconds", "end_seconds", "start_frame", "end_frame", "num_frames")

Span = tuple[float | None, float | None, int | None, int | None]

NO_SPAN: Span = (None, None, None, None)


def read_annotations(
    path: Path,
    *,
    root: Path | None = None,
    classes: Sequence[str] | None = None,
    must_exist: bool = True,
) -> Annotations:
    """Returns the records of a folder of class folders, a ``.csv``, or a list file.

    Args:
        path: What to read; its kind is told by its being a folder or ending in ``.csv``.
        root: Folder that the paths in a CSV or list are relative to; None is the list's own.
        classes: Names of all classes by index. None takes them from the data: sorted names, or
            for number labels the numbers themselves.
        must_exist: Whether a row whose video is not there is a bad row.

    Raises:
        FileNotFoundError: If there is nothing at ``path``.
        AnnotationError: If rows are bad, or nothing was found.
    """
    if path.is_dir():
        return read_class_folders(path, classes=classes)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such list, folder of class folders, or prepared dataset"
        )
    reader = read_csv if path.suffix.lower() == ".csv" else read_list
    return reader(path, root=root, classes=classes, must_exist=must_exist)


def read_class_folders(root: Path, *, classes: Sequence[str] | None = None) -> Annotations:
    """Returns one record per video of ``root/CLASS/VIDEO``; the folders' names are the classes.

    A video is a file with a video's ending, or a folder of images; it may lie in sub-folders.

    Raises:
        AnnotationError: If a class folder is empty, is none of ``classes``, or there is none.
    """
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    names = list(classes) if classes is not None else [folder.name for folder in folders]
    records, problems = [], []
    for folder in folders:
        if folder.name not in names:
            problems.append(f"{folder}: {unknown_class(folder.name, names)}")
            continue
        inside = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
        videos = [str(video) for entry in inside for video in find_videos(entry)]
        if not videos:
            problems.append(f"{folder}: no videos in this class folder")
        label = names.index(folder.name)
        records += [VideoRecord(video, label, source=video) for video in videos]
    if not folders:
        problems.append(f"{root}: no class folders ({root}/CLASS/VIDEO.mp4); or give a CSV")
    if problems:
        raise AnnotationError("bad class folders", problems)
    return Annotations(records, names)


def read_named_paths(
    root: Path, pattern: str, *, classes: Sequence[str] | None = None
) -> Annotations:
    """Returns one record per video under ``root``, told apart by its path.

    Args:
        root: Folder of the videos.
        pattern: What a path below ``root`` looks like, without the file's ending, such as
            ``{label}/{athlete}_{take}``. ``{label}`` is the class; other names become columns.
        classes: Names of all classes by index; None sorts those found.

    Raises:
        AnnotationError: With every video whose path looks otherwise, or if the pattern is wrong.
    """
    names = re.findall(r"{(\w+)}", pattern)
    if names.count("label") != 1 or len(set(names)) != len(names):
        raise AnnotationError(
            "bad pattern of paths",
            [f"{pattern!r} needs {{label}} once and each other name at most once"],
        )
    parts = re.split(r"{(\w+)}", pattern)
    expression = re.compile(
        "".join(f"(?P<{p}>[^/]+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts))
    )
    columns = tuple(name for name in names if name != "label")
    found, problems = [], []
    for video in find_videos(root):
        path = video.relative_to(root)
        match = expression.fullmatch((path if video.is_dir() else path.with_suffix("")).as_posix())
        if match is None:
            problems.append(f"{video}: does not look like {pattern}")
        else:
            found.append((str(video), match))
    if not found and not problems:
        problems.append(f"{root}: no videos")
    labels = list(classes) if classes is not None else sorted({m["label"] for _, m in found})
    problems += [
        f"{video}: {unknown_class(match['label'], labels)}"
        for video, match in found
        if match["label"] not in labels
    ]
    if problems:
        raise AnnotationError("bad paths", problems)
    index = {name: label for label, name in enumerate(labels)}
    records = [
        VideoRecord(
            video, index[m["label"]], source=video, extra=tuple(m[column] for column in columns)
        )
        for video, m in found
    ]
    return Annotations(records, labels, columns)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Spares the search for reference cycles, a third of the time, as records have none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_uncollected()
def read_csv(
    path: Path,
    *,
    root: Path | None = None,
    classes: Sequence[str] | None = None,
    must_exist: bool = True,
) -> Annotations:
    """Returns the rows of a CSV with the columns ``path`` and ``label``, and perhaps others.

    ``start_seconds`` and ``end_seconds``, or ``start_frame`` and ``end_frame`` (from 0, the end
    excluded), take a part of a video; ``num_frames`` takes so many from the start;
    ``frame_pattern`` names the images of a folder of frames. Any other column is kept as it is.
    Labels are class names; a column without a single label means that they are not known. Paths
    are relative to ``root``.

    Raises:
        AnnotationError: With every bad row: missing file, unknown class, not a number, a range
            that is empty, seconds and frames at once.
    """
    header, rows = read_table(path)
    known = {*PATH_COLUMNS, "label", *SPAN_COLUMNS, "frame_pattern"}
    header = [name.lower() if name.lower() in known else name for name in header]
    path_column = next((name for name in PATH_COLUMNS if name in header), None)
    if path_column is None or "label" not in header:
        raise AnnotationError("bad header", [f"{path}:1: {_header_advice(header)}"])
    path_at, label_at = header.index(path_column), header.index("label")
    # A column that is not there is read as an empty field behind the row's end.
    span_at = [header.index(n) if n in header else len(header) for n in SPAN_COLUMNS]
    has_spans = min(span_at) < len(header)
    own = {path_column, "label", *SPAN_COLUMNS, "frame_pattern"}
    pattern_at = header.index("frame_pattern") if "frame_pattern" in header else None
    columns = tuple(name for name in header if name not in own)
    extra_at = [header.index(name) for name in columns]
    labelled = {row[label_at] for _, row in rows if len(row) > label_at} - {""}
    names = list(classes) if classes is not None else sorted(labelled)
    index: dict[str, int | None] = {name: label for label, name in enumerate(names)}
    if not labelled:
        index[""] = None
    present = PresentFiles() if must_exist else None
    folder = str(root or path.parent)

    def parse(row: list[str], source: str) -> VideoRecord:
        if len(row) != len(header):
            raise ValueError(f"has {len(row)} fields, the header {len(header)}")
        label = row[label_at]
        if label != label.strip():
            raise ValueError(f"label {label!r} begins or ends with a space")
        if label not in index:
            raise ValueError(unknown_class(label, names) if label else "no label")
        span = NO_SPAN
        if has_spans:
            row.append("")
            span = _span(*[row[at] for at in span_at])
        video = _video(folder, row[path_at], present)
        extra = tuple([intern(row[at]) for at in extra_at]) if extra_at else ()
        pattern = (row[pattern_at] or None) if pattern_at is not None else None
        return VideoRecord(video, index[label], *span, source, extra, pattern)

    return Annotations(parse_rows(path, rows, parse), names, columns)


def _header_advice(header: Sequence[str]) -> str:
    if not header:
        return "the file is empty; its first line names the columns: path,label"
    if any(";" in name for name in header):
        return "needs the columns path and label; separate columns with commas, not semicolons"
    others = ", ".join(PATH_COLUMNS[1:])
    return (
        f"the first line must name the columns path (or {others}) and label; it is: "
        f"{','.join(header)}"
    )


def read_list(
    path: Path,
    *,
    root: Path | None = None,
    classes: Sequence[str] | None = None,
    must_exist: bool = True,
) -> Annotations:
    """Returns the rows of a list as the authors, TSN and TSM write it: ``path num_frames label``.

    Labels count from 0. Paths are relative to ``root`` and may hold spaces. Source: the MIE-Net
    authors' README.

    Raises:
        AnnotationError: With every bad row: not three fields, missing file or folder, zero frames,
            label out of range, not a number.
    """
    folder, present = str(root or path.parent), PresentFiles() if must_exist else None
    count = None if classes is None else len(classes)

    def parse(line: str, source: str) -> VideoRecord:
        name, num_frames, label = list_fields(line, count)
        video = _video(folder, name, present)
        return VideoRecord(video, label, end_frame=num_frames, source=source)

    records = parse_rows(path, read_lines(path), parse)
    names = list(classes) if classes is not None else number_names(records)
    return Annotations(records, names)


def list_fields(line: str, num_classes: int | None) -> tuple[str, int, int]:
    """Returns path, number of frames and label of a row ``path num_frames label``.

    Raises:
        ValueError: If it is not such a row, or the label is not below ``num_classes``.
    """
    fields = line.rsplit(None, 2)
    if len(fields) != 3:
        raise ValueError(f"expected 'path num_frames label', got {line.strip()!r}")
    name, frames, label = fields
    return name.strip(), _frame_count(frames), label_index(label, num_classes)


def number_names(records: Sequence[VideoRecord]) -> list[str]:
    """Returns the numbers up to the largest label, as names of classes that have no others."""
    return [str(number) for number in range(1 + max(record.label or 0 for record in records))]


def to_csv(annotations: Annotations, *, root: Path | None = None) -> str:
    """Returns the text of a CSV for ``read_csv``, with paths relative to ``root``, or absolute.

    Columns of times and frames are there if a record has any.
    """
    folder = None if root is None else str(root.absolute()).rstrip(os.sep) + os.sep
    records = annotations.records
    optional = (*SPAN_COLUMNS[:4], "frame_pattern")
    spans = [name for name in optional if any(getattr(r, name) is not None for r in records)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "label", *spans, *annotations.columns])
    for record in records:
        path = str(Path(record.path).absolute())
        if folder is not None:
            path = Path(path.removeprefix(folder)).as_posix()
        label = "" if record.label is None else annotations.classes[record.label]
        writer.writerow([path, label, *(getattr(record, name) for name in spans), *record.extra])
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
    text = read_text(path)
    if path.suffix.lower() == ".json":
        try:
            names = [e if isinstance(e, str) else " ".join(map(str, e)) for e in json.loads(text)]
        except (ValueError, TypeError) as error:
            raise AnnotationError(
                "bad class names", [f"{path}: not a JSON list: {error}"]
            ) from error
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


def _span(
    start_seconds: str, end_seconds: str, start_frame: str, end_frame: str, num_frames: str
) -> Span:
    """Returns start and end in seconds, or in frames, from the fields that are filled."""
    if start_seconds or end_seconds:
        if start_frame or end_frame:
            raise ValueError("gives both seconds and frames; one of them is enough")
        first = _seconds(start_seconds, "start_seconds")
        last = _seconds(end_seconds, "end_seconds")
        if last is not None and last <= (first or 0.0):
            raise ValueError(f"end_seconds {last} is not after start_seconds {first or 0.0}")
        return first, last, None, None
    if start_frame or end_frame:
        start, end = _frame(start_frame, "start_frame"), _frame(end_frame, "end_frame")
        if end is not None and end <= (start or 0):
            raise ValueError(f"end_frame {end} is not after start_frame {start or 0}")
        return None, None, start, end
    return (None, None, None, _frame_count(num_frames)) if num_frames else NO_SPAN


def _video(folder: str, name: str, present: PresentFiles | None) -> str:
    if not name:
        raise ValueError("no path")
    path = name if os.path.isabs(name) else folder + os.sep + name  # noqa: PTH117
    if present is not None and path not in present:
        raise ValueError(f"no such video: {path}")
    return path


def _seconds(text: str, column: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{column} is not a number: {text!r}") from None
    if not 0 <= value < float("inf"):
        raise ValueError(f"{column} must be at least 0, got {text}")
    return value


def _frame(text: str, column: str) -> int | None:
    if not text:
        return None
    value = whole_number(text, column)
    if value < 0:
        raise ValueError(f"{column} must be at least 0, got {value}")
    return value


def _frame_count(text: str) -> int:
    count = whole_number(text, "num_frames")
    if count < 1:
        raise ValueError(f"num_frames must be at least 1, got {count}")
    return count
