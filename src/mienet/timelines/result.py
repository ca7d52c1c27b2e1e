"""What is found in a recording: when which phase lasts and which event happens, and how sure.

Letters: ``N`` frames, ``K`` phases, ``E`` kinds of events.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mienet.errors import MienetError
from mienet.labeling.timelines import Event, Interval
from mienet.metrics.frame_labels import nearest_frames, runs
from mienet.timelines.order import PhaseOrder
from mienet.timelines.phases import decode_phases
from mienet.timelines.spotting import DEFAULT_THRESHOLD, find_events
from mienet.video.address import Place
from mienet.video.reader import Video


@dataclass(frozen=True)
class Phase(Interval):
    """An interval that was found.

    Attributes:
        start_frame: Its first frame, from 0.
        end_frame: The frame after its last.
    """

    start_frame: int = 0
    end_frame: int = 0

    @property
    def duration_seconds(self) -> float:
        """How long it lasts."""
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True)
class Spotted(Event):
    """An event that was found.

    Attributes:
        frame: The frame in which it happens, from 0.
    """

    frame: int = 0


@dataclass(frozen=True)
class Timeline:
    """The phases and events of one recording.

    Attributes:
        path: The video.
        classes: Names of the ``K`` phases.
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``.
        probabilities: Of each phase at each frame, ``(N, K)``; they sum to less than 1 where none
            of them may be there.
        phases: In the order of time, without gaps but where nothing is likely enough.
        event_names: Names of the ``E`` kinds of events; none of a model of clips.
        event_probabilities: Of each kind at each frame, ``(N, E)``.
        events: In the order of time.
    """

    path: Place
    classes: list[str]
    borders_seconds: NDArray[np.float64]
    probabilities: NDArray[np.float32]
    phases: tuple[Phase, ...]
    event_names: list[str] = field(default_factory=list)
    event_probabilities: NDArray[np.float32] | None = None
    events: tuple[Spotted, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Returns it as JSON values, without the probabilities at each frame."""
        return {
            "path": str(self.path),
            "num_frames": len(self.probabilities),
            "first_seconds": float(self.borders_seconds[0]),
            "duration_seconds": float(self.borders_seconds[-1] - self.borders_seconds[0]),
            "classes": self.classes,
            "event_names": self.event_names,
            "phases": [
                {
                    "label": phase.label,
                    "start_seconds": phase.start_seconds,
                    "end_seconds": phase.end_seconds,
                    "duration_seconds": phase.duration_seconds,
                    "start_frame": phase.start_frame,
                    "end_frame": phase.end_frame,
                    "confidence": phase.confidence,
                }
                for phase in self.phases
            ],
            "events": [
                {
                    "label": event.label,
                    "time_seconds": event.time_seconds,
                    "frame": event.frame,
                    "confidence": event.confidence,
                    "subject": event.subject,
                }
                for event in self.events
            ],
        }


def make_timeline(
    path: Place,
    classes: list[str],
    borders_seconds: NDArray[np.float64],
    probabilities: NDArray[np.float32],
    *,
    minimum_seconds: float = 0.0,
    threshold: float = 0.0,
    in_order: bool = False,
) -> Timeline:
    """Returns the likeliest phases of a recording.

    Args:
        path: The video.
        classes: ``K`` names.
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``, rising.
        probabilities: Of each class at each frame, ``(N, K)``.
        minimum_seconds: What a phase lasts at least, but where the video's start or end cuts it.
        threshold: Mean probability below which a phase is left out: it is none of the classes.
        in_order: Whether phases follow each other in the order of the classes, and the first one
            follows the last.
    """
    least = nearest_frames([minimum_seconds] * len(classes), borders_seconds)
    # Each row: what may follow that class.
    follows = np.roll(np.eye(len(classes), dtype=bool), 1, axis=1) if in_order else None
    labels = decode_phases(probabilities, least, follows=follows)
    phases = _phases(labels, classes, borders_seconds, probabilities, threshold)
    return Timeline(path, classes, borders_seconds, probabilities, phases)


def decode_timeline(
    path: Place,
    phases: list[str],
    event_names: list[str],
    borders_seconds: NDArray[np.float64],
    phase_probabilities: NDArray[np.float32] | None,
    event_probabilities: NDArray[np.float32] | None,
    *,
    order: PhaseOrder | None = None,
    thresholds: ArrayLike = DEFAULT_THRESHOLD,
    apart_seconds: float = 0.0,
    minimum_seconds: float = 0.0,
    threshold: float = 0.0,
) -> Timeline:
    """Returns the likeliest phases and the events of a recording that a model has seen whole.

    Args:
        path: The video.
        phases: ``K`` names.
        event_names: ``E`` names.
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``, rising.
        phase_probabilities: Of each phase and, last, of the background at each frame,
            ``(N, K + 1)``; None of a model of events alone. Background is no phase in the result.
        event_probabilities: Of each kind of event at each frame, ``(N, E)``; None of a model of
            phases alone.
        order: Which phase may follow which, and how long each lasts at least; None leaves it free.
        thresholds: Probability below which there is no event, ``(E,)`` or one for all.
        apart_seconds: Least distance of two events of one label.
        minimum_seconds: What a phase lasts at least, besides what ``order`` says, but where the
            video's start or end cuts it.
        threshold: Mean probability below which a phase is left out.

    Raises:
        ValueError: If the shapes do not fit each other.
    """
    num_frames = len(borders_seconds) - 1
    if phase_probabilities is None:
        phase_probabilities = np.empty((num_frames, 0), np.float32)
        found: tuple[Phase, ...] = ()
    else:
        seconds = [minimum_seconds] * len(phases) + [0.0]
        if order is not None:
            seconds = [max(pair) for pair in zip(seconds, order.least_seconds, strict=True)]
        labels = decode_phases(
            phase_probabilities,
            nearest_frames(seconds, borders_seconds),
            follows=None if order is None else order.follows,
        )
        found = _phases(labels, phases, borders_seconds, phase_probabilities, threshold)
    events: tuple[Spotted, ...] = ()
    if event_probabilities is not None:
        (apart_frames,) = nearest_frames([apart_seconds], borders_seconds).T
        events = tuple(
            Spotted(
                event_names[label],
                float(borders_seconds[frame]),
                confidence=score,
                frame=frame,
            )
            for label, frame, score in find_events(
                event_probabilities, thresholds, apart_frames=apart_frames
            )
        )
    return Timeline(
        path,
        phases,
        borders_seconds,
        phase_probabilities[:, : len(phases)],
        found,
        event_names,
        event_probabilities,
        events,
    )


def _phases(
    labels: NDArray[np.int64],
    names: Sequence[str],
    borders_seconds: NDArray[np.float64],
    probabilities: NDArray[np.float32],
    threshold: float,
) -> tuple[Phase, ...]:
    """Returns the runs of equal labels, ``(N,)``, that have a name and are likely enough."""
    return tuple(
        Phase(
            names[label],
            float(borders_seconds[start]),
            float(borders_seconds[end]),
            confidence=confidence,
            start_frame=start,
            end_frame=end,
        )
        for label, start, end in runs(labels)
        if label < len(names)
        and (confidence := float(probabilities[start:end, label].mean())) >= threshold
    )


def video_borders(video: Video, capture_fps: float | None) -> NDArray[np.float64]:
    """Returns ``frame_borders`` of an open video.

    Raises:
        MienetError: If it is a folder of frames, which has no clock, and no ``capture_fps`` is
            given.
    """
    try:
        return frame_borders(video.timestamps_seconds, video.num_frames, capture_fps)
    except ValueError as error:
        raise MienetError(f"{video.path}: {error} (capture_fps)") from error


def frame_borders(
    timestamps_seconds: NDArray[np.float64] | None, num_frames: int, fps: float | None
) -> NDArray[np.float64]:
    """Returns when each frame begins, and when the last one ends, ``(N + 1,)`` seconds.

    Args:
        timestamps_seconds: The video's clock, or None if it has none.
        num_frames: ``N``.
        fps: Frames per second at which the frames were taken; None takes the video's clock.

    Raises:
        ValueError: If there is neither a clock nor ``fps``.
    """
    if fps is not None:
        return np.arange(num_frames + 1) / fps
    if timestamps_seconds is None:
        raise ValueError("a folder of frames has no clock; say how many frames a second it has")
    steps = np.diff(timestamps_seconds)
    usual_seconds = float(np.median(steps)) if len(steps) else 0.0
    return np.append(timestamps_seconds, timestamps_seconds[-1] + usual_seconds)
