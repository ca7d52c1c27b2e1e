"""A model of clips that ``mienet export`` wrote, used like any other."""

import torch
from torch import Tensor

from mienet.data.clips import ClipFormat
from mienet.engines.runtime import ExportedModel
from mienet.errors import MienetError
from mienet.recognizer import Recognizer


class ExportedRecognizer(Recognizer):
    """A recognizer that ``mienet export`` wrote, computed on the CPU by its own engine.

    Args:
        model: The opened model.
    """

    unfamiliar_reason = (
        "an exported model gives logits alone, and familiarity takes features; use the run that it "
        "was exported from"
    )

    def __init__(self, model: ExportedModel) -> None:
        metadata = model.metadata
        super().__init__(
            metadata["classes"],
            ClipFormat(**metadata["clip_format"]),
        )
        self.temperature = metadata.get("temperature", 1.0)
        self.compute = model.compute
        self.metadata = metadata

    def set_sizes(self, *, short_side: int | None = None, crop_size: int | None = None) -> None:
        """Reads videos at another ``short_side``; the crop's size is part of the exported model.

        Raises:
            MienetError: If another crop is asked for, or the sizes do not fit each other.
        """
        fixed = self.clip_format.crop_size
        if crop_size not in (None, fixed):
            raise MienetError(
                f"this exported model takes crops of {fixed} pixels, got a crop_size of "
                f"{crop_size}; leave it out, or use the run that it was exported from"
            )
        super().set_sizes(short_side=short_side)

    def forward(self, clips: Tensor) -> Tensor:
        """Returns float32 logits, ``(B, classes)``, of uint8 clips ``(B, T, L, 3, S, S)``.

        Raises:
            MienetError: If the clips have another shape; only ``B`` is free.
        """
        shape = self.clip_format.clip_shape
        if clips.dtype != torch.uint8 or tuple(clips.shape[1:]) != shape:
            raise MienetError(
                f"this exported model takes uint8 clips of shape (B, {', '.join(map(str, shape))}):"
                f" B clips, T segments, L frames per segment, channels, pixels; got {clips.dtype} "
                f"{tuple(clips.shape)}; export the run again for another shape"
            )
        return self.compute(clips)

    @property
    def device(self) -> torch.device:
        """Returns the CPU."""
        return torch.device("cpu")
