"""Files that get a result as soon as there is one, and go on where they stopped after a kill.

What is done is noted in a journal beside the file, NAME.unfinished, which is deleted with the last
result. As long as it is there, the same command goes on with it, and another one is refused.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import IO, Any, TypeVar

from mienet.destinations import require_own_file
from mienet.errors import MienetError
from mienet.files import Journal, is_standard_output, is_written_in_place, named_errors, whole_file
from mienet.rendering.results import (
    STARTS,
    CsvColumns,
    ResultFormat,
    Row,
    json_document,
    json_line,
    result_format,
    to_bytes,
)

JOURNAL_VERSION = 1

Key = tuple[Any, ...]
"""A video and which part of it, as JSON values; the video comes first."""

Item = TypeVar("Item")

Signature = Callable[[str], Any]
"""What tells whether the video at a path is the same as it was, as a JSON value."""


class Target:
    """Where results go: a file by its ending, ``-`` for standard output, or a device or pipe.

    Raises:
        MienetError: If it is a folder, no name, or a file of another ending.
        OSError: If its folder cannot be made.
    """

    def __init__(self, out: str | Path) -> None:
        if not str(out) or "\0" in str(out):
            raise MienetError(f"{str(out)!r} is not a file's name; give one such as result.json")
        self.path = Path(out)
        self.is_standard_output = is_standard_output(out)
        if self.path.is_dir():
            raise MienetError(f"{out} is a folder; give a file to write, such as {out}/result.json")
        self.is_stream = self.is_standard_output or is_written_in_place(self.path)
        self.format: ResultFormat = "jsonl"
        if not self.is_stream or self.path.suffix:
            self.format = result_format(self.path)
        if not self.is_stream:
            self.path.parent.mkdir(parents=True, exist_ok=True)

    @property
    def journal_path(self) -> Path | None:
        """Returns where to note what is done; None if the target cannot be gone on with."""
        # A JSON document is written at the end, wherever it goes.
        if self.is_standard_output or (self.is_stream and self.format != "json"):
            return None
        return self.path.with_name(self.path.name + ".unfinished")

    def is_same_as(self, path: str | Path) -> bool:
        """Returns whether the target is the file at ``path``."""
        return self.path.exists() and Path(path).exists() and self.path.samefile(path)

    def require_own(self) -> None:
        """Raises an error if the file is there and is not of predictions in this form.

        Raises:
            MienetError: If what it begins with is something else.
            OSError: If it cannot be read, with its name.
        """
        if not self.is_stream:
            require_own_file(self.path, STARTS[self.format], by="mienet predict")

    def open(self) -> AbstractContextManager[IO[bytes]]:
        """Returns the file, emptied, or standard output, which stays open."""
        return nullcontext(sys.stdout.buffer) if self.is_standard_output else self.path.open("wb")


class Unfinished:
    """The journal of results that are not all there yet.

    Args:
        path: The journal.
        settings: What all results have in common, such as the model: JSON values.
        signature: Tells videos that were changed in the meantime.

    Attributes:
        done: How often each video need not be computed again.
        notes: What became of earlier results.
    """

    def __init__(self, path: Path, settings: dict[str, Any], signature: Signature) -> None:
        self._journal = Journal(path)
        self._settings = settings
        self._signature = signature
        self.done: Counter[Key] = Counter()
        self.notes: list[str] = []

    def resume(self, wanted: Counter[Key]) -> None:
        """Keeps the earlier results that are right still, of the videos that are wanted now.

        Those of changed videos, and the problems, are left out, so that they are tried again.

        Raises:
            MienetError: If earlier results have other settings.
        """
        entries = self._journal.entries()
        if self._journal.path.exists():
            self._check_settings(next(entries, {}))
        start = {"version": JOURNAL_VERSION, "settings": self._settings}
        self._journal.rewrite(chain([start], self._kept(entries, wanted)))

    def rows(self) -> Iterator[Row]:
        """Yields the results so far."""
        return (entry["row"] for entry in self._journal.entries() if "row" in entry)

    def append(self, key: Key, row: Row) -> None:
        """Notes a result; from now on its video is done."""
        self._journal.append({"key": key, "signature": self._signature(key[0]), "row": row})

    def remove(self) -> None:
        """Deletes the journal, as all is done."""
        self._journal.path.unlink()

    def _kept(
        self, entries: Iterable[dict[str, Any]], wanted: Counter[Key]
    ) -> Iterator[dict[str, Any]]:
        counts: Counter[str] = Counter()
        for entry in entries:
            key = tuple(entry["key"])
            if self.done[key] >= wanted[key]:
                counts["not asked for any more, left out"] += 1
            elif entry["row"]["problem"] is not None:
                counts["with a problem, tried again"] += 1
            elif entry["signature"] != self._signature(key[0]):
                counts["changed since, computed again"] += 1
            else:
                self.done[key] += 1
                yield entry
        self.notes += [f"{count} video(s) {what}" for what, count in counts.items()]

    def _check_settings(self, first: dict[str, Any]) -> None:
        path = self._journal.path
        before = first.get("settings")
        if first.get("version") != JOURNAL_VERSION or not isinstance(before, dict):
            raise MienetError(f"{path} is not of this command; rename it, or give another --out")
        names = sorted({*before, *self._settings})
        if changed := [n for n in names if before.get(n) != self._settings.get(n)]:
            raise MienetError(
                f"{path} holds unfinished results of another command: other {', '.join(changed)}; "
                "repeat that command to go on with it, give another --out, or delete the file to "
                "begin anew"
            )


def write_results(
    target: Target,
    journal: Unfinished | None,
    results: Iterable[Item],
    to_entry: Callable[[Item], tuple[Key, Row]],
    *,
    columns: CsvColumns,
) -> Iterator[Item]:
    """Yields each result when it is written; earlier ones of the journal are written first.

    The file is there with the first result; a JSON document, which is none before its end, with the
    last.

    Args:
        target: Where they go.
        journal: Where to note them; None notes nothing.
        results: What comes.
        to_entry: Gives a result's key and row.
        columns: What a CSV tells.

    Raises:
        OSError: If it cannot be written, with its name.
    """
    with _row_writer(target, columns) as write:
        for row in journal.rows() if journal else ():
            write(row)
        for result in results:
            key, row = to_entry(result)
            if journal is not None:
                journal.append(key, row)
            write(row)
            yield result
    if journal is not None:
        if target.format == "json":
            with whole_file(target.path) as file:
                file.writelines(map(to_bytes, json_document(journal.rows())))
        journal.remove()


@contextmanager
def _row_writer(target: Target, columns: CsvColumns) -> Iterator[Callable[[Row], None]]:
    """Yields what writes a row; it is in the file when the call returns."""
    if target.format == "json":
        yield lambda row: None
        return
    with named_errors(target.path), target.open() as file:

        def write(text: str) -> None:
            file.write(to_bytes(text))
            file.flush()

        if target.format == "jsonl":
            yield lambda row: write(json_line(row))
        else:
            write(columns.header())
            yield lambda row: write(columns.line(row))
