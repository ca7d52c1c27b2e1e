"""Kills ``mienet extract`` and ``mienet prepare`` at random moments, runs them again, and compares.

    .venv/bin/python benchmarks/kills.py --out runs/kills

Every trial starts from nothing: the command is killed (SIGKILL) after a random part of the time
that it takes, then run again to its end. Every file must be, byte by byte, as after one
undisturbed run.
"""

import argparse
import hashlib
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from synthetic_videos import make_videos

MIENET = [sys.executable, "-c", "import sys; from mienet.cli import main; sys.exit(main())"]


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def run(command: list[str], kill_after_seconds: float | None = None) -> bool:
    """Runs a command, or kills it after a time; returns whether it was killed."""
    process = subprocess.Popen(
        [*MIENET, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        code = process.wait(kill_after_seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    if code != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {code}")
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/kills"))
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    videos = options.out / "videos"
    make_videos(videos, 60, 100, (340, 256))
    out = options.out / "result"
    commands = {
        "extract": ["extract", str(videos), "--out", str(out), "--jobs", "2"],
        "prepare": ["prepare", str(videos), "--out", str(out), "--jobs", "2"],
    }
    random.seed(options.seed)
    wrong = 0
    for name, command in commands.items():
        shutil.rmtree(out, ignore_errors=True)
        start = time.perf_counter()
        run(command)
        seconds = time.perf_counter() - start
        whole = contents(out)
        same = killed = 0
        for _ in range(options.trials):
            shutil.rmtree(out, ignore_errors=True)
            killed += run(command, random.uniform(0, seconds))
            begun = len(contents(out)) if out.exists() else 0
            run(command)
            equal = contents(out) == whole
            same += equal
            print(f"  {name}: killed with {begun} of {len(whole)} files, then "
                  f"{'the same' if equal else 'DIFFERENT'}", flush=True)  # fmt: skip
        wrong += options.trials - same
        print(f"{name}: {seconds:.1f} s, {len(whole)} files; killed {killed} times, "
              f"{same} of {options.trials} runs byte-identical", flush=True)  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
