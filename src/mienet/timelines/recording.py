"""A recording from its file to its timeline: how a model is asked, and how one of clips answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from mienet.data.clips import ClipFormat
from mienet.errors import MienetError
from mienet.options import option_name
from mienet.timelines.result import Timeline, make_timeline, video_borders
from mienet.timelines.windows import window_probabilities
from mienet.video.address import located
from mienet.video.reader import open_video

STRIDES_PER_WINDOW = 8
"""Windows that look at each moment, unless a stride is given."""


@dataclass(frozen=True)
class Windows:
    """How a model of clips looks along a recording, and what counts as a phase.

    Attributes:
        window_seconds: Lengths of windows, whose probabilities are averaged: about those of the
            clips that the model was trained on, short ones and long ones.
        stride_seconds: From one window to the next; None is an eighth of the shortest.
        minimum_seconds: What a phase lasts at least.
        threshold: Probability below which a phase is none of the classes, from 0 to 1.
        in_order: Whether phases follow each other in the order of the model's classes, and the
            first one follows the last.
        capture_fps: Frames per second at which the camera took the frames; None is the file's
            clock. It differs in slow motion: times are then those of reality.
        frame_pattern: Names of the images in a folder of frames.

    Raises:
        MienetError: If a number is out of its range.
    """

    window_seconds: tuple[float, ...]
    stride_seconds: float | None = None
    minimum_seconds: float = 0.0
    threshold: float = 0.0
    in_order: bool = False
    capture_fps: float | None = None
    frame_pattern: str | None = None

    def __post_init__(self) -> None:
        if not self.window_seconds:
            raise MienetError(f"{option_name('window_seconds')} is empty; give at least one length")
        named: list[tuple[str, float | None]] = [
            ("window_seconds", value) for value in self.window_seconds
        ]
        _check_above_zero([*named, ("stride_seconds", self.stride_seconds)])
        _check_shared(self)


@dataclass(frozen=True)
class RecordingOptions:
    """How a model of whole recordings is asked, and what counts as a phase or an event.

    Attributes:
        order: "learned": phases follow each other as in the training recordings, and last at least
            half of the shortest there; "free": any may follow any.
        minimum_seconds: What a phase lasts at least, besides what was learned.
        threshold: Probability below which a phase is none of them, from 0 to 1.
        event_threshold: Probability below which there is no event, from 0 to 1; None is each
            label's own, which suited the validation recordings best.
        overlap: Part of a window that the next one sees again, at least 0 and below 1. Half asks
            twice about every moment; an eighth is nearly twice as fast.
        capture_fps: As in ``Windows``.
        frame_pattern: As in ``Windows``.

    Raises:
        MienetError: If a value is not accepted.
    """

    order: Literal["learned", "free"] = "learned"
    minimum_seconds: float = 0.0
    threshold: float = 0.0
    event_threshold: float | None = None
    overlap: float = 0.5
    capture_fps: float | None = None
    frame_pattern: str | None = None

    def __post_init__(self) -> None:
        if self.order not in ("learned", "free"):
            raise MienetError(
                f"{option_name('order')} is {self.order!r}; it must be learned or free"
            )
        _check_shared(self)
        _check_share("event_threshold", self.event_threshold)
        if not 0 <= self.overlap < 1:
            raise MienetError(
                f"{option_name('overlap')} is {self.overlap:g}; it must be at least 0 and below 1"
            )


def _check_shared(options: Windows | RecordingOptions) -> None:
    _check_above_zero([("capture_fps", options.capture_fps)])
    if not 0 <= options.minimum_seconds < float("inf"):
        name = option_name("minimum_seconds")
        raise MienetError(f"{name} is {options.minimum_seconds:g}; it must be 0 or above")
    _check_share("threshold", options.threshold)


def _check_above_zero(named: list[tuple[str, float | None]]) -> None:
    for name, value in named:
        if value is not None and not 0 < value < float("inf"):
            raise MienetError(f"{option_name(name)} is {value:g}; it must be a number above 0")


def _check_share(name: str, value: float | None) -> None:
    if value is not None and not 0 <= value <= 1:
        raise MienetError(f"{option_name(name)} is {value:g}; it must be from 0 to 1")


def find_timeline(
    path: str | Path,
    classes: list[str],
    clip_format: ClipFormat,
    probabilities_of: Callable[[Tensor], Tensor],
    windows: Windows,
    *,
    progress: Callable[[float], object] = lambda _: None,
) -> Timeline:
    """Returns the phases of a video file or folder of frames.

    Args:
        path: The recording, or its address.
        classes: What the model tells apart, ``K`` names.
        clip_format: How it reads a clip.
        probabilities_of: Gives ``(B, K)`` of clips, uint8 ``(B, T, L, 3, S, S)``.
        windows: How it looks along the recording.
        progress: Is told the share of the recording that is done, from 0 to 1.

    Raises:
        FileNotFoundError: If the recording is not there.
        VideoError: If it cannot be read.
        MienetError: If it is a folder of frames, which has no clock, and no ``capture_fps`` is
            given.
    """
    path = located(path)
    with open_video(
        path,
        frame_pattern=windows.frame_pattern,
        decode_threads=torch.get_num_threads(),
        deinterlace=clip_format.deinterlace,
    ) as video:
        borders = video_borders(video, windows.capture_fps)
        frame_seconds = (borders[-1] - borders[0]) / video.num_frames
        stride_seconds = windows.stride_seconds or min(windows.window_seconds) / STRIDES_PER_WINDOW
        probabilities = window_probabilities(
            video,
            clip_format,
            probabilities_of,
            lengths=[
                _frames(seconds, frame_seconds, video.num_frames)
                for seconds in windows.window_seconds
            ],
            stride=_frames(stride_seconds, frame_seconds, video.num_frames),
            progress=progress,
        )
    return make_timeline(
        path,
        classes,
        borders,
        probabilities,
        minimum_seconds=windows.minimum_seconds,
        threshold=windows.threshold,
        in_order=windows.in_order,
    )


def _frames(seconds: float, frame_seconds: float, num_frames: int) -> int:
    """Returns how many frames come nearest to a time, at least 1 and at most all."""
    if frame_seconds <= 0:
        return num_frames
    return min(max(1, round(seconds / frame_seconds)), num_frames)
