"""A network for recordings along a recording: what it says of each frame.

Windows of positions overlap; what they say is interpolated to the frames between their positions,
and averaged, the more of a window the nearer a frame is to its middle.
Letters: ``N`` frames, ``M`` steps, ``T`` positions of a window, ``C`` outputs, ``S`` pixels.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mienet.data.recording_format import RecordingFormat, window_starts
from mienet.video.geometry import Images
from mienet.video.reader import Video


class Stitched:
    """Gathers what windows say of the steps of a recording.

    Args:
        num_steps: ``M``.
        num_outputs: ``C``.
        reading: How the network reads a recording.
    """

    def __init__(self, num_steps: int, num_outputs: int, reading: RecordingFormat) -> None:
        self._reading = reading
        self._sums = np.zeros((num_steps, num_outputs), np.float32)
        self._weights = np.zeros((num_steps, 1), np.float32)

    def add(self, start: int, outputs: NDArray[np.floating]) -> None:
        """Adds a window's outputs ``(T, C)``, those of positions behind the end left out."""
        reading, num_steps = self._reading, len(self._sums)
        end = min(start + reading.span, num_steps)
        steps = np.arange(start, end)
        positions = np.arange(start, end, reading.stride)
        columns = [np.interp(steps, positions, c) for c in outputs[: len(positions)].T]
        weights = np.minimum(steps - start + 1, start + reading.span - steps)[:, None]
        self._sums[start:end] += np.stack(columns, axis=1) * weights
        self._weights[start:end] += weights

    def mean(self) -> NDArray[np.float32]:
        """Returns the weighted mean at every step, ``(M, C)``."""
        return self._sums / self._weights


def frame_outputs(
    video: Video,
    reading: RecordingFormat,
    outputs_of: Callable[[Tensor], NDArray[np.float32]],
    *,
    step: int,
    at_once: int,
    overlap: float = 0.5,
    progress: Callable[[float], object] = lambda _: None,
) -> NDArray[np.float32]:
    """Returns what a network says of each frame of a video, ``(N, C)``.

    The video is decoded in one pass, while windows before are computed; the frames of a few
    windows are in memory.

    Args:
        video: An open video.
        reading: How the network reads it.
        outputs_of: Gives ``(B, T, C)`` of frames in a row, uint8 ``(B, W, 3, S, S)``.
        step: Frames of one step, at least 1.
        at_once: Windows that are computed together.
        overlap: Part of a window that the next one sees again, at least 0 and below 1.
        progress: Is told the share of the windows that are done, from 0 to 1.

    Raises:
        VideoError: If the video cannot be decoded.
    """
    frames = np.arange(0, video.num_frames, step)
    starts = window_starts(len(frames), reading, overlap)
    stitched: Stitched | None = None
    count = 0
    with ThreadPoolExecutor(1) as decoder:
        windows = _windows(video, reading, frames.tolist(), starts)
        ahead = decoder.submit(_next, windows, at_once)
        while group := ahead.result():
            ahead = decoder.submit(_next, windows, at_once)
            outputs = outputs_of(torch.stack([window for _, window in group]))
            if stitched is None:
                stitched = Stitched(len(frames), outputs.shape[-1], reading)
            for (start, _), window in zip(group, outputs, strict=True):
                stitched.add(start, window)
            count += len(group)
            progress(count / len(starts))
    assert stitched is not None  # a video has a frame, and so a window
    mean = stitched.mean()
    if step == 1:
        return mean
    columns = [np.interp(np.arange(video.num_frames), frames, column) for column in mean.T]
    return np.stack(columns, axis=1).astype(np.float32)


def _next(windows: Iterator[tuple[int, Tensor]], count: int) -> list[tuple[int, Tensor]]:
    return list(islice(windows, count))


def _windows(
    video: Video, reading: RecordingFormat, frames: list[int], starts: list[int]
) -> Iterator[tuple[int, Tensor]]:
    """Yields the start of every window and its frames, uint8 ``(W, 3, S, S)``."""
    decoded = video.frames_at(frames, short_side=reading.short_side)
    images: dict[int, Images] = {}
    done = 0
    for start in starts:
        end = min(start + reading.window_steps, len(frames))
        for old in [step for step in images if step < start]:
            del images[old]
        for step in range(done, end):
            _, image = next(decoded)
            if step >= start:
                images[step] = reading.squeezed(image[None])[0]
        done = max(done, end)
        steps = np.minimum(np.arange(start, start + reading.window_steps), len(frames) - 1)
        window = np.stack([images[step] for step in steps.tolist()])  # (W, S, S, 3)
        yield start, torch.from_numpy(np.ascontiguousarray(window.transpose(0, 3, 1, 2)))
