"""Files that one process at a time has, until it lets go of them or ends, however it ends.

Windows and file systems without such locks are told that nobody else has a file.
"""

from contextlib import suppress
from typing import IO, Any


def take(file: IO[Any]) -> bool:
    """Takes an open file until it is closed, or returns False if another process has it.

    Processes that are forked meanwhile keep it, too, unless it is let go by ``release``.
    """
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return True
    return True


def release(file: IO[Any]) -> None:
    """Lets go of a file, which processes that were forked meanwhile may still have open."""
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)
