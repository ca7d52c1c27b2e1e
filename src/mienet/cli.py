"""The command line: find the command, parse, run it. Heavy imports wait until a command runs."""

import errno
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from mienet import __version__
from mienet.commands import (
    agree,
    benchmark,
    cache,
    check,
    compare,
    demo,
    evaluate,
    explain,
    export,
    extract,
    import_checkpoint,
    predict,
    prepare,
    pull,
    push,
    report,
    serve,
    slurm,
    suggest,
    sweep,
    timeline,
    train,
)
from mienet.commands.hub_models import use_hub_models
from mienet.commands.parser import Parser, normalize_options
from mienet.commands.printing import complain, note, readable_output
from mienet.ending import orderly_sigterm
from mienet.errors import MienetError, no_folder
from mienet.options import named_as_on_command_line
from mienet.processors import limit_threads

COMMANDS: dict[str, ModuleType] = {
    "prepare": prepare,
    "check": check,
    "extract": extract,
    "train": train,
    "slurm": slurm,
    "sweep": sweep,
    "evaluate": evaluate,
    "report": report,
    "compare": compare,
    "predict": predict,
    "explain": explain,
    "timeline": timeline,
    "suggest": suggest,
    "serve": serve,
    "agree": agree,
    "import-checkpoint": import_checkpoint,
    "export": export,
    "push": push,
    "pull": pull,
    "benchmark": benchmark,
    "cache": cache,
    "demo": demo,
}

WITH_RECIPE = ("train", "slurm")
"""Commands that look for a recipe among their arguments, which gives the options' defaults."""

RENAMED = {"load-released": "import-checkpoint"}
"""Commands by the names that they had, which work for one version."""


@readable_output()
@orderly_sigterm()
@named_as_on_command_line()
def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 for success, 1 for an error of the input."""
    limit_threads()
    arguments = normalize_options(sys.argv[1:] if arguments is None else arguments)
    if arguments[:1] and arguments[0] in RENAMED:
        old, arguments[0] = arguments[0], RENAMED[arguments[0]]
        note(f"{old} is called {arguments[0]} now; the old name goes with the next version")
    try:
        options = _build_parser(arguments).parse_args(arguments)
        use_hub_models(options.subcommand, options[options.subcommand])
        code: int = COMMANDS[options.subcommand].run(options[options.subcommand])
        return code
    except BrokenPipeError:
        raise
    except (MienetError, OSError) as error:
        complain(_message(error))
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("mienet: stopped\n")
        return 130


def _build_parser(arguments: list[str]) -> Parser:
    parser = Parser(
        prog="mienet",
        description="""Fine-grained action recognition in video.

  mienet demo                                      everything on synthetic videos, in minutes
  mienet prepare my_videos/ --out datasets/jumps   check videos in my_videos/CLASS/, split them
  mienet train small --data.root datasets/jumps --train.name first     the model is in runs/first
  mienet evaluate runs/first --data datasets/jumps/test.csv     accuracy, per class too
  mienet slurm train small ... --out job.sh        the same on a cluster: a script for sbatch
  mienet sweep family.yaml                         many trainings, one table
  mienet report runs/first --data datasets/jumps/test.csv       a page about the model, to read
  mienet compare runs/first runs/second            side by side: is one better, or is it chance?
  mienet predict runs/first clip.mp4               ranked classes
  mienet explain runs/first clip.mp4 --out why/    what moved, where and when the model looked
  mienet timeline runs/first jump.mp4              phases and events of a whole recording
  mienet suggest runs/first my_videos/             which videos to label next
  mienet serve runs/first --videos my_videos/      a page to watch, label, correct and train
  mienet agree ann.csv bob.csv --videos my_videos/     how well two observers agree
  mienet export runs/first --out model/            one file, for faster engines and other programs
  mienet push runs/first user/model                share it on a hub, with a card about it
  mienet predict hf:user/model clip.mp4            a model on a hub, wherever a model is taken

Each command explains itself: mienet COMMAND --help""",
    )
    parser.add_argument("--version", action="version", version=f"mienet {__version__}")
    commands = parser.add_subcommands(metavar="COMMAND", title="commands", description=None)
    asked = [name for name in arguments[:1] if name in COMMANDS]
    for name in asked or COMMANDS:
        command = COMMANDS[name]
        own = [arguments[1:] if arguments[:1] == [name] else []] if name in WITH_RECIPE else []
        subparser = command.make_parser(*own)
        commands.add_subcommand(name, subparser, help=(subparser.description or "").split("\n")[0])
    return parser


def _message(error: Exception) -> str:
    """Returns the error's own words, also when it comes out of a loader's worker process."""
    if isinstance(error, (FileExistsError, NotADirectoryError)) and error.filename:
        return no_folder(error.filename)
    if isinstance(error, OSError) and error.filename:
        said = f"{error.filename}: {(error.strerror or 'cannot be used').lower()}"
        if isinstance(error, IsADirectoryError):
            said += "; a file is needed: give the name of one"
        is_new = isinstance(error, PermissionError) and not os.path.lexists(error.filename)
        if is_new or error.errno == errno.EROFS:  # it was to be written
            said += "; to write elsewhere, give --out (of a training --train.out); report and "
            said += "compare write beside the model, too: give them a copy of its folder"
        return said
    return str(error).strip().rsplit(f"{type(error).__name__}: ", 1)[-1]
