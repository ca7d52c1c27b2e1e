"""Where in a recording a model is in doubt: the first places for a person to look at.

Letters: ``N`` frames, ``K`` phases, ``E`` kinds of events.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.timelines.result import Timeline

MOST_PLACES = 20
"""Places that are named of one recording; who has looked at these predicts it again."""

LEAST_DOUBT = 0.4
"""Doubt from which a place is named: the two likeliest labels are within 0.6 of each other."""

APART_SECONDS = 0.3
"""Least distance of two places: a border and the frames around it are one place."""


@dataclass(frozen=True)
class Doubt:
    """A place at which a model is in doubt.

    Attributes:
        time_seconds: When its frame begins.
        doubt: How much, from 0 to 1.
        why: The reason, in words.
    """

    time_seconds: float
    doubt: float
    why: str


def frame_doubts(timeline: Timeline) -> NDArray[np.float32]:
    """Returns how much a model doubts each frame of a recording, ``(N,)``, from 0 to 1.

    The doubt on phases is 1 less the margin between the two likeliest of them and none of them
    (margin sampling; Scheffer et al., 2001); that on an event is 1 where its probability is a half,
    and 0 where it is 0 or 1. The largest counts.
    """
    doubts = np.zeros(len(timeline.borders_seconds) - 1, np.float32)
    if timeline.classes:
        ranked = np.sort(_with_none(timeline), axis=1)
        doubts = np.maximum(doubts, 1 - (ranked[:, -1] - ranked[:, -2]))
    if timeline.event_probabilities is not None and timeline.event_names:
        of_events = 1 - np.abs(2 * timeline.event_probabilities - 1)
        doubts = np.maximum(doubts, of_events.max(axis=1))
    return doubts.clip(0, 1).astype(np.float32)


def doubtful_places(timeline: Timeline) -> list[Doubt]:
    """Returns the most doubtful places of a recording, the worst first, at most ``MOST_PLACES``.

    A place is a frame that is in more doubt than all others within ``APART_SECONDS``.
    """
    left, times = frame_doubts(timeline), timeline.borders_seconds[:-1]
    places: list[Doubt] = []
    while len(places) < MOST_PLACES:
        frame = int(left.argmax())
        if left[frame] < LEAST_DOUBT:
            break
        places.append(Doubt(float(times[frame]), float(left[frame]), _why(timeline, frame)))
        left[np.abs(times - times[frame]) < APART_SECONDS] = 0
    return places


def _why(timeline: Timeline, frame: int) -> str:
    """Returns what a model is in doubt about at a frame."""
    of_phases = of_event = 0.0
    if timeline.classes:
        row = _with_none(timeline)[frame]
        second, first = np.argsort(row, kind="stable")[-2:]
        of_phases = 1 - float(row[first] - row[second])
    if timeline.event_probabilities is not None and timeline.event_names:
        events = timeline.event_probabilities[frame]
        event = int(np.abs(events - 0.5).argmin())
        of_event = 1 - abs(2 * float(events[event]) - 1)
    if of_event > of_phases:
        return f"event {timeline.event_names[event]} or not: {events[event]:.0%}"
    names = [*timeline.classes, "nothing"]
    said = f"{names[first]} {row[first]:.0%} or {names[second]} {row[second]:.0%}"
    borders = {phase.start_frame for phase in timeline.phases}
    borders |= {phase.end_frame for phase in timeline.phases}
    borders -= {0, len(timeline.probabilities)}  # where the recording begins and ends
    return f"border: {said}" if borders & {frame, frame + 1} else said


def _with_none(timeline: Timeline) -> NDArray[np.float32]:
    """Returns the probabilities of phases and, last, of none of them, ``(N, K + 1)``."""
    none = 1 - timeline.probabilities.sum(axis=1, keepdims=True)
    return np.concatenate([timeline.probabilities, none.clip(0)], axis=1)
