"""``mienet check``: read every video, and hold the lists against them."""

from pathlib import Path
from typing import Any

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_processes, add_quick, processes_of
from mienet.commands.printing import say, shown
from mienet.errors import MienetError


def make_parser() -> Parser:
    """Returns the options of ``mienet check``."""
    parser = Parser(
        description="""Read every video of a dataset, and report all that is wrong.

  mienet check datasets/jumps                      a dataset that mienet prepare made
  mienet check my_videos/ --out checked            or class folders, a CSV, a list

Finds videos that cannot be read, are cut short, have no frames or fewer than the list says;
implausible frame rates; the same content twice; missing and unlisted videos; classes without clips;
clips or groups (such as athletes) in two splits. Prints a table, writes report.html and
problems.csv, changes no video and no list. The exit code is 1 if anything is wrong."""
    )
    parser.add_argument("source", help="a prepared dataset, class folders, a CSV or a list")
    parser.add_argument(
        "--videos",
        "--frames",
        type=str | None,
        help="folder that a list's paths start from; default: the list's own",
    )
    parser.add_argument(
        "--out", type=str | None, help="folder to write to; default: the dataset's own, or check"
    )
    add_quick(parser)
    add_processes(parser)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.check_recordings import is_dataset_of_recordings

    check = _check_recordings if is_dataset_of_recordings(options.source) else _check_clips
    arguments = options.as_dict()
    arguments["jobs"] = processes_of(arguments)
    arguments["decode"] = not arguments.pop("quick")
    lines, wrong, folder = check(arguments)
    say("\n".join(lines))
    files = [folder / "report.html", *([folder / "problems.csv"] if wrong else [])]
    say(f"Look at: {', '.join(map(shown, files))}")
    return 1 if wrong else 0


def _check_clips(arguments: dict[str, Any]) -> tuple[list[str], int, Path]:
    from mienet.workflows.check import check, summary, verdict

    inspection, folder = check(arguments.pop("source"), **arguments)
    lines = [*summary(inspection), f"\n{verdict(inspection)}"]
    return lines, len(inspection.problems), folder


def _check_recordings(arguments: dict[str, Any]) -> tuple[list[str], int, Path]:
    from mienet.workflows.check import counted
    from mienet.workflows.check_recordings import check_recordings, recordings_summary

    if arguments.pop("videos") is not None:
        raise MienetError('a dataset says itself where its videos are: "videos" in dataset.json')
    inspection, folder = check_recordings(arguments.pop("source"), **arguments)
    said = counted(inspection.problems, inspection.notes)
    return [*recordings_summary(inspection), f"\n{said}"], len(inspection.problems), folder
