import pytest

from mienet.rendering.report.charts import line_chart, ticks


@pytest.mark.parametrize(("least", "most", "expected"), [
    (0, 7, [0, 2, 4, 6, 8]),
    (0, 1, [0, 0.5, 1]),
    (1, 5, [1, 2, 3, 4, 5]),
    (0, 120, [0, 50, 100, 150]),
])  # fmt: skip
def test_ticks_are_round(least: float, most: float, expected: list[float]) -> None:
    assert ticks(least, most) == expected


def test_a_line_goes_from_corner_to_corner() -> None:
    chart = line_chart("loss", [("training", (1, 2, 3), (0.0, 0.5, 1.0))], "epoch")
    assert chart.lines[0].dots == ((40, 166), (181, 87), (322, 8))
    assert [tick.text for tick in chart.x_ticks] == ["1", "2", "3"]
    assert chart.says == "loss, by epoch. training: from 0 to 1."


def test_one_epoch_is_in_the_middle() -> None:
    chart = line_chart("loss", [("training", (1,), (2.0,))], "epoch")
    assert chart.lines[0].dots == ((181, 8),)


def test_a_line_of_zeros_lies_on_the_axis() -> None:
    chart = line_chart("loss", [("training", (1, 2), (0.0, 0.0))], "epoch")
    assert chart.lines[0].dots == ((40, 166), (322, 166))
