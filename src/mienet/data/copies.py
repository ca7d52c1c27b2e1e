"""Which videos are others under another name: copies, by their bytes."""

import filecmp
import os
import stat
from collections import defaultdict
from collections.abc import Iterable


def originals(paths: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Returns by path the real path of the known video that it is or is a copy of, or its own.

    Only files of exactly the size of a known one are read, so that it costs little where none is
    a copy. Folders of frames, and known videos that are not there any more, are told by their
    paths alone.

    Args:
        paths: The videos in question.
        known: Those that they may be copies of.
    """
    real = {path: os.path.realpath(path) for path in dict.fromkeys(paths)}
    theirs = dict.fromkeys(map(os.path.realpath, known))
    new = {path: size for path in real.values() if path not in theirs and (size := _size(path))}
    of_size: dict[int, list[str]] = defaultdict(list)
    if new:
        for path in theirs:
            of_size[_size(path)].append(path)
    copies = {
        path: next((one for one in of_size.get(size, ()) if _is_same(one, path)), path)
        for path, size in new.items()
    }
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
