"""Processes that end with the one that started them, even if that is killed.

The child reads from a pipe that closes when its parent ends, however that happens.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


def start_child(
    module: str,
    arguments: Sequence[str],
    log: IO[bytes],
    environment: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Returns a new process that runs a module, which has to call ``end_with_parent``.

    Args:
        module: Its name, such as ``mienet.server.work``.
        arguments: What it is given.
        log: Where what it prints goes.
        environment: Its variables; None is those of this process.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=environment,
        # Ctrl+C in the terminal is the parent's, which ends its children then.
        start_new_session=True,
    )


def kill_child(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process of ``start_child`` and those that it has started."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def reason_of(code: int) -> str:
    """Returns why a process ended, as far as its exit code tells."""
    if code == -9:
        return "the system ended the process; memory may have run out"
    if code < 0:
        return f"the process crashed ({signal.Signals(-code).name})"
    return f"the process ended with code {code}"


def end_with_parent() -> None:
    """Waits, in a thread of a child, until its parent is gone, and ends the child then."""
    # Not by sys.stdin, whose lock this would hold: a process that is forked meanwhile closes it.
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    end_process()


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Waits until no other process has a file, such as one whose parent was killed just now."""
    with path.open("w") as file:
        with suppress(ImportError, OSError):  # Windows, file systems without locks
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def end_process() -> None:
    """Ends this process, and those that it has started, at once."""
    with suppress(AttributeError, ProcessLookupError):
        if os.getpgid(0) == os.getpid():  # as start_child starts it
            os.killpg(0, signal.SIGKILL)
    os._exit(0)
