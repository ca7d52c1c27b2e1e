"""When a network looked: what a logit loses without a segment of a clip, or position of a window.

Shapes: ``T`` segments or positions, ``L`` frames of each, ``W`` frames of a window, ``S`` pixels.
"""

from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mienet.data.recording_format import RecordingFormat
from mienet.explanations.outputs import Output
from mienet.recognizer import Recognizer
from mienet.timeline_recognizer import TimelineRecognizer


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


def position_effects(
    recognizer: TimelineRecognizer, frames: Tensor, position: int, output: Output
) -> NDArray[np.float32] | None:
    """Returns how much lower a logit at one position is without each of the window's, ``(T,)``.

    As ``masking_effects``, with ``hold_still``. Logits of phases are divided by the temperature;
    events have none.

    Args:
        recognizer: Any recognizer of recordings.
        frames: A window's frames in a row, uint8, ``(W, 3, S, S)``.
        position: Whose logit it is, from 0.
        output: The phase or event.

    Returns:
        None if there is only one position.
    """
    reading = recognizer.recording_format
    if reading.num_segments == 1:
        return None
    # One by one: as a batch, the copies of a large window would take gigabytes.
    versions = (hold_still(frames, index, reading) for index in range(reading.num_segments))
    logits = [
        recognizer.window_logits(version[None])[0, position, output.index]
        for version in chain([frames], versions)
    ]
    temperature = 1.0 if output.is_event else recognizer.temperature
    return ((logits[0] - torch.stack(logits[1:])) / temperature).cpu().numpy()


def hold_still(frames: Tensor, position: int, reading: RecordingFormat) -> Tensor:
    """Returns a window in which nothing new is seen at a position, and nothing moves.

    All its frames, which neighbors may share, are the last one that the network sees before them,
    or, of the first position, the first one that it sees behind them.

    Args:
        frames: ``(W, 3, S, S)``, of 2 positions or more.
        position: From 0.
        reading: How the network reads a recording.
    """
    start, length = position * reading.stride, reading.frames_per_segment
    if position > 0:
        still = min(start - reading.stride + length, start) - 1
    else:
        still = max(reading.stride, length)
    changed = frames.clone()
    changed[start : start + length] = frames[still]
    return changed
