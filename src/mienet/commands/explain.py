"""``mienet explain``: why a model says what it says of a clip, or of moments of a recording."""

from typing import TYPE_CHECKING

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_checkpoint
from mienet.commands.printing import complain, say, shown

if TYPE_CHECKING:
    from mienet.workflows.explain import Explained


def make_parser() -> Parser:
    """Returns the options of ``mienet explain``."""
    parser = Parser(
        description="""Show what moved, where and when a model looked.

  mienet explain runs/CLIP_MODEL clip.mp4 other.mp4 --out why/ --video
  mienet explain runs/CLIP_MODEL clip.mp4 --out why/ --label landing
  mienet explain runs/RECORDINGS_MODEL jump.mp4 --out why/
  mienet explain runs/RECORDINGS_MODEL jump.mp4 --out why/ --at 3.72 4.2 --label landing

Writes a picture of each clip, or moment of a recording: frames, motion maps, which places speak for
the class, phase or event (Grad-CAM), what it loses when the video stands still for a moment, and
temporal attention. Explained is the likeliest class of a clip. Of a recording it is what is named
--at these seconds: the event, or else the phase; without --at the surest and the least sure event
of each kind that the model finds or, where it finds no event, phase, 12 moments at most. --label
asks for another one: without --at, where it is likeliest. Needs the extra explain:
pip install 'mienet[explain]'. A video that cannot be read is reported, and the exit code is then
1."""
    )
    add_checkpoint(parser)
    parser.add_argument(
        "videos",
        nargs="+",
        help="video files, folders of videos, folders of frames, or CSVs of paths or parts",
    )
    parser.add_argument("--out", required=True, help="folder for the pictures")
    parser.add_argument(
        "--label", type=str | None, help="the class, phase or event to explain; default: see above"
    )
    parser.add_argument(
        "--at",
        type=float,
        nargs="+",
        default=[],
        help="of a model of recordings: the moments to explain, in seconds",
    )
    parser.add_argument(
        "--capture-fps",
        type=float | None,
        help="of a model of recordings: frames per second at which the camera took the frames, for "
        "slow motion and folders of frames; default: the file's clock",
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
    where, what = shown(found.path), shown(explanation.label)
    if (place := explanation.place) is not None:
        where += f", {found.moment}"
        what = f"{'event' if place.is_event else 'phase'} {what}"
    reason = f" ({shown(found.reason)})" if found.reason else ""
    say(f"{where}: {what}, {explanation.probability:.1%}{reason}")
    for written in (found.sheet, found.video):
        if written is not None:
            say(f"  Written: {shown(written)}")
