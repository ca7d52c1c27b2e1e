"""Learning curves: points by number of videos, and a power law through them."""

import pytest

from mienet.metrics.recording_figures import Figure
from mienet.sweeps.learning_curve import LearningCurve, learning_curves
from mienet.sweeps.results import VariantFacts, VariantFigures


def curve(**values: float) -> LearningCurve:
    counts = tuple(float(name.removeprefix("n")) for name in values)
    return LearningCurve("", counts, tuple(Figure(v, v, v) for v in values.values()))


def test_errors_that_halve_with_four_times_the_videos_are_carried_on() -> None:
    found = curve(n10=0.6, n40=0.8, n160=0.9).with_twice_as_many()  # 0.4, 0.2, 0.1 wrong
    assert found == pytest.approx(1 - 0.1 / 2**0.5)


@pytest.mark.parametrize(
    "found", [curve(n10=0.6, n40=0.8), curve(n10=0.9, n20=0.8, n40=0.7), curve(n1=0.5, n2=1, n4=1)]
)
def test_nothing_is_told_from_two_points_from_worse_with_more_or_from_no_errors(
    found: LearningCurve,
) -> None:
    assert found.with_twice_as_many() is None


def test_variants_that_differ_in_how_much_they_learn_from_are_one_curve() -> None:
    def variant(line: str, count: float, value: float) -> VariantFigures:
        facts = VariantFacts(line, 0, count, None, None, None)
        return VariantFigures(
            line, (0,), {"top1": Figure(value, 0, 1)}, {}, 1.0, {}, {}, facts
        )  # fmt: skip

    found = learning_curves(
        [variant("a", 20, 0.7), variant("a", 10, 0.5), variant("b", 10, float("nan"))], "top1"
    )
    assert [(one.name, one.counts) for one in found] == [("a", (10, 20))]
    assert [figure.value for figure in found[0].figures] == [0.5, 0.7]
