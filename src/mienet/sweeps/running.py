"""Doing the trials of a sweep: a few at a time, each in a process of its own."""

import os
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from mienet.child_processes import kill_child, reason_of, start_child
from mienet.processors import SHARE, num_processors
from mienet.sweeps.trials import RESULT, TrialResult, write_result

MODULE = "mienet.workflows.sweep_process"
LOG = "log.txt"
WAIT_SECONDS = 0.1


class HasFolder(Protocol):
    """A trial, of a sweep or of a search."""

    @property
    def folder(self) -> Path:
        """Returns its own folder, where all of it is."""

    def result(self) -> TrialResult | None:
        """Returns what was found; None before it is over."""


AnyTrial = TypeVar("AnyTrial", bound=HasFolder)


def run_trials(
    trials: Iterable[AnyTrial],
    *,
    jobs: int,
    threads: int | None,
    ended: Callable[[AnyTrial, TrialResult], object],
    should_stop: Callable[[AnyTrial], bool] = lambda _: False,
) -> None:
    """Does trials, and tells of each as it ends; however this ends, no process is left.

    What ends without a result, as for want of memory, is noted as failed.

    Args:
        trials: Those to do, in this order; each is asked for when there is room for it.
        jobs: How many at a time.
        threads: That each computes with; None leaves it to each.
        ended: Is told of every trial that is over.
        should_stop: Is asked again and again whether to stop a trial before its end.
    """
    environment = dict(os.environ)
    if threads is not None:
        environment["OMP_NUM_THREADS"] = str(threads)
    if jobs > 1:  # or each would read videos by as many processes as the machine has processors
        environment[SHARE] = str(max(1, num_processors() // jobs))
    waiting = iter(trials)
    running: list[tuple[AnyTrial, subprocess.Popen[bytes]]] = []
    try:
        while True:
            while len(running) < jobs and (trial := next(waiting, None)) is not None:
                (trial.folder / RESULT).unlink(missing_ok=True)  # it failed before
                running.append((trial, _start(trial, environment)))
            if not running:
                return
            time.sleep(WAIT_SECONDS)
            for trial, process in list(running):
                if process.poll() is not None:
                    running.remove((trial, process))
                    ended(trial, _result(trial, process))
                elif should_stop(trial):
                    running.remove((trial, process))
                    ended(trial, _stopped(trial, process))
    finally:
        for _, process in running:
            kill_child(process)
            process.wait()


def _start(trial: HasFolder, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    with (trial.folder / LOG).open("ab") as log:
        return start_child(MODULE, [str(trial.folder)], log, environment)


def _stopped(trial: HasFolder, process: "subprocess.Popen[bytes]") -> TrialResult:
    kill_child(process)
    process.wait()
    _close(process)
    stopped = TrialResult("stopped")
    write_result(trial.folder, stopped)
    return stopped


def _result(trial: HasFolder, process: "subprocess.Popen[bytes]") -> TrialResult:
    _close(process)
    if (found := trial.result()) is not None:
        return found
    reason = reason_of(process.returncode)
    failed = TrialResult("failed", f"{reason}; its last words are in {trial.folder / LOG}")
    write_result(trial.folder, failed)
    return failed


def _close(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin:
        process.stdin.close()
