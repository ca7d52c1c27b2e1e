"""A recording with its phases and events drawn over it, as a video that plays in a browser."""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np

from mienet.files import whole_file
from mienet.rendering.captions import caption_line
from mienet.rendering.timelines import OTHER_COLOR, Color, class_colors, event_colors
from mienet.timelines.result import Phase, Spotted, Timeline
from mienet.video.geometry import Images
from mienet.video.reader import open_video

MOST_SIDE = 480
"""Pixels of the shorter side; larger recordings are made smaller."""

LEAST_WIDTH = 320
"""Pixels, below which names could not be read; smaller recordings are enlarged."""

BAR_HEIGHT = 14
TICK_HEIGHT = 8
TICK_WIDTH = 3

EVENT_SECONDS = 0.5
"""For which an event's name stays, so that it can be read."""

FLASH = (255, 214, 0)
"""Behind an event's name in the very frame in which it happens, and of its letters after it."""

TIME_BASE = Fraction(1, 90_000)

COMMENT = "mienet timeline"
"""What a video that is written here says of itself."""


def write_overlay(timeline: Timeline, path: Path, *, frame_pattern: str | None = None) -> None:
    """Writes an H.264 video (MP4): each frame, its phase and events with confidence, a bar of time.

    An event's name lights up in its frame and stays for a moment; above the bar it has a tick. The
    video is shown at the speed of the timeline's clock, so that slow motion passes as in reality.

    Args:
        timeline: What was found in a recording, which must still be there.
        path: The file to write; it is there whole or not at all.
        frame_pattern: Names of the images in a folder of frames.

    Raises:
        FileNotFoundError, VideoError: If the recording cannot be read.
        OSError: If the file cannot be written.
    """
    phase_of = np.full(len(timeline.probabilities), -1)
    for number, phase in enumerate(timeline.phases):
        phase_of[phase.start_frame : phase.end_frame] = number
    latest = _latest_events(timeline)
    caption = lru_cache(maxsize=64)(caption_line)
    ticks = np.round(timeline.borders_seconds * TIME_BASE.denominator).astype(int)
    with (
        open_video(timeline.path, frame_pattern=frame_pattern, decode_threads=0) as video,
        whole_file(path) as file,
        av.open(file, "w", format="mp4") as container,
    ):
        container.metadata["comment"] = COMMENT
        stream = container.add_stream("libx264", options={"crf": "23", "preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        bar: Images | None = None
        for index, image in video.frames_at(range(video.num_frames), short_side=MOST_SIDE):
            image = _sized(image)
            width = image.shape[1]
            if bar is None:
                bar = _bar(timeline, width)
            parts = [image]
            if timeline.classes:
                parts.append(caption(_said(timeline, int(phase_of[index])), width))
            if timeline.event_names:
                text, is_now = latest[index]
                parts.append(
                    caption(text, width, "black" if is_now else FLASH, FLASH if is_now else None)
                )
            marked = bar.copy()
            cursor = min(width - 2, int(width * index / video.num_frames))
            marked[-BAR_HEIGHT:, cursor : cursor + 2] = 0
            picture = np.concatenate([*parts, marked])
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = int(ticks[index] - ticks[0]), TIME_BASE
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def is_overlay(path: Path) -> bool:
    """Returns whether a file is a video that ``write_overlay`` wrote."""
    try:
        with av.open(str(path)) as container:
            return container.metadata.get("comment") == COMMENT
    except (av.FFmpegError, OSError):
        return False


def _said(timeline: Timeline, number: int) -> str:
    """Returns what is written under a frame of a phase; of none, nothing."""
    return "" if number < 0 else _with_confidence(timeline.phases[number])


def _latest_events(timeline: Timeline) -> list[tuple[str, bool]]:
    """Returns for each frame the events that happen in it or did just now, and whether in it."""
    texts: list[list[str]] = [[] for _ in timeline.borders_seconds[:-1]]
    is_now = [False] * len(texts)
    for event in timeline.events:
        end_seconds = timeline.borders_seconds[event.frame] + EVENT_SECONDS
        end = int(np.searchsorted(timeline.borders_seconds[:-1], end_seconds))
        if is_now[event.frame]:
            new = [*texts[event.frame], _with_confidence(event)]
        else:  # takes the place of what happened before
            new = [_with_confidence(event)]
        for frame in range(event.frame, max(end, event.frame + 1)):
            texts[frame] = new
            is_now[frame] = frame == event.frame
    return [(", ".join(text), now) for text, now in zip(texts, is_now, strict=True)]


def _with_confidence(mark: Phase | Spotted) -> str:
    sure = "" if mark.confidence is None else f"  {mark.confidence:.0%}"
    return f"{mark.label}{sure}"


def _sized(image: Images) -> Images:
    """Returns an image wide enough for names, with even sides as H.264 wants them."""
    height, width = image.shape[:2]
    scale = max(1.0, LEAST_WIDTH / width)
    even = (round(width * scale) // 2 * 2, max(2, round(height * scale) // 2 * 2))
    if even == (width, height):
        return image
    return np.asarray(cv2.resize(image, even, interpolation=cv2.INTER_LINEAR), np.uint8)


def _bar(timeline: Timeline, width: int) -> Images:
    """Returns the bar of all phases under the ticks of events, ``(height, width, 3)``.

    Each frame is equally wide, and the height is even.
    """
    colors = {timeline.classes[index]: color for index, color in class_colors(timeline).items()}
    tick_height = TICK_HEIGHT if timeline.event_names else 0
    bar = np.full((tick_height + BAR_HEIGHT, width, 3), 255, np.uint8)
    count = len(timeline.probabilities)
    for phase in timeline.phases:
        start, end = (
            round(width * border / count) for border in (phase.start_frame, phase.end_frame)
        )
        bar[tick_height:, start:end] = _bytes(colors.get(phase.label, OTHER_COLOR))
    kinds = {timeline.event_names[index]: color for index, color in event_colors(timeline).items()}
    for event in timeline.events:
        start = min(width - TICK_WIDTH, int(width * event.frame / count))
        color = _bytes(kinds.get(event.label, OTHER_COLOR))
        bar[: tick_height - 2, start : start + TICK_WIDTH] = color
    return bar


def _bytes(color: Color) -> Images:
    """Returns red, green and blue from 0 to 255."""
    return np.round(255 * np.asarray(color[:3])).astype(np.uint8)
