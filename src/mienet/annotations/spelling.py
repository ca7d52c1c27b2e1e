"""Names that look alike and are not the same: capitals, accents, spaces, endings.

A disk, a spreadsheet and a keyboard may each write one name in another way; whoever reads a list
is told in which, or, where the text is the same, need not know.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from mienet.annotations.discovery import PresentFiles
from mienet.video.address import LOCAL_ONLY, Address, is_address, located

_STEPS: dict[str, Callable[[str], str]] = {
    "the way its accents are stored": lambda name: unicodedata.normalize("NFKC", name),
    "characters that do not show": lambda name: "".join(
        letter for letter in name if unicodedata.category(letter) != "Cf"
    ),
    "spaces": lambda name: " ".join(name.split()),
    "capitals": str.casefold,
    "accents": lambda name: "".join(
        letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter)
    ),
}
"""Ways in which names differ, each with what takes the difference away; in this order."""


def fold(name: str) -> str:
    """Returns what all names that look like this one have in common."""
    for step in _STEPS.values():
        name = step(name)
    return name


def difference(one: str, other: str) -> str:
    """Returns in what two names that fold to the same differ, such as ``capitals``."""
    if alone := next((what for what, step in _STEPS.items() if step(one) == step(other)), ""):
        return alone  # accents that are stored otherwise would be gone without them, too
    needed = []
    for left_out in _STEPS:
        ones = [one, other]
        for what, step in _STEPS.items():
            if what != left_out:
                ones = [step(name) for name in ones]
        if ones[0] != ones[1]:
            needed.append(left_out)
    return " and ".join(needed) or "the way it is written"


def alike(name: str, names: Iterable[str]) -> str:
    """Returns ``; there is X, which differs in Y`` for a name that looks like this one, or ``""``.

    ``names`` is gone through once; do not ask for every row of a long list.
    """
    folded = fold(name)
    other = next((known for known in names if fold(known) == folded), None)
    if other is None:
        return ""
    return f"; there is {other!r}, which differs in {difference(name, other)}"


class AbsentVideoError(ValueError):
    """A video of a list that is not there, and nothing like it.

    Attributes:
        path: Where it was looked for.
        folder: The folder that the list's paths start from.
    """

    def __init__(self, path: str, folder: str) -> None:
        super().__init__(f"no such video: {path}")
        self.path = path
        self.folder = folder


def none_there(count: int, path: str, folder: str) -> str:
    """Returns what to say of a list of several videos none of which is there.

    Args:
        count: How many rows name them.
        path: Where one was looked for.
        folder: The folder that the list's paths start from.
    """
    return (
        f"none of its {count} videos is there, such as {path}; its paths start from the folder "
        f"{os.path.abspath(folder)}: write them from there, or move the list"  # noqa: PTH100
    )


class Places:
    """Where the videos of a list are, also those that it writes in another way.

    Args:
        take_addresses: Whether a list may name addresses, too, which are not looked for.
    """

    def __init__(self, *, take_addresses: bool = False) -> None:
        self._take_addresses = take_addresses
        self.present = PresentFiles()
        self._groups: dict[tuple[str, Callable[[str], str]], dict[str, list[str]]] = {}

    def same(self, path: str) -> str | None:
        """Returns the path of the file that a list means by ``path``; None if there is none.

        Back-slashes between folders, accents composed or decomposed, and the escaped bytes of a
        name that is not UTF-8 are other ways to write the same name. Nothing else is.
        """
        if path in self.present:
            return path
        for written in dict.fromkeys((path, _unescaped(path), path.replace("\\", os.sep))):
            if written in self.present:
                return written
            found = self._find_alike(written)
            if found is not None and _same_text(found, written):
                return found
        return None

    def find(self, folder: str, name: str, *, must_exist: bool) -> str:
        """Returns the path of the file that a list in ``folder`` calls ``name``, or its address.

        Raises:
            AbsentVideoError: If it is not there and must be, nor is anything like it.
            ValueError: If something like it is, with what; for an address, if none is accepted.
        """
        if not name:
            raise ValueError("no path")
        if "://" in name:
            if is_address(name) and not self._take_addresses:
                raise ValueError(f"{Address(name)} {LOCAL_ONLY}")
            if is_address(name):
                return Address(name)
            name = str(located(name))
        path = name if name.startswith(os.sep) else folder + os.sep + name
        place, _, file = path.rpartition(os.sep)
        if file in self.present.names(place):  # nearly always; the rest takes longer
            return path
        found = self.same(path)
        if found is None and must_exist:
            if hint := self.hint(path):
                raise ValueError(f"no such video: {path}{hint}")
            raise AbsentVideoError(path, folder)
        return found or path

    def hint(self, path: str) -> str:
        """Returns what else is there in place of a file that is not, or ``""``."""
        path = path.replace("\\", os.sep)
        found = self._find_alike(path)
        if found is not None:
            parts = zip(Path(path).parts, Path(found).parts, strict=True)
            what = dict.fromkeys(difference(one, other) for one, other in parts if one != other)
            return f"; there is {found}, which differs in {' and '.join(what)}"
        folder, _, name = path.rpartition(os.sep)
        stems = self._grouped(folder, _stem)
        if name in stems:
            return f"; there is {folder}/{stems[name][0]}: write the names with their endings"
        if _stem(name) in stems:
            return f"; there is {folder}/{stems[_stem(name)][0]}, which differs in its ending"
        return ""

    def _find_alike(self, path: str) -> str | None:
        """Returns the one path that looks like ``path``, folder by folder; None if not just one."""
        found = os.sep if path.startswith(os.sep) else ""
        for part in Path(path).parts:
            if part == os.sep:
                continue
            folder = found.rstrip(os.sep) or found or "."
            if part == ".." or part in self.present.names(folder):
                name = part
            else:
                names = self._grouped(folder, fold).get(fold(part), [])
                names = [name for name in names if _same_text(name, part)] or names
                if len(names) != 1:
                    return None
                (name,) = names
            found = found + name + os.sep
        return found.rstrip(os.sep)

    def _grouped(self, folder: str, key: Callable[[str], str]) -> dict[str, list[str]]:
        """Returns the names in a folder by what ``key`` makes of them, worked out once."""
        groups = self._groups.get((folder, key))
        if groups is None:
            groups = self._groups[(folder, key)] = {}
            for name in sorted(self.present.names(folder)):
                groups.setdefault(key(name), []).append(name)
        return groups


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _same_text(one: str, other: str) -> bool:
    one, other = (unicodedata.normalize("NFC", os.path.normpath(path)) for path in (one, other))
    return one == other


def _unescaped(path: str) -> str:
    r"""Returns a path with ``\udce9``, as lists write the byte e9 of a name, as that byte."""
    return re.sub(r"\\u(dc[89a-f][0-9a-f])", lambda match: chr(int(match[1], 16)), path)
