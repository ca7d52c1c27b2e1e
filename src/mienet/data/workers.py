"""What goes wrong in the processes that read for a loader, in words for the main process."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mienet.errors import MienetError

LESS = "fewer reading processes (num_workers), smaller batches (batch_size) or less else running"


class WorkerError(MienetError):
    """A process that reads videos has ended, or had too little memory."""


@contextmanager
def worker_failures() -> Iterator[None]:
    """Turns what PyTorch raises for a loader's processes into one message.

    It surrounds the work and not only the reading: PyTorch raises the end of a process wherever the
    main process is at that moment.

    Raises:
        WorkerError: If a process was killed or had too little memory.
        MienetError: The error of a video, in its own words instead of a process's traceback.
    """
    try:
        yield
    except MienetError as error:
        error.args = (own_words(error), *error.args[1:])
        raise
    except MemoryError as error:
        raise WorkerError(f"memory ran out while videos were read; what helps is {LESS}") from error
    except RuntimeError as error:
        if (found := _end_of_process(f"{error} {error.__cause__}")) is None:
            raise
        raise WorkerError(found) from error


def own_words(error: Exception) -> str:
    """Returns an error's message without the traceback that a loader's process adds."""
    if "in DataLoader worker process" not in str(error):
        return str(error)
    return str(error).strip().rsplit(f"{type(error).__name__}: ", 1)[-1]


def _end_of_process(message: str) -> str | None:
    """Returns what PyTorch's message about an ended process means, or None for another one."""
    if not message.startswith("DataLoader worker"):
        return None
    numbers = re.search(r"\(pid(?:\(s\))? ([\d, ]+)\)", message)
    process = f" (process {numbers[1]})" if numbers else ""
    signal = re.search(r"killed by signal: ([A-Za-z ]+)", message)
    how = f"was killed ({signal[1].strip()})" if signal else "ended"
    why = "because memory ran out"
    if signal and "Bus error" in signal[1]:
        why = "because shared memory (/dev/shm) ran out"
    return f"a process that reads videos{process} {how}; often {why}, and what helps is {LESS}"
