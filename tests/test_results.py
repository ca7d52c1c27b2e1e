"""What docs/results.md says of a sweep is what its raw answers in results/ give."""

import csv
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from mienet.workflows.sweep_table import sweep_table

WAYS = ["suggested", "random"]
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("egogestar_family", "The family"),
        ("egogestar_shift", "Temporal shift"),
        ("egogestar_scratch", "From random weights"),
        ("egogestar_long", "Longer, of smaller"),
        ("egogestar_changes", "Each change of"),
    ],
)
def test_the_figures_of_a_sweep_are_those_of_the_answers(
    folder: str, title: str, tmp_path: Path
) -> None:
    copied = shutil.copytree(ROOT / "results" / folder, tmp_path / folder)
    computed = [one.figures["top1"] for one in sweep_table(copied).variants]
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8").split(f"### {title}")[1]
    text = text.split("###")[0]
    row = r"^\| .+ \| \*\*([\d.]+)\*\* \(([\d.]+) to ([\d.]+)\) \| .+ of 40"
    said = [tuple(map(float, found)) for found in re.findall(row, text, re.MULTILINE)]
    assert said == [
        tuple(round(100 * part, 1) for part in (one.value, one.low, one.high)) for one in computed
    ]


def test_what_frames_two_apart_bring_is_what_the_answers_say(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "results/egogestar_stride", tmp_path / "stride")
    neighbors, apart = sweep_table(folder).variants
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8").split("### Frames two apart")[1]
    for title, figures in (
        ("neighbors", [neighbors.figures["top1"]]),
        ("two apart", [apart.figures["top1"], apart.differences["top1"]]),
    ):
        row = re.search(rf"^\| {title} \|(.*)", text, re.MULTILINE)
        assert row is not None
        found = re.findall(r"([\d.]+)(?:\*\*)?(?: ± [\d.]+)? \(([\d.]+) to ([\d.]+)\)", row[1])
        assert [tuple(map(float, one)) for one in found] == [
            tuple(round(100 * part, 1) for part in (one.value, one.low, one.high))
            for one in figures
        ]


def test_the_other_folds_alone_would_have_chosen_frames_two_apart() -> None:
    with (ROOT / "results/egogestar_changes/answers.csv").open(newline="") as file:
        right = [row for row in csv.DictReader(file) if row["label"] == row["answer"]]
    best = [
        Counter(row["variant"] for row in right if row["fold"] != f"fold{fold}").most_common(2)
        for fold in range(3)
    ]
    assert [first for (first, _), _ in best] == ["stride"] * 3
    assert ([n for (_, n), _ in best], [n for _, (_, n) in best]) == ([54, 68, 64], [53, 67, 61])


def test_the_figures_of_few_clips_are_those_of_the_answers(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "results/egogestar_few", tmp_path / "few")
    variants = sweep_table(folder).variants
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8").split("### Few clips")[1]
    figures = [one.figures["top1"] for one in variants]
    gains = [one.differences["top1"] for one in variants[1:]]
    for title, computed in (("all folds", figures), ("ahead of MIE-Net", gains)):
        row = re.search(rf"^\| {title} .*", text, re.MULTILINE)
        assert row is not None
        said = [float(found) for found in re.findall(r"\d+\.\d(?!\d)", row[0])]
        parts = [part for one in computed for part in (one.value, one.low, one.high)]
        assert said == [round(100 * part, 1) for part in parts]


def test_few_clips_are_five_of_each_class(tmp_path: Path) -> None:
    rows = (ROOT / "results/egogestar_few/training_clips.csv").read_text().splitlines()[1:]
    drawn = Counter(tuple(row.split(",")[::2]) for row in rows)  # fold and class
    assert len(drawn) == 3 * 10
    assert set(drawn.values()) == {5}


@pytest.mark.parametrize(
    ("folder", "title"),
    [("egogestar_directions", "Directions alone"), ("pushup_form", "The form of push-ups")],
)
def test_the_figure_of_another_task_is_that_of_the_answers(
    folder: str, title: str, tmp_path: Path
) -> None:
    copied = shutil.copytree(ROOT / "results" / folder, tmp_path / folder)
    computed = [one.figures["top1"] for one in sweep_table(copied).variants]
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8").split(f"### {title}")[1]
    said = re.findall(r"finds ([\d.]+) % \(([\d.]+) to ([\d.]+)\)", text.split("##")[0])
    assert [tuple(map(float, found)) for found in said] == [
        tuple(round(100 * part, 1) for part in (one.value, one.low, one.high)) for one in computed
    ]


def test_what_suggested_clips_are_worth_is_what_was_answered() -> None:
    right: dict[tuple[str, str], list[bool]] = {}
    with (ROOT / "results/egogestar_suggestions/answers.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            key = row["labels"], row["chosen"]
            right.setdefault(key, []).append(row["label"] == row["answer"])
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8").split("### Which clips")[1]
    said = re.findall(r"^\| (\d+) \| \**([\d.]+)\** .*? \| (?:\*\*([\d.]+))?", text, re.MULTILINE)
    assert [len(hits) for hits in right.values()] == [102] * 5
    assert [tuple(filter(None, row)) for row in said] == [
        (size, *(f"{100 * sum(right[size, way]) / 102:.1f}" for way in ways))
        for size, ways in (("30", ["start"]), ("50", WAYS), ("70", WAYS))
    ]


def test_the_figures_of_three_seeds_are_those_of_the_answers(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "results/egogestar_seeds", tmp_path / "seeds")
    plain, beside, plus = sweep_table(folder).variants
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8").split("### Three seeds")[1]
    for title, figures in (
        ("MIE-Net", [plain.figures["top1"]]),
        ("side by side", [beside.figures["top1"], beside.differences["top1"]]),
        ("`mie_net_plus`", [plus.figures["top1"], plus.differences["top1"]]),
    ):
        row = re.search(rf"^\| {title} \|(.*)", text, re.MULTILINE)
        assert row is not None
        ends = r"\((-?[\d.]+) to ([\d.]+)\)"
        said = re.findall(rf"([\d.]+)(?:\*\*)?(?: ± [\d.]+)? {ends}", row[1])
        assert [tuple(map(float, found)) for found in said] == [
            tuple(round(100 * part, 1) for part in (one.value, one.low, one.high))
            for one in figures
        ]
