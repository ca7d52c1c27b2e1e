"""Where the lines, dots and marks of a report's drawings are; the templates make SVG of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 330, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 8, 34
"""Margins of a chart, in its units, which are pixels on a wide page."""

Line = tuple[str, Sequence[float], Sequence[float]]
"""What it is, and its values along both axes."""


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at: Where, in the axis' units: pixels of a chart, percent of a lane.
        text: What it says.
    """

    at: float
    text: str


@dataclass(frozen=True)
class DrawnLine:
    """A line of a chart.

    Attributes:
        name: What it is.
        points: As SVG's ``polyline`` takes them.
        dots: Each of its points.
    """

    name: str
    points: str
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """Lines over one axis.

    Attributes:
        title: What is drawn.
        unit: Of the axis from left to right.
        lines: All of them.
        x_ticks: Marks below.
        y_ticks: Marks at the left.
        says: The same in words, for those who do not see it.
    """

    title: str
    unit: str
    lines: tuple[DrawnLine, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    says: str


def line_chart(title: str, lines: Sequence[Line], unit: str, *, top: float | None = None) -> Chart:
    """Returns a chart whose axis upwards starts at 0.

    Args:
        title: What is drawn.
        lines: At least one with at least one point.
        unit: Of the axis from left to right.
        top: The axis' upper end; None is what the largest value needs.
    """
    every_x = [x for _, xs, _ in lines for x in xs]
    least, most = min(every_x), max(every_x)
    y_marks = ticks(0, top if top is not None else max(y for *_, ys in lines for y in ys))
    highest = max(y_marks[-1], 1e-9)

    def place(x: float, y: float) -> tuple[float, float]:
        share = (x - least) / (most - least) if most > least else 0.5
        return (
            round(LEFT + share * (WIDTH - LEFT - RIGHT), 2),
            round(HEIGHT - BOTTOM - min(y, highest) / highest * (HEIGHT - TOP - BOTTOM), 2),
        )

    drawn, said = [], []
    for name, xs, ys in lines:
        dots = tuple(place(x, y) for x, y in zip(xs, ys, strict=True))
        drawn.append(DrawnLine(name, " ".join(f"{x:g},{y:g}" for x, y in dots), dots))
        said.append(f"{name}: from {ys[0]:.3g} to {ys[-1]:.3g}")
    whole = sorted({round(x) for x in ticks(least, most) if least <= round(x) <= most} | {least})
    return Chart(
        title,
        unit,
        tuple(drawn),
        tuple(Tick(place(x, 0)[0], f"{x:g}") for x in whole),
        tuple(Tick(place(least, y)[1], f"{y:g}") for y in y_marks),
        f"{title}, by {unit}. {'; '.join(said)}.",
    )


def ticks(least: float, most: float, *, about: int = 4) -> list[float]:
    """Returns round numbers from at most ``least`` to at least ``most``, about so many steps.

    From 0 to 7 these are 0, 2, 4, 6, 8.
    """
    span = max(most - least, 1e-9)
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
    return [round(step * place, 10) for place in range(first, last + 1)]
