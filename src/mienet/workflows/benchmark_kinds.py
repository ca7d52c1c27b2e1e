"""What is measured of a model of clips, and of one of whole recordings.

What the model takes and computes, how videos are read for it, and where in it the time goes.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn

from mienet.annotations.records import VideoRecord
from mienet.data.clips import read_evaluation_clips
from mienet.data.recording_format import count_steps, rate_of, window_starts
from mienet.data.transforms import normalize
from mienet.measuring import measure, random_inputs, time_modules
from mienet.models.network import SegmentNetwork
from mienet.models.temporal import TemporalModule
from mienet.models.timeline_network import TimelineNetwork, count_outputs
from mienet.recognizer import NetworkRecognizer, Recognizer
from mienet.timeline_recognizer import NetworkTimelineRecognizer, TimelineRecognizer
from mienet.timelines.positions import frame_outputs
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.spotting import find_events
from mienet.video.reader import open_video

CPU = torch.device("cpu")


@dataclass(frozen=True)
class RecordingSpeed:
    """How fast a recording is read and computed.

    Attributes:
        path: The recording.
        num_frames: Its frames.
        duration_seconds: How long it lasts; at the rate of the model's training recordings where
            it has no clock.
        seconds: What each takes: decoding, computing, and the timeline, which does both at once
            and finds phases and events.
    """

    path: str
    num_frames: int
    duration_seconds: float
    seconds: dict[str, float]


class ClipModel:
    """A model of clips, uint8 ``(B, T, L, 3, S, S)`` to ``(B, classes)``.

    Args:
        recognizer: The model.
    """

    unit = "clip"
    batch_sizes = (1, 8)

    def __init__(self, recognizer: Recognizer) -> None:
        self.recognizer = recognizer
        self.shape = recognizer.clip_format.clip_shape
        self.shape_words = f"{self.shape[0]} segments of {self.shape[1]} frames"

    def compute(self, clips: Tensor) -> Tensor:
        """Returns the logits of clips."""
        return self.recognizer.video_logits(clips[:, None])

    def reading_stages(self, record: VideoRecord) -> dict[str, float]:
        """Returns the median seconds to open a video, and to decode, resize and crop its frames."""

        def open_only() -> None:
            with open_video(record.path, frame_pattern=record.frame_pattern):
                pass

        def read() -> None:
            read_evaluation_clips(record, self.recognizer.clip_format, decode_threads=0)

        opening, whole = _median(open_only, CPU), _median(read, CPU)
        return {"open the video": opening, "decode, resize, crop": max(whole - opening, 0.0)}

    def stages(self) -> dict[str, float]:
        """Returns the median seconds of each stage for one clip; none of an exported model's."""
        recognizer = self.recognizer
        if not isinstance(recognizer, NetworkRecognizer):
            return {}
        network, clip = recognizer.network, random_inputs(1, self.shape, recognizer.device)
        modules: list[nn.Module] = [recognizer, network, network.consensus, network.head]
        if network.motion is not None:
            modules += [network.motion, network.fusion]
        if network.signed_motion is not None:
            modules.append(network.signed_motion)
        parts = _Parts(network)
        seconds = time_modules([*modules, *parts.all], lambda: recognizer(clip), recognizer.device)
        stages = {"normalize": seconds[recognizer] - seconds[network]}
        if network.motion is not None:
            stages |= {"motion maps": seconds[network.motion], "fusion": seconds[network.fusion]}
        if network.signed_motion is not None:
            stages["signed motion"] = seconds[network.signed_motion]
        stages |= parts.stages(seconds)
        if network.options["consensus"] != "mean":
            stages[f"consensus ({network.options['consensus']})"] = seconds[network.consensus]
        stages["classifier"] = seconds[network.head]
        return _with_rest(stages, seconds[recognizer])


class RecordingModel:
    """A model of whole recordings, uint8 ``(B, W, 3, S, S)`` to ``(B, T, K+1 + E+1)``.

    Args:
        recognizer: The model.
    """

    unit = "window"

    def __init__(self, recognizer: TimelineRecognizer) -> None:
        self.recognizer = recognizer
        reading = recognizer.recording_format
        self.shape = reading.window_shape
        self.batch_sizes = (recognizer.windows_at_once,)
        self.shape_words = (
            f"{reading.num_segments} positions of {reading.frames_per_segment} frames every "
            f"{reading.stride} frames"
        )

    def compute(self, frames: Tensor) -> Tensor:
        """Returns the logits of windows."""
        return self.recognizer.window_logits(frames)

    def recording_speed(
        self, record: VideoRecord, window_seconds: float, *, capture_fps: float | None = None
    ) -> RecordingSpeed:
        """Returns how fast a recording is read and computed, as ``timeline`` does it.

        Args:
            record: The recording.
            window_seconds: What computing a window takes.
            capture_fps: The camera's frames per second; None is the file's clock.

        Raises:
            FileNotFoundError: If it is not there.
            VideoError: If it cannot be read.
        """
        recognizer, reading = self.recognizer, self.recognizer.recording_format
        source = reading.reading(record.path, record.frame_pattern)
        with source.open(decode_threads=0) as video:
            file_rate, num_frames = rate_of(video), video.num_frames
        if file_rate is None and capture_fps is None:
            capture_fps = reading.frames_per_second
        rate = capture_fps or file_rate or reading.frames_per_second
        step = reading.step_of(rate)
        num_outputs = sum(count_outputs(len(recognizer.phases), len(recognizer.events)))

        def nothing(frames: Tensor) -> np.ndarray:
            return np.zeros((len(frames), reading.num_segments, num_outputs), np.float32)

        def decode() -> None:
            with source.open(decode_threads=0) as video:
                frame_outputs(video, reading, nothing, step=step, at_once=self.batch_sizes[0])

        options = RecordingOptions(capture_fps=capture_fps, frame_pattern=record.frame_pattern)
        windows = window_starts(count_steps(num_frames, step), reading)
        # Imports SciPy: a second that each process spends once, whatever it reads.
        find_events(np.zeros((1, 1), np.float32), 1.0, apart_frames=1)
        seconds = {
            "decoding": _median(decode, CPU, long=True),
            "computing": len(windows) * window_seconds,
            "timeline": _median(lambda: recognizer.timeline(record.path, options), CPU, long=True),
        }
        return RecordingSpeed(record.path, num_frames, num_frames / rate, seconds)

    def stages(self) -> dict[str, float]:
        """Returns the median seconds of each stage for one window; none of an exported model's."""
        recognizer = self.recognizer
        if not isinstance(recognizer, NetworkTimelineRecognizer):
            return {}
        network, device = recognizer.network, recognizer.device
        frames = random_inputs(1, self.shape, device)
        images = normalize(frames)
        stages = {"normalize": _median(lambda: normalize(frames), device)}
        modules: list[nn.Module] = [network.temporal_head, network.head]
        if (motion := network.motion) is not None:
            stages["motion maps"] = _median(lambda: motion.between_neighbors(images), device)
            modules.append(network.fusion)
        if (signed := network.signed_motion) is not None:
            stages["signed motion"] = _median(lambda: signed.between_neighbors(images), device)
        parts = _Parts(network)
        seconds = time_modules([*modules, *parts.all], lambda: self.compute(frames), device)
        if network.motion is not None:
            stages["fusion"] = seconds[network.fusion]
        stages |= parts.stages(seconds)
        stages[f"head ({network.options['head']})"] = seconds[network.temporal_head]
        stages["classifier"] = seconds[network.head]
        return _with_rest(stages, _median(lambda: self.compute(frames), device))


BenchmarkModel = ClipModel | RecordingModel


def benchmark_model(recognizer: Recognizer | TimelineRecognizer) -> BenchmarkModel:
    """Returns what is measured of a recognizer, by its kind."""
    return (
        ClipModel(recognizer) if isinstance(recognizer, Recognizer) else RecordingModel(recognizer)
    )


class _Parts:
    """The parts of a backbone, timed apart from the temporal modules in them.

    Attributes:
        all: What is to be timed.
    """

    def __init__(self, network: SegmentNetwork | TimelineNetwork) -> None:
        self._temporal_name = network.options["temporal"]
        named = dict(network.backbone.named_children())
        self._stem = [part for part in named.values() if not list(part.children())]
        self._layers = {name: part for name, part in named.items() if part not in self._stem}
        self._temporal = {name: _temporal_modules(part) for name, part in self._layers.items()}
        self.all: list[nn.Module] = [*named.values(), *chain(*self._temporal.values())]

    def stages(self, seconds: dict[nn.Module, float]) -> dict[str, float]:
        """Returns the seconds of each part, in order."""
        inside = {name: sum(seconds[m] for m in found) for name, found in self._temporal.items()}
        stages = {"stem": sum(seconds[module] for module in self._stem)}
        stages |= {name: seconds[layer] - inside[name] for name, layer in self._layers.items()}
        if self._temporal_name != "none":
            stages[f"temporal module ({self._temporal_name})"] = sum(inside.values())
        return stages


def _temporal_modules(layer: nn.Module) -> list[nn.Module]:
    """Returns what is in the slots for temporal modules of a part of a backbone."""
    slots = {field.name for field in fields(TemporalModule)}
    return [module for name, module in layer.named_modules() if name.split(".")[-1] in slots]


def _with_rest(stages: dict[str, float], whole: float) -> dict[str, float]:
    """Returns the stages with what lies between them.

    Medians do not add up exactly, so that is never less than nothing.
    """
    return {**stages, "other": max(whole - sum(stages.values()), 0.0)}


def _median(compute: Callable[[], object], device: torch.device, *, long: bool = False) -> float:
    return statistics.median(measure(compute, device, long=long))
