"""What is said where the disk refuses: which file, why, and what to do where it is full."""

import errno

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Numbers of the errors of a disk, or of a person's share of it, that has no room."""
MAKE_ROOM = "make room on its disk, and try again"


def is_full(error: OSError) -> bool:
    """Returns whether it is for want of room that something could not be written."""
    return error.errno in FULL


def disk_problem(error: OSError) -> str:
    """Returns what an error of reading or writing says, such as ``a.csv: permission denied``.

    >>> disk_problem(OSError(errno.ENOSPC, "No space left on device", "a.csv"))
    'a.csv: no space left on device; make room on its disk, and try again'
    """
    place = f"{error.filename}: " if error.filename else ""
    said = place + (error.strerror or str(error)).lower()
    return f"{said}; {MAKE_ROOM}" if is_full(error) else said
