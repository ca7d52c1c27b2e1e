"""Explanations of what a model says of moments of a recording."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mienet.annotations.records import VideoRecord
from mienet.data.recording_format import (
    RecordingFormat,
    count_steps,
    rate_of,
    read_window,
    window_around,
)
from mienet.explanations.explanation import Explanation, explain_position
from mienet.explanations.moments import (
    Moment,
    asked_moments,
    found_moments,
    likeliest_moment,
)
from mienet.explanations.outputs import Output, outputs_of
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.result import video_borders
from mienet.video.reader import Video, open_video


class ToDraw(NamedTuple):
    """An explanation with its times.

    Attributes:
        explanation: Of a clip, or of a moment of a recording.
        times: When each segment or position starts, such as ``1.25 s``, ``(T,)``.
        moment: Of a recording: which of the times is explained.
        reason: Why this moment; empty if it was asked for.
    """

    explanation: Explanation
    times: list[str]
    moment: str = ""
    reason: str = ""


def explain_recording(
    recognizer: NetworkTimelineRecognizer,
    record: VideoRecord,
    *,
    output: Output | None,
    at_seconds: Sequence[float],
    rates: Mapping[str, float],
    capture_fps: float | None,
) -> Iterator[ToDraw]:
    """Yields why a model says what it says of moments of a recording.

    Args:
        recognizer: The model.
        record: The recording, a whole video.
        output: The phase or event to explain; None is what is named at each moment.
        at_seconds: The moments; without, see ``mienet.explain``.
        rates: Frames per second at which the camera took recordings, by path.
        capture_fps: Those of all others; None is the file's clock.

    Raises:
        VideoError: If it cannot be read.
        MienetError: If a moment is outside of it, or nothing is found in it.
    """
    rate = rates.get(record.path, capture_fps)
    reading = recognizer.recording_format
    with open_video(
        record.path,
        frame_pattern=record.frame_pattern,
        decode_threads=0,
        deinterlace=reading.deinterlace,
    ) as video:
        borders = video_borders(video, rate)
        step = reading.step_of(rate or rate_of(video))
        if at_seconds:
            moments = asked_moments(at_seconds, borders, output)
        else:
            moments = _chosen_moments(recognizer, record, rate, output)
        for moment in moments:
            frames, position, times = _window(video, moment.frame, step, borders, reading)
            explanation = explain_position(recognizer, frames, position, moment.output)
            yield ToDraw(explanation, times, times[position], moment.reason)


def _chosen_moments(
    recognizer: NetworkTimelineRecognizer,
    record: VideoRecord,
    rate: float | None,
    output: Output | None,
) -> list[Moment]:
    options = RecordingOptions(capture_fps=rate, frame_pattern=record.frame_pattern)
    timeline = recognizer.timeline(Path(record.path), options)
    if output is not None:
        return [likeliest_moment(timeline, output)]
    return found_moments(timeline, outputs_of(recognizer))


def _window(
    video: Video,
    frame: int,
    step: int,
    borders_seconds: NDArray[np.float64],
    reading: RecordingFormat,
) -> tuple[Tensor, int, list[str]]:
    """Returns the frames of the window around a frame, which position that is, and their times."""
    num_steps = count_steps(video.num_frames, step)
    start, position = window_around(min(round(frame / step), num_steps - 1), num_steps, reading)
    frames = read_window(video, start, step, reading)  # (W, 3, S, S)
    steps = start + reading.stride * np.arange(reading.num_segments)
    shown = np.minimum(steps, num_steps - 1) * step
    return frames, position, [f"{seconds:.2f} s" for seconds in borders_seconds[shown]]
