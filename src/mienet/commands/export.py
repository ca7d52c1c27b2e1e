"""``mienet export``: write a trained network for another engine."""

from typing import Literal

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_checkpoint
from mienet.commands.printing import say
from mienet.extensions import EngineName
from mienet.shell import command


def make_parser() -> Parser:
    """Returns the options of ``mienet export``."""
    parser = Parser(
        description="""Write a trained network as one file for another engine.

  mienet export runs/NAME --out model/                              ONNX, float32
  mienet export runs/NAME --out model/ --format openvino --precision int8
  mienet predict model/ clip.mp4                                    used like any other model

The model takes uint8 RGB clips and returns logits; classes, sampling and normalization are in
model.json beside it. It is compared with the original on up to 50 of the run's validation videos,
and written only if it agrees. onnx and openvino are extras: pip install 'mienet[openvino]'."""
    )
    add_checkpoint(parser)
    parser.add_argument("--out", required=True, help="folder to write to")
    parser.add_argument("--format", type=EngineName, default="onnx", help="the engine")
    parser.add_argument(
        "--precision",
        type=Literal["float32", "bfloat16", "int8"],
        default="float32",
        help="float32; bfloat16 (openvino, torch); int8 (onnx, openvino), the fastest",
    )
    parser.add_argument(
        "--data",
        type=str | None,
        help="videos to compare on: a folder, a list or a file; null: the run's validation list",
    )
    parser.add_argument(
        "--calibration",
        type=str | None,
        help="videos that int8 takes its ranges from; null: the run's training list",
    )
    parser.add_argument(
        "--tolerance",
        type=float | None,
        help="largest difference of a probability; null: 0.001 in float32, else 0.02",
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.export import export

    arguments = options.as_dict()
    checkpoint, out = arguments.pop("checkpoint"), arguments.pop("out")
    agreement = export(checkpoint, out, **arguments)
    is_pickle = options.format == "torch"
    say(
        f"{out}: {options.format}, {options.precision}; compared with the original on "
        f"{agreement.clips} clips: the same top-1 on {agreement.same_top1}, probabilities within "
        f"{agreement.largest_difference:.1e} (accepted: {agreement.tolerance:g})\n"
        f"Next: {command('predict', out, 'VIDEO', *['--allow-pickle'] * is_pickle)}"
    )
    if is_pickle:
        say(
            "A .pt2 file can run code when it is opened: give --allow-pickle each time, and open "
            "only those of people you trust. Formats onnx and openvino cannot."
        )
    return 0
