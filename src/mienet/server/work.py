"""A worker: ``python -m mienet.server.work FOLDER LINE`` does a line of jobs, one by one.

It is started by the server and ends with it. Whatever a job does wrong is noted as its message, in
words that a person can act on; the log has the traceback.
"""

import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from mienet.child_processes import end_process, end_with_parent, only_one
from mienet.errors import MienetError
from mienet.memory import peak_bytes
from mienet.processors import limit_threads
from mienet.server.disk import disk_problem
from mienet.server.jobs import Job, Jobs
from mienet.server.places import Places
from mienet.server.running_job import Running

LOG = logging.getLogger("mienet.server")

WAIT_SECONDS = 0.5
"""Between two looks for a new job, and at whether a running one was cancelled."""

STOP_SECONDS = 30
"""In which a cancelled job has to end by itself."""

STALLED_SECONDS = 1800
"""Without progress in one video, after which its decoder hangs."""

MEMORY_SHARE = 0.9
"""Of the computer's memory that a worker may use; more would stop all that runs on it."""

Work = Callable[[Running], dict[str, Any]]


def work_of(kind: str) -> Work:
    """Returns what does a kind of job; imported when it is needed, as PyTorch takes seconds."""
    if kind == "transcode":
        from mienet.server.transcoding import transcode

        return transcode
    if kind == "predict":
        from mienet.server.predicting import predict

        return predict
    if kind == "explain":
        from mienet.server.explaining import explain_videos

        return explain_videos
    if kind == "train":
        from mienet.server.teaching import teach

        return teach
    from mienet.server.evaluating import compare_models, report_on

    return {"report": report_on, "compare": compare_models}[kind]


class Worker:
    """Does jobs, and ends those that were cancelled, hang, or need too much memory.

    Args:
        places: Where the server keeps what it keeps.
        line: The jobs that it does: one of ``LINES``.
    """

    def __init__(self, places: Places, line: str) -> None:
        self.places, self.jobs, self.line = places, Jobs(places), line
        self._running: Running | None = None

    def work(self) -> None:
        """Does jobs for ever."""
        signal.signal(signal.SIGINT, self._interrupt)
        threading.Thread(target=self._watch, daemon=True).start()
        while True:
            job = self.jobs.take(self.line)
            if job is None:
                time.sleep(WAIT_SECONDS)
            else:
                self.do(job)

    def do(self, job: Job) -> None:
        """Does one job and notes how it ended."""
        LOG.info("job %d (%s) begins", job.id, job.kind)
        try:
            self._running = Running(job, self.jobs, self.places)
            result = work_of(job.kind)(self._running)
            self._running = None
            self.jobs.finish(job.id, "done", result.pop("message", ""), result)
        except KeyboardInterrupt:
            self._running = None
            self.jobs.finish(job.id, "cancelled", "cancelled; what was done is kept")
        except (MienetError, OSError) as error:
            self._running = None
            self.jobs.finish(job.id, "failed", _said(error))
        except MemoryError:
            self._running = None
            self.jobs.finish(job.id, "failed", "memory ran out; close other programs")
        except Exception:
            self._running = None
            LOG.exception("job %d (%s) failed", job.id, job.kind)
            message = "something went wrong that should not; see mienet/server.log"
            self.jobs.finish(job.id, "failed", message)
        LOG.info("job %d is over", job.id)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._running is not None:
            raise KeyboardInterrupt

    def _watch(self) -> None:
        """Looks, beside the job, at whether it has to end."""
        most_bytes = MEMORY_SHARE * _computer_bytes()
        stopping: tuple[int, float] | None = None
        while True:
            time.sleep(WAIT_SECONDS)
            running = self._running
            if running is None:
                continue
            now = time.monotonic()
            if (peak_bytes() or 0) > most_bytes > 0:
                self._give_up("it needs more memory than there is")
            if running.video and now - running.told_seconds > STALLED_SECONDS:
                self._give_up(f"no progress for {STALLED_SECONDS // 60} minutes")
            if not self._is_cancelled(running.job.id):
                continue
            if stopping is None or stopping[0] != running.job.id:
                stopping = running.job.id, now
                os.kill(os.getpid(), signal.SIGINT)
            elif now - stopping[1] > STOP_SECONDS:
                self.jobs.finish(running.job.id, "cancelled", "cancelled; what was done is kept")
                end_process()

    def _is_cancelled(self, number: int) -> bool:
        try:
            return self.jobs.is_cancelled(number)
        except sqlite3.Error:  # the disk is full: it is asked again, as this must go on
            LOG.exception("job %d: not known whether it was cancelled", number)
            return False

    def _give_up(self, reason: str) -> None:
        LOG.error("%s", reason)
        self.jobs.crashed(self.line, reason, tries=1)
        end_process()


def _said(error: MienetError | OSError) -> str:
    return disk_problem(error) if isinstance(error, OSError) else str(error)


def _computer_bytes() -> int:
    """Returns how much memory the computer has; 0 where the system does not tell."""
    with suppress(ValueError, OSError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 0


def main(arguments: list[str]) -> None:
    """Does the jobs of a line of a folder, which are named."""
    limit_threads()
    places, line = Places(Path(arguments[0])), arguments[1]
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s worker %(levelname)s %(message)s", force=True
    )
    threading.Thread(target=end_with_parent, daemon=True).start()
    os.chdir(places.videos)  # timelines name videos by their paths below the folder
    with only_one(places.root / f"{line}.lock"):  # not beside that of a server killed just now
        Worker(places, line).work()


if __name__ == "__main__":
    main(sys.argv[1:])
