"""Minutes of training until validation clips are told apart, of this code and of another commit.

    .venv/bin/python benchmarks/minutes_to_accuracy.py --baseline COMMIT --out runs/minutes \\
        -- --data.train train.csv --data.val test.csv --model.pretrained FILE

Each row is ``mienet train small``, timed from the command's start to the end of the first epoch
with the accuracy, and then stopped: once on an idle machine and once beside a program that keeps
one processor busy. Options after ``--`` go to all of them. The last row is what the same clips take
with ``mie_net_plus`` and four segments. A training that never has the accuracy is nan, and the
others go on. Ratios hold within one run; the processor is named.
"""

import argparse
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training import HERE, MIENET, busy_neighbor, check_out, processor

PLUS = ["--model.motion", "signed", "--model.temporal", "shift_dptam", "--model.num_segments", "4"]


def top1_of_epochs(run: Path) -> list[tuple[float, float]]:
    """Returns the second, since 1970, and validation top-1 of each epoch that a run has ended."""
    if not list(run.glob("tensorboard/events*")):
        return []
    written = EventAccumulator(str(run / "tensorboard")).Reload()
    if "val/top1" not in written.Tags()["scalars"]:
        return []
    # Kept as float32, of which 0.95 is a little less.
    return [(event.wall_time, round(event.value, 6)) for event in written.Scalars("val/top1")]


def minutes_to(accuracy: float, source: Path, out: Path, options: list[str]) -> dict[str, float]:
    """Trains with the code at ``source`` until an epoch has the accuracy.

    Returns its minutes and epochs; NaN where the training ends without it. Raises ``SystemExit``
    where it fails.
    """
    shutil.rmtree(out, ignore_errors=True)
    environment = os.environ | {"PYTHONPATH": str(source / "src")}
    environment |= {"XDG_CACHE_HOME": str(out / "cache")}
    command = [sys.executable, "-c", MIENET, "train", "small", *options]
    command += ["--train.out", str(out), "--train.name", "run"]
    start = time.time()
    with (out.parent / "log.txt").open("w") as log:
        training = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        is_running = True
        while is_running:
            time.sleep(2)
            is_running = training.poll() is None
            for epochs, (second, top1) in enumerate(top1_of_epochs(out / "run"), start=1):
                if top1 >= accuracy:
                    training.send_signal(signal.SIGTERM)
                    training.wait()
                    return {"minutes": (second - start) / 60, "epochs": epochs}
    if training.returncode:
        raise SystemExit(f"{' '.join(command)}\nfailed: see {out.parent / 'log.txt'}")
    return {"minutes": math.nan, "epochs": math.nan}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark_minutes"))
    parser.add_argument("--baseline", required=True, help="commit to compare with")
    parser.add_argument("--accuracy", type=float, default=0.95, help="top-1 to come to, of 0 to 1")
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each row")
    parser.add_argument("options", nargs="+", help="for mienet train, after --")
    chosen = parser.parse_args()
    out = chosen.out.resolve()
    before = check_out(chosen.baseline, out / "before")
    rows = [("before", before, []), ("now", HERE, []), ("now, mie_net_plus, T = 4", HERE, PLUS)]
    print(f"{processor()}, {os.cpu_count()} processors\n")
    print("| | alone: minutes | epochs | ratio | beside a busy program: minutes | epochs | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    results: dict[str, dict[str, float]] = {}
    for name, source, own in rows:
        for way in ("alone", "beside"):
            found = []
            for seed in range(chosen.seeds):
                options = [*chosen.options, *own, "--train.seed", str(seed)]
                if way == "alone":
                    found.append(minutes_to(chosen.accuracy, source, out / "run", options))
                    continue
                with busy_neighbor():
                    found.append(minutes_to(chosen.accuracy, source, out / "run", options))
            means = {key: sum(one[key] for one in found) / len(found) for key in found[0]}
            results.setdefault(name, {}).update({f"{way}_{key}": means[key] for key in means})
        row = results[name]
        cells = [
            f"{row[f'{way}_minutes']:.1f} | {row[f'{way}_epochs']:.0f} | "
            f"{row[f'{way}_minutes'] / results['before'][f'{way}_minutes']:.2f}"
            for way in ("alone", "beside")
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    (out / "minutes.json").write_text(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
