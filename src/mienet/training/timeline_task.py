"""What a network for recordings learns from, and how it is judged: its losses and its metrics."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mienet.config import RunConfig
from mienet.metrics import Event, compare_events, mean_average_precision
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.timelines.positions import Stitched
from mienet.timelines.spotting import find_events, tune_thresholds
from mienet.timelines.truth import UNLABELED
from mienet.training.optimization import TrainingTask
from mienet.training.recording_windows import (
    FixedWindow,
    LabeledRecording,
    WindowSample,
)

TOLERANCE_SECONDS = 0.16
"""Four frames of 25 a second: as near as an event has to be found in validation."""

LEAST_PROBABILITY = 0.01
"""Of an event that counts in average precision."""


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
        self._windows: list[tuple[int, int, NDArray[np.float32]]] = []
        self._figures: dict[str, float] = {}

    def training_step(self, batch: WindowSample, batch_index: int) -> Tensor:
        """Returns the loss of one batch."""
        logits = self.recognizer(batch.clips)
        phases, events = self.recognizer.split(logits)
        loss = logits.new_zeros(())
        if self.recognizer.phases:
            loss = loss + _cross_entropy(phases, batch.phases, self.phase_weights)
            known = batch.phases != UNLABELED
            right = (phases.argmax(dim=-1) == batch.phases)[known].float().mean()
            self._log("train/frame_accuracy", right, len(logits))
        if self.recognizer.events:
            loss = loss + _cross_entropy(events, batch.events, self.event_weights)
        self._log("train/loss", loss.detach(), len(logits))
        return loss

    def _log(self, name: str, value: Tensor, batch_size: int) -> None:
        self.log(name, value, prog_bar=True, on_step=True, on_epoch=True, batch_size=batch_size)

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
        return float(np.mean(list(self._figures.values())))

    def _validate(self) -> dict[str, float]:
        windows = self._windows
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            gathered: list[list[tuple[int, int, NDArray[np.float32]]]] = [[]] * (
                torch.distributed.get_world_size()
            )
            torch.distributed.all_gather_object(gathered, windows)
            windows = [window for part in gathered for window in part]
        recognizer = self.recognizer
        reading = recognizer.recording_format
        correct = counted = 0
        comparisons = []
        candidates, true, tolerances = [], [], []
        for number, recording in enumerate(self.validation):
            own = [(start, output) for of, start, output in windows if of == number]
            if not own:
                continue
            step = reading.step_of(recording.frames_per_second)
            frames = np.arange(0, len(recording.labels), step)
            stitched = Stitched(len(frames), own[0][1].shape[-1], reading)
            for start, output in own:
                stitched.add(start, output)
            said = recognizer.parts(stitched.mean())
            if said.phases is not None:
                labels = recording.labels[frames]
                known = labels != UNLABELED
                correct += int((said.phases.argmax(axis=1) == labels)[known].sum())
                counted += int(known.sum())
            if said.events is not None:
                steps_per_second = (recording.frames_per_second or 25.0) / step
                tolerance = TOLERANCE_SECONDS * steps_per_second
                spots = find_events(
                    said.events, LEAST_PROBABILITY, apart_frames=max(1, round(tolerance))
                )
                candidates.append(spots)
                true.append([(label, frame / step) for label, frame in recording.events])
                tolerances.append(tolerance)
                comparisons.append(
                    compare_events(
                        [Event(*event) for event in true[-1]],
                        [Event(*spot) for spot in spots],
                        tolerance_frames=tolerance,
                    )
                )
        figures = {}
        if recognizer.phases:
            figures["val/frame_accuracy"] = correct / max(counted, 1)
        if recognizer.events:
            precision = mean_average_precision(comparisons)
            figures["val/event_map"] = 0.0 if np.isnan(precision) else precision
            recognizer.event_thresholds = tune_thresholds(
                candidates,
                true,
                len(recognizer.events),
                tolerance_frames=float(np.median(tolerances)),
            ).tolist()
        return figures

    def on_validation_epoch_end(self) -> None:
        """Logs the figures over all validation recordings."""
        self.validation_score()
        for name, value in self._figures.items():
            # Every process has the same figures already.
            self.log(name, value, prog_bar=True, sync_dist=True)
        self._windows, self._figures = [], {}


def _cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
    """Returns the mean over positions that count, 0 if none does, of ``(B, T, C)``."""
    if not bool((labels != UNLABELED).any()):
        return logits.sum() * 0
    return functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), weight=weights, ignore_index=UNLABELED
    )
