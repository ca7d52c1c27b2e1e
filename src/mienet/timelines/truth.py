"""From annotations in seconds to frames: the label of each, and the frame of each event.

Training and evaluation both ask here, so that a network is measured by what it was taught. Letters:
``N`` frames of a recording, ``K`` phases.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo, Interval, outside

UNLABELED = -1
"""Of frames that nobody has labeled: neither a phase nor the lack of one."""

ASKED_AT = 0.25
"""Part of a frame after its start at which it is asked which interval it is in.

Programs write times rounded to milliseconds, so a border may be written just after the start of the
frame that it is meant for; a quarter of a frame is more than any rounding.
"""


def frame_labels(
    video: AnnotatedVideo, borders_seconds: NDArray[np.float64], phases: Sequence[str]
) -> NDArray[np.int64]:
    """Returns the label of every frame, ``(N,)``: the phase's index, ``K`` for none of them.

    A frame has the label of the interval that covers the moment a quarter of a frame after it
    begins; so an interval between two such moments has none. Frames of unlabeled stretches have
    ``UNLABELED``.

    Args:
        video: When what happens in it. Intervals that are none of the phases do not count.
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``, rising;
            on the clock that the annotations count on.
        phases: Names of all ``K`` phases.

    Raises:
        MienetError: With all places where one frame has two phases, and all intervals that are
            outside the recording.
    """
    asked = borders_seconds[:-1] + ASKED_AT * np.diff(borders_seconds)  # (N,) seconds
    intervals = tuple(interval for interval in video.intervals if interval.label in set(phases))
    problems = _outside(AnnotatedVideo(video.name, intervals, fps=video.fps), borders_seconds)
    owners = np.full(len(asked), len(intervals))  # place in ``intervals``; behind the last for none
    for place, interval in enumerate(intervals):
        first, last = np.searchsorted(asked, [interval.start_seconds, interval.end_seconds])
        for other in np.unique(owners[first:last]).tolist():
            if other < len(intervals) and intervals[other].label != interval.label:
                problems.append(_two_phases(interval, intervals[other]))
        owners[first:last] = place
    if problems:
        raise MienetError("\n  ".join(problems))
    indices = [list(phases).index(interval.label) for interval in intervals]
    labels = np.array([*indices, len(phases)], dtype=np.int64)[owners]
    for start, end in video.unlabeled:
        first, last = np.searchsorted(asked, [start, end])
        labels[first:last] = UNLABELED
    return labels


def event_frames(
    video: AnnotatedVideo, borders_seconds: NDArray[np.float64], events: Sequence[str]
) -> list[tuple[int, int]]:
    """Returns the label's index and the frame of every event, in the order of time.

    An event is in the frame whose start is nearest to its time, of two equally near ones the
    earlier. Those in unlabeled stretches are returned, too.

    Args:
        video: When what happens in it. Events that are none of ``events`` do not count.
        borders_seconds: As ``frame_labels`` takes them.
        events: Names of all kinds of events.

    Raises:
        MienetError: With all events that are outside the recording.
    """
    indices = {name: index for index, name in enumerate(events)}
    found = sorted(
        (event for event in video.events if event.label in indices),
        key=lambda event: (event.time_seconds, indices[event.label]),
    )
    if problems := _outside(
        AnnotatedVideo(video.name, events=tuple(found), fps=video.fps), borders_seconds
    ):
        raise MienetError("\n  ".join(problems))
    starts = borders_seconds[:-1]
    times = np.array([event.time_seconds for event in found], dtype=np.float64)
    after = np.minimum(np.searchsorted(starts, times), len(starts) - 1)
    before = np.maximum(after - 1, 0)
    frames = np.where(times - starts[before] <= starts[after] - times, before, after)
    return [(indices[event.label], int(f)) for event, f in zip(found, frames, strict=True)]


def _outside(video: AnnotatedVideo, borders_seconds: NDArray[np.float64]) -> list[str]:
    """Returns a line for every mark that is beyond the recording's end by more than a frame."""
    return [line for _, line in outside(video, float(borders_seconds[-1]))]


def _two_phases(one: Interval, other: Interval) -> str:
    return (
        f"{one.source or 'an interval'}: {one.label!r} ({one.start_seconds:g} to "
        f"{one.end_seconds:g} s) overlaps {other.label!r} ({other.start_seconds:g} to "
        f"{other.end_seconds:g} s, {other.source or 'of the same recording'}); phases exclude each "
        "other, so correct the times, or make one of them an event"
    )
