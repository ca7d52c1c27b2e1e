"""A file that remembers what is done, and survives being cut off at any byte."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class Journal:
    """JSON objects, one a line, that are added as work is done.

    A process that is killed while it writes leaves a line without an end; such a line is not read,
    and does not spoil those that follow.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.has_cut_lines = False

    def read(self) -> list[dict[str, Any]]:
        """Returns what was written down, whole lines alone."""
        if not self.path.exists():
            return []
        found = []
        content = self.path.read_bytes()
        for line in content.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                self.has_cut_lines = True
                continue
            if isinstance(entry, dict):
                found.append(entry)
        if content and not content.endswith(b"\n"):
            with self.path.open("ab") as file:
                file.write(b"\n")
        return found

    def append(self, entry: dict[str, Any]) -> None:
        """Adds one object; it is there for the next run from now on."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def rewrite(self, entries: Iterable[dict[str, Any]]) -> None:
        """Replaces all, at once."""
        replace_text(self.path, "".join(json.dumps(entry) + "\n" for entry in entries))


def replace_text(path: Path, text: str) -> None:
    """Writes a file so that at any moment it is the old one or the new one, whole."""
    part = path.with_name(path.name + ".part")
    # A byte of a name that is not UTF-8 is written as JSON escapes it: \\udce9.
    part.write_text(text, encoding="utf-8", errors="backslashreplace")
    part.replace(path)
