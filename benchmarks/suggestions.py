"""Are clips that `mienet suggest` chooses worth more labels than clips drawn at random?

    .venv/bin/python benchmarks/suggestions.py measure LIST WEIGHTS OUT
    .venv/bin/python benchmarks/suggestions.py table OUT/answers.csv

LIST has the columns path, label, scene and fold; a fold of -1 is for training alone, clips labeled
`unclassified` are left out. Of each fold's training clips three a class are drawn. A model learns
from them; then 20 more are labeled, and 20 more: once those that the last model suggests, once
those that come next in an order drawn at random. OUT gets a training for each, goes on where it
was stopped, and gets `answers.csv` at the end: what was answered to each test clip.
"""

import argparse
import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import mean

from mienet.config import load_recipe
from mienet.metrics.bootstrap import bootstrap_interval
from mienet.metrics.comparison import paired_difference
from mienet.workflows.evaluate import evaluate
from mienet.workflows.suggest import suggest_videos
from mienet.workflows.train import train

PER_CLASS, STEP, MOST = 3, 20, 70
SEED = 0
WAYS = ("suggested", "random")
Row = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    measuring = commands.add_parser("measure")
    for name in ("list", "weights", "out"):
        measuring.add_argument(name, type=Path)
    commands.add_parser("table").add_argument("answers", type=Path)
    chosen = parser.parse_args()
    if chosen.command == "measure":
        write(chosen.out / "answers.csv", measure(chosen.list, chosen.weights, chosen.out))
        chosen.answers = chosen.out / "answers.csv"
    print("\n".join(table(read(chosen.answers))))


def measure(source: Path, weights: Path, out: Path) -> list[Row]:
    """Trains and tests at each number of labels; returns what was answered."""
    rows = [row for row in read(source) if row["label"] != "unclassified"]
    for row in rows:
        row["path"] = str((source.parent / row["path"]).resolve())
    folds = sorted({row["fold"] for row in rows} - {"-1"})
    drawn = {fold: draw([row for row in rows if row["fold"] != fold]) for fold in folds}
    start = len(drawn[folds[0]][0])
    answers = []
    for size in range(start, MOST + 1, STEP):
        for fold, way in product(folds, ("start",) if size == start else WAYS):
            test = [row for row in rows if row["fold"] == fold]
            folder = out / f"{way}-{size}-fold{fold}"
            first, rest = drawn[fold]
            learned = first + rest[: size - start]
            if way == "suggested" and not (folder / "train.csv").exists():
                earlier = "start" if size == start + STEP else way
                learned = extend(out / f"{earlier}-{size - STEP}-fold{fold}", rest)
            own = {"chosen": way, "labels": str(size), "fold": fold}
            answers += [own | row for row in found(folder, learned, test, weights)]
    return answers


def table(answers: list[Row]) -> Iterator[str]:
    """Yields a line for each number of labels, with intervals over scenes."""
    yield "labels  suggested               random                  suggested less random"
    for size in sorted({int(row["labels"]) for row in answers}):
        own = [row for row in answers if row["labels"] == str(size)]
        right = {
            way: [row["label"] == row["answer"] for row in own if row["chosen"] == way]
            for way in dict.fromkeys(row["chosen"] for row in own)
        }
        scenes = [row["scene"] for row in own if row["chosen"] == own[0]["chosen"]]
        said = []
        for hits in right.values():
            one = bootstrap_interval(hits, scenes, mean)
            said.append(f"{mean(hits):.1%} ({one.low:.1%} to {one.high:.1%})")
        if len(right) == 2:
            gain = paired_difference(
                lambda places, hits=right["random"]: mean(hits[place] for place in places),
                lambda places, hits=right["suggested"]: mean(hits[place] for place in places),
                scenes,
            )
            said.append(f"{gain.value:+.1%} ({gain.low:+.1%} to {gain.high:+.1%})")
        yield f"{size:6}  " + "".join(f"{text:24}" for text in said).rstrip()


def draw(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Returns some of each class, and the others in an order drawn at random."""
    order = random.Random(SEED)
    rows = sorted(rows, key=lambda row: row["path"])
    order.shuffle(rows)
    first, rest, count = [], [], defaultdict(int)
    for row in rows:
        (first if count[row["label"]] < PER_CLASS else rest).append(row)
        count[row["label"]] += 1
    return first, rest


def extend(earlier: Path, rest: list[Row]) -> list[Row]:
    """Returns the clips that a model learned from, and those that it wants labeled next."""
    write(earlier / "pool.csv", [{"path": row["path"]} for row in rest])
    suggested = suggest_videos(earlier / "run", [earlier / "pool.csv"], number=STEP)
    wanted = {str(Path(one.video).resolve()) for one in suggested.videos}
    learned = read(earlier / "train.csv")
    added = [row for row in rest if row["path"] in wanted]
    assert len(added) == STEP, (len(added), suggested.problems)
    return learned + added


def found(folder: Path, learned: list[Row], test: list[Row], weights: Path) -> list[Row]:
    """Trains and tests, unless that is done; returns the test clips with what was answered."""
    done = folder / "found.csv"
    if not done.exists():
        write(folder / "train.csv", learned)
        write(folder / "test.csv", test)
        changes = {
            "data.train": str(folder / "train.csv"),
            "data.val": str(folder / "test.csv"),
            "data.short_side": 72,
            "data.crop_size": 64,
            "model.pretrained": str(weights),
            "trainer.precision": "bf16-mixed",
            "train.keep": "last",
            "train.seed": SEED,
            "train.out": str(folder),
            "train.name": "run",
        }
        state = folder / "run" / "last.ckpt"
        if state.exists():
            changes = {"train.resume": str(state)} | {
                name: value for name, value in changes.items() if name != "train.name"
            }
        train(load_recipe("few", changes))
        evaluation, _ = evaluate(folder / "run", folder / "test.csv", out=folder / "test")
        classes = evaluation.classes
        said = evaluation.probabilities.argmax(axis=1)
        write(
            done,
            [
                {
                    "path": Path(row["path"]).name,
                    "scene": row["scene"],
                    "label": row["label"],
                    "answer": classes[int(one)],
                }
                for row, one in zip(test, said, strict=True)
            ],
        )
    return read(done)


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
