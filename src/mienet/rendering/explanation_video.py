"""An explanation as a video: what was seen, what moved and where the network looked, side by side.

Shapes: ``T`` segments or positions, ``L`` frames of each, ``S`` pixels.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from mienet.explanations.explanation import Explanation
from mienet.files import whole_file
from mienet.rendering.captions import caption_line
from mienet.rendering.explanation import (
    BRIGHTEST_PERCENT,
    HEAT_COLORS,
    MOTION_COLORS,
    blended,
    scaled,
    title,
)
from mienet.video.geometry import Images

SIDE = 224
"""Pixels of each picture."""

SEGMENT_SECONDS = 1
"""For which each segment is seen, its few frames slowly, so that what they show can be compared."""


def write_explanation_video(
    explanation: Explanation, moments: Sequence[str], path: str | Path
) -> None:
    """Writes an H.264 video (MP4) that plays in a browser: each segment for a second.

    Of a window of a recording, each frame as long as that; positions that share frames are shorter.

    Args:
        explanation: What to show.
        moments: When each segment starts, such as ``1.25 s``, ``(T,)``.
        path: The file; it is there whole or not at all.

    Raises:
        OSError: If it cannot be written.
    """
    rate = explanation.frames.shape[1] * SEGMENT_SECONDS
    with whole_file(path) as file, av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "20"})
        stream.pix_fmt = "yuv420p"
        for number, image in enumerate(video_frames(explanation, moments)):
            if number == 0:
                stream.height, stream.width = image.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


def video_frames(explanation: Explanation, moments: Sequence[str]) -> Iterator[Images]:
    """Yields the pictures: panels of 224 pixels side by side, over two lines of text."""
    heat = scaled(explanation.heat)
    motion = explanation.motion
    if motion is not None:
        motion = scaled(motion, BRIGHTEST_PERCENT)
    for segment, moment in enumerate(moments):
        said = moment
        if explanation.place is not None and explanation.place.position == segment:
            said += ", what is explained"
        if explanation.masking is not None:
            said += f"   without it: {-explanation.masking[segment]:+.2f} of the logit"
        for number, image in enumerate(explanation.frames[segment, : _new_frames(explanation)]):
            panels = [image]
            if motion is not None:  # after the last frame there is no next one
                step = min(number, motion.shape[1] - 1)
                panels.append(blended(image, motion[segment, step], MOTION_COLORS))
            panels.append(blended(image, heat[segment], HEAT_COLORS))
            row = np.concatenate([_sized(panel) for panel in panels], axis=1)
            texts = (title(explanation, moments), said)
            lines = [caption_line(text, row.shape[1]) for text in texts]
            yield np.concatenate([row, *lines])


def _new_frames(explanation: Explanation) -> int:
    """Returns the frames of each segment that the next one does not show again, at least 1."""
    length = explanation.frames.shape[1]
    return length if explanation.place is None else min(length, explanation.place.stride)


def _sized(image: Images) -> Images:
    return np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
