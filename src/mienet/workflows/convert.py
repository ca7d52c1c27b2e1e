"""Makes the published checkpoints of the family usable by everything here."""

from pathlib import Path
from typing import TYPE_CHECKING

from mienet.annotations.readers import read_class_names
from mienet.annotations.records import AnnotationError
from mienet.data.clips import ClipFormat
from mienet.models.checkpoints import read_checkpoint
from mienet.models.network import SegmentNetwork
from mienet.models.released import Origin, ReleasedModel
from mienet.models.weights import CheckpointError
from mienet.recognizer import NetworkRecognizer
from mienet.renamed import renamed

# The authors of all of them read their datasets at these sizes.
SHORT_SIDE = 256
CROP_SIZE = 224


def import_checkpoint(
    checkpoint: str | Path,
    classes: str | Path,
    out: str | Path,
    *,
    num_segments: int | None = None,
    model: ReleasedModel | None = None,
) -> tuple[NetworkRecognizer, Origin]:
    """Returns the recognizer of a published checkpoint, and what its file was taken for.

    The recognizer is written to the folder ``out``.

    Args:
        checkpoint: The authors' ``.pth.tar`` or ``.pth``.
        classes: File of the class names in the order of the labels, one a line or a JSON list.
        out: Folder to write ``model.safetensors`` to.
        num_segments: Segments it was trained with; None is the file's own where it holds them, else
            the published 3 for 10 classes (SLJD) and 8 for others.
        model: Decides between the authors' MIE-Net and DPTAM, whose files may have the same names.

    Raises:
        FileNotFoundError: If the checkpoint or the class file is not there.
        CheckpointError: If the checkpoint is not exactly one of the family's networks.
        AnnotationError: If the number of names is not the checkpoint's.
    """
    read = read_checkpoint(checkpoint, num_segments=num_segments, model=model)
    if read.origin is None:
        raise CheckpointError(f"{checkpoint}: is ours and needs no conversion; use it as it is")
    network = read.network
    assert isinstance(network, SegmentNetwork)  # no published one is of whole recordings
    names = read_class_names(Path(classes))
    if len(names) != network.head.out_features:
        raise AnnotationError(
            "the class names are not this checkpoint's",
            [f"{classes}: {len(names)} names; the checkpoint has {len(network.head.bias)} classes"],
        )
    clip_format = ClipFormat(
        num_segments=network.num_segments,
        frames_per_segment=network.frames_per_segment,
        short_side=SHORT_SIDE,
        crop_size=CROP_SIZE,
    )
    recognizer = NetworkRecognizer(network, names, clip_format)
    recognizer.save(out)
    return recognizer, read.origin


if not TYPE_CHECKING:
    __getattr__ = renamed(
        __name__,
        {
            "load_released": "mienet.workflows.convert.import_checkpoint",
        },
    )
