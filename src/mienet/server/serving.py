"""A server while it runs: its log, its worker, and that there is one for a folder."""

import contextlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

import uvicorn

from mienet.errors import MienetError
from mienet.server.app import create_app
from mienet.server.context import Context
from mienet.server.jobs import LINES
from mienet.server.places import Places
from mienet.server.settings import Settings
from mienet.server.worker import Worker

LOG_BYTES = 5_000_000
SECONDS_TO_FINISH = 3
"""For requests under way when the server is stopped; a video may be on its way for minutes."""
MOST_HEADER_BYTES = 1 << 20
"""Of a request's first line and headers: enough to refuse names of 100,000 characters in words."""


class Serving:
    """A server that answers once it runs; what it needs is taken and read when it is made.

    Args:
        settings: Of the server.
        listening: The socket; it is closed at the end.

    Raises:
        MienetError: If another server runs for the same folder, or the model cannot be used.
        OSError: If the server's folders cannot be made.
    """

    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._listening = listening
        self._lock = _locked(settings.folder)
        self._app = create_app(settings)

    def run(self) -> None:
        """Answers requests until Ctrl-C or a signal to end."""
        context: Context = self._app.state.context
        _log_to(context.places.log)
        config = uvicorn.Config(
            self._app,
            http="h11",
            h11_max_incomplete_event_size=MOST_HEADER_BYTES,
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
            log_config=None,
            access_log=False,
            server_header=False,
        )
        server = uvicorn.Server(config)
        with (
            _asked_to_end(server),
            self._lock,
            self._listening,
            _work_beside(context),
        ):
            server.run(sockets=[self._listening])


@contextlib.contextmanager
def _asked_to_end(server: uvicorn.Server) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM end a server alike, from before it listens until all is closed.

    uvicorn passes a signal on to what was there before it, which would end the program before its
    processes are; and an exception while something is imported may lock that for other threads.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, server.handle_exit) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _locked(folder: Path) -> IO[str]:
    """Returns the open file that a server holds while it runs; two would do the same jobs."""
    places = Places(folder)
    places.make()
    file = places.lock.open("a", encoding="utf-8")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise MienetError(
            f"another mienet serve runs for {folder}; use its page, or stop it"
        ) from error
    return file


@contextlib.contextmanager
def _work_beside(context: Context) -> Iterator[None]:
    """Does jobs, and looks at videos that nobody has opened, while a server runs."""
    stop = threading.Event()
    workers = [Worker(context.places, context.jobs, line) for line in LINES]
    videos = [listed.video for listed in context.library.videos() if not listed.problem]

    def begin() -> None:
        # One after another, so that who opens a video at once does not wait for the others.
        context.prober.start()
        for worker in workers:
            worker.start()
        context.prober.look_at(videos, stop)

    threading.Thread(target=begin, daemon=True).start()
    try:
        yield
    finally:
        stop.set()
        context.live.stop()
        for worker in workers:
            worker.stop()
        context.prober.close()


def _log_to(path: Path) -> None:
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in ("mienet", "uvicorn"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        logger.propagate = False
