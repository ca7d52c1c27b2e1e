"""What this program does with memory that it no longer needs."""

import ctypes
import sys

# Numbers of options, from glibc's malloc.h.
_TRIM_THRESHOLD = -1
_MMAP_MAX = -4
_MOST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Keeps memory that was freed for what is computed next; returns whether that could be done.

    glibc returns each large piece to the system as soon as it is free. A training needs pieces of
    the same sizes again in each step, and the system clears all of their pages each time: between a
    tenth and a quarter of a step on a CPU. Kept, memory is near its peak from the first step to the
    last, and the peak is somewhat higher. It holds for the whole process and cannot be undone.

    Other C libraries (musl, macOS, Windows) have no such option: there nothing is done.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, _MOST))
