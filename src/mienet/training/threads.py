"""Who computes and who reads: processes and threads that together fit the processors there are."""

import os
from typing import NamedTuple

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from mienet.processors import MOST_READERS, num_processors
from mienet.training.probe import steps_per_second

ROUNDS = 2
IMAGES = 16
"""At once, in measuring: so many that threads have enough to do."""

NEARLY = 0.97
"""Of the best speed, at which more threads are preferred: other moments may be quieter."""

READERS_SHARE = 4
"""Where a CPU computes, one processor of so many reads: computing takes most of the time."""


class Shares(NamedTuple):
    """How the processors are shared out.

    Attributes:
        readers: Processes that read videos; 0 reads between the steps.
        threads: Most threads that compute; None leaves that to PyTorch and OMP_NUM_THREADS.
    """

    readers: int
    threads: int | None

    def __str__(self) -> str:
        reading = "videos are read by the training process itself"
        if self.readers:
            several = "es" if self.readers > 1 else ""
            reading = f"videos are read by {self.readers} process{several} beside this one"
        if self.threads is None:
            return reading
        if self.threads == 1:
            return f"1 thread computes; {reading}"
        return f"up to {self.threads} threads compute, measured each epoch; {reading}"


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


def fastest_threads(most: int, kind: torch.dtype) -> int:
    """Returns the number of threads, up to ``most``, that compute fastest at this moment.

    On an idle computer that is all. Beside another busy program it may be fewer: threads share the
    work evenly and wait for each other, so that all are as slow as the one whose processor is
    busy. Measuring takes about a quarter of a second for each number of threads that is tried.

    Args:
        most: Threads at most.
        kind: Precision of the computation.
    """
    candidates = sorted({most, max(1, most - 1), max(1, most // 2), 1}, reverse=True)
    if len(candidates) == 1:
        return most
    before = torch.get_num_threads()
    steps = dict.fromkeys(candidates, 0.0)
    for _ in range(ROUNDS):
        for threads in candidates:
            torch.set_num_threads(threads)
            steps[threads] += steps_per_second(IMAGES, kind)
    torch.set_num_threads(before)
    best = max(steps.values())
    return next(threads for threads in candidates if steps[threads] >= NEARLY * best)


class FastestThreads(Callback):
    """Computes each epoch with as many threads as are fastest at its start.

    Sums of another number of threads are rounded otherwise, so a training beside busy programs
    cannot be repeated to the last digit; one with ``OMP_NUM_THREADS`` set can, as it has none of
    these.

    Args:
        most: Threads at most.
        kind: Precision of the computation.
    """

    def __init__(self, most: int, kind: torch.dtype) -> None:
        self.most = most
        self.kind = kind

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Measures, and sets the number of threads."""
        torch.set_num_threads(fastest_threads(self.most, self.kind))
