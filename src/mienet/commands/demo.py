"""``mienet demo``: show the end-to-end example on synthetic videos."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser


def make_parser() -> Parser:
    """Returns the options of ``mienet demo``."""
    parser = Parser(
        description="""Run the end-to-end example on synthetic videos, in minutes.

  mienet demo
  mienet demo --clips --out runs/demo_clips          single phases, cut from the jumps
  mienet demo --rgb-only true --out runs/demo_rgb    a network that sees no motion

Draws recordings of standing long jumps (by computer: no real people), prepares a dataset of them,
trains a small MIE-Net to find the ten phases of a jump, take-off and landing, evaluates it on
athletes and scenes it has not seen, and writes the timeline of one of these recordings: tables, a
picture, and the video with phases and events drawn over it.
With --clips, every video is of one phase, which the network tells from the other nine."""
    )
    parser.add_argument(
        "--out",
        default="runs/demo",
        help="folder to write everything to; an earlier demo in it is replaced",
    )
    parser.add_argument(
        "--clips",
        action="store_true",
        help="trimmed clips of one phase each, in place of whole recordings",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="number that fixes what is random in the videos and the training",
    )
    parser.add_argument(
        "--rgb-only",
        type=bool,
        default=False,
        help="train a network that sees no motion (of clips: TSN), for comparison",
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    if options.clips:
        from mienet.workflows.demo_clips import demo_clips

        demo_clips(options.out, seed=options.seed, rgb_only=options.rgb_only)
    else:
        from mienet.workflows.demo import demo

        demo(options.out, seed=options.seed, rgb_only=options.rgb_only)
    return 0
