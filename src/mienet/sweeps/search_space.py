"""What a search chooses from: ranges of numbers, lists of values, and named sets of options.

search:
  number: 30                                    trainings at most
  train.learning_rate: {log: [0.0001, 0.01]}    as many below 0.001 as above
  model.dropout: {from: 0, to: 0.5}
  model.num_segments: [4, 8]
  network:
    mie_net: {}
    tsn: {model.motion: none, model.temporal: none}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, get_type_hints

from mienet.config import GROUPS
from mienet.options import fits
from mienet.sweeps.plan_values import axis_problems, named_sets, unusable

NUMBER = "number"
VALIDATION = "data.val_fraction"
"""Says how many videos judge, which have to be the same for all trainings."""

DIGITS = 4
"""Of a number that was chosen from a range, so that people can type it."""

Chosen = Mapping[str, float | str]
"""By axis the number, or the name of the value, that a training was given."""


@dataclass(frozen=True)
class NumberRange:
    """An option whose numbers are searched.

    Attributes:
        option: Its name.
        low: The least number.
        high: The largest.
        is_log: Whether 1 to 10 is as wide as 10 to 100.
        is_whole: Whether the option takes whole numbers alone.
    """

    option: str
    low: float
    high: float
    is_log: bool
    is_whole: bool

    def options(self, chosen: float | str) -> dict[str, Any]:
        """Returns what a number sets, rounded within the range."""
        number = float(chosen)
        if self.is_whole:
            return {self.option: round(number)}
        return {self.option: min(max(float(f"{number:.{DIGITS}g}"), self.low), self.high)}

    def extremes(self) -> Iterator[dict[str, Any]]:
        """Yields what has to be accepted for all of it to be."""
        yield from (self.options(end) for end in (self.low, self.high))


@dataclass(frozen=True)
class Choice:
    """Values without an order.

    Attributes:
        sets: What each sets, by its name.
    """

    sets: Mapping[str, Mapping[str, Any]]

    def options(self, chosen: float | str) -> dict[str, Any]:
        """Returns what a value sets, by its name."""
        return dict(self.sets[str(chosen)])

    def extremes(self) -> Iterator[dict[str, Any]]:
        """Yields what each sets."""
        yield from map(dict, self.sets.values())


@dataclass(frozen=True)
class SearchSpace:
    """All that a search chooses from.

    Attributes:
        number: Trainings at most.
        axes: By name, in the order of the plan.
    """

    number: int
    axes: Mapping[str, NumberRange | Choice]

    def options(self, chosen: Chosen) -> dict[str, Any]:
        """Returns the options of a training; later axes' replace earlier ones'."""
        return {
            option: value
            for name, axis in self.axes.items()
            for option, value in axis.options(chosen[name]).items()
        }

    def extremes(self) -> Iterator[dict[str, Any]]:
        """Yields options that have to be accepted, of one axis each."""
        for axis in self.axes.values():
            yield from axis.extremes()


def search_problems(search: Mapping[str, Any]) -> Iterator[str]:
    """Yields what is wrong with a plan's search."""
    number = search.get(NUMBER)
    if number is None or not fits(number, int) or number < 1:
        yield f"search: needs number, the trainings at most, such as number: 30; got {number!r}"
    if not set(search) - {NUMBER}:
        yield "search: needs an option, such as train.learning_rate: {log: [0.0001, 0.01]}"
    for name, values in search.items():
        if name == NUMBER:
            continue
        if name == VALIDATION:
            yield f"search: all trainings are judged by the same videos; give {name} in options"
        elif _is_range(name, values):
            yield from [*unusable(name, "search")] or _range_problems(name, values)
        else:
            yield from axis_problems(name, values, "search")
            if isinstance(values, (list, tuple)):
                yield from _twice(name, values)


def read_space(search: Mapping[str, Any]) -> SearchSpace:
    """Returns what a search without problems chooses from."""
    axes: dict[str, NumberRange | Choice] = {}
    for name, values in search.items():
        if name == NUMBER:
            continue
        if _is_range(name, values):
            is_log = "log" in values
            low, high = values["log"] if is_log else (values["from"], values["to"])
            axes[name] = NumberRange(name, low, high, is_log, _is_whole(name))
        else:
            axes[name] = Choice(dict(named_sets(name, values)))
    return SearchSpace(search[NUMBER], axes)


def _is_range(name: str, values: Any) -> bool:
    """Returns whether this is a range: a map, of something that has a group as options have."""
    return isinstance(values, Mapping) and "." in str(name)


def _range_problems(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    ends = values.get("log") if set(values) == {"log"} else None
    if set(values) == {"from", "to"}:
        ends = [values["from"], values["to"]]
    are_numbers = (
        isinstance(ends, (list, tuple)) and len(ends) == 2 and all(_is_number(end) for end in ends)
    )
    if not are_numbers or not ends[0] < ends[1] or ("log" in values and ends[0] <= 0):  # type: ignore[index]
        yield (
            f"search.{name}: give {{from: A, to: B}} with A below B, {{log: [A, B]}} with A above "
            f"0, or a list of values; got {dict(values)!r}"
        )
    elif _is_whole(name) and not all(fits(end, int) for end in ends):  # type: ignore[union-attr]
        yield f"search.{name} takes whole numbers alone; got {dict(values)!r}"


def _twice(name: str, values: Any) -> Iterator[str]:
    names = [said for said, _ in named_sets(name, values)]
    for said in sorted({one for one in names if names.count(one) > 1}):
        yield f"search.{name} has {said!r} twice"


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(option: str) -> bool:
    group, name = option.split(".")
    return not fits(0.5, get_type_hints(GROUPS[group])[name])
