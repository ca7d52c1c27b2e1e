"""Which frames make a clip: pure arithmetic on frame counts, no files.

Sources: the MIE-Net authors' README and released code, TSN for segments, PAN for the bound of the
random starts (the released code's runs past the end), TSM for dense clips. Frames are numbered from
0 here.
Letters: ``n`` frames of the video, ``T`` segments, ``L`` frames per segment, ``s`` frames that a
segment spans, from its first to its last: ``L`` where they are neighbors.
"""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.options import option_name

ClipChoice = str
"""Clips per video in evaluation.

``center`` is one of segment centers, ``two`` has a second one of segment starts, ``uniform:K`` are
K clips evenly spread within the segments, ``dense:K`` K windows of 64 frames, ``dense`` ten."""

MOST_CLIPS = 1000

Indices = NDArray[np.int64]

DENSE_WINDOW = 64
DENSE_CLIPS = 10


class ClipPlan(NamedTuple):
    """What a choice of clips means: center, two, uniform or dense ones, and how many."""

    kind: str
    num_clips: int


def clip_plan(clips: ClipChoice) -> ClipPlan:
    """Returns what a choice of clips means.

    Raises:
        MienetError: If it is none of those of ``ClipChoice``.
    """
    named = {
        "center": ClipPlan("center", 1),
        "centre": ClipPlan("center", 1),  # as earlier versions spell it
        "two": ClipPlan("two", 2),
        "dense": ClipPlan("dense", DENSE_CLIPS),
    }
    if clips in named:
        return named[clips]
    match = re.fullmatch(r"(uniform|dense):([0-9]{1,9})", str(clips))
    if match is None or not 1 <= int(match[2]) <= MOST_CLIPS:
        raise MienetError(
            f"{option_name('clips')} is {clips!r}; accepted are center, two, dense, and "
            f"uniform:K and dense:K with a number K from 1 to {MOST_CLIPS}, such as uniform:2"
        )
    return ClipPlan(match[1], int(match[2]))


def center_starts(num_frames: int, num_segments: int, segment_span: int) -> Indices:
    """Returns the first frame of every segment for validation and test, ``(T,)``.

    With ``tick = (n - s + 1) / T`` segment ``t`` starts at ``int(tick / 2 + tick * t)``. For
    example 20 frames, T = 3, s = 4: tick is 17 / 3, and the segments start at 2, 8 and 14.
    """
    tick = _tick(num_frames, num_segments, segment_span)
    return (tick / 2 + tick * np.arange(num_segments)).astype(np.int64)


def edge_starts(num_frames: int, num_segments: int, segment_span: int) -> Indices:
    """Returns the starts of the second clip of two-clip testing: ``int(tick * t)``, ``(T,)``."""
    tick = _tick(num_frames, num_segments, segment_span)
    return (tick * np.arange(num_segments)).astype(np.int64)


def random_starts(
    num_frames: int, num_segments: int, segment_span: int, generator: np.random.Generator
) -> Indices:
    """Returns random starts for training, ``(T,)``, in rising order.

    With ``d = (n - s + 1) // T`` segment ``t`` starts within ``[t * d, (t + 1) * d)``. A video too
    short for that (``d = 0``) gives T sorted draws with repetition from its valid starts; one
    shorter than s starts at 0.

    A departure: the authors' code, like TSN's, starts all segments at 0 where ``n <= T``. Such a
    video would show one moment in training and all of them in testing, whose starts are spread.
    """
    _check(num_frames, num_segments, segment_span)
    valid = num_frames - segment_span + 1
    length = valid // num_segments
    if length > 0:
        return length * np.arange(num_segments) + generator.integers(length, size=num_segments)
    if valid > 0:
        return np.sort(generator.integers(valid, size=num_segments))
    return np.zeros(num_segments, dtype=np.int64)


def uniform_starts(
    num_frames: int, num_segments: int, segment_span: int, *, num_clips: int
) -> list[Indices]:
    """Returns the starts of ``num_clips`` clips spread evenly within the segments, each ``(T,)``.

    Clip ``k`` of K starts segment ``t`` at ``int(tick * (k + 1/2) / K + tick * t)``; so one clip is
    that of the centers. For example 20 frames, T = 3, s = 4, K = 2: 1, 7, 12 and 4, 9, 15.
    """
    tick = _tick(num_frames, num_segments, segment_span)
    segments = tick * np.arange(num_segments)
    parts = [tick * (2 * clip + 1) / (2 * num_clips) for clip in range(num_clips)]
    return [(part + segments).astype(np.int64) for part in parts]


def dense_starts(
    num_frames: int, num_segments: int, *, num_clips: int = DENSE_CLIPS
) -> list[Indices]:
    """Returns the starts of ``num_clips`` dense clips, each ``(T,)``.

    A clip covers a window of 64 frames, its segments ``64 // T`` frames apart; the windows are
    spread evenly over the video, a single one lies in its middle. In a video shorter than the
    window the starts go on at its beginning, as in TSM's and PAN's code: 10 frames and T = 8 start
    at 0, 8, 6, 4, 2, 0, 8, 6.

    A departure: more than 64 segments are 1 frame apart, where the authors' code takes one frame
    again and again.
    """
    _check(num_frames, num_segments, 1)
    stride = max(DENSE_WINDOW // num_segments, 1)
    last = max(num_frames - DENSE_WINDOW, 0)
    windows = [last // 2] if num_clips == 1 else np.linspace(0, last, num_clips).astype(np.int64)
    return [(window + stride * np.arange(num_segments)) % num_frames for window in windows]


def evaluation_starts(
    num_frames: int, num_segments: int, segment_span: int, clips: ClipChoice
) -> list[Indices]:
    """Returns the segments' starts of every clip to look at in evaluation, each ``(T,)``.

    Raises:
        MienetError: If there is no such choice of clips.
    """
    plan = clip_plan(clips)
    if plan.kind == "dense":
        return dense_starts(num_frames, num_segments, num_clips=plan.num_clips)
    counts = (num_frames, num_segments, segment_span)
    if plan.kind == "uniform":
        return uniform_starts(*counts, num_clips=plan.num_clips)
    center = center_starts(*counts)
    return [center] if plan.kind == "center" else [center, edge_starts(*counts)]


def frame_indices(
    starts: Indices, frames_per_segment: int, num_frames: int, frame_stride: int = 1
) -> Indices:
    """Returns the frames of segments, ``(T, L)``: L from each start, ``frame_stride`` apart.

    Past the end the last frame repeats: starts 0 and 5 with L = 4 in a video of 7 frames give
    0, 1, 2, 3 and 5, 6, 6, 6; two apart they are 0, 2, 4, 6 and 5, 6, 6, 6.
    """
    indices = starts[:, None] + frame_stride * np.arange(frames_per_segment)
    return np.minimum(indices, num_frames - 1)


def sliding_windows(num_frames: int, window: int, stride: int) -> list[tuple[int, int]]:
    """Returns the windows of a long video as ``(first frame, frame after the last)``.

    The last window ends with the video, so that no frame is left out; a video shorter than the
    window is one window. For example 10 frames, window 4, stride 4: (0, 4), (4, 8), (6, 10).

    Raises:
        ValueError: If an argument is below 1.
    """
    for name, value in (("num_frames", num_frames), ("window", window), ("stride", stride)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    last = max(num_frames - window, 0)
    starts = [*range(0, last, stride), last]
    return [(start, min(start + window, num_frames)) for start in starts]


def _tick(num_frames: int, num_segments: int, segment_span: int) -> float:
    _check(num_frames, num_segments, segment_span)
    return max(num_frames - segment_span + 1, 0) / num_segments


def _check(num_frames: int, num_segments: int, segment_span: int) -> None:
    for name, value in (
        ("num_frames", num_frames),
        ("num_segments", num_segments),
        ("segment_span", segment_span),
    ):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
