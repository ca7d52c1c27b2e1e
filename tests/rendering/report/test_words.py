from math import nan

import pytest

from mienet.metrics.recording_figures import Figure
from mienet.rendering.report.words import Unit, counted, frames, in_unit, interval, number, of_100


@pytest.mark.parametrize(("value", "unit", "expected"), [
    (0.936, "share", "93.6%"),
    (nan, "share", "–"),
    (0.5, "number", "0.5"),
    (1.0, "frames", "1 frame"),
    (11.54, "frames", "11.5 frames"),
    (40.0, "ms", "40 ms"),
])  # fmt: skip
def test_values_have_units(value: float, unit: Unit, expected: str) -> None:
    assert in_unit(value, unit) == expected


def test_intervals() -> None:
    assert interval(Figure(0.9, 0.8, 1.0), "share") == "80.0 to 100.0%"
    assert interval(Figure(1, 1, 2.5), "frames") == "1 to 2.5 frames"
    assert interval(Figure(0.9, nan, nan), "share") == "–"


def test_counts() -> None:
    assert (counted(1, "event"), counted(1200, "event")) == ("1 event", "1,200 events")
    assert (number(10.0, 0), number(0.90), frames(0)) == ("10", "0.9", "0 frames")
    assert of_100(0.944) == "94 of 100"
