"""A prepared dataset: a folder with lists of clips, and what they have in common in dataset.json.

    datasets/jumps/dataset.json     where the videos are, the classes' names, how it was made
    datasets/jumps/train.csv        the clips of one split, their paths counted from the videos

The videos stay where they are. When they move, one line of dataset.json is to be changed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mienet.data.readers import read_annotations, read_csv
from mienet.data.records import AnnotationError, Annotations
from mienet.errors import MienetError

SPLITS = ("train", "val", "test")
FILE_NAME = "dataset.json"


class DatasetError(MienetError):
    """A folder that is no prepared dataset, or whose dataset.json is damaged."""


@dataclass(frozen=True)
class PreparedDataset:
    """What all lists of a dataset have in common.

    Attributes:
        folder: Where dataset.json and the lists are.
        videos: Folder that the lists' paths start from.
        classes: Names of all classes by index.
        frame_pattern: Names of the images in frame folders; None takes the numbered ones.
        left_out: Videos in the folder that no list holds, and why, by path below ``videos``.
        made: How it was made: command, split, seed, counts.
    """

    folder: Path
    videos: Path
    classes: list[str]
    frame_pattern: str | None
    left_out: dict[str, str]
    made: dict[str, Any]

    def lists(self) -> dict[str, Path]:
        """Returns the list of every split that there is, by the split's name."""
        paths = {name: self.folder / f"{name}.csv" for name in SPLITS}
        return {name: path for name, path in paths.items() if path.is_file()}

    def read(self, name: str, *, must_exist: bool = True) -> Annotations:
        """Returns the clips of one split.

        Raises:
            AnnotationError: With every bad row.
        """
        path = self.folder / f"{name}.csv"
        annotations = read_csv(path, root=self.videos, classes=self.classes, must_exist=must_exist)
        return annotations.with_frame_pattern(self.frame_pattern)

    def to_json(self) -> str:
        """Returns the text of dataset.json."""
        content = {
            "videos": str(self.videos),
            "classes": self.classes,
            "frame_pattern": self.frame_pattern,
            "made": self.made,
            "left_out": self.left_out,
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def is_prepared(folder: Path) -> bool:
    """Returns whether a folder is a prepared dataset."""
    return (folder / FILE_NAME).is_file()


def read_prepared(folder: Path) -> PreparedDataset:
    """Returns what ``mienet prepare`` wrote to a folder.

    Raises:
        DatasetError: If there is no dataset.json, it is damaged, or there are no lists beside it.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise DatasetError(f"{folder}: no {FILE_NAME} in it; make a dataset with: mienet prepare")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        dataset = PreparedDataset(
            folder,
            Path(content["videos"]),
            list(content["classes"]),
            content["frame_pattern"],
            dict(content["left_out"]),
            dict(content["made"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{path}: damaged ({type(error).__name__}: {error}); run mienet prepare again"
        ) from error
    if not dataset.lists():
        raise DatasetError(f"{folder}: none of {', '.join(f'{name}.csv' for name in SPLITS)} in it")
    if not dataset.videos.is_dir():
        raise DatasetError(
            f"{path}: the folder of the videos is not there: {dataset.videos}; if they were moved, "
            'change "videos" in this file'
        )
    return dataset


def read_labelled(
    path: Path, *, root: Path | None = None, classes: Sequence[str] | None = None
) -> Annotations:
    """Returns the clips of a list or folder as ``read_annotations`` does, or of a dataset's list.

    Where a list lies in a prepared dataset, that one says where the videos are, and the classes.

    Raises:
        FileNotFoundError, AnnotationError: As ``read_annotations``, and if a clip has no label.
        DatasetError: If ``path`` is a whole dataset, or the dataset is damaged.
    """
    if path.is_dir() and is_prepared(path):
        lists = ", ".join(map(str, read_prepared(path).lists().values()))
        raise DatasetError(f"{path} is a whole dataset; name one of its lists: {lists}")
    frame_pattern = None
    if path.is_file() and root is None and is_prepared(path.parent):
        dataset = read_prepared(path.parent)
        root, classes = dataset.videos, dataset.classes if classes is None else classes
        frame_pattern = dataset.frame_pattern
    annotations = read_annotations(path, root=root, classes=classes)
    annotations = annotations.with_frame_pattern(frame_pattern)
    unlabelled = [f"{r.source}: no label" for r in annotations.records if r.label is None]
    if unlabelled:
        raise AnnotationError("clips without labels, which are for predict alone", unlabelled)
    return annotations
