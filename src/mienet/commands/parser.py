"""What all commands' parsers have in common: messages, help, and options that several share."""

import re
import sys
from collections.abc import Sequence
from typing import Any, Literal, NoReturn

from jsonargparse import ArgumentParser
from jsonargparse.typing import PositiveInt

from mienet.commands.help import HelpFormatter
from mienet.commands.printing import complain
from mienet.config import closest, option_names, recipe_names
from mienet.shell import command


class Parser(ArgumentParser):
    """A parser whose errors are one message, with the nearest option for a mistyped one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Without abbreviations, --train.epoch is a mistake here as it is in a recipe.
        super().__init__(*args, formatter_class=HelpFormatter, allow_abbrev=False, **kwargs)

    def format_help(self, formatter: Any = None) -> str:
        """Returns the help without the paths of the files that defaults come from."""
        files = re.compile(r"default config file locations:\n.*?\n\n", re.DOTALL)
        return files.sub("", super().format_help(formatter))

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Prints the message and exits with code 2."""
        if match := re.search(r"(?:unrecognized arguments:|does not accept option) (\S+)", message):
            near = closest(match[1].split("=")[0], [*option_names(), *self._option_string_actions])
            message += f" (did you mean {near}?)" if near else ""
        if match := re.search(r"invalid choice: '([\w-]+)' \(choose from (.*)\)", message):
            near = closest(match[1], re.findall(r"[\w-]+", match[2]))
            message += f"; did you mean {near}?" if near else ""
        if match := re.search(r'Parser key "([\w.]+)":', message):
            message = _wrong_value(match[1], message)
        words = self.prog.replace(" [options]", "").split()[1:]
        if match := re.search(r"arguments are required: (\w[\w.-]*)\.(.*)", message):
            words = [match[1]]
            message = self._missing(match[1], match[2].split(f", {match[1]}."))
        if 'expected "subcommand"' in message:
            commands = ", ".join(self._commands())
            message = f"say what to do: {command('COMMAND')}, with one of {commands}"
        complain(message)
        sys.stderr.write(f"See: {command(*words, '--help')}\n")
        sys.exit(2)

    def _missing(self, name: str, keys: Sequence[str]) -> str:
        """Returns which arguments a command lacks, as they are typed."""
        if keys == ["recipe"]:
            return f"train needs a recipe: a YAML file, or one of {', '.join(recipe_names())}"
        actions = self._commands()[name]._actions
        options = {a.dest: a.option_strings[0] for a in actions if a.option_strings}
        return f"{name} needs {' and '.join(options.get(key, key.upper()) for key in keys)}"

    def _commands(self) -> dict[str, ArgumentParser]:
        found = self._subcommands_action
        return dict(found.choices or {}) if found else {}


KINDS = {
    r"<class 'int'>": "a whole number",
    r"<class 'float'>": "a number",
    r"<class 'bool'>": "true or false",
    "PositiveInt": "a whole number above 0",
    "NonNegativeInt": "a whole number from 0",
    r"<class 'dict'>|dict\[": "a map such as {name: value}",
    r"<class 'str'>": "text",
    r"<class 'list'>": "a list such as [1,8]",
    r"<class 'NoneType'>": "null",
}
"""What jsonargparse calls the kinds of values, and what people do."""


def _wrong_value(key: str, message: str) -> str:
    """Returns what a value was, and what is accepted, in place of names of Python's types."""
    expected = re.sub(r"Given value type: .*", "", message)
    accepted = [f"one of {options}" for options in re.findall(r"Literal\[(.*?)\]", expected)[:1]]
    accepted += [words for kind, words in KINDS.items() if re.search(kind, expected)]
    given = re.findall(r"(?:Given value|Got value|of type \w+): ([^\s]*)", expected)
    if not given or not accepted:
        return message
    option = f"--{key}" if "." in key else f"--{key.replace('_', '-')}"
    return f"{option}: {given[-1]} is not accepted; give {' or '.join(accepted)}"


def add_checkpoint(parser: Parser) -> None:
    """Adds the model to use."""
    parser.add_argument("checkpoint", help="a run's or model's folder, or its model.safetensors")


def add_views(parser: Parser) -> None:
    """Adds which views of a video are averaged, and the device."""
    parser.add_argument(
        "--clips",
        type=str,
        default="center",
        help="clips per video to average over: center (one), two, dense (ten), uniform:K, dense:K",
    )
    parser.add_argument(
        "--crops", type=Literal["one", "three"], default="one", help="crops per clip: 1 or 3"
    )
    parser.add_argument(
        "--short-side",
        type=PositiveInt | None,
        help="pixels of the frames' shorter side; null: as in training",
    )
    parser.add_argument(
        "--crop-size", type=PositiveInt | None, help="pixels of the crop; null: as in training"
    )
    add_device(parser)


def add_frame_pattern(parser: Parser) -> None:
    """Adds how images are named."""
    parser.add_argument(
        "--frame-pattern",
        type=str | None,
        help="names of the images in folders of frames, such as img_{:05d}.jpg; null: any numbered",
    )


def add_device(parser: Parser) -> None:
    """Adds where to compute."""
    parser.add_argument(
        "--device", default="auto", help="cpu, cuda, ...; auto takes a GPU if there is one"
    )


def add_allow_pickle(parser: Parser) -> None:
    """Adds whether a model's file may run code."""
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="open an exported .pt2 file, which can run code: only if you trust who made it",
    )


def add_jobs(parser: Parser) -> None:
    """Adds the number of processes."""
    parser.add_argument("--jobs", type=PositiveInt | None, help="processes; null: one per CPU")


def add_quick(parser: Parser) -> None:
    """Adds whether to spare the decoding."""
    parser.add_argument(
        "--quick",
        action="store_true",
        help="count frames without decoding them: several times faster, and blind to damaged ones",
    )


def normalize_options(arguments: Sequence[str]) -> list[str]:
    """Returns the arguments with options as declared: ``--group-by``, ``--data.crop_size``.

    So a hyphen may stand for an underscore, and the other way round.
    """
    found = []
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if name.startswith("--"):
            name = name[2:].replace("-", "_") if "." in name else name[2:].replace("_", "-")
            argument = f"--{name}{equals}{value}"
        found.append(argument)
    return found
