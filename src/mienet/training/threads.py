"""Who computes and who reads: processes and threads that together fit the processors there are."""

import os
from typing import NamedTuple

import torch

from mienet.processors import num_processors

MOST_READERS = 8
READERS_SHARE = 4
"""Where a CPU computes, one processor of so many reads: computing takes most of the time."""


class Shares(NamedTuple):
    """How the processors are shared out.

    Attributes:
        readers: Processes that read videos; 0 reads between the steps.
        threads: Threads that compute; None leaves that to PyTorch and OMP_NUM_THREADS.
    """

    readers: int
    threads: int | None


def share_processors(
    num_workers: int | None, *, on_cpu: bool, processes: int = 1, frames_are_kept: bool
) -> Shares:
    """Returns how a training shares out the processors that it may use.

    Args:
        num_workers: Readers that the user wants; None chooses.
        on_cpu: Whether a CPU computes, and not a GPU.
        processes: Processes that compute on this machine.
        frames_are_kept: Whether no video has to be decoded: reading then takes a few hundredths of
            a CPU's step, and a process for it would only wait.
    """
    available = max(1, num_processors() // processes)
    if not on_cpu:
        return Shares(min(available, MOST_READERS) if num_workers is None else num_workers, None)
    readers = num_workers
    if readers is None:
        readers = 0 if frames_are_kept else min(max(1, available // READERS_SHARE), MOST_READERS)
    if "OMP_NUM_THREADS" in os.environ:
        return Shares(readers, None)
    return Shares(readers, max(1, available - readers))


def use_threads(shares: Shares) -> None:
    """Lets PyTorch compute with so many threads."""
    if shares.threads is not None:
        torch.set_num_threads(shares.threads)
