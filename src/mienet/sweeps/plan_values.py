"""What may be set in a plan: options that are not the sweep's own, and named sets of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from mienet.config import closest, option_names

OWN = {
    **dict.fromkeys(("data.root", "data.train", "data.val"), "give list and root"),
    "train.seed": "give seeds",
    "train.keep": "the last epoch is kept, as held-out videos must not choose one",
    **dict.fromkeys(("train.name", "train.out", "train.resume"), "a sweep names its own trials"),
}
"""Options that a sweep sets itself, and what to do instead."""


def unusable(option: object, where: str) -> Iterator[str]:
    """Yields why a plan cannot set an option, if it cannot."""
    known = [name.removeprefix("--") for name in option_names()]
    if option in OWN:
        yield f"{where}: {option} is the sweep's own: {OWN[option]}"
    elif option not in known:
        near = closest(str(option), known)
        yield f"{where}: unknown option {option!r}" + (f" (did you mean {near!r}?)" if near else "")


def axis_problems(axis: str, values: Any, where: str) -> Iterator[str]:
    """Yields what is wrong with a list of an option's values, or with named sets of options."""
    if not isinstance(values, (list, tuple, Mapping)) or not values:
        yield f"{where}.{axis}: give a list of values or a map from names to options"
    elif not isinstance(values, Mapping):
        yield from unusable(axis, where)
    else:
        for value, options in values.items():
            if not isinstance(options or {}, Mapping):
                yield f"{where}.{axis}.{value}: give a map of options, or {{}} for the recipe's"
                continue
            for name in options or {}:
                yield from unusable(name, f"{where}.{axis}.{value}")


def named_sets(axis: str, values: Any) -> list[tuple[str, dict[str, Any]]]:
    """Returns the values of an axis by name, each with the options that it sets."""
    if isinstance(values, Mapping):
        return [(str(value), dict(options or {})) for value, options in values.items()]
    return [(_said(value), {axis: value}) for value in values]


def _said(value: Any) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
