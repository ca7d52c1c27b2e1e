"""What all commands' parsers have in common: messages, help, and options that several share."""

import re
import sys
from collections.abc import Sequence
from typing import Any, Literal, NoReturn

from jsonargparse import ArgumentParser
from jsonargparse.typing import NonNegativeInt, PositiveInt

from mienet.commands.argument_order import options_first
from mienet.commands.help import HelpFormatter
from mienet.commands.printing import complain
from mienet.config import closest, option_names, recipe_names
from mienet.options import OptionError, Range, declared, fits
from mienet.ray_workers import Cluster
from mienet.shell import command, quoted


class Parser(ArgumentParser):
    """A parser whose errors are one message, with the nearest option for a mistyped one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Without abbreviations, --train.epoch is a mistake here as it is in a recipe.
        super().__init__(*args, formatter_class=HelpFormatter, allow_abbrev=False, **kwargs)

    def format_help(self, formatter: Any = None) -> str:
        """Returns the help without the paths of the files that defaults come from."""
        files = re.compile(r"default config file locations:\n.*?\n\n", re.DOTALL)
        return files.sub("", super().format_help(formatter))

    def parse_args(self, args: Any = None, *more: Any, **kwargs: Any) -> Any:
        """Returns the options; of a command they may stand before, after and among arguments."""
        if args is not None and self._subcommands_action is None:
            args = options_first(args, self._option_string_actions)
        return super().parse_args(args, *more, **kwargs)

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Prints the message and exits with code 2."""
        if match := re.search(r"(?:unrecognized arguments:|does not accept option) (\S+)", message):
            near = closest(match[1].split("=")[0], [*option_names(), *self._option_string_actions])
            message += f" (did you mean {near}?)" if near else ""
        if match := re.search(r"invalid choice: '([\w-]+)' \(choose from (.*)\)", message):
            near = closest(match[1], re.findall(r"[\w-]+", match[2]))
            message += f"; did you mean {near}?" if near else ""
        if match := re.search(r"Unable to load config '(.*?)'\n", message, re.DOTALL):
            message = _group_as_option(re.findall(r'Parser key "(\w+)"', message), match[1])
        elif match := re.search(r'Parser key "([\w.]+)":', message):
            message = _wrong_value(match[1], message)
        words = self.prog.replace(" [options]", "").split()[1:]
        if match := re.search(r"arguments are required: (\w[\w.-]*)\.(.*)", message):
            words = [match[1]]
            message = self._missing(match[1], match[2].split(f", {match[1]}."))
        if 'expected "subcommand"' in message:
            commands = ", ".join(self._commands())
            message = f"say what to do: {command('COMMAND')}, with one of {commands}"
        complain(re.sub(r"\s*\n[\s-]*", " ", message))
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
    "PositiveFloat": "a number above 0",
    r"<class 'dict'>|dict\[": "a map such as {name: value}",
    r"<class 'str'>": "text",
    r"<class 'list'>": "a list such as [1,8]",
    r"<class 'NoneType'>": "null",
}
"""What jsonargparse calls the kinds of values, and what people do."""


MEANT = {
    "model": "--model.pretrained",
    "data": "--data.root",
    "train": "--train.name",
    "trainer": "--trainer.accelerator",
}
"""What is likely meant by a group's name as an option: ``--data my_videos``, as evaluate has it."""


def _group_as_option(groups: Sequence[str], value: str) -> str:
    """Returns what to give in place of ``--data VALUE``, whose value is no YAML file of options."""
    (group,) = groups[:1]
    return (
        f"--{group} stands for all options --{group}.OPTION, and {value!r} is no file of them; "
        f"did you mean {quoted([MEANT[group], value])}?"
    )


def _wrong_value(key: str, message: str) -> str:
    """Returns what a value was, and what is accepted, in place of names of Python's types."""
    expected = re.sub(r"Given value type: .*", "", message)
    accepted = [f"one of {options}" for options in re.findall(r"Literal\[(.*?)\]", expected)[:1]]
    accepted += [words for kind, words in KINDS.items() if re.search(kind, expected)]
    if "." not in key:  # null is for recipes; who wants no value leaves the option out
        accepted = [words for words in accepted if words != "null"]
    given = re.findall(r"(?:Given value|Got value|of type \w+): ([^\s]*)", expected)
    if not given or not accepted:
        return message
    option = f"--{key}" if "." in key else f"--{key.replace('_', '-')}"
    return f"{option}: {given[-1]} is not accepted; give {' or '.join(accepted)}"


def add_checkpoint(parser: Parser) -> None:
    """Adds the model to use."""
    parser.add_argument(
        "checkpoint",
        help="a run's or model's folder, its model.safetensors, or hf:user/model",
    )


def add_options(parser: Parser, group: type) -> None:
    """Adds the options that are declared in a ``TypedDict``, such as ``ViewOptions``."""
    for name, (kind, option) in declared(group).items():
        flag = f"--{name.replace('_', '-')}"
        if kind is bool:
            parser.add_argument(flag, action="store_true", help=option.help)
        else:
            kind = _within(kind, option.range)
            parser.add_argument(flag, type=kind, default=option.default, help=option.help)


def _within(kind: Any, limits: Range) -> Any:
    """Returns what the parser takes for whole numbers from 0 or from 1, null or not."""
    if limits.least not in (0, 1) or fits(0.5, kind):
        return kind
    number = PositiveInt if limits.least == 1 else NonNegativeInt
    return number | None if fits(None, kind) else number


def add_jobs(parser: Parser) -> None:
    """Adds the number of processes."""
    parser.add_argument(
        "--jobs", type=PositiveInt | None, help="processes at once; default: one per CPU"
    )


def add_processes(parser: Parser) -> None:
    """Adds how many processes read videos, and where; ``processes_of`` takes them out."""
    add_jobs(parser)
    parser.add_argument(
        "--engine",
        type=Literal["process", "ray"],
        default="process",
        help="where: process (this machine), or ray (needs mienet[ray], and the same folders on "
        "all machines)",
    )
    parser.add_argument(
        "--ray-address",
        type=str | None,
        help="of engine ray: a running cluster, or auto for the one of this machine; default: Ray "
        "is started here, and ended",
    )


def processes_of(arguments: dict[str, Any]) -> int | Cluster | None:
    """Takes out how many processes read videos, and where.

    Raises:
        OptionError: If the options do not fit each other.
    """
    jobs, engine = arguments.pop("jobs"), arguments.pop("engine")
    address = arguments.pop("ray_address")
    if engine == "ray":
        return Cluster(address, jobs)
    if address is not None:
        raise OptionError("--ray-address: of --engine ray alone; give it, too")
    return jobs  # type: ignore[no-any-return]


def add_quick(parser: Parser) -> None:
    """Adds whether to spare the decoding."""
    parser.add_argument(
        "--quick",
        action="store_true",
        help="count frames without decoding them: several times faster, but finds no damaged ones",
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
