"""Figures in words, as a report's page says them; a dash where there is nothing to measure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mienet.metrics.recording_figures import Figure

NOTHING = "–"

Unit = Literal["share", "number", "frames", "ms"]


@dataclass(frozen=True)
class Measure:
    """A figure that a page shows, and what it means.

    Attributes:
        name: By which the evaluation has it.
        title: What it is called.
        unit: Of its values.
        meaning: What a reader should know of it, who has never heard of it.
    """

    name: str
    title: str
    unit: Unit
    meaning: str


@dataclass(frozen=True)
class MeasureRow:
    """A row of the table of measures, in words.

    Attributes:
        title: What the figure is called.
        value: The model's.
        interval: Its 95 % interval.
        guessing: What guessing would give.
        commonest: What always answering with the commonest class or label would give.
        meaning: What it means.
    """

    title: str
    value: str
    interval: str
    guessing: str
    commonest: str
    meaning: str


def measure_rows(
    measures: Sequence[Measure],
    figures: Mapping[str, Figure],
    guessing: Mapping[str, float],
    commonest: Mapping[str, float],
) -> list[MeasureRow]:
    """Returns a row for each measure that has a figure."""
    return [
        MeasureRow(
            measure.title,
            in_unit(figures[measure.name].value, measure.unit),
            interval(figures[measure.name], measure.unit),
            in_unit(guessing.get(measure.name, math.nan), measure.unit),
            in_unit(commonest.get(measure.name, math.nan), measure.unit),
            measure.meaning,
        )
        for measure in measures
        if not math.isnan(figures[measure.name].value)
    ]


def in_unit(value: float, unit: Unit) -> str:
    """Returns a value with its unit."""
    return _WORDS[unit](value)


def interval(figure: Figure, unit: Unit) -> str:
    """Returns the ends of a figure's 95 % interval."""
    if math.isnan(figure.low):
        return NOTHING
    if unit == "share":
        return f"{100 * figure.low:.1f} to {100 * figure.high:.1f}%"
    if unit == "number":
        return f"{number(figure.low)} to {number(figure.high)}"
    digits = 1 if unit == "frames" else 0
    name = "frames" if unit == "frames" else "ms"
    return f"{number(figure.low, digits)} to {number(figure.high, digits)} {name}"


def share(value: float) -> str:
    """Returns a share in percent."""
    return NOTHING if math.isnan(value) else f"{value:.1%}"


def of_100(value: float) -> str:
    """Returns a share as so many of 100, without decimals where they say nothing."""
    return NOTHING if math.isnan(value) else f"{100 * value:.0f} of 100"


def number(value: float, digits: int = 2) -> str:
    """Returns a number without needless zeros."""
    if math.isnan(value):
        return NOTHING
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def frames(value: float) -> str:
    """Returns a number of frames."""
    return NOTHING if math.isnan(value) else counted(number(value, 1), "frame")


def milliseconds(value: float) -> str:
    """Returns a number of milliseconds."""
    return NOTHING if math.isnan(value) else f"{value:.0f} ms"


def seconds(value: float) -> str:
    """Returns a number of seconds."""
    return NOTHING if math.isnan(value) else f"{value:.3f} s"


def counted(count: object, what: str) -> str:
    """Returns a number of things, which are several unless it is 1."""
    shown = f"{count:,}" if isinstance(count, int) else str(count)
    return f"{shown} {what}{'s' * (shown != '1')}"


_WORDS: dict[Unit, Callable[[float], str]] = {
    "share": share,
    "number": number,
    "frames": frames,
    "ms": milliseconds,
}
