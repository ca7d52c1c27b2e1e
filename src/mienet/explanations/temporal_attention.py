"""When a network looked: what its temporal attention scales each segment by."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mienet.models.attention import DoublePoolingTemporalAttention
from mienet.recognizer import NetworkRecognizer
from mienet.timeline_recognizer import NetworkTimelineRecognizer


def temporal_attention(
    recognizer: NetworkRecognizer | NetworkTimelineRecognizer, clip: Tensor
) -> NDArray[np.float32] | None:
    """Returns DPTAM's scale of each segment in the last block, the mean over channels, ``(T,)``.

    In (0, 1): an untrained module scales by about 0.5. It scales features, whatever they speak for,
    so it is of no class.

    Args:
        recognizer: A network, with DPTAM or without.
        clip: A clip, or a window of a recording, uint8, ``(T, L, 3, S, S)``.

    Returns:
        None if there is no DPTAM in the network.
    """
    found = [
        module
        for module in recognizer.network.backbone.modules()
        if isinstance(module, DoublePoolingTemporalAttention)
    ]
    if not found:
        return None
    scales: list[Tensor] = []  # (1, C, T)

    def keep(_: nn.Module, __: tuple[Tensor, ...], scale: Tensor) -> None:
        scales.append(scale)

    handle = found[-1].excite.register_forward_hook(keep)
    try:
        with torch.inference_mode():
            recognizer(clip[None].to(recognizer.device))
    finally:
        handle.remove()
    return scales[0][0].mean(dim=0).float().cpu().numpy()
