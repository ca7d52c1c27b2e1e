"""``mienet explain``: why a model says what it says of a clip."""

from typing import TYPE_CHECKING

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_checkpoint
from mienet.commands.printing import complain, say, shown

if TYPE_CHECKING:
    from mienet.workflows.explain import Explained


def make_parser() -> Parser:
    """Returns the options of ``mienet explain``."""
    parser = Parser(
        description="""Show what moved, where and when a model of clips looked.

  mienet explain runs/NAME clip.mp4 --out out/
  mienet explain runs/NAME clip.mp4 other.mp4 --out out/ --class take_off --video

Writes a picture of each video: the segments' frames, the motion maps and Grad-CAM over them, what
the class loses when the video stands still in a segment, and temporal attention. The likeliest
class is explained, or --class. Needs the extra explain: pip install 'mienet[explain]'. A video
that cannot be read is reported, and the exit code is then 1."""
    )
    add_checkpoint(parser)
    parser.add_argument(
        "videos",
        nargs="+",
        help="video files, folders of videos, folders of frames, or CSVs of paths or parts",
    )
    parser.add_argument("--out", required=True, help="folder for the pictures")
    parser.add_argument(
        "--class", type=str | None, help="the class to explain; default: the likeliest"
    )
    parser.add_argument(
        "--video",
        action="store_true",
        help="write what moved and where the model looked as a video, too: an MP4 for browsers",
    )
    parser.add_argument(
        "--device", default="auto", help="where to compute: auto, cpu, cuda, cuda:1, ..."
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.explain import explain

    arguments = options.as_dict()
    arguments["class_name"] = arguments.pop("class")
    failed = 0
    for found in explain(arguments.pop("checkpoint"), arguments.pop("videos"), **arguments):
        if found.explanation is None:
            failed += 1
            complain(found.problem)
        else:
            _print(found)
    return 1 if failed else 0


def _print(found: "Explained") -> None:
    explanation = found.explanation
    if explanation is None:
        return
    say(f"{shown(found.path)}: {shown(explanation.label)}, {explanation.probability:.1%}")
    for written in (found.sheet, found.video):
        if written is not None:
            say(f"  Written: {shown(written)}")
