"""``mienet import-checkpoint``: make a published checkpoint of the family usable."""

from typing import Literal

from jsonargparse import Namespace

from mienet.commands.parser import Parser
from mienet.commands.printing import say
from mienet.shell import command


def make_parser() -> Parser:
    """Returns the options of ``mienet import-checkpoint``."""
    parser = Parser(
        description="""Convert a published checkpoint (trained weights), to use it like a run.

  mienet import-checkpoint ckpt.best.pth.tar --classes names.txt --out model/
  mienet predict model/ clip.mp4

MIE-Net and DPTAM of the authors' zoo, TSN and TSM of TSM's code, TANet of TAM's, PAN-Lite of
PAN's, and mmaction2's TSN, TSM and TANet; told apart by the names of their tensors."""
    )
    parser.add_argument("checkpoint", help="the authors' .pth.tar or .pth")
    parser.add_argument(
        "--classes", required=True, help="class names in the labels' order: one a line, or JSON"
    )
    parser.add_argument("--out", required=True, help="folder to write model.safetensors to")
    parser.add_argument(
        "--num-segments",
        type=int | None,
        help="segments it was trained with; default: the file's own, or the published 3 for 10 "
        "classes (SLJD), 8 else",
    )
    parser.add_argument(
        "--model",
        type=Literal["mie_net", "dptam"] | None,
        help="which of the authors' two it is, where the file does not tell; default: MIE-Net if "
        "it has the fusion weights w, else DPTAM",
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.convert import import_checkpoint

    recognizer, origin = import_checkpoint(
        options.checkpoint,
        options.classes,
        options.out,
        num_segments=options.num_segments,
        model=options.model,
    )
    clip_format, network = recognizer.clip_format, recognizer.network.options
    consensus = ", consensus vap" if network["consensus"] == "vap" else ""
    say(
        f"{options.out}: {origin.name} on {network['backbone']}{consensus}, "
        f"{len(recognizer.classes)} classes, {clip_format.num_segments} segments of "
        f"{clip_format.frames_per_segment} frames\n"
        f"Taken for {origin.name}: {origin.reason}\n"
        f"Segments: {clip_format.num_segments}, {origin.segments}\n"
        f"Next: {command('predict', options.out, 'VIDEO')}"
    )
    return 0
