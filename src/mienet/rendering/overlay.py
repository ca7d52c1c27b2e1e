"""A recording with its phases drawn over it, as a video that plays in a browser."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from mienet.files import whole_file
from mienet.rendering.timelines import OTHER_COLOR, class_colors
from mienet.timelines.result import Timeline
from mienet.video.geometry import Images
from mienet.video.reader import open_video

MOST_SIDE = 480
"""Pixels of the shorter side; larger recordings are made smaller."""

LEAST_WIDTH = 320
"""Pixels, below which names could not be read; smaller recordings are enlarged."""

TEXT_HEIGHT = 22
BAR_HEIGHT = 14
MARGIN = 6
LARGEST_FONT, SMALLEST_FONT = 14, 8
"""Pixels; a name that is too long even in the smallest is cut off."""

TIME_BASE = Fraction(1, 90_000)


def write_overlay(timeline: Timeline, path: Path, *, frame_pattern: str | None = None) -> None:
    """Writes an H.264 video (MP4): each frame, its phase with the confidence, and a bar of time.

    It is shown at the speed of the timeline's clock, so that slow motion passes as in reality.

    Args:
        timeline: What was found in a recording, which must still be there.
        path: The file to write; it is there whole or not at all.
        frame_pattern: Names of the images in a folder of frames.

    Raises:
        FileNotFoundError, VideoError: If the recording cannot be read.
        OSError: If the file cannot be written.
    """
    colors = {timeline.classes[index]: color for index, color in class_colors(timeline).items()}
    phase_of = np.full(len(timeline.probabilities), -1)
    for number, phase in enumerate(timeline.phases):
        phase_of[phase.start_frame : phase.end_frame] = number
    captions: dict[int, Images] = {}
    ticks = np.round(timeline.borders_seconds * TIME_BASE.denominator).astype(int)
    with (
        open_video(timeline.path, frame_pattern=frame_pattern, decode_threads=0) as video,
        whole_file(path) as file,
        av.open(file, "w", format="mp4") as container,
    ):
        stream = container.add_stream("libx264", options={"crf": "23", "preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        bar: Images | None = None
        for index, image in video.frames_at(range(video.num_frames), short_side=MOST_SIDE):
            image = _sized(image)
            height, width = image.shape[:2]
            if bar is None:
                stream.width, stream.height = width, height + TEXT_HEIGHT + BAR_HEIGHT
                bar = _bar(timeline, colors, width)
            number = int(phase_of[index])
            if number not in captions:
                captions[number] = _caption(_said(timeline, number), width)
            marked = bar.copy()
            cursor = min(width - 2, int(width * index / video.num_frames))
            marked[:, cursor : cursor + 2] = 0
            picture = np.concatenate([image, captions[number], marked])
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = int(ticks[index] - ticks[0]), TIME_BASE
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _said(timeline: Timeline, number: int) -> str:
    """Returns what is written under a frame of a phase; of none, nothing."""
    if number < 0:
        return ""
    phase = timeline.phases[number]
    sure = "" if phase.confidence is None else f"  {phase.confidence:.0%}"
    return f"{phase.label}{sure}"


def _sized(image: Images) -> Images:
    """Returns an image wide enough for names, with even sides as H.264 wants them."""
    height, width = image.shape[:2]
    scale = max(1.0, LEAST_WIDTH / width)
    even = (round(width * scale) // 2 * 2, max(2, round(height * scale) // 2 * 2))
    if even == (width, height):
        return image
    return np.asarray(cv2.resize(image, even, interpolation=cv2.INTER_LINEAR), np.uint8)


def _bar(timeline: Timeline, colors: dict[str, NDArray[np.float64]], width: int) -> Images:
    """Returns the bar of all phases, ``(BAR_HEIGHT, width, 3)``; each frame is equally wide."""
    bar = np.full((BAR_HEIGHT, width, 3), 255, np.uint8)
    count = len(timeline.probabilities)
    for phase in timeline.phases:
        color = colors.get(phase.label, OTHER_COLOR)
        start, end = (
            round(width * border / count) for border in (phase.start_frame, phase.end_frame)
        )
        bar[:, start:end] = np.round(255 * np.asarray(color[:3])).astype(np.uint8)
    return bar


def _caption(text: str, width: int) -> Images:
    """Returns a line of white text on black, ``(TEXT_HEIGHT, width, 3)``, as large as fits."""
    from matplotlib.font_manager import findfont
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (width, TEXT_HEIGHT))
    file = findfont("DejaVu Sans")
    for size in range(LARGEST_FONT, SMALLEST_FONT - 1, -1):
        font = ImageFont.truetype(file, size)
        if font.getlength(text) <= width - 2 * MARGIN:
            break
    middle = (MARGIN, TEXT_HEIGHT // 2)
    ImageDraw.Draw(picture).text(middle, text, fill="white", font=font, anchor="lm")
    return np.asarray(picture, np.uint8)
