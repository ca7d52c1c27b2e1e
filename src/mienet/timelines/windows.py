"""A clip model along a recording: its probabilities in windows that slide over it.

Each window is a clip of its own, read as a clip's center is (``sampling.center_starts``). Its
probabilities count for its middle; between two middles they are interpolated, so that they are
equally far from both where what is shown changes.
Letters: ``N`` frames, ``K`` classes, ``T`` segments, ``L`` frames per segment, ``S`` pixels.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mienet.data.clips import ClipFormat, center_views, clip_indices
from mienet.data.sampling import sliding_windows
from mienet.video.geometry import Images
from mienet.video.reader import Video

WINDOWS_AT_ONCE = 8


def window_probabilities(
    video: Video,
    clip_format: ClipFormat,
    probabilities_of: Callable[[Tensor], Tensor],
    *,
    lengths: Sequence[int],
    stride: int,
    progress: Callable[[float], object] = lambda _: None,
) -> NDArray[np.float32]:
    """Returns the probabilities of each class at each frame, ``(N, K)``, the mean over lengths.

    Frames are decoded once, in order, and those of the windows around a moment alone are in memory.

    Args:
        video: An open video.
        clip_format: How the model reads a clip.
        probabilities_of: Gives ``(B, K)`` of clips ``(B, T, L, 3, S, S)``, uint8.
        lengths: Frames of windows, each at least 1; a shorter video is one window.
        stride: Frames from one window to the next, at least 1.
        progress: Is told the share of the windows that are done, from 0 to 1.

    Raises:
        VideoError: If the video cannot be decoded.
    """
    windows = [
        (start, end, which)
        for which, length in enumerate(lengths)
        for start, end in sliding_windows(video.num_frames, length, stride)
    ]
    windows.sort(key=lambda window: window[1])  # in the order in which their frames are complete
    found: list[NDArray[np.float32]] = []
    batch: list[Tensor] = []
    for count, clip in enumerate(_clips(video, clip_format, windows), start=1):
        batch.append(clip)
        if len(batch) == WINDOWS_AT_ONCE or count == len(windows):
            found.append(probabilities_of(torch.stack(batch)).numpy())
            batch = []
            progress(count / len(windows))
    at_middles = np.concatenate(found)  # (windows, K)
    which_of = np.array([which for _, _, which in windows])
    middles = np.array([(start + end - 1) / 2 for start, end, _ in windows])
    frames = np.arange(video.num_frames)
    mean = np.zeros((video.num_frames, at_middles.shape[1]), dtype=np.float64)
    for which in range(len(lengths)):
        own = which_of == which
        columns = [np.interp(frames, middles[own], column) for column in at_middles[own].T]
        mean += np.stack(columns, axis=1) / len(lengths)
    return mean.astype(np.float32)


def _clips(
    video: Video, clip_format: ClipFormat, windows: list[tuple[int, int, int]]
) -> Iterator[Tensor]:
    """Yields the clip of every window, ``(T, L, 3, S, S)``."""
    wanted = [start + clip_indices(end - start, clip_format)[0] for start, end, _ in windows]
    # The first frame that this window or a later one needs: what is before it can go.
    oldest = np.minimum.accumulate([indices.min() for indices in wanted][::-1])[::-1]
    needed = sorted(set(np.concatenate([indices.ravel() for indices in wanted]).tolist()))
    frames = video.frames_at(needed, short_side=clip_format.short_side)
    images: dict[int, Images] = {}
    for indices, first in zip(wanted, oldest, strict=True):
        last = int(indices.max())
        for index in [index for index in images if index < first]:
            del images[index]
        while last not in images:
            index, image = next(frames)
            images[index] = image
        clip = np.stack([images[int(index)] for index in indices.ravel()])
        (view,) = center_views(clip, clip_format)
        yield view
