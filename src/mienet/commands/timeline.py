"""``mienet timeline``: the phases of whole recordings."""

from typing import TYPE_CHECKING

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_checkpoint, add_options
from mienet.commands.printing import complain, say, shown
from mienet.view_options import ModelOptions, WindowOptions

if TYPE_CHECKING:
    from mienet.workflows.timeline import Found


def make_parser() -> Parser:
    """Returns the options of ``mienet timeline``."""
    parser = Parser(
        description="""Find the phases of whole recordings: when each starts, and how long it lasts.

  mienet timeline runs/NAME jump.mp4 --window-seconds 0.6
  mienet timeline runs/NAME recordings/ --window-seconds 0.3 0.6 1 --in-order --out timelines/
  mienet timeline runs/NAME jump.mp4 --window-seconds 0.6 --out timelines/ --write boris elan

The model was trained on clips, one phase each. It looks at windows that slide over the recording;
--window-seconds is about the length of those clips: give a few, from short to long. With --out
there are tables (phases.csv, summary.csv) and a picture of every recording. After a kill the same
command resumes where it stopped. A recording that cannot be read is reported, and the exit code is
then 1."""
    )
    add_checkpoint(parser)
    parser.add_argument(
        "videos", nargs="+", help="video files, folders of frames, folders of videos, or lists"
    )
    parser.add_argument(
        "--window-seconds",
        type=float,
        nargs="+",
        required=True,
        help="lengths of the windows, whose probabilities are averaged: about those of the clips "
        "that the model was trained on",
    )
    parser.add_argument("--out", type=str | None, help="folder for tables and pictures")
    parser.add_argument(
        "--write",
        nargs="+",
        default=[],
        help="programs to write labels for, in order to correct them there: boris, elan, "
        "label-studio, srt, csv, json",
    )
    parser.add_argument(
        "--overlay",
        action="store_true",
        help="write each recording with its phases drawn over it, too: an MP4 for browsers",
    )
    add_options(parser, WindowOptions)
    add_options(parser, ModelOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.timeline import timeline

    arguments = options.as_dict()
    failed = 0
    for found in timeline(arguments.pop("checkpoint"), arguments.pop("videos"), **arguments):
        if found.timeline is None:
            failed += 1
            complain(found.problem)
        else:
            _print(found)
    if options.out is not None:
        say(f"Written: {shown(options.out)}")
    return 1 if failed else 0


def _print(found: "Found") -> None:
    phases = (found.timeline or {})["phases"]
    lines = [shown(found.path) + ("" if found.is_new else ", done before")]
    lines += [
        f"  {phase['start_seconds']:8.2f} to {phase['end_seconds']:8.2f} s  "
        f"{phase['confidence']:4.0%}  {shown(phase['label'])}"
        for phase in phases
    ]
    say("\n".join(lines if phases else [*lines, "  nothing is likely enough"]))
