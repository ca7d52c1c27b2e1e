"""Memory of this process: the most that it had, and whether it keeps what it frees."""

import ctypes
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
"""Where Linux says what a process uses."""

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


def peak_bytes() -> int | None:
    """Returns the most memory that this process has had at once; None where nothing tells.

    Linux's own word comes first, since ``ru_maxrss`` begins there with what the program had that
    started this one.
    """
    if STATUS.exists():
        for line in STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
