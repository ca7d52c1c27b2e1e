"""Who is ahead, by how much, and whether that is more than chance."""

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from mienet.metrics.comparison import Difference, McNemar
from mienet.metrics.recording_figures import Figure
from mienet.rendering.comparison import (
    ComparedModel,
    Measure,
    ModelComparison,
    ModelCost,
    Pair,
)
from mienet.rendering.comparison_files import write_comparison

ACCURACY = Measure("top1", "top-1")
ERROR = Measure("error", "error", is_share=False, less_is_better=True)
CLEAR = McNemar(1, 20, 0.001)


def difference(value: float, low: float, high: float, p: float, groups: int = 30) -> Difference:
    return Difference(value, low, high, p, groups)


def pair_of(found: Difference, name: str = "top1", adjusted: float | None = None) -> Pair:
    p_value = found.p_value if adjusted is None else adjusted
    labels = {"recall": [difference(0.1, 0.02, 0.3, 0.01)]}
    of_labels = (CLEAR, CLEAR.p_value, labels, [0.03])
    return Pair("old", "new", {name: found}, {name: p_value}, *of_labels)


def comparison_of(
    values: Mapping[str, float], pair: Pair, measure: Measure = ACCURACY
) -> ModelComparison:
    cost = ModelCost("clip", 1000, 2.0, 0.01, None, "a CPU")
    models = [
        ComparedModel(
            name,
            (f"runs/{name}",),
            {measure.name: Figure(value, math.nan, math.nan)},
            {},
            [{"kind": "class", "label": "jump", "true": 4, "recall": value}],
            cost,
        )
        for name, value in values.items()
    ]
    of_videos = (30, 30, "video", "recall")
    return ModelComparison("clips", Path("test.csv"), models, [pair], [measure], *of_videos)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (difference(0.1, 0.05, 0.15, 0.01), "outside the noise"),
        (difference(0.1, -0.05, 0.15, 0.2), "within the noise"),
        (difference(0.1, 0.05, 0.15, 0.002, groups=5), "too few groups to tell"),
        (difference(0.0, 0.0, 0.0, 1.0), "the same"),
        (difference(0.1, math.nan, math.nan, math.nan, groups=1), "too few groups to tell"),
    ],
)
def test_a_verdict_needs_an_interval_and_groups(found: Difference, verdict: str) -> None:
    assert pair_of(found).verdict("top1") == verdict


def test_a_verdict_needs_the_adjusted_p_value() -> None:
    found = difference(0.1, 0.01, 0.15, 0.02)
    assert pair_of(found, adjusted=0.06).verdict("top1") == "within the noise"


def test_a_verdict_on_top1_needs_mcnemar_too() -> None:
    found = {"top1": difference(0.1, 0.01, 0.15, 0.02)}
    pair = Pair("old", "new", found, {"top1": 0.02}, McNemar(3, 9, 0.146), 0.146)
    assert pair.verdict("top1") == "within the noise"


def test_the_better_one_leads_whichever_was_given_first() -> None:
    found = difference(-0.1, -0.15, -0.05, 0.01)
    comparison = comparison_of({"old": 0.9, "new": 0.8}, pair_of(found))
    (lead,) = comparison.leads(ACCURACY)
    assert comparison.leader(ACCURACY).name == "old"
    assert (lead.other, lead.ahead_by, lead.low, lead.high) == ("new", 0.1, 0.05, 0.15)


def test_of_errors_the_smaller_leads() -> None:
    found = difference(-2.0, -3.0, -0.5, 0.01)
    comparison = comparison_of({"old": 5.0, "new": 3.0}, pair_of(found, "error"), ERROR)
    (lead,) = comparison.leads(ERROR)
    assert comparison.leader(ERROR).name == "new"
    assert (lead.other, lead.ahead_by, lead.low, lead.high) == ("old", 2.0, 0.5, 3.0)


def test_files_hold_all_and_no_nan(tmp_path: Path) -> None:
    found = difference(0.1, 0.05, 0.15, 0.01)
    write_comparison(comparison_of({"old": 0.8, "new": 0.9}, pair_of(found)), tmp_path)
    content = json.loads((tmp_path / "comparison.json").read_text())
    assert content["models"][0]["intervals"] == {"top1": None}
    assert content["models"][0]["cost"]["gigaflops"] == 2.0
    (row,) = content["differences"]
    assert (row["second_minus_first"], row["verdict"]) == (0.1, "outside the noise")
    assert (row["only_second_right"], row["mcnemar_p_value"]) == (20, 0.001)
    with (tmp_path / "comparison.csv").open() as file:
        assert [one["num_parameters"] for one in csv.DictReader(file)] == ["1000", "1000"]
    with (tmp_path / "per_class.csv").open() as file:
        (label,) = csv.DictReader(file)
    assert (label["label"], label["figure"], label["new - old"]) == ("jump", "recall", "0.1")
    assert (label["new - old low"], label["new - old high"]) == ("0.02", "0.3")
    assert label["new - old adjusted p_value"] == "0.03"
    assert label["new - old verdict"] == "outside the noise"
    assert (tmp_path / "differences.png").read_bytes()[:4] == b"\x89PNG"


def test_a_model_called_as_a_column_has_another(tmp_path: Path) -> None:
    found = {"top1": difference(0.1, 0.05, 0.15, 0.01)}
    labels = {"recall": [found["top1"]]}
    pair = Pair("label", "true", found, {"top1": 0.01}, CLEAR, 0.001, labels, [0.01])
    (row,) = comparison_of({"label": 0.8, "true": 0.9}, pair).label_table()
    assert (row["label"], row["true"], row["model label"], row["model true"]) == (
        "jump",
        4,
        0.8,
        0.9,
    )
