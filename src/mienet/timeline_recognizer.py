"""A trained model of whole recordings, with all that is needed to use it.

Validation, evaluation and ``mienet timeline`` go through ``TimelineRecognizer``, so that the same
recording always gives the same timeline.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mienet.data.recording_format import RecordingFormat, rate_of
from mienet.data.transforms import normalize
from mienet.engines.runtime import ExportedModel
from mienet.errors import MienetError
from mienet.model_schema import checkpoint_problems
from mienet.models.checkpoints import CHECKPOINT_NAME, save_checkpoint
from mienet.models.timeline_network import TimelineNetwork, count_outputs
from mienet.recognizer import NOT_FINITE, PIXELS_AT_ONCE
from mienet.timelines.order import PhaseOrder
from mienet.timelines.positions import frame_outputs
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.result import Timeline, decode_timeline, video_borders
from mienet.timelines.spotting import APART_SECONDS, DEFAULT_THRESHOLD
from mienet.video.address import Place, located
from mienet.video.reader import Video, open_video


@dataclass(frozen=True)
class FrameProbabilities:
    """What a network says of each frame of a recording, of ``N`` frames.

    Attributes:
        phases: Probability of each phase and, last, of none, ``(N, K + 1)``; None without phases.
        events: Probability of each event, ``(N, E)``; None without events.
    """

    phases: NDArray[np.float32] | None
    events: NDArray[np.float32] | None


class FrameModel(Protocol):
    """What says something of each frame of a recording; see ``TimelineRecognizer``."""

    phases: list[str]
    events: list[str]
    order: PhaseOrder | None
    event_thresholds: list[float]

    def frame_probabilities(
        self,
        video: Video,
        *,
        frames_per_second: float | None = None,
        overlap: float = 0.5,
        progress: Callable[[float], object] = ...,
    ) -> FrameProbabilities:
        """Returns what it says of each frame of an open video."""


def timeline_by(
    model: FrameModel,
    path: Place,
    reading: RecordingOptions,
    *,
    deinterlace: bool,
    progress: Callable[[float], object],
) -> Timeline:
    """Returns the phases and events of a recording; errors as ``TimelineRecognizer.timeline``.

    Args:
        model: What says something of each frame.
        path: A video file or folder of frames.
        reading: What counts as a phase or an event.
        deinterlace: Whether frames that are marked as interlaced are deinterlaced.
        progress: Is told the share of the recording that is done, from 0 to 1.
    """
    with open_video(
        path,
        frame_pattern=reading.frame_pattern,
        decode_threads=torch.get_num_threads(),
        deinterlace=deinterlace,
    ) as video:
        borders = video_borders(video, reading.capture_fps)
        said = model.frame_probabilities(
            video,
            frames_per_second=reading.capture_fps,
            overlap=reading.overlap,
            progress=progress,
        )
    least = reading.event_threshold
    return decode_timeline(
        path,
        model.phases,
        model.events,
        borders,
        said.phases,
        said.events,
        order=model.order if reading.order == "learned" else None,
        thresholds=model.event_thresholds if least is None else least,
        apart_seconds=APART_SECONDS,
        minimum_seconds=reading.minimum_seconds,
        threshold=reading.threshold,
    )


class TimelineRecognizer(nn.Module, ABC):
    """How a recording becomes a timeline, whatever computes the logits.

    The two kinds are ``NetworkTimelineRecognizer``, which PyTorch computes and which can learn, and
    ``ExportedTimelineRecognizer``, which another engine computes.

    Args:
        phases: Names of the phases.
        events: Names of the events.
        recording_format: How it reads a recording.

    Attributes:
        order: What the training recordings say of the phases' order and durations, if anything.
        event_thresholds: Least probability of each event.
        temperature: What makes the phases' probabilities as sure as they should be: each is taken
            to the power of its inverse; tuned on validation.
    """

    def __init__(
        self, phases: list[str], events: list[str], recording_format: RecordingFormat
    ) -> None:
        super().__init__()
        self.phases = phases
        self.events = events
        self.recording_format = recording_format
        self.order: PhaseOrder | None = None
        self.event_thresholds = [DEFAULT_THRESHOLD] * len(events)
        self.temperature = 1.0

    @abstractmethod
    def window_logits(self, frames: Tensor) -> Tensor:
        """Returns float32 logits, ``(B, T, K+1 + E+1)``, of frames, uint8 ``(B, W, 3, S, S)``."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Returns where it computes."""

    @property
    def windows_at_once(self) -> int:
        """Returns how many windows are computed together."""
        pixels = self.recording_format.num_segments * self.recording_format.crop_size**2
        return max(1, PIXELS_AT_ONCE // pixels)

    def describe(self) -> dict[str, Any]:
        """Returns as JSON values what a model's file says of it besides what computes."""
        return {
            "phases": self.phases,
            "events": self.events,
            "recording_format": asdict(self.recording_format),
            "order": self.order.to_json() if self.order else None,
            "event_thresholds": self.event_thresholds,
            "temperature": self.temperature,
        }

    def _take_learned(self, metadata: Mapping[str, Any]) -> None:
        """Takes from a file's description what was learned beside the network.

        Raises:
            MienetError: If the order of phases is broken.
        """
        self.event_thresholds = metadata["event_thresholds"]
        self.temperature = metadata.get("temperature", 1.0)
        if metadata["order"] is not None:
            self.order = PhaseOrder.from_json(metadata["order"], len(self.phases))

    def window_probabilities(self, frames: Tensor) -> NDArray[np.float32]:
        """Returns the probabilities of ``window_logits``, on the CPU.

        Raises:
            MienetError: If they are not finite numbers.
        """
        logits = self.window_logits(frames).cpu()
        if not bool(logits.isfinite().all()):
            raise MienetError(NOT_FINITE)
        return self.probabilities(logits)

    def split(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the logits of phases, ``(..., K+1)``, and of events, ``(..., E+1)``."""
        counts = count_outputs(len(self.phases), len(self.events))
        phases, events = logits.split(counts, dim=-1)
        return phases, events

    def probabilities(self, logits: Tensor) -> NDArray[np.float32]:
        """Returns the probabilities of logits, ``(..., K+1 + E+1)``: phases apart from events."""
        parts = [part.softmax(dim=-1) for part in self.split(logits) if part.shape[-1]]
        return torch.cat(parts, dim=-1).cpu().numpy()

    def timeline(
        self,
        path: str | Path,
        reading: RecordingOptions | None = None,
        *,
        progress: Callable[[float], object] = lambda _: None,
    ) -> Timeline:
        """Returns the phases and events of a recording.

        Args:
            path: A video file, the address of one, or a folder of frames.
            reading: What counts as a phase or an event; None is the default of each.
            progress: Is told the share of the recording that is done, from 0 to 1.

        Raises:
            FileNotFoundError: If the recording is not there.
            VideoError: If it cannot be read.
            MienetError: If it is a folder of frames, which has no clock, and no ``capture_fps`` is
                given.
        """
        return timeline_by(
            self,
            located(path),
            reading or RecordingOptions(),
            deinterlace=self.recording_format.deinterlace,
            progress=progress,
        )

    def frame_probabilities(
        self,
        video: Video,
        *,
        frames_per_second: float | None = None,
        overlap: float = 0.5,
        progress: Callable[[float], object] = lambda _: None,
    ) -> FrameProbabilities:
        """Returns what the network says of each frame of an open video.

        Args:
            video: The recording.
            frames_per_second: At which it was taken; None is the video's clock.
            overlap: Part of a window that the next one sees again, at least 0 and below 1.
            progress: Is told the share of the recording that is done, from 0 to 1.

        Raises:
            MienetError: If the video cannot be decoded, or the outputs are not finite numbers.
        """
        outputs = frame_outputs(
            video,
            self.recording_format,
            self.window_probabilities,
            step=self.recording_format.step_of(frames_per_second or rate_of(video)),
            at_once=self.windows_at_once,
            overlap=overlap,
            progress=progress,
        )
        return self.parts(outputs)

    def parts(self, outputs: NDArray[np.float32]) -> FrameProbabilities:
        """Returns outputs of frames, ``(N, K+1 + E+1)``, as those of phases and of events.

        Those of phases with the temperature, which suits the mean of windows that overlap.
        """
        border, _ = count_outputs(len(self.phases), len(self.events))
        phases = None
        if self.phases:
            powers = outputs[:, :border] ** (1 / self.temperature)
            phases = powers / powers.sum(axis=1, keepdims=True)
        events = outputs[:, border:-1] if self.events else None
        return FrameProbabilities(phases, events)


class NetworkTimelineRecognizer(TimelineRecognizer):
    """A recognizer of recordings that PyTorch computes; training holds one.

    Args:
        network: Takes normalized windows; see ``TimelineNetwork``.
        phases: Names of its phases.
        events: Names of its events.
        recording_format: How it reads a recording.

    Raises:
        MienetError: If these do not fit each other, or are more than a model's file may say.
    """

    def __init__(
        self,
        network: TimelineNetwork,
        phases: list[str],
        events: list[str],
        recording_format: RecordingFormat,
    ) -> None:
        super().__init__(phases, events, recording_format)
        # What could not be loaded again is refused before it is trained.
        described = {"version": 1, "network": network.options, **self.describe()}
        if problems := checkpoint_problems(described):
            raise MienetError("; ".join(problems))
        self.network = network

    @classmethod
    def of(
        cls, network: TimelineNetwork, metadata: Mapping[str, Any]
    ) -> "NetworkTimelineRecognizer":
        """Returns the recognizer of a network and what its file says besides the weights.

        Raises:
            MienetError: If the order of phases is broken.
        """
        reading = RecordingFormat(**metadata["recording_format"])
        made = cls(network, metadata["phases"], metadata["events"], reading)
        made._take_learned(metadata)
        return made

    def forward(self, clips: Tensor) -> Tensor:
        """Returns logits, ``(B, T, K+1 + E+1)``, of uint8 windows ``(B, T, L, 3, S, S)``."""
        return self.network(normalize(clips).to(self.network.head.weight.dtype))

    def of_frames(self, frames: Tensor) -> Tensor:
        """Returns what ``forward`` does, of uint8 frames in a row, ``(B, W, 3, S, S)``.

        What ``export`` writes for other engines.
        """
        images = normalize(frames).to(self.network.head.weight.dtype)
        return self.network.of_frames(images, self.recording_format.stride)

    @torch.inference_mode()
    def window_logits(self, frames: Tensor) -> Tensor:
        """Returns float32 logits, ``(B, T, K+1 + E+1)``, of frames, uint8 ``(B, W, 3, S, S)``.

        Computed without autocast, so that they do not depend on how a run is trained.
        """
        frames = frames.to(self.device)
        with torch.autocast(frames.device.type, enabled=False):
            return self.of_frames(frames).float()

    @property
    def device(self) -> torch.device:
        """Returns where the weights are."""
        return self.network.head.weight.device

    def save(self, path: str | Path) -> Path:
        """Writes ``model.safetensors`` into the folder ``path`` and returns the file's path.

        Raises:
            CheckpointError: If batch-norm is folded, as in what ``load`` returns.
        """
        file = Path(path) / CHECKPOINT_NAME
        save_checkpoint(file, self.network, self.describe())
        return file


class ExportedTimelineRecognizer(TimelineRecognizer):
    """A recognizer of recordings that ``mienet export`` wrote, computed on the CPU by its engine.

    Args:
        model: The opened model.

    Raises:
        MienetError: If the order of phases in its description is broken.
    """

    def __init__(self, model: ExportedModel) -> None:
        metadata = model.metadata
        reading = RecordingFormat(**metadata["recording_format"])
        super().__init__(metadata["phases"], metadata["events"], reading)
        self._take_learned(metadata)
        self.compute = model.compute
        self.metadata = metadata

    @property
    def windows_at_once(self) -> int:
        """Returns 1: engines compile for each number of windows, and the last ones are fewer."""
        return 1

    def window_logits(self, frames: Tensor) -> Tensor:
        """Returns float32 logits, ``(B, T, K+1 + E+1)``, of frames, uint8 ``(B, W, 3, S, S)``.

        Raises:
            MienetError: If the frames have another shape; only ``B`` is free.
        """
        shape = self.recording_format.window_shape
        if frames.dtype != torch.uint8 or tuple(frames.shape[1:]) != shape:
            raise MienetError(
                f"this exported model takes uint8 frames of shape (B, {', '.join(map(str, shape))})"
                ": B windows, W frames in a row, channels, pixels; got "
                f"{frames.dtype} {tuple(frames.shape)}; export the run again for another shape"
            )
        return self.compute(frames)[0]

    @property
    def device(self) -> torch.device:
        """Returns the CPU."""
        return torch.device("cpu")
