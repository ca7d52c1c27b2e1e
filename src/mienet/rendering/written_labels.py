"""Labels written for other programs, which people correct there: corrected files are kept.

The digest of a file is noted before it is written, so that a file which a killed command wrote, or
did not come to write, is one of those that were noted.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from mienet.errors import MienetError
from mienet.files import Journal, write_whole

LABELS_NAME = "labels.jsonl"


class WrittenLabels:
    """Files of labels in a folder, with what was written to each.

    Args:
        out: The folder; the digests are in its ``labels.jsonl``, a line a file.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._journal = Journal(out / LABELS_NAME)

    def require_unchanged(self, names: Iterable[str]) -> None:
        """Raises an error if files would be replaced that are not as they were written.

        Args:
            names: Of the files that would be, below the folder; they need not be there.

        Raises:
            MienetError: With all that a person has changed, or that were never written here.
            OSError: If one cannot be read, with its name.
        """
        noted = {(entry.get("file"), entry.get("sha256")) for entry in self._journal.peek()}
        files = {name: self._out / name for name in dict.fromkeys(names)}
        there = {name: file for name, file in files.items() if file.is_file()}
        changed = [
            str(file)
            for name, file in there.items()
            if (name, sha256(file.read_bytes()).hexdigest()) not in noted
        ]
        if changed:
            rule = (
                "labels would be replaced that are not as mienet timeline wrote them; move them "
                "elsewhere to keep what was corrected, or give another --out, or leave --write out:"
            )
            raise MienetError("\n  ".join([rule, *changed]))

    def write(self, texts: Mapping[str, str]) -> None:
        """Writes files by their names below the folder, none if one is not as it was written.

        Raises:
            MienetError: As ``require_unchanged`` does.
            OSError: If a file cannot be written.
        """
        self.require_unchanged(texts)
        contents = {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()}
        noted = {(entry.get("file"), entry.get("sha256")) for entry in self._journal.read()}
        for name, content in contents.items():
            digest = sha256(content).hexdigest()
            if (name, digest) not in noted:
                self._journal.append({"file": name, "sha256": digest})
            file = self._out / name
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, content)
