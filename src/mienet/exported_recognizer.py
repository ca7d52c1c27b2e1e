"""A model of clips that ``mienet export`` wrote, used like any other."""

import torch
from torch import Tensor

from mienet.data.clips import ClipFormat
from mienet.engines.runtime import ExportedModel
from mienet.errors import MienetError
from mienet.recognizer import Recognizer, in_parts


class ExportedRecognizer(Recognizer):
    """A recognizer that ``mienet export`` wrote, computed on the CPU by its own engine.

    Args:
        model: The opened model.
    """

    unfamiliar_reason = (
        "the exported model gives logits alone, and familiarity takes features: the run that it "
        "was exported from has none, or it was exported with an earlier version; use the run, or "
        "export it again"
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
        difference = (metadata.get("agreement") or {}).get("familiarity_difference")
        if difference is not None:
            self.unfamiliar_reason = (
                f"in {metadata['precision']} clips are up to {difference:.3f} more or less "
                "familiar than to the run, which is more than was accepted; use the run, or export "
                "it in float32"
            )

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
        return self._outputs(clips)[0]

    def view_outputs(self, views: Tensor) -> tuple[Tensor, Tensor | None]:
        """Returns logits and features of each view; see ``Recognizer``."""
        if self.known_clips is None:
            return super().view_outputs(views)
        found = in_parts(self._side_by_side, views)
        logits, features = found[:, : len(self.classes)], found[:, len(self.classes) :]
        return logits / self.temperature, features.unflatten(1, (self.clip_format.num_segments, -1))

    def _side_by_side(self, clips: Tensor) -> Tensor:
        """Returns logits and features, which are computed together: ``(B, classes + T * F)``."""
        return torch.cat([one.flatten(1) for one in self._outputs(clips)], dim=1)

    def _outputs(self, clips: Tensor) -> tuple[Tensor, ...]:
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
