"""What can be told of a network's answer about one clip, and how it is found.

Shapes: ``T`` segments, ``L`` frames per segment, ``S`` pixels of the square crop.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mienet.data.transforms import normalize
from mienet.explanations.grad_cam import grad_cam
from mienet.explanations.masking import masking_effects
from mienet.explanations.temporal_attention import temporal_attention
from mienet.models.fusion import AdaptiveFusion
from mienet.recognizer import NetworkRecognizer

Numbers = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Explanation:
    """What moved, where and when a network looked, for one class of one clip.

    Attributes:
        label: The class that is explained.
        probability: Its probability, in [0, 1].
        likeliest: The class that the network finds likeliest.
        frames: What the network saw, uint8 RGB, ``(T, L, S, S, 3)``.
        motion: What moved: the motion maps from each frame to the next, from 0, ``(T, L-1, S, S)``;
            None for a network without them.
        heat: Where it looked: Grad-CAM, from 0, ``(T, h, w)``; see ``grad_cam``.
        masking: When: how much lower the class's logit is without each segment, ``(T,)``; None for
            a single segment; see ``masking_effects``.
        attention: When: what DPTAM scales each segment's channels by in the last block, the mean
            over channels, in (0, 1), ``(T,)``; None for a network without it.
        fusion_shares: What adaptive fusion weighs the image and the motion maps by, which sums to
            1, ``(2,)``; None for a network without it. It is learned, and the same for all clips.
        fusion_gates: How far adaptive fusion opens each channel of each segment, in (0, 1),
            ``(T, 3)``.
    """

    label: str
    probability: float
    likeliest: str
    frames: NDArray[np.uint8]
    motion: Numbers | None
    heat: Numbers
    masking: Numbers | None
    attention: Numbers | None
    fusion_shares: Numbers | None
    fusion_gates: Numbers | None


def explain_clip(
    recognizer: NetworkRecognizer, clip: Tensor, class_index: int | None = None
) -> Explanation:
    """Returns why a network gives a clip a class.

    Args:
        recognizer: As ``load_network`` returns it.
        clip: uint8, ``(T, L, 3, S, S)``.
        class_index: The class to explain; None is the likeliest.

    Raises:
        MissingExtraError: If Captum is not installed.
        MienetError: If the model's logits are not finite numbers.
    """
    clips = clip[None].to(recognizer.device)  # (1, T, L, 3, S, S)
    probabilities = recognizer.probabilities(clips)[0]
    likeliest = int(probabilities.argmax())
    chosen = likeliest if class_index is None else class_index
    maps, shares, gates = _inputs(recognizer, clips)
    return Explanation(
        recognizer.classes[chosen],
        float(probabilities[chosen]),
        recognizer.classes[likeliest],
        clip.movedim(2, -1).cpu().numpy(),
        _numbers(maps),
        grad_cam(recognizer, clip, chosen),
        masking_effects(recognizer, clip, chosen),
        temporal_attention(recognizer, clip),
        _numbers(shares),
        _numbers(gates),
    )


@torch.inference_mode()
def _inputs(
    recognizer: NetworkRecognizer, clips: Tensor
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """Returns motion maps ``(T, L-1, S, S)``, the fusion's shares ``(2,)`` and gates ``(T, 3)``."""
    maps = recognizer.motion_maps(clips)
    if maps is None:
        return None, None, None
    fusion = recognizer.network.fusion
    if not isinstance(fusion, AdaptiveFusion):
        return maps[0], None, None
    images = normalize(clips[:, :, 0]).to(maps.dtype)
    return maps[0], fusion.shares(), fusion.gates(images, maps)[0]


def _numbers(values: Tensor | None) -> Numbers | None:
    return None if values is None else values.float().cpu().numpy()
