"""Slow motion: marks in the seconds of a file become seconds of reality.

A camera that takes 240 frames per second may write a file that shows 30 of them: what lasts 1
second in the file lasted an eighth in reality. Players, and programs to annotate with, count the
seconds of the file.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mienet.data.camera_rates import said_twice
from mienet.labeling.timelines import AnnotatedVideo
from mienet.timelines.result import frame_borders
from mienet.video.reader import open_video


def in_reality(video: AnnotatedVideo, capture_fps: float) -> AnnotatedVideo:
    """Returns a recording whose marks count the seconds of reality, at the same frames.

    Reality begins with the first frame. A folder of frames has no clock of its own: its marks count
    the seconds of reality already.

    Args:
        video: Marks in the seconds of its file, which is known (``path``).
        capture_fps: Frames per second at which the camera took it.

    Raises:
        FileNotFoundError, VideoError: If the file cannot be read.
        OptionError: If it is said already how fast the camera was.
    """
    if video.capture_fps is not None:
        raise said_twice(video.source)
    with open_video(video.path) as opened:
        times, num_frames = opened.timestamps_seconds, opened.num_frames
    if times is None:
        return replace(video, fps=capture_fps, capture_fps=capture_fps)
    borders = frame_borders(times, num_frames, None)
    real_borders = frame_borders(None, num_frames, capture_fps)
    lasts_seconds = float(borders[-1] - borders[0])
    slower = real_borders[-1] / lasts_seconds if lasts_seconds else 1.0

    def real(seconds: float) -> float:
        if not lasts_seconds:  # one frame alone does not tell how much slower its file shows it
            return max(0.0, seconds - float(borders[0]))
        beyond = max(0.0, seconds - float(borders[-1]))  # a mark that is outside stays outside
        return float(np.interp(seconds, borders, real_borders)) + beyond * slower

    return _with_times(replace(video, fps=capture_fps, capture_fps=capture_fps), real)


def _with_times(video: AnnotatedVideo, real: Callable[[float], float]) -> AnnotatedVideo:
    stated = video.duration_seconds
    return replace(
        video,
        intervals=tuple(
            replace(i, start_seconds=real(i.start_seconds), end_seconds=real(i.end_seconds))
            for i in video.intervals
        ),
        events=tuple(replace(e, time_seconds=real(e.time_seconds)) for e in video.events),
        unlabeled=tuple((real(start), real(end)) for start, end in video.unlabeled),
        duration_seconds=None if stated is None else real(stated),
    )
