"""How good what is said of validation recordings is: frame accuracy, and the events' precision."""

import numpy as np
import torch

from mienet.metrics import Event, compare_events, mean_average_precision
from mienet.metrics.events import EventComparison
from mienet.timeline_recognizer import FrameProbabilities
from mienet.timelines.spotting import Spot, find_candidates, tune_thresholds
from mienet.timelines.truth import UNLABELED
from mienet.training.calibration import TEMPERATURES, best_temperature, temperature_losses
from mienet.training.recording_windows import LabeledRecording

TOLERANCE_SECONDS = 0.16
"""Four frames of 25 a second: as near as an event has to be found in validation."""

LEAST_PROBABILITY = 1e-9
"""Whose logarithm is taken for that of 0."""

USUAL_RATE = 25.0
"""Frames per second of a recording without a clock."""


class RecordingScores:
    """Adds up what is said of recordings, one after the other.

    Args:
        num_events: Kinds of events, ``E``.
    """

    def __init__(self, num_events: int) -> None:
        self._num_events = num_events
        self._num_right = self._num_known = 0
        self._losses = torch.zeros((2, len(TEMPERATURES)), dtype=torch.float64)
        self._comparisons: list[EventComparison] = []
        self._candidates: list[list[Spot]] = []
        self._true: list[list[tuple[int, float]]] = []
        self._tolerances: list[float] = []

    def add(self, recording: LabeledRecording, said: FrameProbabilities, step: int) -> None:
        """Adds what is said of each step of ``step`` frames of a recording."""
        if said.phases is not None:
            labels = recording.labels[::step]
            is_known = labels != UNLABELED
            self._num_right += int((said.phases.argmax(axis=1) == labels)[is_known].sum())
            self._num_known += int(is_known.sum())
            logits = torch.from_numpy(np.log(np.maximum(said.phases[is_known], LEAST_PROBABILITY)))
            self._losses += temperature_losses(logits, torch.from_numpy(labels[is_known]))
        if said.events is not None:
            rate = recording.frames_per_second or USUAL_RATE
            tolerance = TOLERANCE_SECONDS * rate / step
            spots = find_candidates(said.events, np.arange(len(said.events) + 1) * step / rate)
            true = [(label, frame / step) for label, frame in recording.events]
            compared = compare_events(
                [Event(*event) for event in true],
                [Event(*spot) for spot in spots],
                tolerance_frames=tolerance,
            )
            self._candidates.append(spots)
            self._true.append(true)
            self._tolerances.append(tolerance)
            self._comparisons.append(compared)

    def figures(self) -> dict[str, float]:
        """Returns the figures by name, from 0 to 1, of what there is: phases, events, or both."""
        figures = {}
        if self._num_known:
            figures["val/frame_accuracy"] = self._num_right / self._num_known
        if self._num_events:
            precision = mean_average_precision(self._comparisons)
            figures["val/event_map"] = 0.0 if np.isnan(precision) else precision
        return figures

    def temperature(self) -> float:
        """Returns what makes the phases' probabilities as sure as they are right."""
        return best_temperature(self._losses, self._num_known)

    def thresholds(self) -> list[float]:
        """Returns the probability from which each event is one, ``(E,)``."""
        tolerance = float(np.median(self._tolerances or [0.0]))
        return tune_thresholds(
            self._candidates, self._true, self._num_events, tolerance_frames=tolerance
        ).tolist()
