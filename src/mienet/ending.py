"""How a program ends when it is asked to by SIGTERM: tidily, as by Ctrl-C."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
"""Exit codes of programs that Ctrl-C and SIGTERM have ended, as shells report them."""


@contextmanager
def orderly_sigterm() -> Iterator[None]:
    """Makes SIGTERM end the block with ``SystemExit(143)``, so that what is open is closed.

    Otherwise the system ends the program where it stands, and Python warns of semaphores that it
    shared with other processes. A handler of the program's own is left alone; so is a thread.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return
    signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def end_quietly() -> None:
    """Makes Ctrl-C end this process at once: one of several, of which another has the say.

    Each would print where it stood otherwise.
    """
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(INTERRUPTED))


def _stop(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # one is enough: the way out must not be cut short
    raise SystemExit(TERMINATED)
