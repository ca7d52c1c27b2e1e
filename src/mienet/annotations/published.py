"""The published datasets' own annotation files: one function per format, all named in ``FORMATS``.

Each takes the annotation files and the folder of the videos, and returns the clips of every split.
Videos are looked up by name in that folder and its sub-folders, whatever their container, or as
folders of frames; one that is not there keeps the path at which it was expected, and shows when the
dataset is checked. To add a format, write its function and name it in ``FORMATS``.
"""

import itertools
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mienet.annotations.fields import label_index, unknown_class
from mienet.annotations.json_lists import read_json_entries, read_label_numbers
from mienet.annotations.plain_lists import find_form, number_names
from mienet.annotations.readers import read_class_names
from mienet.annotations.records import AnnotationError, Annotations, VideoRecord, parse_rows
from mienet.annotations.tables import read_lines, read_table, split_fields
from mienet.annotations.video_index import VideoIndex

Splits = dict[str, Annotations]

SPLIT_WORDS = {"train": "train", "valid": "val", "val": "val", "test": "test"}


def read_diving48(files: Sequence[Path], videos: Path) -> Splits:
    """Returns Diving48, V1 or V2: ``Diving48_V2_train.json``, ``_test.json`` and ``_vocab.json``.

    The vocabulary may lie beside the others unnamed; without it the classes are numbers. The
    videos are cut already, so a clip is a whole video: ``start_frame`` and ``end_frame``, which
    tell where in the competition's broadcast it was or how long it is, are not used.
    """
    lists, other = _by_split(files)
    vocabulary = other or sorted(files[0].parent.glob("*vocab*.json"))
    classes = read_class_names(vocabulary[0]) if vocabulary else None
    index = VideoIndex(videos)

    def parse(entry: Any, source: str) -> VideoRecord:
        name, label = _fields(entry, "vid_name", "label")
        number = label_index(str(label), None if classes is None else len(classes))
        return VideoRecord(index.find(str(name), ".mp4"), number, source=source)

    records = _read_all(lists, lambda path: parse_rows(path, read_json_entries(path), parse))
    names = classes or number_names([r for found in records.values() for r in found])
    return {name: Annotations(found, names) for name, found in records.items()}


def read_something_v2(files: Sequence[Path], videos: Path) -> Splits:
    """Returns Something-Something V2: ``labels.json``, ``train``, ``validation``, ``test.json``.

    A clip's class is its template without brackets. The test videos have no labels, unless
    ``test-answers.csv`` is there, which has to answer all of them then. What the placeholders
    stand for is kept as a column.
    """
    lists, other = _by_split([path for path in files if "answers" not in path.name])
    answers = {k: v for path in files if "answers" in path.name for k, v in _answers(path).items()}
    if len(other) != 1:
        raise AnnotationError(
            "no labels.json", [f"{path}: neither labels nor a split" for path in other or files]
        )
    classes = read_label_numbers(other[0])
    label_of = {name: label for label, name in enumerate(classes)}
    index = VideoIndex(videos)

    def parse(entry: Any, source: str, labeled: bool) -> VideoRecord:
        (name,) = _fields(entry, "id")
        template = str(entry.get("template") or answers.get(str(name), ""))
        label = template.replace("[", "").replace("]", "")
        if label not in label_of and (label or labeled):
            raise ValueError(unknown_class(label, classes) if label else "no template")
        placeholders = entry.get("placeholders") or []
        if not isinstance(placeholders, list):
            raise ValueError(f"placeholders are no list: {placeholders!r}")
        extra = (", ".join(map(str, placeholders)),)
        path = index.find(str(name), ".webm")
        return VideoRecord(path, label_of.get(label), source=source, extra=extra)

    def read(path: Path) -> list[VideoRecord]:
        labeled = _split_name(path) != "test" or bool(answers)
        return parse_rows(path, read_json_entries(path), lambda row, at: parse(row, at, labeled))

    columns = ("placeholders",)
    return {k: Annotations(v, classes, columns) for k, v in _read_all(lists, read).items()}


def _answers(path: Path) -> dict[str, str]:
    """Returns the templates of test videos by their numbers, from lines ``NUMBER;TEMPLATE``."""
    found, problems = {}, []
    for number, line in read_lines(path):
        row = split_fields(line, ";")
        if len(row) < 2 or not row[1].strip():
            problems.append(f"{path}:{number}: {line[:80]!r}; expected NUMBER;TEMPLATE")
        else:
            found[row[0].strip()] = row[1].strip()
    if problems:
        raise AnnotationError("bad rows", problems)
    return found


def read_lists(files: Sequence[Path], videos: Path) -> Splits:
    """Returns lists of SLJD, TSN and TSM: ``path num_frames label`` in ``train.txt``, ``val.txt``.

    mmaction2's ``path label`` is read as well; the first line of the first list tells which.

    A further file, such as ``classes.txt``, holds the names of the classes. Only the last parts of
    the lists' paths count, as they often begin with a folder of the authors' own machine.
    """
    lists, other = _by_split(files)
    classes = read_class_names(other[0]) if other else None
    index = VideoIndex(videos)

    def is_there(name: str) -> bool:
        try:
            return os.path.exists(index.find(name))  # noqa: PTH110 (no error for a long name)
        except ValueError:  # several are called so, which is reported with the row
            return True

    lines = (line for path in lists.values() for _, line in read_lines(path))
    form = find_form(lines, is_there)
    count = None if classes is None else len(classes)

    def parse(line: str, source: str) -> VideoRecord:
        row = form.row(line)
        video, label = index.find(row.name), label_index(row.label, count)
        return VideoRecord(video, label, end_frame=row.num_frames, source=source)

    records = _read_all(lists, lambda path: parse_rows(path, read_lines(path), parse))
    names = classes or number_names([r for found in records.values() for r in found])
    return {name: Annotations(found, names) for name, found in records.items()}


def read_ucf101(files: Sequence[Path], videos: Path) -> Splits:
    """Returns one of UCF101's splits: ``classInd.txt``, ``trainlist01.txt``, ``testlist01.txt``.

    The group in a name (``v_Archery_g08_c01``), one for each person filmed, is kept as a column.
    """
    lists, other = _by_split(files)
    if len(other) != 1:
        raise AnnotationError("no classInd.txt", [f"{path}: unknown" for path in other or files])
    classes = _read_numbered_names(other[0])
    label_of = {name: label for label, name in enumerate(classes)}
    index = VideoIndex(videos)

    def parse(line: str, source: str) -> VideoRecord:
        path = line.split()[0]
        label = path.split("/")[0]
        if label not in label_of:
            raise ValueError(unknown_class(label, classes))
        group = re.search(r"_g(\d+)_", path)
        extra = (group[1] if group else "",)
        return VideoRecord(index.find(path), label_of[label], source=source, extra=extra)

    records = _read_all(lists, lambda path: parse_rows(path, read_lines(path), parse))
    return {name: Annotations(found, classes, ("group",)) for name, found in records.items()}


def read_hmdb51(files: Sequence[Path], videos: Path) -> Splits:
    """Returns one of HMDB51's splits: 51 files such as ``brush_hair_test_split1.txt``.

    Their rows are ``video.avi`` and 1 for training, 2 for test, 0 for neither.
    """
    matches = {path: re.fullmatch(r"(.+)_test_split(\d)", path.stem) for path in files}
    if unknown := [f"{p}: expected CLASS_test_split1.txt" for p, m in matches.items() if not m]:
        raise AnnotationError("bad names of split files", unknown)
    named = {path: (m[1], m[2]) for path, m in matches.items() if m}
    if len(folds := sorted({fold for _, fold in named.values()})) > 1:
        problem = f"splits {', '.join(folds)}: give one, such as --annotations *_split1.txt"
        raise AnnotationError("several splits at once", [problem])
    classes = sorted(name for name, _ in named.values())
    index = VideoIndex(videos)
    parts = {"0": "", "1": "train", "2": "test"}

    def parse(line: str, source: str) -> VideoRecord:
        fields = line.split()
        if len(fields) != 2 or fields[1] not in parts:
            raise ValueError(f"expected 'video.avi' and 0, 1 or 2, got {line.strip()!r}")
        name = named[Path(source.rsplit(":", 1)[0])][0]
        path = index.find(f"{name}/{fields[0]}")
        return VideoRecord(path, classes.index(name), source=source, extra=(parts[fields[1]],))

    lists = {str(path): path for path in sorted(named)}
    found = _read_all(lists, lambda path: parse_rows(path, read_lines(path), parse))
    records = [record for rows in found.values() for record in rows]
    return {
        name: Annotations([r._replace(extra=()) for r in records if r.extra == (name,)], classes)
        for name in ("train", "test")
    }


def read_kinetics(files: Sequence[Path], videos: Path) -> Splits:
    """Returns Kinetics 400, 600 or 700: ``label,youtube_id,time_start,time_end,split``.

    A video is called ``ID_000012_000022.mp4``, as the known downloaders call it. A list without
    labels (the test's) gives clips without.
    """
    lists, other = _by_split(files)
    if other:
        raise AnnotationError("unknown files", [f"{path}: no split in its name" for path in other])
    index = VideoIndex(videos)
    rows = {
        path: _csv_rows(path, "youtube_id", "time_start", "time_end") for path in lists.values()
    }
    labels = {path: {row.get("label") or "" for _, row in rows[path]} - {""} for path in rows}
    classes = sorted(set().union(*labels.values()))
    label_of: dict[str, int | None] = {name: label for label, name in enumerate(classes)}

    def parse(row: Mapping[str, str], source: str, labeled: bool) -> VideoRecord:
        name, label = row["youtube_id"] or "", row.get("label") or ""
        if labeled and not label:
            raise ValueError("no label")
        if not re.fullmatch(r"[\w-]{11}", name):
            raise ValueError(f"not a YouTube id: {name!r}")
        try:
            start, end = int(float(row["time_start"])), int(float(row["time_end"]))
        except (TypeError, ValueError, OverflowError):
            times = f"{row['time_start']!r}, {row['time_end']!r}"
            raise ValueError(f"times are not numbers: {times}") from None
        path = index.find(f"{name}_{start:06d}_{end:06d}", ".mp4")
        return VideoRecord(path, label_of.get(label), source=source)

    def read(path: Path) -> list[VideoRecord]:
        labeled = bool(labels[path])
        return parse_rows(path, rows[path], lambda row, source: parse(row, source, labeled))

    return {name: Annotations(found, classes) for name, found in _read_all(lists, read).items()}


FORMATS: dict[str, Callable[[Sequence[Path], Path], Splits]] = {
    "diving48": read_diving48,
    "something-v2": read_something_v2,
    "sljd": read_lists,
    "tsn": read_lists,
    "ucf101": read_ucf101,
    "hmdb51": read_hmdb51,
    "kinetics": read_kinetics,
}


def annotation_files(name: str, videos: Path, given: Sequence[Path]) -> list[Path]:
    """Returns a published dataset's annotation files.

    Args:
        name: Of the format, for messages.
        videos: Folder of the videos; ``annotations`` in it or beside it is looked into if nothing
            is given.
        given: Files, or folders of them.

    Raises:
        FileNotFoundError: If they are not there.
    """
    if not given:
        places = (videos / "annotations", videos.parent / "annotations")
        given = [place for place in places if place.is_dir()][:1]
    if not given:
        raise FileNotFoundError(
            f"{name} needs its annotations, which no folder {videos / 'annotations'} or "
            f"{videos.parent / 'annotations'} holds; give them with --annotations FILES"
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
        raise FileNotFoundError(f"{given[0]}: no .json, .txt or .csv files in it")
    return files


def _split_name(path: Path) -> str:
    name = path.stem.lower()
    return next((split for word, split in SPLIT_WORDS.items() if word in name), "")


def _by_split(files: Sequence[Path]) -> tuple[dict[str, Path], list[Path]]:
    """Returns the files whose names tell a split, by split, and the others.

    Raises:
        AnnotationError: If there is none, or two for one split.
    """
    lists: dict[str, Path] = {}
    other, problems = [], []
    for path in files:
        name = _split_name(path)
        if not name:
            other.append(path)
        elif name in lists:
            problems.append(f"{path}: {lists[name].name} is the {name} list already; give one")
        else:
            lists[name] = path
    if not lists:
        problems += [f"{path}: neither train, val nor test in its name" for path in files]
    if problems:
        raise AnnotationError("cannot tell which file is which", problems)
    order = ("train", "val", "test")
    return {name: lists[name] for name in order if name in lists}, other


def _read_all(
    lists: Mapping[str, Path], read: Callable[[Path], list[VideoRecord]]
) -> dict[str, list[VideoRecord]]:
    """Reads all lists, and reports the bad rows of all of them in one error."""
    found: dict[str, list[VideoRecord]] = {}
    problems: list[str] = []
    for name, path in lists.items():
        try:
            found[name] = read(path)
        except AnnotationError as error:
            problems += error.problems
    if problems:
        raise AnnotationError("bad rows", problems)
    return found


def _fields(entry: Any, *names: str) -> list[Any]:
    if not isinstance(entry, dict):
        raise ValueError(f"expected an object with {', '.join(names)}, got {entry!r}")
    if missing := [name for name in names if name not in entry]:
        raise ValueError(f"no {', '.join(missing)} in the entry")
    return [entry[name] for name in names]


def _read_numbered_names(path: Path) -> list[str]:
    """Returns the names of a list of rows ``1 Name``."""
    names: list[str] = []
    problems = []
    for line, text in read_lines(path):
        match = re.fullmatch(r"\s*(\d+)\s+(\S.*?)\s*", text)
        if match is None or match[1] != str(len(names) + 1):
            problems.append(f"{path}:{line}: expected '{len(names) + 1} NAME', got {text!r}")
        names.append(match[2] if match else text)
    if problems:
        raise AnnotationError("bad class names", problems)
    return names


def _csv_rows(path: Path, *needed: str) -> list[tuple[int, dict[str, str]]]:
    table = read_table(path, needed)
    if missing := [name for name in needed if name not in table.header]:
        problem = f"{path}:1: needs the column(s) {', '.join(missing)}"
        raise AnnotationError("bad header", [problem])
    return [
        (line, dict(itertools.zip_longest(table.header, row, fillvalue="")))
        for line, row in table.rows
    ]
