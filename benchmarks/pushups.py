"""Writes the lists of the push-up recordings for each fold: two folds to learn from, one to test.

    .venv/bin/python benchmarks/pushups.py DATA --out pushups

``DATA`` holds phases.csv, events.csv, videos.csv (frames from 0, ends included) and videos/. Of the
two folds some subjects, 10 recordings or more, are set apart for validation by a seed; nobody is in
two lists. docs/results.md has the commands that train and test with them.
"""

import argparse
import csv
import random
import sys
from collections import defaultdict
from pathlib import Path

HEADER = ("path", "label", "start_seconds", "end_seconds", "subject")
VALIDATION_RECORDINGS = 10


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("pushups"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    videos = {row["file"]: row for row in read(options.data / "videos.csv")}
    rows = defaultdict(list)
    for row in read(options.data / "phases.csv"):
        fps = float(videos[row["file"]]["fps"])
        start, end = int(row["start_frame"]) / fps, (int(row["end_frame"]) + 1) / fps
        rows[row["file"]].append((row["phase"], f"{start:.4f}", f"{end:.4f}", row["subject"]))
    for row in read(options.data / "events.csv"):
        time = int(row["frame"]) / float(videos[row["file"]]["fps"])
        rows[row["file"]].append((row["event"], f"{time:.4f}", "", row["subject"]))

    def write(path: Path, files: list[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows((name, *row) for name in files for row in rows[name])

    for fold in sorted({row["fold"] for row in videos.values()}):
        learned = [name for name, row in videos.items() if row["fold"] != fold]
        subjects = sorted({videos[name]["subject"] for name in learned})
        random.Random(options.seed).shuffle(subjects)
        apart: set[str] = set()
        for subject in subjects:
            if sum(videos[name]["subject"] in apart for name in learned) < VALIDATION_RECORDINGS:
                apart.add(subject)
        parts = {
            "train": [name for name in learned if videos[name]["subject"] not in apart],
            "val": [name for name in learned if videos[name]["subject"] in apart],
            "test": [name for name, row in videos.items() if row["fold"] == fold],
        }
        for name, files in parts.items():
            write(options.out / f"fold{fold}" / f"{name}.csv", files)
        said = ", ".join(f"{len(files)} {name}" for name, files in parts.items())
        print(f"fold {fold}: {said}, validation subjects {', '.join(sorted(apart))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
