"""A clip as a small moving picture that starts again at its end, for pages."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mienet.annotations.records import VideoRecord
from mienet.data.intervals import frame_range
from mienet.video.reader import open_video

SHORT_SIDE = 96
MOST_FRAMES = 10
QUALITY = 60
USUAL_SECONDS = 1.2
"""What a clip lasts on the page, if its own length is not known."""
LEAST_MS, MOST_MS = 60, 400
"""How long one frame is seen."""


@dataclass(frozen=True)
class LoopingClip:
    """A clip in two forms; both are empty if it cannot be read.

    Attributes:
        moving: An animated WebP.
        still: Its middle frame, a JPEG, for those who want nothing to move.
    """

    moving: bytes
    still: bytes


def looping_clip(record: VideoRecord) -> LoopingClip:
    """Returns a clip's frames, at most 10 from start to end, about as fast as they were."""
    try:
        with open_video(record.path, frame_pattern=record.frame_pattern) as video:
            first, count = frame_range(record, video)
            chosen = np.linspace(first, first + count - 1, min(count, MOST_FRAMES)).round()
            indices = [int(index) for index in chosen]
            images = [Image.fromarray(i) for i in video.read(indices, short_side=SHORT_SIDE)]
            times = video.timestamps_seconds
            seconds = USUAL_SECONDS if times is None else float(times[indices[-1]] - times[first])
    except Exception:  # whatever it is, the evaluation has reported it
        return LoopingClip(b"", b"")
    frame_ms = int(np.clip(1000 * seconds / len(images), LEAST_MS, MOST_MS))
    moving, still = io.BytesIO(), io.BytesIO()
    images[0].save(
        moving,
        "WEBP",
        save_all=True,
        append_images=images[1:],
        duration=[frame_ms] * (len(images) - 1) + [frame_ms + LEAST_MS * 5],
        loop=0,
        quality=QUALITY,
        method=2,
    )
    images[len(images) // 2].save(still, "JPEG", quality=QUALITY)
    return LoopingClip(moving.getvalue(), still.getvalue())
