"""What is to be prepared: a published dataset, class folders, a list, or named paths."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from mienet.annotations.discovery import Ignored, by_reason, find
from mienet.annotations.fields import split_name
from mienet.annotations.folders import read_named_paths
from mienet.annotations.joining import read_joined
from mienet.annotations.published import FORMATS, annotation_files
from mienet.annotations.readers import read_class_names
from mienet.annotations.records import AnnotationError, Annotations
from mienet.annotations.tables import SAVE_AS, SPREADSHEETS
from mienet.curation.probe import PROBES
from mienet.data.manifest import FILE_NAME, SPLITS, is_prepared, read_prepared
from mienet.data.resolve import resolve, unlabeled
from mienet.destinations import require_own
from mienet.errors import MienetError
from mienet.shell import quoted
from mienet.video.address import local

FRACTIONS = (0.7, 0.15, 0.15)
"""Parts of training, validation and test, if nothing else is asked for."""
MOST_EXAMPLES = 5
PROBLEMS = "problems.csv"
PROBLEM_COLUMNS = ("kind", "source", "path", "message")
CHECKED = (PROBES, PROBLEMS, "report.html")
"""What a check of videos and labels leaves, also one that a preparation begins with."""
STARTS = {
    FILE_NAME: r'\{\s*"(videos|classes)"\s*:',
    PROBES: r'\{"path": "',
    PROBLEMS: ",".join(PROBLEM_COLUMNS),
}
"""How files begin that are ours; people have a ``problems.csv`` of their own, too."""


Entry = TypeVar("Entry")


class PrepareError(MienetError):
    """What was asked for does not fit the data; or clips are broken, which has to be decided on."""


@dataclass(frozen=True)
class Source:
    """What is to be prepared, as its files say it.

    Attributes:
        splits: Clips by split; ``all`` alone if they are still to be split.
        videos: Folder of the videos.
        name: Of the format, or the path that was given.
        ignored: What lies in the folder and is no video.
        files: The lists and annotation files that were read.
        has_class_folders: Whether every folder in that of the videos is a class.
    """

    splits: dict[str, Annotations]
    videos: Path
    name: str
    ignored: Sequence[Ignored] = ()
    files: Sequence[Path] = ()
    has_class_folders: bool = False


def read_source(
    source: str | Path,
    videos: str | Path | None,
    annotations: Sequence[str | Path],
    paths: str | None,
    classes: str | Path | None,
) -> Source:
    """Returns the clips of a published format, a folder or a list; see ``prepare``.

    Raises:
        FileNotFoundError: If a file or folder is not there.
        AnnotationError: If rows are bad, with all of them.
        PrepareError: If the options do not fit the source.
    """
    if str(source) in FORMATS:
        if paths or classes:
            raise PrepareError(f"--paths and --classes are for videos of your own, not {source}")
        return _read_format(str(source), videos, annotations)
    path = local(source).absolute()
    if annotations:
        raise PrepareError(
            f"--annotations goes with the name of a format ({', '.join(FORMATS)}), not with "
            f"{source}; a CSV or list of your own is given in its place"
        )
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such folder or list, and no format of that name ({', '.join(FORMATS)})"
        )
    if path.suffix.lower() in SPREADSHEETS:
        raise PrepareError(f"{path}: a spreadsheet's own file, which is not read; {SAVE_AS}")
    names = read_class_names(Path(classes)) if classes else None
    folder = videos_folder(path, videos)
    if paths:
        if path.is_dir():
            named = read_named_paths(folder, paths, classes=names)
        else:
            named = read_joined(path, folder, paths, classes=names)
        ignored = tuple(entry for entry in named.ignored if entry.path != str(path))
        files = (path,) if path.is_file() else ()
        return Source(_by_column(named), folder, str(source), ignored, files)
    there = resolve(path, root=folder, classes=names, must_exist=False)
    if there.dataset is not None:
        raise PrepareError(f"{source} is prepared already; train with --data.root {source}")
    if not there.has_labels:
        raise PrepareError(f"{path}: {unlabeled(path)}, a list with labels, or --paths")
    ignored = there.ignored
    if there.kind == "list":
        # Here, as elsewhere, the lists among the videos are no videos, and no news.
        ignored = tuple(entry for entry in find(folder).ignored if entry.path != str(there.path))
    splits = there.splits
    return Source(
        _by_column(splits["all"]) if "all" in splits else splits,
        folder,
        str(source),
        ignored,
        (there.path,) if there.kind == "list" else (),
        has_class_folders=there.kind == "class folders",
    )


def _read_format(name: str, videos: str | Path | None, annotations: Sequence[str | Path]) -> Source:
    if videos is None:
        raise PrepareError(f"{name} needs --videos FOLDER (or --frames FOLDER)")
    folder = Path(videos).absolute()
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder of videos")
    files = annotation_files(name, folder, [Path(path) for path in annotations])
    frames = folder / "frames"
    folder = frames if frames.is_dir() else folder
    used = {str(file.absolute()) for file in files}
    ignored = [entry for entry in find(folder).ignored if entry.path not in used]
    return Source(FORMATS[name](files, folder), folder, name, ignored, files)


def _by_column(annotations: Annotations) -> dict[str, Annotations]:
    """Returns the clips by their column ``split``, or all together if there is none.

    Its name may have capitals, as those of other columns that are known.
    """
    names = [name.lower() for name in annotations.columns]
    if "split" not in names:
        return {"all": annotations}
    at = names.index("split")
    parts = by_split((r, r.extra[at], r.source) for r in annotations.records)
    return {name: replace(annotations, records=records) for name, records in parts.items()}


def by_split(entries: Iterable[tuple[Entry, str, str]]) -> dict[str, list[Entry]]:
    """Returns clips or videos by split, in the order of the splits; none is empty.

    Args:
        entries: Each with what its annotations call its split, and where it stands.

    Raises:
        AnnotationError: If that is no split, with all of these.
    """
    parts: dict[str, list[Entry]] = {name: [] for name in SPLITS}
    problems = []
    for entry, text, source in entries:
        try:
            parts[split_name(text)].append(entry)
        except ValueError as error:
            problems.append(f"{source}: {error}")
    if problems:
        raise AnnotationError("bad rows", problems)
    return {name: part for name, part in parts.items() if part}


def require_no_split(
    name: str,
    parts: Iterable[str],
    split: Sequence[float] | None,
    group_by: str | None,
    *,
    what: str,
) -> None:
    """Refuses to split anew what its annotations have split.

    Raises:
        PrepareError: If that is asked for.
    """
    if split is not None or group_by is not None:
        raise PrepareError(
            f"{name} says itself which {what} are for {' and '.join(parts)}; leave --split and "
            "--group-by out"
        )


def videos_folder(source: Path, videos: str | Path | None) -> Path:
    """Returns the folder of the videos: the one given, or the source's own.

    Raises:
        FileNotFoundError: If there is no such folder.
        PrepareError: If it is a file, such as the labels, which come first.
    """
    folder = Path(videos).absolute() if videos else source if source.is_dir() else source.parent
    if folder.is_file():
        swapped = f": {quoted([str(videos), '--videos', str(source)])}" if source.is_dir() else ""
        raise PrepareError(
            f"{videos}: a file, where the folder of the videos is expected; the labels come first, "
            f"the folder after --videos{swapped}"
        )
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder of videos")
    return folder


def require_place(folder: Path, files: Iterable[Path], videos: Path) -> None:
    """Refuses a folder in which a dataset would replace what is read, or what others put there.

    Args:
        folder: Of the dataset.
        files: The lists and annotation files that are read.
        videos: Folder of the videos.

    Raises:
        PrepareError: If a file that is read lies there, or a dataset of other videos.
        MienetError: If there are files that no preparation wrote.
    """
    lists = [f"{name}.csv" for name in SPLITS]
    written = [*lists, FILE_NAME, *CHECKED]
    places = {os.path.realpath(folder / name) for name in written}
    if taken := [file for file in files if os.path.realpath(file) in places]:
        raise PrepareError(
            f"{taken[0]} is read, and would be replaced by what is written; choose another --out"
        )
    require_own_files(folder, written, by="mienet prepare")
    if is_prepared(folder) and (other := read_prepared(folder).videos) != videos:
        raise PrepareError(f"{folder} holds a dataset of {other} already; choose another --out")


def require_own_files(folder: Path, written: Sequence[str], *, by: str) -> None:
    """Refuses a folder in which files would be replaced that no preparation or check wrote.

    Args:
        folder: Where they would be written.
        written: Their names.
        by: The command that writes them.

    Raises:
        MienetError: If there are such files.
    """
    # Of a preparation that read no video the list of problems is what tells it.
    require_own(folder, written, tuple(STARTS), by=by, starts=STARTS)


def ignored_counts(ignored: Iterable[Ignored], videos: Path) -> dict[str, dict[str, Any]]:
    """Returns what was ignored, by reason, with some paths below the folder of the videos."""
    return {
        reason: {
            "count": len(paths),
            "examples": [below(path, videos) for path in paths[:MOST_EXAMPLES]],
        }
        for reason, paths in by_reason(ignored).items()
    }


def below(path: str, folder: Path) -> str:
    """Returns a path as seen from a folder, with slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()


def require_splits(fractions: Sequence[float]) -> None:
    """Refuses more parts than there are splits.

    Raises:
        PrepareError: With the splits that there are.
    """
    if len(fractions) > len(SPLITS):
        raise PrepareError(f"at most {len(SPLITS)} splits: {', '.join(SPLITS)}")


def size_notes(
    counts: Mapping[str, int], fractions: Sequence[float], group_by: str | None, *, what: str
) -> list[str]:
    """Returns what is to be said of how large splits have become.

    Args:
        counts: Of clips or videos, by split.
        fractions: What was asked for.
        group_by: The column whose values never cross splits; None splits without regard to people.
        what: Is counted: "clips" or "videos".
    """
    if group_by is None:
        return [
            f"the {what} were split without regard to who is in them; if people are in several "
            "splits, accuracy will look better than it is on new people (see --group-by)"
        ]
    shares = {name: count / sum(counts.values()) for name, count in counts.items()}
    return [
        f"{name} has {got:.0%} of the {what} instead of {wanted:.0%}, as each {group_by} stays "
        "together"
        for (name, got), wanted in zip(shares.items(), fractions, strict=False)
        if abs(got - wanted) > 0.05
    ]
