"""Which of a dataset's lists models are measured on: not the one that they have learned from."""

from collections.abc import Sequence
from pathlib import Path

from mienet.data.manifest import DatasetError
from mienet.data.resolve import choose_split
from mienet.errors import MienetError

RUN_LISTS = {"train.csv": "the training list", "val.csv": "the validation list"}
"""What a run keeps of the videos that it has learned from, and of those that it was chosen by."""


def evaluation_list(path: Path) -> Path:
    """Returns the list or folder of a dataset's test videos, or else of its validation videos.

    What has no splits is returned itself.

    Raises:
        DatasetError: If a dataset has training videos alone.
    """
    found = choose_split(path, "test", "val")
    if found == path and (learned := choose_split(path, "train")) != path:
        raise DatasetError(
            f"{path} has no test or validation list, and a model may have learned from the others; "
            f"give one of them, such as {learned}"
        )
    return found


def own_list(runs: Sequence[Path]) -> Path:
    """Returns the validation list of a run, of its folder; several runs need to have the same.

    Raises:
        FileNotFoundError: If a run has none.
        MienetError: If the lists differ.
    """
    lists = [run / "val.csv" for run in runs]
    for path in lists:
        if not path.exists():
            raise FileNotFoundError(
                f"{path.parent} has no validation list of its own; give --data LIST_OR_FOLDER"
            )
        if path.read_bytes() != lists[0].read_bytes():
            raise MienetError(
                f"{lists[0]} and {path} differ, so one model may have learned the other's "
                "validation videos; give --data LIST_OR_FOLDER"
            )
    return lists[0]
