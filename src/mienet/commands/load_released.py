"""``mienet load-released``: make one of the authors' checkpoints usable."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser
from mienet.commands.printing import say


def make_parser() -> Parser:
    """Returns the options of ``mienet load-released``."""
    parser = Parser(
        description="""Make one of the authors' released checkpoints usable.

  mienet load-released ckpt.best.pth.tar --classes names.txt --out model/
  mienet predict model/ clip.mp4"""
    )
    parser.add_argument("checkpoint", help="the authors' .pth.tar")
    parser.add_argument(
        "--classes", required=True, help="class names in the labels' order: one a line, or JSON"
    )
    parser.add_argument("--out", required=True, help="folder to write model.safetensors to")
    parser.add_argument(
        "--num-segments",
        type=int | None,
        help="segments it was trained with; null: the published 3 for 10 classes (SLJD), 8 else",
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.convert import load_released

    recognizer = load_released(
        options.checkpoint, options.classes, options.out, num_segments=options.num_segments
    )
    clip_format = recognizer.clip_format
    say(
        f"{options.out}: MIE-Net, {len(recognizer.classes)} classes, {clip_format.num_segments} "
        f"segments of {clip_format.frames_per_segment} frames\n"
        f"Next: mienet predict {options.out} VIDEO"
    )
    return 0
