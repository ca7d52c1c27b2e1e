"""Which videos are others under another name: copies, by their bytes."""

import filecmp
import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

BLOCK_BYTES = 1 << 20


class Content(NamedTuple):
    """What tells a file from others by its bytes, wherever it is.

    Attributes:
        size_bytes: How many.
        digest: ``content_digest`` of them.
    """

    size_bytes: int
    digest: str


def content_digest(path: str) -> str:
    """Returns the BLAKE2b digest of a file's bytes, 16 bytes in hexadecimal digits.

    Raises:
        OSError: If it cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    with Path(path).open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def originals(
    paths: Iterable[str],
    known: Iterable[str],
    contents: Mapping[str, Content] = MappingProxyType({}),
) -> dict[str, str]:
    """Returns by path the real path of the known video that it is or is a copy of, or its own.

    Only files of exactly the size of a known one are read, so that it costs little where none is
    a copy. Folders of frames are told by their paths alone, and so are known videos that are not
    there any more, unless their content was noted.

    Args:
        paths: The videos in question.
        known: Those that they may be copies of.
        contents: What was noted of known videos, by their real paths.
    """
    real = {path: os.path.realpath(path) for path in dict.fromkeys(paths)}
    theirs = dict.fromkeys(map(os.path.realpath, known))
    new = {path: size for path in real.values() if path not in theirs and (size := _size(path))}
    of_size: dict[int, list[str]] = defaultdict(list)
    gone: dict[Content, str] = {}
    if new:
        for path in theirs:
            of_size[_size(path)].append(path)
            if path in contents and not os.path.lexists(path):
                gone[contents[path]] = path
    sizes = {content.size_bytes for content in gone}
    copies = {}
    for path, size in new.items():
        copies[path] = next((one for one in of_size.get(size, ()) if _is_same(one, path)), path)
        if copies[path] == path and size in sizes:
            with suppress(OSError):  # which reading the video says in its own place
                copies[path] = gone.get(Content(size, content_digest(path)), path)
    return {path: copies.get(own, own) for path, own in real.items()}


def _size(path: str) -> int:
    """Returns a file's bytes; 0 for what is none, or is not there."""
    try:
        status = os.stat(path)  # noqa: PTH116 (Path costs more than the call on 10,000 videos)
    except (OSError, ValueError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _is_same(one: str, other: str) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:  # which reading the video says in its own place
        return False
