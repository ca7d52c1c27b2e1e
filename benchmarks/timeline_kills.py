"""Kills training on recordings, and ``mienet timeline``, at random moments, goes on, and compares.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/timeline_kills.py --out runs/timeline_kills

A killed training is resumed from its last.ckpt, or started again if it had finished no epoch; its
model must have the checksum of an undisturbed run's, over description and weights (the order of a
file's header is by chance), and all tables and pictures of the timelines of 20 recordings must be
the same byte by byte. With more than one thread sums are rounded otherwise from run to run.
"""

import argparse
import random
import shutil
import sys
import time
from pathlib import Path

from kills import contents, run
from synthetic_videos import make_videos

RECORDINGS, FRAMES, EPOCHS = 20, 50, 5


def write_lists(folder: Path, names: list[str]) -> None:
    header = "path,label,start_seconds,end_seconds"
    for split, part in (("train", names[:15]), ("val", names[15:])):
        rows = [f"{n},early,0,0.6\n{n},late,0.6,1.2\n{n},middle,0.6," for n in part]
        (folder / f"{split}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def train(folder: Path, videos: Path, name: str, *, resume: bool = False) -> list[str]:
    options = [
        *("--data.root", str(videos), "--model.pretrained", "null", "--model.num_segments", "8"),
        *("--data.train", str(folder / "train.csv"), "--data.val", str(folder / "val.csv")),
        *("--data.short_side", "32", "--data.crop_size", "32", "--train.epochs", str(EPOCHS)),
        *("--train.out", str(folder / "runs"), "--train.name", name, "--data.num_workers", "0"),
        *("--trainer.accelerator", "cpu", "--trainer.precision", "32-true"),
    ]
    if resume:
        options += ["--train.resume", str(folder / "runs" / name / "last.ckpt")]
    return ["train", "timeline", *options]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/timeline_kills"))
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random.seed(options.seed)
    out: Path = options.out
    shutil.rmtree(out / "runs", ignore_errors=True)
    videos = out / "videos"
    make_videos(videos, RECORDINGS, FRAMES, (128, 96))
    write_lists(out, sorted(str(path.relative_to(videos)) for path in videos.rglob("*.mp4")))

    start = time.perf_counter()
    run(train(out, videos, "whole"))
    seconds = time.perf_counter() - start
    model = checksum(out / "runs/whole")
    wrong = resumed = 0
    for trial in range(options.trials):
        name = f"killed{trial}"
        run(train(out, videos, name), random.uniform(0.2, 1.0) * seconds)
        is_begun = (out / "runs" / name / "last.ckpt").exists()
        if not is_begun:
            shutil.rmtree(out / "runs" / name, ignore_errors=True)
        is_whole = (out / "runs" / name / "model.safetensors").exists() and run_is_over(out, name)
        if not is_whole:
            run(train(out, videos, name, resume=is_begun))
        resumed += is_begun and not is_whole
        same = checksum(out / "runs" / name) == model
        wrong += not same
        print(f"  train: {'resumed' if is_begun else 'started again'}, "
              f"{'the same' if same else 'DIFFERENT'}", flush=True)  # fmt: skip
    print(f"train: {seconds:.0f} s; {resumed} of {options.trials} resumed, {wrong} different")

    timelines = out / "timelines"
    command = ["timeline", str(out / "runs/whole"), str(videos), "--out", str(timelines)]
    shutil.rmtree(timelines, ignore_errors=True)
    start = time.perf_counter()
    run(command)
    seconds = time.perf_counter() - start
    whole = contents(timelines)
    different = 0
    for _ in range(options.trials):
        shutil.rmtree(timelines, ignore_errors=True)
        run(command, random.uniform(0.2, 1.0) * seconds)
        begun = len(contents(timelines)) if timelines.exists() else 0
        run(command)
        same = contents(timelines) == whole
        different += not same
        print(f"  timeline: killed with {begun} of {len(whole)} files, then "
              f"{'the same' if same else 'DIFFERENT'}", flush=True)  # fmt: skip
    print(f"timeline: {seconds:.0f} s, {different} of {options.trials} different")
    return 1 if wrong or different else 0


def checksum(run: Path) -> str:
    """Returns the checksum that a model's file holds of its description and weights."""
    from safetensors import safe_open

    with safe_open(run / "model.safetensors", "numpy") as file:
        return str(file.metadata()["sha256"])


def run_is_over(out: Path, name: str) -> bool:
    """Returns whether a training had ended before it was to be killed."""
    import torch

    state = torch.load(out / "runs" / name / "last.ckpt", weights_only=True)
    return int(state["epoch"]) + 1 >= EPOCHS


if __name__ == "__main__":
    sys.exit(main())
