"""Two sources of one fact each: what the videos' names tell, and what a table says of them.

    videos/jump_01.mp4              {label}_{take} in the names
    subjects.csv: path,subject      one row for each video, or for each part of one

A row finds its video by its path below the folder of the videos or, where no path fits, by its
name; with or without the ending.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from mienet.annotations.fields import unknown_class
from mienet.annotations.folders import NamedPath, match_paths, require_no_times
from mienet.annotations.readers import has_header, read_csv
from mienet.annotations.records import AnnotationError, Annotations, VideoRecord
from mienet.annotations.spelling import difference, fold
from mienet.annotations.tables import read_table

LABEL = "label"


def read_joined(
    table: Path, root: Path, pattern: str, *, classes: Sequence[str] | None = None
) -> Annotations:
    """Returns a table's rows, with what the names of their videos tell in further columns.

    Args:
        table: A CSV with a header; the class is one of its columns or in the names.
        root: Folder of the videos.
        pattern: What a path below ``root`` looks like; see ``match_paths``.
        classes: Names of all classes by index; None sorts those found.

    Raises:
        AnnotationError: With every row without a video, every video without a row, and every
            video whose path looks otherwise; or if both sources name one column.
    """
    if not has_header(table):
        problem = f"{table}:1: with --paths, a list needs a line of column names: path,subject"
        raise AnnotationError("bad header", [problem])
    header = [name.lower() if name.lower() == LABEL else name for name in read_table(table).header]
    named = match_paths(root, pattern)
    require_no_times(named.columns)
    in_names = LABEL in named.columns
    if both := [name for name in named.columns if name in header]:
        raise AnnotationError("bad header", [_named_twice(table, name) for name in both])
    if not in_names and LABEL not in header:
        problem = f"neither {pattern!r} nor the columns of {table} name the label"
        raise AnnotationError("no labels", [problem])
    rows = read_csv(table, root=root, classes=classes, must_exist=False, labeled=not in_names)
    places = _Videos(root, named.found)
    found: list[tuple[VideoRecord, NamedPath]] = []
    problems = []
    for record in rows.records:
        video = places.find(record.path)
        if isinstance(video, str):
            problems.append(f"{record.source}: {video}")
        else:
            found.append((record, video))
    listed = {video.path for _, video in found}
    problems += [f"{v.path}: no row in {table}" for v in named.found if v.path not in listed]
    problems += named.problems
    labels = rows.classes
    if in_names:
        values = {video.values[LABEL] for _, video in found}
        labels = sorted(values) if classes is None else list(classes)
        problems += [f"{v.path}: {unknown_class(v.values[LABEL], labels)}"
                     for _, v in found if v.values[LABEL] not in labels]  # fmt: skip
    if problems:
        raise AnnotationError(f"{table} and the videos in {root} do not fit", problems)
    index = {name: label for label, name in enumerate(labels)}
    further = [name for name in named.columns if name != LABEL]
    records = [
        record._replace(
            path=video.path,
            label=index[video.values[LABEL]] if in_names else record.label,
            extra=(*record.extra, *(video.values[name] for name in further)),
        )
        for record, video in found
    ]
    return Annotations(records, labels, (*rows.columns, *further), named.ignored)


class _Videos:
    """The videos in a folder, to be found by what a row calls them."""

    def __init__(self, root: Path, videos: Sequence[NamedPath]) -> None:
        self.root = root
        self.videos = videos
        self.by_name: list[dict[str, list[NamedPath]]] = [defaultdict(list) for _ in range(4)]
        for video in videos:
            for names, name in zip(self.by_name, self._names(video.path, video.stem), strict=True):
                names[name].append(video)

    def find(self, path: str) -> NamedPath | str:
        """Returns the video that a row means by a path, or why there is none."""
        stem = str(Path(path).with_suffix(""))
        for names in self.by_name:
            for name in dict.fromkeys((*self._names(path, stem), *self._names(path, path))):
                if len(found := names.get(name, [])) == 1:
                    return found[0]
                if found:
                    shown = ", ".join(video.path for video in found[:3])
                    return f"{len(found)} videos are called {name} ({shown}): write the path"
        return f"no such video: {path}{self._hint(Path(path).name)}"

    def _names(self, path: str, stem: str) -> list[str]:
        """Returns a path below the folder, with and without its ending, and its name alike."""
        whole = [Path(text) for text in (path, stem)]
        below = [p.relative_to(self.root) if p.is_relative_to(self.root) else p for p in whole]
        texts = [*(p.as_posix() for p in below), *(p.name for p in below)]
        return [unicodedata.normalize("NFC", text) for text in texts]

    def _hint(self, name: str) -> str:
        for video in self.videos:
            for own in (Path(video.path).name, Path(video.stem).name):
                if fold(own) == fold(name):
                    return f"; there is {own}, which differs in {difference(own, name)}"
        return ""


def _named_twice(table: Path, name: str) -> str:
    return f"{table}:1: {name!r} is a column and also in --paths; call it otherwise in one of them"
