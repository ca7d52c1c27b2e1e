"""Kills a worker, or all of ``mienet predict --list --engine ray``, and compares with one process.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/archive_kills.py runs/NAME test.csv

Needs the extra ray. In each trial a process is killed (SIGKILL) at a random moment: in turn one of
Ray's workers, after which the command must end well by itself, and the command itself, which is
given again. All parts must be, byte by byte, as one undisturbed process writes them, and
two minutes later no process of Ray may be left: its helpers look that long for what was killed.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from archive import family
from kills import MIENET, contents


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("list")
    parser.add_argument("--out", type=Path, default=Path("runs/archive_kills"))
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random.seed(options.seed)
    out = options.out / "result"
    shutil.rmtree(options.out, ignore_errors=True)
    command = [*MIENET, "predict", options.model, "--list", options.list, "--partition-size", "4"]
    started = time.perf_counter()
    run([*command, "--threads", "1", "--out", str(options.out / "whole")])
    seconds = time.perf_counter() - started
    whole = contents(options.out / "whole")
    command += ["--engine", "ray", "--workers", "2", "--out", str(out)]
    wrong = 0
    for trial in range(options.trials):
        shutil.rmtree(out, ignore_errors=True)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        what = "worker" if trial % 2 == 0 else "command"
        begun, started_here = kill(process, out, what, random.uniform(0, seconds))
        process.wait()
        if what == "command":
            run(command)
        left = still_there(started_here)
        same = contents(out) == whole
        wrong += not same or bool(left)
        print(
            f"  {what} killed with {begun} of {len(whole) - 1} parts: "
            f"{'the same bytes' if same else 'OTHER BYTES'}, {len(left)} processes left",
            flush=True,
        )
    print(f"{options.trials - wrong} of {options.trials} as if nothing had been killed")
    return 1 if wrong else 0


def run(command: list[str]) -> None:
    code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit code {code}")


def still_there(pids: set[int]) -> list[int]:
    """Returns which of some processes are there after two minutes."""
    until = time.perf_counter() + 120
    while (
        left := [p for p in pids if Path(f"/proc/{p}").exists()]
    ) and time.perf_counter() < until:
        time.sleep(1)
    return left


def kill(
    process: "subprocess.Popen[bytes]", out: Path, what: str, wait_seconds: float
) -> tuple[int, set[int]]:
    """Kills some time after workers are there; returns the parts by then, and all processes."""
    workers: list[int] = []
    while not workers and process.poll() is None:
        time.sleep(0.2)
        members = family(process.pid)
        workers = [pid for pid, (name, *_) in members.items() if name.startswith("ray::_Worker")]
    until = time.perf_counter() + wait_seconds
    while time.perf_counter() < until and process.poll() is None:
        time.sleep(0.1)
    members = family(process.pid)
    workers = [pid for pid, (name, *_) in members.items() if name.startswith("ray::_Worker")]
    begun = len(list(out.glob("part-*.csv")))
    if what == "command":
        process.kill()
    elif workers:
        os.kill(random.choice(workers), signal.SIGKILL)
    return begun, set(members)


if __name__ == "__main__":
    sys.exit(main())
