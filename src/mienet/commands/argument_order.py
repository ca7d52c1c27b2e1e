"""Options and arguments in any order: ``predict runs/first --top 1 clip.mp4``.

argparse gives an argument that may be left out, such as ``VIDEOS``, what stands before the first
option after it; its ``parse_intermixed_args`` knows no subcommands, and jsonargparse does not have
it.
"""

import re
from argparse import Action
from collections.abc import Mapping, Sequence


def options_first(given: Sequence[str], options: Mapping[str, Action]) -> list[str]:
    """Returns the options with their values, then ``--`` and all other arguments in their order.

    An option that takes several values takes all up to the next option, or ``--``.

    Args:
        given: What follows the command.
        options: The command's options by their names, such as ``--top``.
    """
    named: list[str] = []
    others: list[str] = []
    rest = list(given)
    while rest:
        word = rest.pop(0)
        if word == "--":
            others += rest
            break
        if not _is_option(word):
            others.append(word)
            continue
        named.append(word)
        most = 0 if "=" in word else _most_values(options.get(word), len(rest))
        for _ in range(most):
            if rest and rest[0] != "--" and not _is_option(rest[0]):
                named.append(rest.pop(0))
    return [*named, "--", *others] if others else named


def _is_option(word: str) -> bool:
    """Returns whether a word names an option, as argparse tells it from ``-`` and ``-0.5``."""
    return bool(re.match(r"-.", word)) and not re.fullmatch(r"-\d+|-\d*\.\d+", word)


def _most_values(option: Action | None, left: int) -> int:
    """Returns how many values follow an option; of a map's key, ``--data.flip.left``, it is one."""
    if option is None or option.nargs in (None, "?"):
        return 1
    return 0 if option.nargs == 0 else left
