"""What can be told of a network's answer about a clip or a position, and how it is found.

Shapes: ``T`` segments of a clip, or positions of a window of a recording, ``L`` frames of each,
``W`` frames of a window, ``S`` pixels of the square crop.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mienet.data.transforms import normalize
from mienet.explanations.grad_cam import grad_cam
from mienet.explanations.masking import masking_effects, position_effects
from mienet.explanations.outputs import (
    Output,
    named_event,
    named_output,
    named_phase,
    probabilities_at,
)
from mienet.explanations.temporal_attention import temporal_attention
from mienet.models.fusion import AdaptiveFusion
from mienet.models.segment_features import SegmentFeatures
from mienet.recognizer import NetworkRecognizer
from mienet.timeline_recognizer import NetworkTimelineRecognizer

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Place:
    """Which answer about a window of a recording is explained.

    Attributes:
        position: Where it was given, from 0.
        is_event: Whether it is of an event, or else of a phase.
        stride: Frames from one position to the next.
    """

    position: int
    is_event: bool
    stride: int


@dataclass(frozen=True, eq=False)
class Explanation:
    """What moved, where and when a network looked, for one answer about one clip or window.

    Attributes:
        label: The class that is explained; of a recording the phase or event.
        probability: Its probability, in [0, 1].
        likeliest: The class that the network finds likeliest; of a recording the phase that it
            does, or the event that is likely enough.
        frames: What the network saw, uint8 RGB, ``(T, L, S, S, 3)``.
        motion: What moved: the motion maps from each frame to the next, from 0, ``(T, L-1, S, S)``;
            None for a network without them.
        heat: Where it looked: Grad-CAM, from 0, ``(T, h, w)``; see ``grad_cam``.
        masking: When: how much lower the logit is without each segment, ``(T,)``; None for a single
            segment; see ``masking_effects`` and ``position_effects``.
        attention: When: what DPTAM scales each segment's channels by in the last block, the mean
            over channels, in (0, 1), ``(T,)``; None for a network without it.
        fusion_shares: What adaptive fusion weighs the image and the motion maps by, which sums to
            1, ``(2,)``; None for a network without it. It is learned, and the same for all clips.
        fusion_gates: How far adaptive fusion opens each channel of each segment, in (0, 1),
            ``(T, 3)``.
        place: Which answer it is; None of a clip, which has one.
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
    place: Place | None = None


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
    maps, shares, gates = _inputs(recognizer.network, clips)
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


def explain_position(
    recognizer: NetworkTimelineRecognizer,
    frames: Tensor,
    position: int,
    output: Output | None = None,
) -> Explanation:
    """Returns why a network gives a position of a recording a phase or an event.

    The probability is this window's; a timeline has the mean of the windows that overlap.

    Args:
        recognizer: As ``read_network`` returns it.
        frames: A window's frames in a row, uint8, ``(W, 3, S, S)``.
        position: From 0.
        output: What to explain; None is the event that is named there, or else the phase.

    Raises:
        MissingExtraError: If Captum is not installed.
        MienetError: If the model's logits are not finite numbers.
    """
    probabilities = probabilities_at(recognizer, frames, position)
    chosen = output or named_output(recognizer, probabilities)
    named = (named_event if chosen.is_event else named_phase)(recognizer, probabilities)
    reading = recognizer.recording_format
    clip = frames.unfold(0, reading.frames_per_segment, reading.stride).movedim(-1, 1)
    maps, shares, gates = _inputs(recognizer.network, clip[None].to(recognizer.device))
    return Explanation(
        chosen.label,
        float(probabilities[chosen.index]),
        named.label if named else chosen.label,
        clip.movedim(2, -1).cpu().numpy(),
        _numbers(maps),
        grad_cam(recognizer, clip, (position, chosen.index)),
        position_effects(recognizer, frames, position, chosen),
        temporal_attention(recognizer, clip),
        _numbers(shares),
        _numbers(gates),
        Place(position, chosen.is_event, reading.stride),
    )


@torch.inference_mode()
def _inputs(
    network: SegmentFeatures, clips: Tensor
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """Returns motion maps ``(T, L-1, S, S)``, the fusion's shares ``(2,)`` and gates ``(T, 3)``."""
    if network.motion is None:
        return None, None, None
    normalized = normalize(clips).to(network.motion.conv.weight.dtype)
    maps = network.motion(normalized)
    if not isinstance(network.fusion, AdaptiveFusion):
        return maps[0], None, None
    gates = network.fusion.gates(normalized[:, :, 0], maps)
    return maps[0], network.fusion.shares(), gates[0]


def _numbers(values: Tensor | None) -> Numbers | None:
    return None if values is None else values.float().cpu().numpy()
