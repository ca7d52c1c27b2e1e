"""A folder of results in partitions: part-00000.csv and so on, each written once, whole.

``archive.json`` says of what they are. A command that was stopped goes on with the parts that are
not there; another command is refused.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mienet.errors import MienetError
from mienet.files import keep_folder, named_errors, write_whole

SETTINGS_NAME = "archive.json"
VERSION = 1


@dataclass(frozen=True)
class Partitions:
    """The parts of one list's results.

    Attributes:
        folder: Where they are.
        settings: What all results have in common, such as the model: JSON values.
        num_videos: Rows of the list.
        size: Rows whose results are in one part; the last one may have fewer.
        header: The first line of each part; it names a column ``problem``.
    """

    folder: Path
    settings: Mapping[str, Any]
    num_videos: int
    size: int
    header: str

    @property
    def count(self) -> int:
        """Returns how many parts there are to be."""
        return -(-self.num_videos // self.size)

    def path(self, number: int) -> Path:
        """Returns the file of a part, counted from 0."""
        return self.folder / f"part-{number:05d}.csv"

    def rows(self, number: int) -> slice:
        """Returns which rows of the list are in a part."""
        return slice(number * self.size, min((number + 1) * self.size, self.num_videos))

    def left(self) -> list[int]:
        """Returns the parts that are not there yet."""
        there = {path.name for path in self.folder.glob("part-*.csv")}
        return [number for number in range(self.count) if self.path(number).name not in there]

    def write(self, number: int, lines: Sequence[str]) -> None:
        """Writes a part, whole or not at all.

        Raises:
            OSError: If it cannot be written, with its name.
        """
        write_whole(self.path(number), self.header + "".join(lines))

    def problems(self) -> dict[Path, int]:
        """Returns how many rows with a problem there are in each part that has some."""
        counts = {}
        for number in range(self.count):
            with self.path(number).open(newline="", encoding="utf-8") as file:
                if found := sum(bool(row["problem"]) for row in csv.DictReader(file)):
                    counts[self.path(number)] = found
        return counts

    @property
    def _described(self) -> dict[str, Any]:
        """Returns what stands in the folder of its parts, as it is read again."""
        whole = {"version": VERSION, "partition_size": self.size, **self.settings}
        return dict(json.loads(json.dumps(whole)))  # tuples become lists

    def check(self) -> None:
        """Refuses a folder with results of other settings.

        Raises:
            MienetError: If it is such a folder.
        """
        path = self.folder / SETTINGS_NAME
        if not path.exists():
            if found := next(self.folder.glob("part-*.csv"), None):
                raise MienetError(
                    f"{found} is there, and no {SETTINGS_NAME} that says of what; give another "
                    "--out"
                )
            return
        before: Any = None
        with suppress(ValueError):
            before = json.loads(path.read_bytes())
        if not isinstance(before, dict) or before.get("version") != VERSION:
            raise MienetError(f"{path} is not of this command; give another --out")
        wanted = self._described
        names = [n for n in {**before, **wanted} if before.get(n) != wanted.get(n)]
        if names:
            raise MienetError(
                f"{self.folder} holds results of another command: other {', '.join(names)}; repeat "
                "that command to go on with it, or give another --out"
            )

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keeps the folder for this process while the block lasts; it is made if need be.

        Raises:
            MienetError: As ``check``, and if another process has it.
            OSError: If it cannot be written.
        """
        with named_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        self.check()
        path = self.folder / SETTINGS_NAME
        if not path.exists():
            write_whole(path, json.dumps(self._described, indent=2) + "\n")
        with path.open("rb") as kept:
            keep_folder(self.folder, kept)
            yield
