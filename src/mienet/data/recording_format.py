"""How a network reads a recording: positions in time, and windows of them.

A recording is taken in steps of one or several frames, so that recordings of 25 and of 240 frames
a second look alike to a network; positions lie ``stride`` steps apart.
Letters: ``N`` frames of the video, ``M`` steps, ``T`` positions of a window, ``L`` frames of a
position, ``W`` frames of a window, ``S`` pixels.
"""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from mienet.data import transforms
from mienet.data.sampling import Indices
from mienet.data.transforms import Crop
from mienet.video.frame_cache import KeptVideo, Reading
from mienet.video.geometry import Images
from mienet.video.reader import Video


@dataclass(frozen=True)
class RecordingFormat:
    """How a network reads a recording; saved with every checkpoint.

    Attributes:
        num_segments: ``T``, positions of a window.
        frames_per_segment: ``L``: 1 without motion maps, 4 with them.
        stride: Steps from one position to the next.
        frames_per_second: Of the recordings that it learned from; faster ones are taken in steps of
            several frames.
        short_side: Length of the frames' shorter side in pixels, as they are read.
        crop_size: ``S``: the whole picture is squeezed into a square of so many pixels.
        deinterlace: Whether frames that are marked as interlaced are deinterlaced.

    Raises:
        ValueError: If a number is out of its range.
    """

    num_segments: int
    frames_per_segment: int
    stride: int
    frames_per_second: float
    short_side: int
    crop_size: int
    deinterlace: bool = False

    def __post_init__(self) -> None:
        for name in ("num_segments", "frames_per_segment", "stride", "short_side", "crop_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 < self.frames_per_second < float("inf"):
            raise ValueError(f"frames_per_second must be above 0, got {self.frames_per_second}")

    @property
    def span(self) -> int:
        """Returns the steps from a window's first position to its last, both included."""
        return (self.num_segments - 1) * self.stride + 1

    @property
    def window_steps(self) -> int:
        """Returns the steps that a window sees, those of its last position included."""
        return self.span + self.frames_per_segment - 1

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Returns the shape of a window as frames in a row, ``(W, 3, S, S)``."""
        return self.window_steps, 3, self.crop_size, self.crop_size

    @property
    def window_bytes(self) -> int:
        """Returns the bytes of one uint8 window ``(T, L, 3, S, S)``."""
        return self.num_segments * self.frames_per_segment * 3 * self.crop_size**2

    def reading(self, path: str, frame_pattern: str | None = None) -> Reading:
        """Returns how a video is read."""
        return Reading(path, self.short_side, frame_pattern, self.deinterlace)

    def step_of(self, frames_per_second: float | None) -> int:
        """Returns the frames of one step in a video, at least 1; None is an unknown rate."""
        if frames_per_second is None:
            return 1
        return max(1, round(frames_per_second / self.frames_per_second))

    def squeezed(self, images: Images) -> Images:
        """Returns whole pictures ``(..., H, W, 3)`` as squares, ``(..., S, S, 3)``."""
        height, width = images.shape[1:3]
        return transforms.crop_and_resize(images, Crop(0, 0, height, width), self.crop_size)


def rate_of(video: Video) -> float | None:
    """Returns a video's frames per second over its whole length; None for one without a clock."""
    times = video.timestamps_seconds
    if times is None or len(times) < 2 or times[-1] <= times[0]:
        return None
    return float((len(times) - 1) / (times[-1] - times[0]))


def count_steps(num_frames: int, step: int) -> int:
    """Returns ``M``, the steps of ``step`` frames in a recording of ``num_frames``."""
    return -(-num_frames // step)


def window_starts(num_steps: int, reading: RecordingFormat, overlap: float = 0.5) -> list[int]:
    """Returns the steps at which the windows of a recording start.

    The positions of two that overlap lie between each other's, so that with a stride of 2 and an
    overlap of half every step is a position of some window. A recording as short as a window gets
    one for each of the two places.

    Args:
        num_steps: ``M``.
        reading: How the network reads it.
        overlap: Part of a window that the next one sees again, at least 0 and below 1.

    >>> window_starts(11, RecordingFormat(4, 4, 2, 25.0, 96, 96))
    [0, 3, 4]
    >>> window_starts(200, RecordingFormat(32, 4, 2, 25.0, 96, 96), overlap=0.125)
    [0, 55, 110, 137]
    """
    between = reading.stride // 2
    positions = int((reading.num_segments - 1) * (1 - overlap))
    hop = max(1, min(positions * reading.stride + between, reading.span))
    last = num_steps - reading.span
    if last <= 0:
        return [0, between] if 0 < between < num_steps else [0]
    return [*range(0, last, hop), last]


def window_around(step: int, num_steps: int, reading: RecordingFormat) -> tuple[int, int]:
    """Returns the first step of a window around a step, and which position of it the step is.

    It is the middle position, but near the ends of the recording: a window lies within it if it
    fits.

    Args:
        step: From 0 to ``num_steps - 1``.
        num_steps: ``M``.
        reading: How the network reads it.

    >>> reading = RecordingFormat(4, 4, 2, 25.0, 96, 96)
    >>> [window_around(step, 20, reading) for step in (0, 3, 10, 18, 19)]
    [(0, 0), (1, 1), (6, 2), (12, 3), (13, 3)]
    """
    last_start = num_steps - reading.span
    least = -((last_start - step) // reading.stride)  # rounded up
    position = min(max(reading.num_segments // 2, least), step // reading.stride)
    return step - position * reading.stride, position


def window_indices(start: int, num_steps: int, reading: RecordingFormat, stride: int) -> Indices:
    """Returns the steps of a window's positions, ``(T, L)``; past the ends the end repeats."""
    positions = start + stride * np.arange(reading.num_segments)
    steps = positions[:, None] + np.arange(reading.frames_per_segment)
    return np.clip(steps, 0, num_steps - 1)


def read_window(
    video: Video | KeptVideo, start: int, step: int, reading: RecordingFormat
) -> Tensor:
    """Returns the frames of a window in a row, uint8 ``(W, 3, S, S)``; past the end it repeats.

    Args:
        video: An open video.
        start: The window's first step.
        step: Frames of one step; see ``RecordingFormat.step_of``.
        reading: How the network reads it.

    Raises:
        VideoError: If the video cannot be decoded.
    """
    last = count_steps(video.num_frames, step) - 1
    steps = np.minimum(np.arange(start, start + reading.window_steps), last)
    images = video.read((steps * step).tolist(), short_side=reading.short_side)
    return transforms.to_clip(reading.squeezed(images), 1)[0]
