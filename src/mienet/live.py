"""Phases and events while they happen: a model of recordings that looks at frames as they come.

The model looks at the newest window as often as it can. What it says of a position it says when it
has seen a little of what follows; the next window may see more, and is not asked again.
Letters: ``W`` frames of a window, ``T`` positions of it, ``S`` pixels, ``K`` phases, ``E`` kinds of
events.
"""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from mienet.timeline_recognizer import TimelineRecognizer
from mienet.timelines.spotting import APART_SECONDS
from mienet.video.geometry import Images

LAG = 1
"""Positions that are seen after the one that is spoken of: more is surer and later."""


@dataclass(frozen=True)
class LiveEvent:
    """An event that has just been found: its label, when it was, and its probability."""

    label: str
    time_seconds: float
    confidence: float


@dataclass(frozen=True)
class Moment:
    """What is known of one position in time.

    Attributes:
        time_seconds: When its first frame was taken, as ``LiveTimeline.add`` was told.
        phase: The likeliest phase; None where none of them is likelier.
        confidence: Its probability, or that of none.
        phases: Probability of each phase and, last, of none, ``(K + 1,)``; None without phases.
        events: Probability of each kind of event, ``(E,)``; None without events.
        found: Events that are certain from now on; they were a position or more before.
    """

    time_seconds: float
    phase: str | None
    confidence: float
    phases: NDArray[np.float32] | None
    events: NDArray[np.float32] | None
    found: tuple[LiveEvent, ...] = ()


class LiveTimeline:
    """Reads one recording as it is taken.

    Frames are added as they come, by one thread; another may ask what is newly known, which takes
    as long as the network takes for a window.

    Args:
        recognizer: A model of whole recordings.
        frames_per_second: About how many frames come; faster cameras' are taken in steps.
        lag: Positions that are seen after the one that is spoken of, at least 0.

    Raises:
        ValueError: If ``lag`` is not from 0 to below ``T``.
    """

    def __init__(
        self, recognizer: TimelineRecognizer, frames_per_second: float, *, lag: int = LAG
    ) -> None:
        self._reading = recognizer.recording_format
        if not 0 <= lag < self._reading.num_segments:
            raise ValueError(
                f"lag must be at least 0 and below {self._reading.num_segments}, got {lag}"
            )
        self.recognizer = recognizer
        self.lag = lag
        self._step = self._reading.step_of(frames_per_second)
        # A frame and its time, which are added in one operation: two threads see whole pairs.
        self._frames: deque[tuple[Images, float]] = deque(maxlen=self._reading.window_steps)
        self._num_frames = 0
        self._said_until = -np.inf
        self._last: Moment | None = None
        self._peaks = [_Peaks(least) for least in recognizer.event_thresholds]

    def add(self, image: Images, time_seconds: float) -> None:
        """Takes the next frame.

        Args:
            image: uint8 RGB ``(H, W, 3)``.
            time_seconds: When it was taken; it rises.
        """
        if self._num_frames % self._step == 0:
            self._frames.append((self._reading.squeezed(image[None])[0], time_seconds))
        self._num_frames += 1

    def look(self) -> list[Moment]:
        """Returns what is newly known of positions, in the order of time; nothing if nothing is.

        Raises:
            MienetError: If the model's outputs are not finite numbers.
        """
        return self._look(self.lag)

    def end(self) -> list[Moment]:
        """Returns what is known of the positions that were not spoken of: nothing will follow.

        So a peak at the last of them is certain, too. Where all were spoken of, as with a lag of 0,
        the last one is returned once more if it is such a peak.
        """
        moments = self._look(0)
        peaks = zip(self.recognizer.events, self._peaks, strict=True)
        left = [LiveEvent(label, *peak) for label, own in peaks if (peak := own.end()) is not None]
        if not left or self._last is None:
            return moments
        last = moments.pop() if moments else replace(self._last, found=())
        return [*moments, replace(last, found=(*last.found, *left))]

    def _look(self, lag: int) -> list[Moment]:
        frames = list(self._frames)
        if not frames:
            return []
        reading = self._reading
        # Before the first frame it repeats, as it does behind the last one of a short recording.
        missing = reading.window_steps - len(frames)
        frames = [frames[0]] * missing + frames
        places = np.arange(reading.num_segments) * reading.stride
        new = [
            position
            for position, place in enumerate(places[: reading.num_segments - lag])
            if place >= missing and frames[place][1] > self._said_until
        ]
        if not new:
            return []
        images = np.stack([image for image, _ in frames]).transpose(0, 3, 1, 2)
        window = torch.from_numpy(np.ascontiguousarray(images))[None]  # (1, W, 3, S, S)
        outputs = self.recognizer.window_probabilities(window)[0]  # (T, K+1 + E+1)
        said = self.recognizer.parts(outputs)
        self._said_until = frames[places[new[-1]]][1]
        moments = [
            self._moment(
                frames[places[position]][1],
                None if said.phases is None else said.phases[position],
                None if said.events is None else said.events[position],
            )
            for position in new
        ]
        self._last = moments[-1]
        return moments

    def _moment(
        self,
        time_seconds: float,
        phases: NDArray[np.float32] | None,
        events: NDArray[np.float32] | None,
    ) -> Moment:
        phase, confidence = None, 1.0
        if phases is not None:
            best = int(phases.argmax())
            confidence = float(phases[best])
            phase = [*self.recognizer.phases, None][best]
        found = []
        if events is not None:
            for label, peaks, value in zip(
                self.recognizer.events, self._peaks, events.tolist(), strict=True
            ):
                peak = peaks.add(time_seconds, value)
                if peak is not None:
                    found.append(LiveEvent(label, *peak))
        return Moment(time_seconds, phase, confidence, phases, events, tuple(found))


class _Peaks:
    """Finds the peaks of one event's probability as it comes.

    Args:
        least: Below which there is no event.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._candidate: tuple[float, float] | None = None
        self._last_found = -np.inf

    def add(self, time_seconds: float, probability: float) -> tuple[float, float] | None:
        """Returns the time and probability of a peak that is certain now: what follows is lower."""
        candidate = self._candidate
        if candidate is not None and probability <= candidate[1]:
            self._candidate = None
            self._last_found = candidate[0]
            return candidate
        is_apart = time_seconds - self._last_found >= APART_SECONDS
        high = probability >= self._least and is_apart
        self._candidate = (time_seconds, probability) if high else None
        return None

    def end(self) -> tuple[float, float] | None:
        """Returns the time and probability of a peak that nothing follows, if there is one."""
        candidate, self._candidate = self._candidate, None
        return candidate
