"""Speed of training ``small`` on this machine, against another commit, alone and in company.

    .venv/bin/python benchmarks/training.py --baseline COMMIT --out runs/benchmark_training

Each row is a training from its start to its end, by the command, with a few of the recipe's epochs
on synthetic or given videos: once on an idle machine and once beside a program that keeps one
processor busy, which this starts itself. Options after ``--`` go to ``mienet train``. Ratios hold
within one run; the processor is named.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthetic_videos import make_videos

HERE = Path(__file__).resolve().parent.parent
EPOCHS = 3
MIENET = "import sys; from mienet.cli import main; sys.exit(main())"


def processor() -> str:
    """Returns the processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if os.name == "posix" else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


@contextmanager
def busy_neighbor() -> Iterator[None]:
    """Keeps one processor busy."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def check_out(commit: str, folder: Path) -> Path:
    """Returns the folder after a commit's files were put into it."""
    if not folder.exists():
        command = ["git", "-C", str(HERE), "worktree", "add", "--detach", str(folder), commit]
        subprocess.run(command, check=True, capture_output=True)
    return folder


def train(
    source: Path, out: Path, options: list[str], variables: dict[str, str]
) -> dict[str, float]:
    """Trains with the code at ``source``; returns seconds of the command and clips per second."""
    shutil.rmtree(out, ignore_errors=True)
    environment = os.environ | variables
    environment |= {"PYTHONPATH": str(source / "src"), "XDG_CACHE_HOME": str(out / "cache")}
    command = [sys.executable, "-c", MIENET, "train", "small", *options]
    command += ["--train.out", str(out), "--train.name", "run", "--train.epochs", str(EPOCHS)]
    start = time.monotonic()
    finished = subprocess.run(command, env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - start
    if finished.returncode:
        raise SystemExit(f"{' '.join(command)}\n{finished.stderr[-2000:]}")
    facts = json.loads((out / "run/run.json").read_text())
    begun = (out / "run/run.json").stat().st_mtime
    ended = (out / "run/last.ckpt").stat().st_mtime
    clips = EPOCHS * int(facts["training_clips"])
    return {"seconds": seconds, "clips_per_second": clips / (ended - begun)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark_training"))
    parser.add_argument("--baseline", help="commit to compare with")
    parser.add_argument(
        "--clips",
        type=int,
        default=126,  # so many that an epoch is one pass over those that are trained with
        help="synthetic videos, of 75 frames",
    )
    parser.add_argument("options", nargs="*", help="for mienet train, after --")
    chosen = parser.parse_args()
    out = chosen.out.resolve()
    options = chosen.options
    if not options:
        make_videos(out / "videos", chosen.clips, 75, (256, 192))
        options = ["--data.root", str(out / "videos"), "--model.pretrained", "null"]
    rows: list[tuple[str, Path, dict[str, str]]] = []
    if chosen.baseline:
        rows.append(("before", check_out(chosen.baseline, out / "before"), {}))
    rows += [("now", HERE, {}), ("now, one thread", HERE, {"OMP_NUM_THREADS": "1"})]
    print(f"{processor()}, {os.cpu_count()} processors\n")
    print("| | alone: clips/s | whole command | beside a busy program: clips/s | whole command |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    results = {}
    for name, source, variables in rows:
        alone = train(source, out / "run", options, variables)
        with busy_neighbor():
            beside = train(source, out / "run", options, variables)
        results[name] = {"alone": alone, "beside": beside}
        cells = [
            f"{run['clips_per_second']:.2f} | {run['seconds']:.0f} s" for run in (alone, beside)
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    for way in ("alone", "beside"):
        if "before" in results:
            ratio = (
                results["now"][way]["clips_per_second"] / results["before"][way]["clips_per_second"]
            )
            print(f"\n{way}: {ratio:.2f} times as fast as {chosen.baseline}")
    (out / "training.json").write_text(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
