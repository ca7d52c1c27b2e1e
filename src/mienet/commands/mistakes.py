"""What is wrong with a command line, in people's words and not argparse's or jsonargparse's."""

import re
from argparse import Action
from collections.abc import Sequence

from mienet.config import closest
from mienet.shell import quoted

KINDS = {
    r"<class 'int'>": "a whole number",
    r"<class 'float'>": "a number",
    r"<class 'bool'>": "true or false",
    "PositiveInt": "a whole number above 0",
    "NonNegativeInt": "a whole number from 0",
    "PositiveFloat": "a number above 0",
    r"<class 'dict'>|dict\[": "a map such as {name: value}",
    r"<class 'str'>": "text",
    r"<class '(list|tuple)'>": "a list such as [1,2] or [a,b]",
    r"<class 'NoneType'>": "null",
}
"""What jsonargparse calls the kinds of values, and what people do."""


MEANT = {
    "model": "--model.pretrained",
    "data": "--data.root",
    "train": "--train.name",
    "trainer": "--trainer.accelerator",
    "timeline": "--timeline.head",
}
"""What is likely meant by a group's name as an option: ``--data my_videos``, as evaluate has it."""


def _group_as_option(groups: Sequence[str], value: str) -> str:
    """Returns what to give in place of ``--data VALUE``, whose value is no YAML file of options."""
    (group,) = groups[:1]
    return (
        f"--{group} stands for all options --{group}.OPTION, and {value!r} is no file of them; "
        f"did you mean {quoted([MEANT[group], value])}?"
    )


def in_our_words(message: str, actions: Sequence[Action]) -> str:
    """Returns a parser's message in our words, with the nearest name for a mistyped one.

    Args:
        message: What argparse or jsonargparse says.
        actions: The parser's options and arguments.
    """
    names = {name: action for action in actions for name in action.option_strings}
    message = re.sub(r"(?<=unrecognized arguments: )-- ", "", message)
    if match := re.search(r"(?:unrecognized arguments:|does not accept option) (\S+)", message):
        return message + _did_you_mean(match[1].split("=")[0], list(names))
    if match := re.search(r"argument (\w+): invalid choice: '(.*?)' \(choose from (.*)\)", message):
        known = re.findall(r"[\w-]+", match[3])
        near = _did_you_mean(match[2], known) or f"; give one of {', '.join(known)}"
        return f"there is no {match[1].lower()} {match[2]!r}{near}"
    if match := re.search(r"argument (\S+): expected (at least )?one argument", message):
        return f"{match[1]} needs {'at least one' if match[2] else 'a'} value"
    if match := re.search(r"argument (\S+): ignored explicit argument (.*)", message):
        return f"{match[1]} takes no value, got {match[2]}"
    if match := re.search(r"Unable to load config '(.*?)'\n", message, re.DOTALL):
        return _group_as_option(re.findall(r'Parser key "(\w+)"', message), match[1])
    if match := re.search(r"""Parser key "(\w+)".*NestedArg\(key='([\w.]+)'""", message, re.DOTALL):
        option, own = f"--{match[1]}.{match[2]}", f"--{match[2]}"  # of train, often
        near = f" (did you mean {own}?)" if own in names else _did_you_mean(option, list(names))
        return f"there is no option {option}{near}"
    if match := re.search(r'Parser key "([\w.]+)"', message):
        action = next((a for a in actions if a.dest == match[1]), None)
        return _wrong_value(match[1], message, action, actions)
    return message


def _did_you_mean(name: str, known: list[str]) -> str:
    near = closest(name, known)
    return f" (did you mean {near}?)" if near else ""


def _wrong_value(key: str, message: str, action: Action | None, actions: Sequence[Action]) -> str:
    """Returns what a value was, and what is accepted, in place of names of Python's types.

    Args:
        key: The option as the parser keeps it, such as ``window_seconds``.
        message: What the parser says.
        action: The option, if it is one of ``actions``.
        actions: The parser's options and arguments.
    """
    expected = re.sub(r"Given value type: .*", "", message)
    choices = [re.findall(r"'(.*?)'", found) for found in re.findall(r"Literal\[(.*?)\]", expected)]
    accepted = [f"one of {', '.join(names)}" for names in choices[:1]]
    accepted += [words for kind, words in KINDS.items() if re.search(kind, expected)]
    if "." not in key:  # null is for recipes; who wants no value leaves the option out
        accepted = [words for words in accepted if words != "null"]
    given = re.findall(r"(?:Given value|Got value): (.*)", expected)
    given += re.findall(r"(?:base 10|to float): '(.*)'", expected)
    given += re.findall(r"of type \w+: (\S+) does not conform", expected)
    if not given or not accepted:
        return message
    option = f"--{key}" if "." in key else f"--{key.replace('_', '-')}"
    value = given[-1] or "an empty text"
    said = f"{option}: {value} is not accepted; give {' or '.join(accepted)}"
    said += _did_you_mean(given[-1], choices[0]) if choices else ""
    others = [a.dest.upper() for a in actions if not a.option_strings]
    if action is not None and action.nargs == "+" and others:
        said += f". {option} takes all values that follow it: give {others[-1]} before it"
    return said
