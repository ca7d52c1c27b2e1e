"""``mienet export``: write a trained network for another engine."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_checkpoint
from mienet.commands.printing import say
from mienet.extensions import EngineName, Precision
from mienet.shell import command


def make_parser() -> Parser:
    """Returns the options of ``mienet export``."""
    parser = Parser(
        description="""Convert a trained network to one file, for faster engines and other programs.

  mienet export runs/NAME --out model/                              ONNX, float32
  mienet export runs/NAME --out model/ --format openvino --precision int8
  mienet predict model/ clip.mp4                                    used like any other model
  mienet timeline model/ jump.mp4                                   so is one of whole recordings

The model takes uint8 RGB clips, or frames in a row, and returns logits (scores before they are
made probabilities); labels, sampling and normalization are in model.json beside it. It is compared
with the original on up to 50 clips or windows of the run's validation videos, and written only if
it agrees. Where make did not install mienet, onnx and openvino need:
pip install 'mienet[onnx,openvino]'."""
    )
    add_checkpoint(parser)
    parser.add_argument("--out", required=True, help="folder to write to")
    parser.add_argument("--format", type=EngineName, default="onnx", help="the engine")
    parser.add_argument(
        "--precision",
        type=Precision,
        default="float32",
        help="of the numbers in it: bfloat16 for openvino and torch, int8 for onnx and openvino",
    )
    parser.add_argument(
        "--data",
        type=str | None,
        help="videos to compare on: a folder, a list or a file; default: the run's validation list",
    )
    parser.add_argument(
        "--calibration",
        type=str | None,
        help="videos from which int8 takes the ranges of values; default: the run's training list",
    )
    parser.add_argument(
        "--tolerance",
        type=float | None,
        help="largest accepted difference of a probability; default: 0.001 in float32, else 0.02",
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.export import FAMILIARITY_TOLERANCE, export

    arguments = options.as_dict()
    checkpoint, out = arguments.pop("checkpoint"), arguments.pop("out")
    agreement = export(checkpoint, out, **arguments)
    is_pickle = options.format == "torch"
    used_by = "predict" if agreement.unit == "clip" else "timeline"
    say(
        f"{out}: {options.format}, {options.precision}; compared with the original on "
        f"{agreement.compared} {agreement.unit}s: {agreement.top1_words()}, probabilities within "
        f"{agreement.largest_difference:.1e} (accepted: {agreement.tolerance:g})\n"
        f"Next: {command(used_by, out, 'VIDEO', *['--allow-pickle'] * is_pickle)}"
    )
    if (apart := agreement.familiarity_difference) is not None:
        within = f"familiarities within {apart:.1e} (accepted: {FAMILIARITY_TOLERANCE:g})"
        said = (
            "--error-rate holds for it"
            if agreement.keeps_familiarity
            else ("--error-rate does not hold for it; use the run for that, or float32")
        )
        say(f"{within}: {said}")
    if is_pickle:
        say(
            "A .pt2 file can run code when it is opened: give --allow-pickle each time, and open "
            "only those of people you trust. Formats onnx and openvino cannot."
        )
    return 0
