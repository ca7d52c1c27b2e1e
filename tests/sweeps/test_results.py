"""Figures of variants over seeds and groups, against numbers computed by hand."""

import math
import statistics

import pytest

from mienet.metrics.bootstrap import bootstrap_interval
from mienet.metrics.comparison import Measure
from mienet.sweeps.answers import ClipAnswer, clip_measures
from mienet.sweeps.results import (
    SeedAnswers,
    VariantFacts,
    VariantFigures,
    variant_figures,
)

GROUPS = [f"s{number}" for number in range(8) for _ in range(2)]
TOP1 = [Measure("top1", "top-1")]


def seed_answers(seed: int, right: list[bool]) -> SeedAnswers:
    answers = [
        ClipAnswer("v", "f", seed, "a.mp4", group, "fall", "fall", 0 if is_right else 1)
        for group, is_right in zip(GROUPS, right, strict=True)
    ]
    return SeedAnswers(seed, clip_measures(answers), training_share=1.0)


def figures(**answers: list[SeedAnswers]) -> dict[str, VariantFigures]:
    facts = {name: VariantFacts(name, 0, 20, 60.0, 1000, 1.5) for name in answers}
    found = variant_figures(answers, facts, GROUPS, TOP1, "base")
    return {one.name: one for one in found}


def test_a_figure_is_the_mean_over_seeds_with_their_standard_deviation() -> None:
    first, second = [True] * 16, [True] * 12 + [False] * 4
    found = figures(base=[seed_answers(0, first), seed_answers(1, second)])["base"]
    assert found.figures["top1"].value == pytest.approx((1 + 0.75) / 2)
    assert found.spreads["top1"] == pytest.approx(0.25 / math.sqrt(2))
    assert found.seeds == (0, 1)


def test_one_seed_has_no_deviation_and_the_reference_no_difference() -> None:
    found = figures(base=[seed_answers(0, [True] * 16)])["base"]
    assert math.isnan(found.spreads["top1"])
    assert found.differences == {}


def test_a_difference_is_to_the_reference_and_as_sure_as_its_groups_agree() -> None:
    found = figures(
        base=[seed_answers(0, [True, False] * 8)],
        better=[seed_answers(0, [True] * 16)],
        other=[seed_answers(0, [False, True] * 8)],
    )
    assert found["better"].differences["top1"].value == 0.5
    assert found["better"].differences["top1"].low == 0.5  # every subject gains as much
    assert found["other"].differences["top1"].value == 0.0
    raw = found["better"].differences["top1"].p_value
    assert found["better"].adjusted["top1"] == pytest.approx(2 * raw)  # Holm, of two variants


def test_seeds_that_disagree_widen_an_interval_however_alike_groups_are() -> None:
    half, whole = [True, False] * 8, [True] * 16
    found = figures(
        base=[seed_answers(0, half), seed_answers(1, whole)],
        other=[seed_answers(0, whole), seed_answers(1, half), seed_answers(2, whole)],
    )
    figure = found["base"].figures["top1"]
    assert (figure.value, figure.low, figure.high) == (0.75, 0.5, 1.0)  # a quarter of draws each
    difference = found["other"].differences["top1"]
    assert difference.value == pytest.approx(2.5 / 3 - 0.75)
    assert (difference.low, difference.high) == pytest.approx((-1 / 3, 0.5))


def test_one_seed_s_interval_is_that_over_groups() -> None:
    right = [number < 10 for number in range(16)]
    found = figures(base=[seed_answers(0, right)])["base"].figures["top1"]
    over_groups = bootstrap_interval(right, GROUPS, statistics.fmean)
    assert (found.low, found.high) == (over_groups.low, over_groups.high)


def test_a_variant_without_results_has_no_figure_and_is_compared_with_nothing() -> None:
    found = figures(base=[seed_answers(0, [True] * 16)], failed=[])["failed"]
    assert math.isnan(found.figures["top1"].value)
    assert found.differences == {}


def test_mean_class_accuracy_counts_classes_alike() -> None:
    answers = [
        ClipAnswer("v", "f", 0, "a.mp4", "s", label, "fall", rank)
        for label, rank in [("fall", 0), ("fall", 0), ("fall", 0), ("rise", 1)]
    ]
    measures = clip_measures(answers)
    assert measures["top1"](range(4)) == 0.75
    assert measures["mean_class_accuracy"](range(4)) == 0.5
