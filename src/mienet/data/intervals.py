"""Which frames of a video a record means: all, or a part told in seconds or in frames."""

import numpy as np

from mienet.data.records import VideoRecord
from mienet.data.video import Video, VideoError

END_TOLERANCE_SECONDS = 0.5
"""How far a clip's end may lie past the last frame, since people write rounded times."""


def frame_range(record: VideoRecord, video: Video) -> tuple[int, int]:
    """Returns the record's first frame in the video and its number of frames.

    Raises:
        VideoError: If the video is shorter than the record says, or has no clock for its seconds.
    """
    if record.start_frame is not None or record.end_frame is not None:
        start = record.start_frame or 0
        end = video.num_frames if record.end_frame is None else record.end_frame
        if end > video.num_frames or start >= video.num_frames:
            raise VideoError(
                f"{record.source}: {video.path} has {video.num_frames} frames, the list asks for "
                f"frames {start} to {max(end - 1, start)}, counted from 0; correct the list or "
                "extract the frames again",
                kind="outside the video",
            )
        return start, end - start
    if record.start_seconds is None and record.end_seconds is None:
        return 0, video.num_frames
    if video.timestamps_seconds is None:
        raise VideoError(
            f"{record.source}: {video.path} is a folder of frames, which has no seconds; leave "
            "start_seconds and end_seconds empty, or give the video file"
        )
    times = video.timestamps_seconds
    first = int(np.searchsorted(times, record.start_seconds or 0.0))
    end_seconds = float("inf") if record.end_seconds is None else record.end_seconds
    last = int(np.searchsorted(times, end_seconds))
    if record.end_seconds is not None and record.end_seconds > times[-1] + END_TOLERANCE_SECONDS:
        raise VideoError(
            f"{record.source}: end_seconds is {record.end_seconds}, but {video.path} lasts "
            f"{times[-1]:.2f} seconds; correct the list",
            kind="outside the video",
        )
    if last <= first:
        raise VideoError(
            f"{record.source}: no frames from {record.start_seconds or 0.0} to {end_seconds} "
            f"seconds; {video.path} lasts {times[-1]:.2f} seconds",
            kind="outside the video",
        )
    return first, last - first
