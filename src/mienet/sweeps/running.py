"""Doing the trials of a sweep: a few at a time, each in a process of its own."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence

from mienet.child_processes import kill_child, reason_of, start_child
from mienet.sweeps.trials import RESULT, Trial, TrialResult, write_result

MODULE = "mienet.workflows.sweep_process"
LOG = "log.txt"
WAIT_SECONDS = 0.1


def run_trials(
    trials: Sequence[Trial],
    *,
    jobs: int,
    threads: int | None,
    ended: Callable[[Trial, TrialResult], object],
) -> None:
    """Does trials, and tells of each as it ends; however this ends, no process is left.

    What ends without a result, as for want of memory, is noted as failed.

    Args:
        trials: Those to do, in this order.
        jobs: How many at a time.
        threads: That each computes with; None leaves it to each.
        ended: Is told of every trial that is over.
    """
    environment = dict(os.environ)
    if threads is not None:
        environment["OMP_NUM_THREADS"] = str(threads)
    waiting = list(trials)
    running: list[tuple[Trial, subprocess.Popen[bytes]]] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                trial = waiting.pop(0)
                (trial.folder / RESULT).unlink(missing_ok=True)  # it failed before
                running.append((trial, _start(trial, environment)))
            time.sleep(WAIT_SECONDS)
            for trial, process in [one for one in running if one[1].poll() is not None]:
                running.remove((trial, process))
                ended(trial, _result(trial, process))
    finally:
        for _, process in running:
            kill_child(process)
            process.wait()


def _start(trial: Trial, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    with (trial.folder / LOG).open("ab") as log:
        return start_child(MODULE, [str(trial.folder)], log, environment)


def _result(trial: Trial, process: "subprocess.Popen[bytes]") -> TrialResult:
    if process.stdin:
        process.stdin.close()
    if (found := trial.result()) is not None:
        return found
    reason = reason_of(process.returncode)
    failed = TrialResult("failed", f"{reason}; its last words are in {trial.folder / LOG}")
    write_result(trial.folder, failed)
    return failed
