"""A process that does jobs, as the server sees it: started again when it ends under one."""

import logging
import sqlite3
import subprocess
import threading

from mienet.child_processes import kill_child, reason_of, start_child
from mienet.server.jobs import Jobs
from mienet.server.places import Places

LOG = logging.getLogger("mienet.server")

LEAST_SECONDS_BETWEEN = 1.0
"""Two starts: a worker that cannot even begin must not fill the log."""


class Worker:
    """One process that takes jobs, kept alive by a thread until it is stopped.

    The process ends with this one, even if that is killed: it reads from a pipe that closes then.

    Args:
        places: Where the server keeps what it keeps.
        jobs: The queue.
        line: The jobs that it does: one of ``LINES``.
    """

    def __init__(self, places: Places, jobs: Jobs, line: str) -> None:
        self._places, self._jobs, self._line = places, jobs, line
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=line, daemon=True)

    def start(self) -> None:
        """Starts the process."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the process; what it was doing goes on with the next server."""
        self._stopped.set()
        with self._lock:
            if self._process is not None:
                kill_child(self._process)
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _keep(self) -> None:
        """Starts the process again and again, also where the disk is full or memory is short."""
        while not self._stopped.is_set():
            try:
                self._run_once()
            except (OSError, sqlite3.Error):
                LOG.exception("the worker of %s could not be started, or its end noted", self._line)
            self._stopped.wait(LEAST_SECONDS_BETWEEN)

    def _run_once(self) -> None:
        with self._lock:
            if self._stopped.is_set():
                return
            self._process = self._start()
        code = self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        if self._stopped.is_set():
            return
        LOG.error("the worker of %s ended with code %d", self._line, code)
        self._jobs.crashed(self._line, reason_of(code))

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._places.log.open("ab") as log:
            return start_child("mienet.server.work", [str(self._places.videos), self._line], log)
