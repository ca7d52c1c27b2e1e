"""Where results may be written: asked before anything is computed, so that nothing is lost."""

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from mienet.errors import MienetError, no_folder
from mienet.files import TEMPORARY_PREFIX, named_errors


def require_writable(folder: Path, names: Sequence[str]) -> None:
    """Finds out whether files can be written to a folder, which need not be there yet.

    Before a long computation, since afterwards all would be lost. Nothing is left behind.

    Raises:
        MienetError: If it, or what it would lie in, is a file, or one of the files is a folder.
        OSError: If it cannot be written, with its name.
    """
    there = _nearest(folder)
    if not there.is_dir():
        raise MienetError(no_folder(there))
    for name in names:
        if (folder / name).is_dir():
            raise MienetError(f"{folder / name} is a folder, and would be a file; give another one")
    with named_errors(folder):
        probe = there / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp"
        try:
            probe.write_bytes(bytes(4096))
        finally:
            probe.unlink(missing_ok=True)


def require_apart(out: Path, videos: Path, *, has_class_folders: bool = False) -> None:
    """Raises an error if results would lie among the videos, and be read with them the next time.

    Args:
        out: Folder for the results.
        videos: Folder of the videos.
        has_class_folders: Whether every folder in it is a class, so that none can be added.

    Raises:
        MienetError: If ``out`` is that folder, or one in it that would be read as a class.
    """
    place, read = Path(os.path.realpath(out)), Path(os.path.realpath(videos))
    if place == read or (has_class_folders and read in place.parents):
        is_in = "is" if place == read else "lies in"
        as_class = "" if place == read else ", where each folder is a class"
        other = Path("datasets", read.name)
        if read in Path(os.path.realpath(other)).parents:
            other = read.with_name(f"{read.name}_dataset")
        raise MienetError(
            f"--out {out} {is_in} the folder of the videos{as_class}; choose a folder outside of "
            f"it, such as --out {other}"
        )


def require_outside(out: Path, folders: Iterable[Path], files: Iterable[Path], *, why: str) -> None:
    """Raises an error if videos or frames would be written where videos are looked for.

    Args:
        out: Folder for what is written.
        folders: Folders of videos, with all that is in them.
        files: Videos, beside which nothing is to be written either.
        why: What would become of the videos the next time, for the message.

    Raises:
        MienetError: If ``out`` lies in one of the folders, or is one with a video in it.
    """
    place = Path(os.path.realpath(out))
    holders = {Path(os.path.realpath(file.parent)) for file in files}
    given = {Path(os.path.realpath(folder)) for folder in folders}
    taken = [f for f in (place, *place.parents) if f in given] or [place] * (place in holders)
    if taken:
        other = taken[-1].with_name(f"{taken[-1].name}_results")
        if other.is_relative_to(Path.cwd()):
            other = other.relative_to(Path.cwd())
        raise MienetError(
            f"--out {out} lies in the folder of the videos, {why}; choose a folder outside of it, "
            f"such as --out {other}"
        )


def require_own(
    out: Path,
    written: Sequence[str],
    marks: Sequence[str],
    *,
    by: str,
    starts: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Raises an error if files would be replaced that another program or a person put there.

    Args:
        out: Folder for the results.
        written: Names of what would be written to it.
        marks: Names of files one of which is in every folder that is ours.
        by: The command that writes them.
        starts: Regular expressions of how ours begin, by name, where others may have files of that
            name; one that begins otherwise is no mark, and is never replaced.

    Raises:
        MienetError: If the folder has some of the files, and no mark.
    """
    heads = {name: _head(out / name) for name in starts if (out / name).is_file()}
    others = {n for n, head in heads.items() if head and not re.match(starts[n].encode(), head)}
    is_own = any((out / mark).is_file() and mark not in others for mark in marks)
    there = [name for name in written if os.path.lexists(out / name)]
    if taken := [out / name for name in there if name in others or not is_own]:
        more = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
        raise MienetError(
            f"{taken[0]}{more} would be replaced, and is not from {by}; choose another --out, or "
            "move what is there"
        )


def require_own_file(path: Path, start: str, *, by: str) -> None:
    """Raises an error if a file would be replaced that another program or a person wrote.

    Args:
        path: File for the results; it need not be there, and may be empty.
        start: Regular expression of how every file begins that is ours.
        by: The command that writes them.

    Raises:
        MienetError: If the file begins otherwise.
        OSError: If it cannot be read, with its name.
    """
    if not begins(path, start):
        raise MienetError(
            f"{path} would be replaced, and is not from {by}; choose another --out, or move what "
            "is there"
        )


def begins(path: Path, start: str) -> bool:
    """Returns whether a file begins as a regular expression says, or is empty, or not there.

    Raises:
        OSError: If it cannot be read, with its name.
    """
    head = _head(path) if path.is_file() else b""
    return not head or re.match(start.encode(), head) is not None


def _head(path: Path) -> bytes:
    with named_errors(path), path.open("rb") as file:
        return file.read(4096)


def require_space(folder: Path, num_bytes: int) -> None:
    """Finds out whether there is room for so many bytes in a folder that need not be there yet.

    Raises:
        MienetError: If not.
    """
    free = shutil.disk_usage(_nearest(folder)).free
    if free < num_bytes:
        raise MienetError(
            f"{folder}: needs {num_bytes / 1e6:.1f} MB, its disk has {free / 1e6:.1f} MB left; "
            "make room, or give a folder on another disk"
        )


def _nearest(folder: Path) -> Path:
    """Returns the folder, or what is there of the way to it."""
    return next(
        place for place in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(place)
    )
