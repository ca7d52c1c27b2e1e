"""The lists that a run keeps: whether they hold the clips that it is to go on with."""

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path


def list_hash(text: str) -> str:
    """Returns the SHA-256 of a list's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def are_of_run(lists: Mapping[str, str], run: Path, hashes: Mapping[str, str]) -> bool:
    """Returns whether a run was trained with the clips of lists.

    Version 0.1 wrote columns that no clip needed, too. So where a hash is another, the rows of the
    list in the run's folder count, if that is the one that was hashed.

    Args:
        lists: The text of each list, by the name of its file.
        run: The run's folder.
        hashes: What ``list_hash`` gave when the run began, by name.
    """
    return lists.keys() == hashes.keys() and all(
        hashes[name] == list_hash(text) or _has_rows(run / name, text, hashes[name])
        for name, text in lists.items()
    )


def _has_rows(path: Path, text: str, expected_hash: str) -> bool:
    if not path.is_file():
        return False
    kept = path.read_bytes().decode("utf-8", "replace")
    return list_hash(kept) == expected_hash and _rows(kept) == _rows(text)


def _rows(text: str) -> list[dict[str, str]]:
    """Returns what each row says, without empty cells; a clip's length is its end in frames."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [
        {"end_frame" if name == "num_frames" else name: cell for name, cell in row.items() if cell}
        for row in rows
    ]
