"""How many processors this program may use.

A machine's number of processors is not what a program gets: a container has a share of them, a
batch system binds a job to some. Asking for more makes threads wait for each other.
"""

import math
import os
from pathlib import Path

MOST_READERS = 16
"""Processes that read videos at most: up to here twice as many read twice as fast
(docs/performance.md)."""

SHARE = "MIENET_PROCESSORS"
"""Variable by which a program that starts several others tells each how many are its own."""

CGROUPS = Path("/sys/fs/cgroup")
"""Where Linux says what a container may use."""


def num_processors() -> int:
    """Returns the processors that this process may use, at least 1.

    That is the number it is bound to (``taskset``, a batch system), or less where a container's
    limit of processor time (``docker run --cpus 1.5``) allows less; a part counts as a whole one.
    The trainings of a sweep that run at a time have a share of that each.
    """
    if hasattr(os, "sched_getaffinity"):
        bound = len(os.sched_getaffinity(0))
    else:
        bound = os.cpu_count() or 1
    limits = [limit for limit in (_quota(CGROUPS), _share(), bound) if limit is not None]
    return max(1, min(limits))


def limit_threads() -> None:
    """Tells OpenMP, which computes for PyTorch, how many threads a limit or a share leaves.

    By itself it counts the processors that a process is bound to, and knows no such limits. It has
    to be called before PyTorch is imported; a number that a user has set stays as it is.
    """
    if _quota(CGROUPS) is not None or _share() is not None:
        os.environ.setdefault("OMP_NUM_THREADS", str(num_processors()))


def _share() -> int | None:
    """Returns the processors that are this process's own; None where it has them all."""
    return int(os.environ[SHARE]) if SHARE in os.environ else None


def _quota(cgroups: Path) -> int | None:
    """Returns the processors that a container's limit comes to, rounded up; None without one."""
    try:
        if (cgroups / "cpu.max").exists():
            quota, period = (cgroups / "cpu.max").read_text().split()
        else:
            quota = (cgroups / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (cgroups / "cpu/cpu.cfs_period_us").read_text().strip()
        limit = math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return None  # no container, or "max"
    return limit if limit > 0 else None  # -1 is no limit
