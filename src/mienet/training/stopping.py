"""How a training ends before its time: signals, and failures that a user can do something about."""

import errno
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch import distributed

from mienet.ending import TERMINATED, orderly_sigterm
from mienet.errors import MienetError, in_one_line

NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class TrainingError(MienetError):
    """A training that could not go on: why, what is kept, and how to go on or start again."""


@contextmanager
def orderly_stops() -> Iterator[None]:
    """Makes SIGTERM end the block with ``SystemExit(143)``, and Ctrl+C with ``KeyboardInterrupt``.

    Lightning makes exit codes 0 and 1 of them and leaves Ctrl+C without effect; afterwards the
    handlers are as they were. A handler of the program's own for SIGTERM is left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with orderly_sigterm():
            yield
    except SystemExit as stopped:
        if isinstance(stopped.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        if isinstance(stopped, SIGTERMException):
            raise SystemExit(TERMINATED) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def reason(error: Exception, run: Path) -> str | None:
    """Returns why a training failed, if it is something a user can act on, or None."""
    if isinstance(error, MienetError):
        return str(error)
    if isinstance(error, OSError):
        name = error.filename or run
        hint = "; make room on the disk" if error.errno in NO_SPACE else ""
        return f"{name}: {(error.strerror or str(error)).lower()}{hint}"
    if isinstance(error, RuntimeError) and "without overflow" in str(error):
        return "training diverged: the learning rate is beyond all numbers; lower it"
    if _is_lost_process(error):
        return (
            "another process of this training ended, or cannot be reached any more; what ended it "
            f"is said where it ran ({in_one_line(error).split('. ')[0]})"
        )
    if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
        said = str(error).splitlines()[0]
        return f"the network cannot be compiled here ({said}); leave out --train.compile"
    if _is_out_of_memory(error):
        return (
            "memory ran out; what helps is a smaller --data.batch_size, --data.crop_size or "
            "--model.num_segments, or --trainer.precision bf16-mixed"
        )
    return None


def _is_lost_process(error: Exception) -> bool:
    """Returns whether a process cannot speak to the others; gloo has no error of its own for it."""
    if not distributed.is_available():
        return False
    return isinstance(error, distributed.DistError) or (
        isinstance(error, RuntimeError) and "gloo/transport" in str(error)
    )


def _is_out_of_memory(error: Exception) -> bool:
    said = str(error)
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or (
        isinstance(error, RuntimeError)
        and ("can't allocate memory" in said or "not enough memory" in said)
    )
