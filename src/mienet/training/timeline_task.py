"""What a network for recordings learns from, and how it is judged: its losses and its metrics."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mienet.config import RunConfig
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.timelines.positions import Stitched
from mienet.timelines.truth import UNLABELED
from mienet.training.optimization import TrainingTask
from mienet.training.recording_scores import RecordingScores
from mienet.training.recording_windows import (
    FixedWindow,
    LabeledRecording,
    WindowSample,
)

Window = tuple[int, int, NDArray[np.float32]]
"""A recording's number, where a window of it starts, and what is said of its positions."""


class TimelineTask(TrainingTask):
    """Trains a recognizer of recordings with cross-entropy over phases and over events.

    Source of the events' loss, with its weight and its targets that are wider than a position:
    E2E-Spot (J. Hong et al., 2022), section 3.

    Args:
        recognizer: What is trained, in place.
        config: All options.
        validation: The recordings whose windows the validation gets.
        phase_weights: Weights of phases, and last of none, in the loss, ``(K + 1,)``; None weighs
            all alike.
    """

    recognizer: NetworkTimelineRecognizer
    phase_weights: Tensor | None
    event_weights: Tensor

    def __init__(
        self,
        recognizer: NetworkTimelineRecognizer,
        config: RunConfig,
        *,
        validation: Sequence[LabeledRecording],
        phase_weights: NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__(recognizer, config.train, batch_size=config.data.batch_size)
        self.validation = validation
        weights = None if phase_weights is None else torch.tensor(phase_weights).float()
        self.register_buffer("phase_weights", weights, persistent=False)
        foreground = [config.timeline.event_weight] * len(recognizer.events)
        self.register_buffer("event_weights", torch.tensor([*foreground, 1.0]), persistent=False)
        self._windows: list[Window] = []
        self._figures: dict[str, float] = {}

    def training_step(self, batch: WindowSample, batch_index: int) -> Tensor:
        """Returns the loss of one batch."""
        logits = self.compute(self.altered(batch.clips))
        phases, events = self.recognizer.split(logits)
        loss = logits.new_zeros(())
        if self.recognizer.phases:
            loss = loss + _cross_entropy(phases, batch.phases, self.phase_weights)
            right = (phases.argmax(dim=-1) == batch.phases)[batch.phases != UNLABELED].float()
            # Weighed by the positions that count; a batch without any does not.
            accuracy = right.sum() / max(1, len(right))
            self.log_training("train/frame_accuracy", accuracy, len(right))
        if self.recognizer.events:
            loss = loss + _cross_entropy(events, batch.events, self.event_weights)
        self.log_training("train/loss", loss.detach(), len(logits))
        return loss

    def validation_step(self, batch: FixedWindow, batch_index: int) -> Tensor:
        """Keeps what is said of a batch of windows, to be put together; returns its logits."""
        logits = self.recognizer.window_logits(batch.frames)
        outputs = self.recognizer.probabilities(logits)
        places = zip(batch.recording.tolist(), batch.start.tolist(), outputs, strict=True)
        self._windows += [(number, start, output) for number, start, output in places]
        return logits

    def validation_score(self) -> float:
        """Returns the mean of the validation's figures so far."""
        if not self._figures:
            self._figures = self._validate()
        return float(np.mean([*self._figures.values()] or [0.0]))

    def _validate(self) -> dict[str, float]:
        """Returns the figures, and gives the recognizer thresholds and a temperature to suit."""
        self.recognizer.temperature = 1.0
        scores = RecordingScores(len(self.recognizer.events))
        reading = self.recognizer.recording_format
        outputs = defaultdict(list)
        for number, start, output in self._windows_of_all_processes():
            outputs[number].append((start, output))
        for number, windows in sorted(outputs.items()):
            recording = self.validation[number]
            step = reading.step_of(recording.frames_per_second)
            num_steps = -(-len(recording.labels) // step)
            stitched = Stitched(num_steps, windows[0][1].shape[-1], reading)
            for start, output in windows:
                stitched.add(start, output)
            scores.add(recording, self.recognizer.parts(stitched.mean()), step)
        self.recognizer.event_thresholds = scores.thresholds()
        self.recognizer.temperature = scores.temperature()
        return scores.figures()

    def _windows_of_all_processes(self) -> list[Window]:
        if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
            return self._windows
        gathered: list[list[Window]] = [[] for _ in range(torch.distributed.get_world_size())]
        torch.distributed.all_gather_object(gathered, self._windows)
        return [window for part in gathered for window in part]

    def on_validation_epoch_end(self) -> None:
        """Logs the figures over all validation recordings."""
        self.validation_score()
        for name, value in self._figures.items():
            # Every process has the same figures already.
            self.log(name, value, prog_bar=True, sync_dist=True)
        self._windows, self._figures = [], {}


def _cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
    """Returns the mean over positions that count, 0 if none does, of ``(B, T, C)``."""
    counts = labels != UNLABELED
    if weights is not None:
        counts &= weights[labels] > 0
    if not bool(counts.any()):
        return logits.sum() * 0
    return functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), weight=weights, ignore_index=UNLABELED
    )
