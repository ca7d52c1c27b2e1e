"""Files that are written whole or not at all, and journals that survive being cut off anywhere."""

import errno
import json
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from mienet.errors import MienetError
from mienet.locks import take

STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
TEMPORARY_PREFIX = ".mienet-"
MOST_LINKS = 40
"""Links followed from one name; the same number after which Linux gives up."""


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
        return list(self.entries())

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yields what was written down, whole lines alone, one in memory at a time."""
        if not self.path.exists():
            return
        line = b"\n"
        with self.path.open("rb") as file:
            for line in file:
                try:
                    entry = json.loads(line)
                except ValueError:
                    self.has_cut_lines = True
                    continue
                if isinstance(entry, dict):
                    yield entry
        if not line.endswith(b"\n"):
            with self.path.open("ab") as file:
                file.write(b"\n")

    def peek(self) -> list[dict[str, Any]]:
        """Returns whole lines and changes nothing, for a process beside the one that writes."""
        found = []
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            for line in file:
                with suppress(ValueError):
                    found.append(json.loads(line))
        return [entry for entry in found if isinstance(entry, dict)]

    def append(self, entry: dict[str, Any]) -> None:
        """Adds one object; it is there for the next run from now on.

        Raises:
            OSError: If it cannot be written, with the file's name; nothing of it is there then, as
                the next one would be spoiled, too.
        """
        line = (json.dumps(entry) + "\n").encode()
        with named_errors(self.path), self.path.open("ab", buffering=0) as file:
            end = file.tell()
            try:
                if file.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                file.truncate(end)
                raise

    def rewrite(self, entries: Iterable[dict[str, Any]]) -> None:
        """Replaces all, at once."""
        with whole_file(self.path) as file:
            for entry in entries:
                file.write((json.dumps(entry) + "\n").encode())


def is_standard_output(path: str | Path) -> bool:
    """Returns whether a file to write to is standard output: ``-``, or one of its other names."""
    return str(path) in STANDARD_OUTPUT


def write_whole(path: str | Path, content: str | bytes, *, durable: bool = False) -> None:
    r"""Writes a file so that at any moment it is the old one or the new one, whole.

    Text is written in UTF-8; a byte of a name that is none as JSON escapes it: ``\udce9``.
    See ``whole_file`` for links, devices and permissions, and for ``durable``.

    Raises:
        MienetError: If ``path`` is a folder.
        OSError: If it cannot be written, with its name; a full disk leaves no partial file.
    """
    with whole_file(path, durable=durable) as file:
        if isinstance(content, str):
            content = content.encode("utf-8", "backslashreplace")
        file.write(content)


@contextmanager
def whole_file(path: str | Path, *, durable: bool = False) -> Iterator[IO[bytes]]:
    """Yields a file to write to, which takes the place of ``path`` when the block ends well.

    What a shell writes through is written through: a link's target is replaced and not the link,
    and a device, a pipe or a file with several names (hard links) is written in place. A new file
    has the permissions that a shell would give it, an old one keeps its own.

    Args:
        path: The file.
        durable: Whether to wait until the disk has it, so that a power cut leaves the new one.

    Raises:
        MienetError: If ``path`` is a folder.
        OSError: If it cannot be written, with its name; a full disk leaves no partial file.
    """
    path = Path(path)
    with named_errors(path):
        target = _followed(path)
        if target.is_dir():
            raise MienetError(f"{path} is a folder; give the name of a file to write")
        if is_written_in_place(path):
            with target.open("wb") as file:
                yield file
            return
        with _replacing(target, durable=durable) as file:
            yield file


def make_folder(folder: Path) -> None:
    """Makes a folder, and those that it lies in, and waits until the disk has them.

    Raises:
        OSError: If it cannot be made, with its name.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:
        sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Waits until the disk has what a folder's files are called, as after a move.

    Raises:
        OSError: If it cannot be written, with its name.
    """
    if os.name == "nt":  # which opens no folders, and writes names down by itself
        return
    with named_errors(folder):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def keep_folder(folder: Path, file: IO[Any]) -> None:
    """Keeps a folder for this process by a file in it, until that is closed.

    What killed processes have left half-written there is deleted; what others write now is not.

    Raises:
        MienetError: If another process has the folder.
    """
    if not take(file):
        raise MienetError(
            f"{folder}: another command is writing there; wait for it, or give another --out"
        )
    for partial in folder.glob(f"{TEMPORARY_PREFIX}*.tmp"):
        with suppress(OSError):  # a folder, or gone meanwhile
            with partial.open("rb") as left:
                is_left = take(left)
            if is_left:
                partial.unlink()


def is_written_in_place(path: str | Path) -> bool:
    """Returns whether ``path`` cannot be replaced by a new file without harm.

    So it is with devices, pipes, sockets, open files (``/dev/stdout``, ``/dev/fd/3``) and files
    with several names. Other files, also those that are not there yet, are replaced as a whole.
    """
    target = _followed(Path(path))
    if os.path.realpath(target.parent).startswith("/proc/"):
        return True
    try:
        found = target.stat()
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(found.st_mode) or found.st_nlink > 1


@contextmanager
def _replacing(target: Path, *, durable: bool) -> Iterator[IO[bytes]]:
    """Yields a file of a name of its own that is moved to ``target`` when all is written."""
    # A shell does not write to a read-only file, which a new name would replace.
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", str(target))
    partial = target.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp")
    try:
        with partial.open("xb") as file:  # "x": never somebody else's; permissions by the umask
            take(file)  # so that keep_folder sees that it is no leftover
            yield file
            if durable:  # before it gets its name, which could else be one of an empty file
                file.flush()
                os.fsync(file.fileno())
        if target.exists():
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        partial.replace(target)
        if durable:
            sync_folder(target.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _followed(path: Path) -> Path:
    """Returns what a link leads to, stopping at the names of open files in ``/proc``."""
    for _ in range(MOST_LINKS):
        if os.path.realpath(path.parent).startswith("/proc/") or not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    raise OSError(40, "Too many levels of symbolic links", str(path))


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Gives errors of writing, such as a full disk, the name of the file that was asked for."""
    try:
        yield
    except OSError as error:
        own = str(error.filename or "").rpartition(os.sep)[2].startswith(TEMPORARY_PREFIX)
        if error.errno is not None and (error.filename is None or own):
            error.filename, error.filename2 = str(path), None
        raise
