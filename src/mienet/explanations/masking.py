"""When a network looked: what the class's logit loses without a segment.

Shapes: ``T`` segments, ``L`` frames per segment, ``S`` pixels.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mienet.recognizer import Recognizer


def masking_effects(
    recognizer: Recognizer, clip: Tensor, class_index: int
) -> NDArray[np.float32] | None:
    """Returns how much lower a class's logit is without each segment, ``(T,)``.

    What is above 0 speaks for the class. A segment is taken away by ``stand_still``: black or gray
    frames would be pictures that no video has, and what a network makes of them says little. What a
    segment's neighbor shows, too, is not missed: the effects are of what each segment adds, and do
    not sum to the logit. Logits are those that probabilities are made of, divided by the
    temperature.

    Args:
        recognizer: Any recognizer of clips.
        clip: uint8, ``(T, L, 3, S, S)``.
        class_index: The class.

    Returns:
        None if there is only one segment, which has no neighbor.
    """
    num_segments = len(clip)
    if num_segments == 1:
        return None
    versions = [clip, *(stand_still(clip, index) for index in range(num_segments))]
    with torch.inference_mode():
        clips = torch.stack(versions).to(recognizer.device)
        logits = recognizer.video_logits(clips[:, None])[:, class_index]  # (1 + T,)
    return (logits[0] - logits[1:]).cpu().numpy()


def stand_still(clip: Tensor, segment: int) -> Tensor:
    """Returns a clip in which nothing new is seen in a segment, and nothing moves.

    All its frames are the last frame of the segment before it, or, of the first segment, the first
    frame of the one behind it.

    Args:
        clip: ``(T, L, 3, S, S)``, ``T`` of 2 or more.
        segment: From 0.
    """
    still = clip[segment - 1, -1] if segment > 0 else clip[1, 0]  # (3, S, S)
    changed = clip.clone()
    changed[segment] = still
    return changed
