"""Kills ``mienet sweep`` at random moments, goes on, and compares its table with a whole one's.

    .venv/bin/python benchmarks/sweep_kills.py --out runs/sweep_kills --kills 10

One sweep is killed (SIGKILL) after a random time again and again, and goes on each time; then it is
let to its end. Every answer and the table must be, byte by byte, as after an undisturbed run, but
for the minutes, which are not told of a training that was stopped.
"""

import argparse
import csv
import random
import shutil
import sys
import time
from pathlib import Path

from kills import run
from synthetic_videos import make_videos

VIDEOS = 16
PLAN = """
recipe: small
list: {folder}/labels.csv
group_by: subject
folds: 2
options: {{model.pretrained: null, model.num_segments: 2, data.short_side: 32, data.crop_size: 32,
  data.num_workers: 0, train.epochs: 4, trainer.precision: 32-true, trainer.accelerator: cpu}}
vary:
  network:
    mie_net: {{}}
    tsn: {{model.motion: none, model.temporal: none}}
"""


def results(folder: Path) -> tuple[str, list[list[str]]]:
    with (folder / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = [{**row, "training_minutes": ""} for row in csv.DictReader(file)]
    return (folder / "answers.csv").read_text(), [list(row.values()) for row in rows]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/sweep_kills"))
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder = options.out.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    paths = make_videos(folder / "videos", VIDEOS, 24, (64, 48))
    rows = [f"{path},{'ab'[i % 2]},s{i // 4}" for i, path in enumerate(paths)]
    (folder / "labels.csv").write_text("\n".join(["path,label,subject", *rows]) + "\n")
    (folder / "plan.yaml").write_text(PLAN.format(folder=folder))
    start = time.perf_counter()
    run(["sweep", str(folder / "plan.yaml"), "--out", str(folder / "whole")])
    seconds = time.perf_counter() - start
    print(f"undisturbed: {seconds:.0f} s")
    generator, killed = random.Random(options.seed), 0
    command = ["sweep", str(folder / "plan.yaml"), "--out", str(folder / "killed")]
    for _ in range(options.kills):
        killed += run(command, generator.uniform(1, 0.4 * seconds))
    run(command)
    same = results(folder / "whole") == results(folder / "killed")
    print(f"{killed} kills; the same answers and table: {same}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
