"""What all commands' parsers have in common: messages, help, and options that several share."""

import re
import sys
from argparse import Action
from collections.abc import Sequence
from typing import Any, Literal, NoReturn

from jsonargparse import ArgumentParser
from jsonargparse.typing import NonNegativeInt, PositiveInt

from mienet.commands.argument_order import options_first
from mienet.commands.help import HelpFormatter
from mienet.commands.mistakes import in_our_words
from mienet.commands.printing import complain
from mienet.config import recipe_names
from mienet.options import OptionError, Range, declared, fits
from mienet.ray_workers import Cluster
from mienet.shell import command

MAY_BE_EMPTY = ("annotators", "observations", "camera")
"""Arguments of which an empty text says something."""

WRITTEN = ("out", "preview")
"""What options are called that name a file or folder to write."""


class Parser(ArgumentParser):
    """A parser whose errors are one message, with the nearest option for a mistyped one.

    Attributes:
        takes_standard_output: Whether ``--out -`` is more than a file of that name.
    """

    takes_standard_output = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Without abbreviations, --train.epoch is a mistake here as it is in a recipe.
        super().__init__(*args, formatter_class=HelpFormatter, allow_abbrev=False, **kwargs)

    def format_help(self, formatter: Any = None) -> str:
        """Returns the help without the paths of the files that defaults come from."""
        files = re.compile(r"default config file locations:\n.*?\n\n", re.DOTALL)
        return files.sub("", super().format_help(formatter))

    def parse_args(self, args: Any = None, *more: Any, **kwargs: Any) -> Any:
        """Returns the options; of a command they may stand before, after and among arguments."""
        if args is None or self._subcommands_action is not None:
            return super().parse_args(args, *more, **kwargs)
        args = options_first(args, self._option_string_actions)
        found = super().parse_args(args, *more, **kwargs)
        for action in self._actions:
            self._check_texts(action, found.get(action.dest))
        return found

    def _check_texts(self, action: Action, value: Any) -> None:
        """Refuses texts that would be taken for another file or folder than was meant.

        An empty one would be the folder of the command, and ``-`` a file of that name.
        """
        name = action.option_strings[0] if action.option_strings else action.dest.upper()
        texts = value if isinstance(value, list) else [value]
        if "" in texts and action.dest not in MAY_BE_EMPTY:
            self.error(f"{name}: an empty text is not accepted; is a variable of the shell unset?")
        is_written = action.dest.rpartition(".")[2] in WRITTEN
        if is_written and value == "-" and not self.takes_standard_output:
            self.error(f"{name}: - is not accepted, as this goes to files; give a name")

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Prints the message and exits with code 2."""
        words = self.prog.replace(" [options]", "").split()[1:]
        if match := re.search(r"arguments are required: (\w[\w-]*)\.(.*)", message):
            words = [match[1]]
            message = self._missing(match[1], match[2].split(f", {match[1]}."))
        elif 'expected "subcommand"' in message:
            commands = ", ".join(self._commands())
            message = f"say what to do: {command('COMMAND')}, with one of {commands}"
        else:
            message = in_our_words(message, self._actions)
        complain(re.sub(r"\s*\n[\s-]*", " ", message))
        sys.stderr.write(f"See: {command(*words, '--help')}\n")
        sys.exit(2)

    def _missing(self, name: str, keys: Sequence[str]) -> str:
        """Returns which arguments a command lacks, as they are typed."""
        if keys == ["recipe"]:
            return f"train needs a recipe: a YAML file, or one of {', '.join(recipe_names())}"
        parser = self._commands()[name]
        options = {a.dest: a.option_strings[0] for a in parser._actions if a.option_strings}
        said = f"{name} needs {' and '.join(options.get(key, key.upper()) for key in keys)}"
        takes_all = [a for a in parser._actions if a.option_strings and a.nargs in ("+", "*")]
        given = [a.option_strings[0] for a in takes_all if a.option_strings[0] in parser.args]
        if given and not set(keys) <= set(options):
            said += f"; {given[0]} takes all values that follow it: give the others before it"
        return said

    def _commands(self) -> dict[str, ArgumentParser]:
        found = self._subcommands_action
        return dict(found.choices or {}) if found else {}


def add_checkpoint(parser: Parser) -> None:
    """Adds the model to use."""
    parser.add_argument(
        "checkpoint",
        help="a run's or model's folder, its model.safetensors, or hf:user/model",
    )


def add_evaluated(parser: Parser) -> None:
    """Adds the models that are evaluated, and what on."""
    parser.add_argument(
        "checkpoint",
        nargs="+",
        help="a run's or model's folder, its model.safetensors, or hf:user/model; several are "
        "averaged",
    )
    parser.add_argument(
        "--data",
        type=str | None,
        help="a prepared dataset, class folders, CSV or list; default: the run's validation list",
    )
    add_root(parser)


def add_root(parser: Parser) -> None:
    """Adds where the paths of a list start."""
    parser.add_argument(
        "--root",
        type=str | None,
        help="folder that the list's paths start from; default: the list's own",
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
        help="where: process (this machine), or ray (needs the extra ray, and the same folders "
        "on all machines)",
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

    So a hyphen may stand for an underscore, and the other way round; what follows ``--`` is no
    option, as a file whose name begins so, and stays as it is.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    found = []
    for argument in arguments[:end]:
        name, equals, value = argument.partition("=")
        if name.startswith("--"):
            name = name[2:].replace("-", "_") if "." in name else name[2:].replace("_", "-")
            argument = f"--{name}{equals}{value}"
        found.append(argument)
    return [*found, *arguments[end:]]
