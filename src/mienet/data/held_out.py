"""Which of a dataset's lists models are measured on: not the one that they have learned from."""

from pathlib import Path

from mienet.data.manifest import DatasetError
from mienet.data.resolve import choose_split


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
