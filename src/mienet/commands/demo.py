"""``mienet demo``: show the end-to-end example on synthetic videos."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser


def make_parser() -> Parser:
    """Returns the options of ``mienet demo``."""
    parser = Parser(
        description="""Run the end-to-end example on synthetic videos, in minutes.

  mienet demo
  mienet demo --rgb-only true --out runs/demo_tsn    a network that sees no motion

Draws videos of standing long jumps (by computer: no real people), trains a small MIE-Net to tell
the ten phases of a jump apart, evaluates it on athletes and scenes it has not seen, and predicts
a clip."""
    )
    parser.add_argument("--out", default="runs/demo", help="folder to write everything to")
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
        help="train TSN, which sees no motion, for comparison",
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.demo import demo

    demo(options.out, seed=options.seed, rgb_only=options.rgb_only)
    return 0
