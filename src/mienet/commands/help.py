"""How ``--help`` looks: kinds of values in words, one line of usage, no names of Python's types."""

import json
from argparse import SUPPRESS, Action, RawDescriptionHelpFormatter
from collections.abc import Iterable
from dataclasses import fields
from shutil import get_terminal_size
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from jsonargparse import DefaultHelpFormatter
from jsonargparse._common import defaults_cache

from mienet.config import GROUPS
from mienet.options import Range, describe

WIDTH = 100
NAMES = {
    "PositiveInt": "a whole number above 0",
    "NonNegativeInt": "a whole number from 0",
    "PositiveFloat": "a number above 0",
}
"""What jsonargparse calls some kinds of values, and what people do."""


class HelpFormatter(DefaultHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the line breaks of descriptions, which hold examples."""

    def __init__(self, prog: str, **options: Any) -> None:
        width = min(WIDTH, get_terminal_size((WIDTH + 2, 24)).columns - 2)
        super().__init__(prog, **options | {"width": width, "max_help_position": 28})

    def _get_help_string(self, action: Action) -> str:
        """Returns what an option is for, what it takes unless that is listed, and its default."""
        notes = []
        kind = getattr(action, "_typehint", None) or action.type
        if (
            kind is not None
            and not action.choices
            and get_origin(kind) is not Literal
            and kind is not bool
        ):
            notes.append(in_words(kind, _limits(action.dest)))
        if action.option_strings and action.required:
            notes.append("required")
        elif action.option_strings and action.nargs != 0:
            default = self._default(action)
            # Where nothing is the default, the words say what it means; a recipe may say null.
            if default not in ("null", "[]") or "." in action.dest:
                notes.append(f"default: {default}")
        said = (action.help or "").removesuffix(".")
        return f"{said} ({'; '.join(notes)})" if notes else said

    def _default(self, action: Action) -> str:
        """Returns the default as it is typed, and as YAML has it: ``true``, ``[1.0,0.5]``."""
        known = defaults_cache.get()
        value = action.default if known is None else known.get(action.dest)
        return value if isinstance(value, str) else json.dumps(value)

    def _format_action_invocation(self, action: Action) -> str:
        """Returns an option's name, without the form with a plus that adds to a list."""
        before = action.option_strings
        action.option_strings = [name for name in before if not name.endswith("+")]
        try:
            return super()._format_action_invocation(action)
        finally:
            action.option_strings = before

    def add_usage(
        self, usage: str | None, actions: Iterable[Action], *args: Any, **kwargs: Any
    ) -> None:
        """Adds a line such as ``mienet predict [options] checkpoint videos``."""
        if usage is None:
            names = [
                self._format_args(action, action.dest)
                for action in actions
                if not action.option_strings and action.help != SUPPRESS
            ]
            usage = " ".join([self._prog.replace(" [options]", ""), "[options]", *names])
        super().add_usage(usage.replace("%", "%%"), [], *args, **kwargs)


def in_words(kind: Any, limits: Range | None = None) -> str:
    """Returns what people call a value of an annotated type: ``a number above 0``, ``text``."""
    if get_origin(kind) in (Union, UnionType):
        kinds = [one for one in get_args(kind) if one is not NoneType]
        return " or ".join(in_words(one, limits) for one in kinds)
    name = NAMES.get(getattr(kind, "__name__", ""))
    said = name or describe(kind)
    return f"{said}{_range(limits)}" if limits and "number" in said else said


def _range(limits: Range) -> str:
    """Returns accepted numbers in words, such as `` from 0 to 1``."""
    least, above, most = (f"{n:g}" for n in (limits.least, limits.above, limits.most))
    if above != "-inf":
        return f" above {above}" + (f", up to {most}" if most != "inf" else "")
    start = f" from {least}" if least != "-inf" else ""
    return f"{start} to {most}" if most != "inf" else start


def _limits(name: str) -> Range | None:
    """Returns the range of an option of training, such as ``train.epochs``."""
    group, _, option = name.partition(".")
    found = (f for f in fields(GROUPS[group]) if f.name == option) if group in GROUPS else ()
    return next((f.metadata.get("range") for f in found), None)
