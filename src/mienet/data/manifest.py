"""A prepared dataset: a folder with lists of clips, and what they have in common in dataset.json.

    datasets/jumps/dataset.json     where the videos are, the classes' names, how it was made
    datasets/jumps/train.csv        the clips of one split, their paths counted from the videos

The videos stay where they are. When they move, one line of dataset.json is to be changed.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mienet.annotations.fields import is_whole_label
from mienet.annotations.json_lists import read_json
from mienet.annotations.readers import read_csv
from mienet.annotations.records import AnnotationError, Annotations, VideoRecord
from mienet.errors import MienetError
from mienet.video.frame_folder import check_frame_pattern
from mienet.video_parts import named_part

SPLITS = ("train", "val", "test")
FILE_NAME = "dataset.json"
GROUP_COLUMNS = ("subject", "group")
"""Columns of a list that say which clips belong together; a prepared dataset names its own."""


class DatasetError(MienetError):
    """A folder that is no prepared dataset, or whose dataset.json is damaged."""


@dataclass(frozen=True)
class Excluded:
    """A clip that is in no list, and why.

    Attributes:
        path: The video, below the folder of the videos.
        reason: Why.
        start_seconds: Where the clip starts, as in ``VideoRecord``; None for a whole video.
        end_seconds: Where it ends.
        start_frame: The same in frames.
        end_frame: The first frame after it.
    """

    path: str
    reason: str
    start_seconds: float | None = None
    end_seconds: float | None = None
    start_frame: int | None = None
    end_frame: int | None = None

    @classmethod
    def of(cls, record: VideoRecord, videos: Path, reason: str) -> "Excluded":
        """Returns a record as excluded for a reason."""
        return cls(Path(os.path.relpath(record.path, videos)).as_posix(), reason, *record[2:6])

    def __str__(self) -> str:
        span = (self.start_seconds, self.end_seconds, self.start_frame, self.end_frame)
        return named_part(self.path, *span)

    def to_json(self) -> dict[str, Any]:
        """Returns what is known of it."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class PreparedDataset:
    """What all lists of a dataset have in common.

    Attributes:
        folder: Where dataset.json and the lists are.
        videos: Folder that the lists' paths start from.
        classes: Names of all classes by index.
        frame_pattern: Names of the images in frame folders; None takes the numbered ones.
        excluded: Clips, and videos in the folder, that no list holds, and why.
        provenance: How it was made: command, split, seed, counts.
        ignored: What lies in the folder and is no video, by reason: ``count`` and ``examples``.
        phases: Of lists of whole recordings, which have no ``classes``: names of the phases.
        events: Likewise of the events.
    """

    folder: Path
    videos: Path
    classes: list[str]
    frame_pattern: str | None
    excluded: list[Excluded]
    provenance: dict[str, Any]
    ignored: dict[str, dict[str, Any]] = field(default_factory=dict)
    phases: list[str] | None = None
    events: list[str] | None = None

    @property
    def is_of_recordings(self) -> bool:
        """Returns whether the lists say when what happens in whole recordings, not clips."""
        return self.phases is not None or self.events is not None

    def lists(self) -> dict[str, Path]:
        """Returns the list of every split that there is, by the split's name."""
        paths = {name: self.folder / f"{name}.csv" for name in SPLITS}
        return {name: path for name, path in paths.items() if path.is_file()}

    def read(
        self, name: str, *, classes: Sequence[str] | None = None, must_exist: bool = True
    ) -> Annotations:
        """Returns the clips of one split, with the dataset's classes or others.

        Raises:
            AnnotationError: With every bad row.
        """
        path = self.folder / f"{name}.csv"
        names = self.classes if classes is None else classes
        annotations = read_csv(path, root=self.videos, classes=names, must_exist=must_exist)
        return annotations.with_frame_pattern(self.frame_pattern)

    def to_json(self) -> str:
        """Returns the text of dataset.json."""
        content = {
            "videos": str(self.videos),
            "classes": self.classes,
            "frame_pattern": self.frame_pattern,
            "provenance": self.provenance,
            "excluded": [entry.to_json() for entry in self.excluded],
            "ignored": self.ignored,
        }
        if self.is_of_recordings:
            content |= {"phases": self.phases or [], "events": self.events or []}
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def is_prepared(folder: Path) -> bool:
    """Returns whether a folder is a prepared dataset."""
    return (folder / FILE_NAME).is_file()


def holds_recordings(path: Path) -> bool:
    """Returns whether a path is a prepared dataset of whole recordings, or one of its lists."""
    folder = path if path.is_dir() else path.parent
    try:
        content = read_json(folder / FILE_NAME)
    except (OSError, ValueError, MienetError):  # no dataset, or one whose reading reports it
        return False
    is_part = path.is_dir() or path.name in {f"{name}.csv" for name in SPLITS}
    return is_part and isinstance(content, dict) and ("phases" in content or "events" in content)


def named_column(columns: Sequence[str], wanted: str | None = None) -> str | None:
    """Returns the column of a list that says which clips belong together, if there is one.

    Args:
        columns: Their names, in the capitals that they have.
        wanted: The one that the list was split by; others that count are ``GROUP_COLUMNS``.
    """
    known = {name.strip().lower(): name for name in reversed(columns)}
    names = (wanted or "", *GROUP_COLUMNS)
    return next((known[name.lower()] for name in names if name.lower() in known), None)


def group_column(path: Path) -> str | None:
    """Returns the column that a prepared dataset was split by, such as ``athlete``, if any.

    Args:
        path: The dataset's folder, or one of its lists.
    """
    folder = path if path.is_dir() else path.parent
    try:
        content = read_json(folder / FILE_NAME)
        named = content.get("provenance", content.get("made", {})).get("group_by")
    except (OSError, ValueError, AttributeError):  # no dataset, or one whose reading reports it
        return None
    return named if isinstance(named, str) else None


def read_prepared(folder: Path) -> PreparedDataset:
    """Returns what ``mienet prepare`` wrote to a folder.

    Raises:
        DatasetError: If there is no dataset.json, it is damaged, or there are no lists beside it.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise DatasetError(f"{folder}: no {FILE_NAME} in it; make a dataset with: mienet prepare")
    try:
        content = read_json(path)
        dataset = PreparedDataset(
            folder,
            Path(content["videos"]),
            _names(content["classes"]),
            _frame_pattern(content["frame_pattern"]),
            _excluded(content),
            _provenance(content),
            dict(content.get("ignored", {})),
            _names(content["phases"]) if "phases" in content else None,
            _names(content["events"]) if "events" in content else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        if isinstance(error, AnnotationError):
            why = error.problems[0]
        raise DatasetError(f"{path}: damaged ({why}); run mienet prepare again") from error
    if not dataset.lists():
        raise DatasetError(f"{folder}: none of {', '.join(f'{name}.csv' for name in SPLITS)} in it")
    if not dataset.videos.is_dir():
        raise DatasetError(
            f"{path}: the folder of the videos is not there: {dataset.videos}; if they were moved, "
            'change "videos" in this file'
        )
    return dataset


def _names(classes: Any) -> list[str]:
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise TypeError('"classes" is no list of names')
    if unfit := [name for name in classes if not name or not is_whole_label(name)]:
        raise ValueError(f"no name of a class: {unfit[0][:60]!r}")
    if len(set(classes)) < len(classes):
        raise ValueError('a name stands twice in "classes"')
    return classes


def _frame_pattern(pattern: Any) -> str | None:
    if pattern is None:
        return None
    if not isinstance(pattern, str):
        raise TypeError(f'"frame_pattern" is no text: {pattern!r}')
    check_frame_pattern(pattern)
    return pattern


def _provenance(content: dict[str, Any]) -> dict[str, Any]:
    """Returns how a dataset was made, which older ones call ``made``."""
    provenance = dict(content["provenance"] if "provenance" in content else content["made"])
    group_by = provenance.get("group_by")
    if not isinstance(group_by, str | None):
        raise TypeError(f'"group_by" is no name of a column: {group_by!r}')
    return provenance


def _excluded(content: dict[str, Any]) -> list[Excluded]:
    """Returns what a dataset.json excludes; older ones name whole videos, as ``left_out``."""
    if "excluded" in content:
        excluded = [Excluded(**entry) for entry in content["excluded"]]
    else:
        excluded = [Excluded(path, reason) for path, reason in content["left_out"].items()]
    if unfit := [
        e for e in excluded if not (isinstance(e.path, str) and isinstance(e.reason, str))
    ]:
        raise TypeError(f'"excluded" needs texts for path and reason, got {unfit[0].path!r}')
    return excluded
