"""Which frames of a video a record means: all, or a part told in seconds or in frames."""

import numpy as np
from numpy.typing import NDArray

from mienet.annotations.records import VideoRecord
from mienet.video.reader import Video, VideoError

END_TOLERANCE_SECONDS = 0.5
"""How far a clip's end may lie past the last frame, since people write rounded times."""


def frame_range(record: VideoRecord, video: Video) -> tuple[int, int]:
    """Returns the record's first frame in the video and its number of frames.

    A part told in seconds has the frames that begin in it; a part that is shorter than a frame has
    the one that is shown when it begins.

    Raises:
        VideoError: If the video is shorter than the record says, or has no clock for its seconds.
    """
    times = video.timestamps_seconds
    clock = None if times is None else (float(times[0]), _end_seconds(times))
    if says := outside(record, video.num_frames, clock):
        raise VideoError(f"{record.source}: {video.path} {says}", kind="outside the video")
    if record.start_frame is not None or record.end_frame is not None:
        start = record.start_frame or 0
        end = video.num_frames if record.end_frame is None else record.end_frame
        return start, end - start
    if times is None or (record.start_seconds is None and record.end_seconds is None):
        return 0, video.num_frames
    first = int(np.searchsorted(times, record.start_seconds or 0.0))
    end_seconds = float("inf") if record.end_seconds is None else record.end_seconds
    last = int(np.searchsorted(times, end_seconds))
    return (first, last - first) if last > first else (max(first - 1, 0), 1)


def outside(record: VideoRecord, num_frames: int, clock: tuple[float, float] | None) -> str:
    """Returns what a record asks for that its video does not have; empty if it has all.

    Checking a dataset and reading a clip both ask here.

    Args:
        record: The clip.
        num_frames: Of the video.
        clock: When the first frame begins and the last ends, in seconds; None for a folder of
            frames, which has no clock.
    """
    start, end = record.start_frame or 0, record.end_frame
    if start >= num_frames or (end is not None and end > num_frames):
        last = start if end is None else end - 1
        return (
            f"has {num_frames} frames, the list asks for frames {start} to {last}, counted from 0; "
            "correct the list, or extract the frames again"
        )
    if record.start_seconds is None and record.end_seconds is None:
        return ""
    if clock is None:
        return (
            "is a folder of frames, which has no seconds; leave start_seconds and end_seconds "
            "empty, or give the video file"
        )
    begins, ends = clock
    start_seconds, end_seconds = record.start_seconds or 0.0, record.end_seconds
    is_behind = start_seconds >= ends > begins or start_seconds > ends
    if is_behind or (end_seconds or 0.0) > ends + END_TOLERANCE_SECONDS:
        asked = start_seconds if end_seconds is None else end_seconds
        return f"lasts {ends:.2f} seconds, the list asks for {asked:g}; correct the list"
    if end_seconds is not None and end_seconds <= begins:
        return f"has no picture before {begins:.2f} seconds, the list ends at {end_seconds:g}"
    return ""


def _end_seconds(times: NDArray[np.float64]) -> float:
    """Returns when the last frame ends, if it lasts as long as is usual in the video."""
    return float(times[-1]) + (float(np.median(np.diff(times))) if len(times) > 1 else 0.0)
