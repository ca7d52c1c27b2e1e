"""What docs/results.md says of a sweep is what its raw answers in results/ give."""

import csv
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from mienet.sweeps.results import VariantFigures
from mienet.workflows.sweep_table import sweep_table

WAYS = ["suggested", "random"]
ROOT = Path(__file__).parents[1]
SEEDS_ROW = r"\*\*([\d.]+)\*\* ± ([\d.]+) \(([\d.]+) to ([\d.]+)\)"


def section(title: str) -> str:
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8").split(f"### {title}")[1]
    return text.split("###")[0]


def with_spread(variant: VariantFigures) -> tuple[float, ...]:
    figure = variant.figures["top1"]
    return in_percent(figure.value, variant.spreads["top1"], figure.low, figure.high)


def in_percent(*parts: float) -> tuple[float, ...]:
    return tuple(round(100 * part, 1) for part in parts)


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("egogestar_neighbors", "The family"),
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
    row = r"^\| .+ \| \*\*([\d.]+)\*\* \(([\d.]+) to ([\d.]+)\) \| .+ of 40"
    said = [tuple(map(float, found)) for found in re.findall(row, section(title), re.MULTILINE)]
    assert said == [in_percent(one.value, one.low, one.high) for one in computed]


@pytest.mark.parametrize(
    ("folder", "title"),
    [("egogestar_family", "The family"), ("egogestar_stride", "Frames two apart")],
)
def test_the_figures_of_three_seeds_are_those_of_the_answers(
    folder: str, title: str, tmp_path: Path
) -> None:
    copied = shutil.copytree(ROOT / "results" / folder, tmp_path / folder)
    rows = re.findall(rf"^\|.*{SEEDS_ROW}", section(title), re.MULTILINE)
    said = [tuple(map(float, row)) for row in rows]
    assert said == [with_spread(one) for one in sweep_table(copied).variants]


def clips_found(folder: str) -> list[list[tuple[int, ...]]]:
    """Returns the clips found in folds 0, 1 and 2, by variant and seed."""
    right: dict[str, Counter[tuple[str, str]]] = {}
    with (ROOT / "results" / folder / "answers.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            counts = right.setdefault(row["variant"], Counter())
            counts[row["seed"], row["fold"]] += row["label"] == row["answer"]
    return [
        [tuple(counts[seed, f"fold{fold}"] for fold in range(3)) for seed in "012"]
        for counts in right.values()
    ]


def test_the_clips_that_networks_find_are_those_of_the_answers() -> None:
    said = re.findall(r"\| (\d+), (\d+), (\d+) of 102 \|", section("The family"))
    counted = [tuple(map(sum, seeds)) for seeds in clips_found("egogestar_family")]
    assert [tuple(map(int, row)) for row in said] == counted


def test_the_clips_found_of_neighbors_and_two_apart_are_those_of_the_answers() -> None:
    folds = r"\| (\d+) of 40, (\d+) of 31, (\d+) of 31" + 2 * r" \| (\d+), (\d+), (\d+)" + r" \|"
    said = re.findall(folds, section("Frames two apart"))
    counted = [sum(seeds, ()) for seeds in clips_found("egogestar_stride")]
    assert [tuple(map(int, row)) for row in said] == counted


def test_what_networks_find_less_than_mie_net_is_what_the_answers_say(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "results/egogestar_family", tmp_path / "family")
    table = sweep_table(folder)
    less = [one.differences["top1"] for one in table.variants[1:]]
    clear = [one for one in table.variants if table.verdict(one) == "outside the noise"]
    chances = re.findall(r"\), p = ([\d.]+) \|", section("The family"))
    assert chances == [f"{one.adjusted['top1']:.2g}" for one in clear]
    row = rf"{SEEDS_ROW} \| (-?[\d.]+) \((-?[\d.]+) to (-?[\d.]+)\)"
    said = [tuple(map(float, found[4:])) for found in re.findall(row, section("The family"))]
    assert said == [in_percent(-one.value, -one.high, -one.low) for one in less]


@pytest.mark.parametrize(
    ("network", "title"),
    [
        ("mie_net", "MIE-Net"),
        ("side_by_side", "side by side"),
        ("mie_net_plus", "`mie_net_plus`"),
    ],
)
def test_what_frames_two_apart_bring_is_what_the_answers_say(
    network: str, title: str, tmp_path: Path
) -> None:
    folder = shutil.copytree(ROOT / "results/egogestar_stride", tmp_path / "stride")
    plan = (folder / "plan.yaml").read_text()
    reference = f"reference: {network}, neighbors"
    (folder / "plan.yaml").write_text(re.sub("^reference: .*", reference, plan, flags=re.MULTILINE))
    names = {one.name: one.differences for one in sweep_table(folder).variants}
    more = names[f"{network}, two apart"]["top1"]
    row = rf"^\| {title}, two apart \| {SEEDS_ROW} \| (-?[\d.]+) \((-?[\d.]+) to ([\d.]+)\)"
    (said,) = re.findall(row, section("Frames two apart"), re.MULTILINE)
    assert tuple(map(float, said[4:])) == in_percent(more.value, more.low, more.high)


def test_what_frames_two_apart_bring_to_three_networks_is_what_the_answers_say(
    tmp_path: Path,
) -> None:
    folder = shutil.copytree(ROOT / "results/egogestar_stride_cpu", tmp_path / "stride")
    networks = {"mie_net": 0, "side_by_side": 3, "mie_net_plus": 6}  # nine seeds in all
    for name in ("answers.csv", "trials.csv"):
        with (ROOT / "results/egogestar_stride" / name).open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            network, frames = row["variant"].split(", ")
            row["variant"] = frames.replace(" ", "_")
            row["seed"] = str(networks[network] + int(row["seed"]))
        with (folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    plan = (folder / "plan.yaml").read_text()
    (folder / "plan.yaml").write_text(plan.replace("seeds: [0, 1]", f"seeds: {list(range(9))}"))
    neighbors, apart = sweep_table(folder).variants
    more = apart.differences["top1"]
    row = "| all three together, nine trainings each | {} and {} | {} ({} to {}), p = {:.2g} |"
    figures = (neighbors.figures["top1"].value, apart.figures["top1"].value)
    shares = in_percent(*figures, more.value, more.low, more.high)
    assert row.format(*shares, apart.adjusted["top1"]) in section("Frames two apart")


def test_what_frames_two_apart_bring_on_cpus_is_what_the_answers_say(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "results/egogestar_stride_cpu", tmp_path / "stride")
    neighbors, apart = sweep_table(folder).variants
    more = apart.differences["top1"]
    before = in_percent(neighbors.figures["top1"].value, more.value, more.low, more.high)
    text = " ".join(section("Frames two apart").split())
    assert "by CPUs finds **{}** ± {} ({} to {};".format(*with_spread(apart)) in text
    assert "with these two seeds find {}: {} more ({} to {})".format(*before) in text


@pytest.mark.parametrize(
    ("network", "said"),
    [("mie_net_plus", "`mie_net_plus` takes 12, 12 and 11"), ("mie_net", "MIE-Net 14, 14 and 10")],
)
def test_the_epochs_to_90_percent_are_those_of_the_validations(network: str, said: str) -> None:
    right: Counter[tuple[int, int]] = Counter()  # by seed and epoch, of the folds' 102 clips
    with (ROOT / "results/egogestar_family/epochs.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["variant"] == network:
                right[int(row["seed"]), int(row["epoch"])] += int(row["right"])
    first = [
        next(epoch for epoch in range(1, 25) if right[seed, epoch] >= 0.9 * 102)
        for seed in range(3)
    ]
    assert said.endswith("{}, {} and {}".format(*first))
    assert said in section("Temporal shift")


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
    text = section("Few clips")
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
    row = r"finds ([\d.]+) % \(([\d.]+) to ([\d.]+)\)"
    said = re.findall(row, section(title).split("\n## ")[0])
    assert [tuple(map(float, found)) for found in said] == [
        in_percent(one.value, one.low, one.high) for one in computed
    ]


def test_what_suggested_clips_are_worth_is_what_was_answered() -> None:
    right: dict[tuple[str, str], list[bool]] = {}
    with (ROOT / "results/egogestar_suggestions/answers.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            key = row["labels"], row["chosen"]
            right.setdefault(key, []).append(row["label"] == row["answer"])
    text = section("Which clips")
    said = re.findall(r"^\| (\d+) \| \**([\d.]+)\** .*? \| (?:\*\*([\d.]+))?", text, re.MULTILINE)
    assert [len(hits) for hits in right.values()] == [102] * 5
    assert [tuple(filter(None, row)) for row in said] == [
        (size, *(f"{100 * sum(right[size, way]) / 102:.1f}" for way in ways))
        for size, ways in (("30", ["start"]), ("50", WAYS), ("70", WAYS))
    ]
