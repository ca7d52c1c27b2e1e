"""Whether an option's value is of the type it is declared with, and in its range.

The declarations are those of dataclasses, of functions, and of options that several functions share
(``Unpack`` of a ``TypedDict`` whose fields carry an ``Option``); nothing is written down twice.
"""

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from inspect import Parameter, Signature, signature
from numbers import Integral, Real
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    ParamSpec,
    TypeVar,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

from mienet.errors import MienetError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

Fits = Callable[[Any], bool]

KINDS: dict[Any, tuple[Fits, str, str]] = {
    bool: (lambda value: isinstance(value, bool), "true or false", "true or false"),
    int: (
        lambda value: isinstance(value, Integral) and not isinstance(value, bool),
        "a whole number",
        "whole numbers",
    ),
    float: (
        lambda value: (
            isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
        ),
        "a number",
        "numbers",
    ),
    str: (lambda value: isinstance(value, str), "text", "texts"),
    Path: (lambda value: isinstance(value, Path), "a path", "paths"),
    NoneType: (lambda value: value is None, "null (None)", "null (None)"),
    Any: (lambda value: True, "any value", "any values"),
}
"""The plain types: what fits them, and what people call one and several of them."""


_IS_COMMAND_LINE = ContextVar("whether options are named as on the command line", default=False)


@contextmanager
def named_as_on_command_line() -> Iterator[None]:
    """Makes errors name options ``--window-seconds``, not ``window_seconds``, while it lasts."""
    token = _IS_COMMAND_LINE.set(True)
    try:
        yield
    finally:
        _IS_COMMAND_LINE.reset(token)


def option_name(name: str) -> str:
    """Returns what an option is called where it was given; those of recipes are called alike.

    >>> option_name("window_seconds")
    'window_seconds'
    >>> with named_as_on_command_line():
    ...     option_name("window_seconds"), option_name("train.epochs")
    ('--window-seconds', 'train.epochs')
    """
    if "." in name or not _IS_COMMAND_LINE.get():
        return name
    return f"--{name.replace('_', '-')}"


class OptionError(MienetError):
    """An argument of a function that is not accepted, with what is."""


@dataclass(frozen=True)
class Range:
    """The numbers that an option accepts; every number of a list or map has to lie in it."""

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf

    def holds(self, value: Any) -> bool:
        """Returns whether a value's numbers are all accepted; what is no number always is."""
        if isinstance(value, Mapping):
            return all(map(self.holds, value.values()))
        if isinstance(value, (list, tuple)):
            return all(map(self.holds, value))
        if not isinstance(value, Real) or isinstance(value, bool):
            return True
        number = float(value)
        return self.least <= number <= self.most and number > self.above

    def __str__(self) -> str:
        if self.most < math.inf:
            most = f"at most {self.most:g}"
            if self.above > -math.inf:
                return f"be above {self.above:g} and {most}"
            return f"be from {self.least:g} to {self.most:g}"
        return (
            f"be above {self.above:g}" if self.above > -math.inf else f"be at least {self.least:g}"
        )


def ranged(default: Any, **limits: float) -> Any:
    """Returns a dataclass's field with a default and the limits of a ``Range``."""
    return field(default=default, metadata={"range": Range(**limits)})


def field_problems(options: Any, group: str) -> list[str]:
    """Returns what is wrong with a dataclass's values, named ``group.option``."""
    kinds = get_type_hints(type(options))
    found = (
        problem(
            f"{group}.{f.name}", getattr(options, f.name), kinds[f.name], f.metadata.get("range")
        )
        for f in fields(options)
    )
    return [said for said in found if said]


@dataclass(frozen=True)
class Option:
    """What a shared option is declared with beside its type: ``Annotated[int, Option(8, "...")]``.

    Attributes:
        default: Its value when it is not given.
        help: What it is for, as ``--help`` says it.
        range: The accepted numbers.
    """

    default: Any
    help: str
    range: Range = Range()


def declared(group: type) -> dict[str, tuple[Any, Option]]:
    """Returns the type and the ``Option`` of every field of a ``TypedDict``, by name."""
    hints = get_type_hints(group, include_extras=True)
    return {name: (get_args(hint)[0], get_args(hint)[1]) for name, hint in hints.items()}


def checked(
    **ranges: Range,
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Returns a decorator that refuses arguments that do not fit a function's annotations.

    Of ``**options: Unpack[GROUP]`` it shows all keywords with their defaults in the signature, and
    gives the function those that the caller leaves out.

    Args:
        ranges: The accepted numbers of arguments, by name.

    Raises:
        OptionError: When the function is called, with all that is wrong.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        group = _shared_options(function)
        shown = _with_options(signature(function), group)
        limits = ranges | {name: option.range for name, (_, option) in group.items()}

        @functools.wraps(function)
        def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            kinds = get_type_hints(function) | {name: kind for name, (kind, _) in group.items()}
            given = shown.bind(*args, **kwargs)
            found = [
                problem(name, value, kinds.get(name, Any), limits.get(name))
                for name, value in given.arguments.items()
            ]
            if said := [text for text in found if text]:
                raise OptionError("; ".join(said))
            given.apply_defaults()
            return function(*given.args, **given.kwargs)

        call.__signature__ = shown  # type: ignore[attr-defined]
        return call

    return decorate


def _shared_options(function: Callable[..., Any]) -> dict[str, tuple[Any, Option]]:
    """Returns what is declared of a function's ``**options: Unpack[GROUP]``, if it has that."""
    for hint in get_type_hints(function).values():
        if get_origin(hint) is Unpack:
            return declared(get_args(hint)[0])
    return {}


def _with_options(own: Signature, group: Mapping[str, tuple[Any, Option]]) -> Signature:
    """Returns a signature with the shared options' keywords in place of ``**options``."""
    if not group:
        return own
    keywords = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=option.default, annotation=kind)
        for name, (kind, option) in group.items()
    ]
    named = [p for p in own.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    return own.replace(parameters=[*named, *keywords])


def problem(name: str, value: Any, kind: Any, limits: Range | None = None) -> str | None:
    """Returns what is wrong with a value and what is accepted, or None."""
    if not fits(value, kind):
        return f"{option_name(name)} must be {describe(kind)}, got {_shown(value)}"
    if limits is not None and not limits.holds(value):
        return f"{option_name(name)} must {limits}, got {_shown(value)}"
    return None


def _shown(value: Any) -> str:
    """Returns a value as a recipe has it: tuples as lists, and not without end."""
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def fits(value: Any, kind: Any) -> bool:
    """Returns whether a value is of an annotated type.

    A whole number is a number too, a list serves as a tuple, and a text is no list of texts.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in inner)
    if origin is Literal:
        return isinstance(value, (str, int)) and value in inner
    if origin in (list, tuple, Sequence):
        listed = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
        return listed and all(fits(one, inner[0]) for one in value)
    if origin in (dict, Mapping):
        return isinstance(value, Mapping) and all(
            fits(key, inner[0]) and fits(one, inner[1]) for key, one in value.items()
        )
    if kind in KINDS:
        return KINDS[kind][0](value)
    return not isinstance(kind, type) or kind is object or isinstance(value, kind)


def describe(kind: Any, *, several: bool = False) -> str:
    """Returns what people call one value of an annotated type, or several of them."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        paths = {str, Path} <= set(inner)
        named = [describe(one, several=several) for one in inner if not (paths and one is str)]
        return " or ".join(named)
    if origin is Literal:
        return " or ".join(map(str, inner))
    if origin in (list, tuple, Sequence):
        return f"a list of {describe(inner[0], several=True)}"
    if origin in (dict, Mapping):
        names, values = (describe(one, several=True) for one in inner)
        return f"a map from {names} to {values}"
    if kind in KINDS:
        _, one, many = KINDS[kind]
        return many if several else one
    return str(getattr(kind, "__name__", kind))
