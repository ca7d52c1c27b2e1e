"""What exports of a model of clips and of one of whole recordings have each for itself.

What is traced, what is read from videos to compare and to calibrate on, what logits are answers to,
and what ``model.json`` says.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor, nn

from mienet.annotations.records import VideoRecord
from mienet.data.camera_rates import camera_rates
from mienet.data.clips import read_evaluation_clips
from mienet.data.recording_format import count_steps, rate_of, read_window, window_starts
from mienet.data.resolve import FoundVideos
from mienet.data.transforms import IMAGENET_MEAN, IMAGENET_STD
from mienet.models.folding import fold_batch_norm
from mienet.progress import progress_bar
from mienet.recognizer import NetworkRecognizer
from mienet.timeline_recognizer import NetworkTimelineRecognizer

Unit = Literal["clip", "window"]
"""What a model takes."""

Item = TypeVar("Item")

AnyNetworkRecognizer = TypeVar("AnyNetworkRecognizer", NetworkRecognizer, NetworkTimelineRecognizer)


@dataclass(frozen=True)
class Example:
    """A clip or window of a video.

    Attributes:
        name: The video and the place in it, for messages.
        read: Gives it as a batch of one, uint8.
    """

    name: str
    read: Callable[[], Tensor]


@dataclass(frozen=True)
class Examples:
    """Real inputs, read when they are asked for: batches of one.

    Attributes:
        found: Where they are.
        unit: What each is.
        doing: What they are read for, shown with the progress.
    """

    found: Sequence[Example]
    unit: Unit
    doing: str

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Tensor]:
        for example in progress_bar(self.found, description=self.doing, unit=self.unit):
            yield example.read()


class ClipExport:
    """The export of a model of clips, ``(B, T, L, 3, S, S)`` to ``(B, classes)``.

    Args:
        recognizer: The model as it was trained.
    """

    unit: Unit = "clip"
    most_compared = 50
    most_calibrated = 200

    def __init__(self, recognizer: NetworkRecognizer) -> None:
        self.recognizer = recognizer
        self.input_shape = recognizer.clip_format.clip_shape

        self.known_clips = recognizer.known_clips
        self.output_names = ("logits", "features")[: 1 if self.known_clips is None else 2]

    def traced(self, *, bfloat16: bool) -> nn.Module:
        """Returns the module to export, arranged for speed."""
        recognizer = _for_use(self.recognizer, bfloat16=bfloat16)
        return recognizer if self.known_clips is None else _WithFeatures(recognizer)

    def examples(self, found: FoundVideos, most: int) -> list[Example]:
        """Returns the center clips of videos spread evenly over a list."""

        def example(record: VideoRecord) -> Example:
            clip_format = self.recognizer.clip_format
            return Example(
                record.path, lambda: read_evaluation_clips(record, clip_format, decode_threads=0)
            )

        return [example(record) for record in _spread(found.records, most)]

    def outputs(self, clips: Tensor) -> tuple[Tensor, ...]:
        """Returns the original's logits, and its features if it tells how familiar clips are."""
        if self.known_clips is None:
            return (self.recognizer(clips),)
        features = self.recognizer.features(clips)
        return self.recognizer.network.logits(features), features

    def choices(self, logits: Tensor) -> list[Tensor]:
        """Returns the logits of each choice between classes, ``(answers, classes)``."""
        return [logits]

    def description(self) -> dict[str, Any]:
        """Returns what ``model.json`` says of the model, its input and its output."""
        classes = self.recognizer.classes
        return {
            "classes": classes,
            "clip_format": asdict(self.recognizer.clip_format),
            "temperature": self.recognizer.temperature,
            "network": self.recognizer.network.options,
            "input": _input(
                "clips",
                self.input_shape,
                "clips, segments, frames per segment, RGB channels, height, width",
                "segments about evenly spread centers, their frames frame_stride apart; each frame "
                "resized to short_side, then cropped in its center to crop_size",
            ),
            "output": {
                "name": "logits",
                "dtype": "float32",
                "shape": ["batch", len(classes)],
                **self._features(),
            },
        }

    def _features(self) -> dict[str, Any]:
        if self.known_clips is None:
            return {}
        network = self.recognizer.network
        shape = ["batch", network.num_segments, network.num_features]
        return {"features": {"name": "features", "dtype": "float32", "shape": shape}}


class RecordingExport:
    """The export of a model of recordings, ``(B, W, 3, S, S)`` to ``(B, T, K+1 + E+1)``.

    Args:
        recognizer: The model as it was trained.
    """

    unit: Unit = "window"
    most_compared = 50
    most_calibrated = 50  # of T positions each, as 200 clips have some 1600 segments

    def __init__(self, recognizer: NetworkTimelineRecognizer) -> None:
        self.recognizer = recognizer
        self.input_shape = recognizer.recording_format.window_shape
        self.known_clips = None
        self.output_names = ("logits",)

    def traced(self, *, bfloat16: bool) -> nn.Module:
        """Returns the module to export, arranged for speed."""
        return _OfFrames(_for_use(self.recognizer, bfloat16=bfloat16))

    def examples(self, found: FoundVideos, most: int) -> list[Example]:
        """Returns windows spread evenly over recordings, and those over a list.

        Raises:
            AnnotationError: If a list says of cameras what cannot be; see ``camera_rates``.
        """
        rates = camera_rates(found.columns.get("capture_fps", ()), None)
        recordings = list({record.path: record for record in found.records}.values())
        windows = [
            window
            for record in _spread(recordings, most)
            for window in self._of(record, rates.get(record.path))
        ]
        return _spread(windows, most)

    def _of(self, record: VideoRecord, capture_fps: float | None) -> list[Example]:
        """Returns the windows of a recording that ``timeline`` would look at.

        Args:
            record: The recording.
            capture_fps: The camera's frames per second; None is the file's clock.
        """
        reading = self.recognizer.recording_format
        source = reading.reading(record.path, record.frame_pattern)
        with source.open(decode_threads=0) as video:
            step = reading.step_of(capture_fps or rate_of(video))
            starts = window_starts(count_steps(video.num_frames, step), reading)

        def read(start: int) -> Tensor:
            with source.open(decode_threads=0) as video:
                return read_window(video, start, step, reading)[None]

        return [
            Example(f"{record.path}, frames from {start * step}", lambda start=start: read(start))  # type: ignore[misc]
            for start in starts
        ]

    def outputs(self, frames: Tensor) -> tuple[Tensor, ...]:
        """Returns the original's logits."""
        return (self.recognizer.window_logits(frames),)

    def choices(self, logits: Tensor) -> list[Tensor]:
        """Returns the logits of each choice: between phases, and between events.

        Both are ``(answers, labels)``, an answer a position.
        """
        return [part.flatten(0, 1) for part in self.recognizer.split(logits) if part.shape[-1]]

    def description(self) -> dict[str, Any]:
        """Returns what ``model.json`` says of the model, its input and its output."""
        network = self.recognizer.network
        return {
            **self.recognizer.describe(),
            "network": network.options,
            "input": _input(
                "frames",
                self.input_shape,
                "windows, frames in a row, RGB channels, height, width",
                "every frame of videos of about frames_per_second, of faster ones one of several; "
                "each resized to short_side, then squeezed as a whole to crop_size",
            ),
            "output": {
                "name": "logits",
                "dtype": "float32",
                "shape": ["batch", network.num_segments, network.head.out_features],
                "axes": "windows, positions stride frames apart, phases and then none of them and "
                "events and then none of them: a softmax over each of the two",
            },
        }


ExportKind = ClipExport | RecordingExport


class _WithFeatures(nn.Module):
    """What an export of a model of clips computes that tells how familiar they are."""

    def __init__(self, recognizer: NetworkRecognizer) -> None:
        super().__init__()
        self.recognizer = recognizer

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        features = self.recognizer.features(clips)
        return self.recognizer.network.logits(features), features


class _OfFrames(nn.Module):
    """What an export of a model of recordings computes; its argument's name is the input's."""

    def __init__(self, recognizer: NetworkTimelineRecognizer) -> None:
        super().__init__()
        self.recognizer = recognizer

    def forward(self, frames: Tensor) -> Tensor:
        return self.recognizer.of_frames(frames)


def _for_use(recognizer: AnyNetworkRecognizer, *, bfloat16: bool) -> AnyNetworkRecognizer:
    """Returns a copy arranged for speed: batch-norm folded, channels-last."""
    copied = copy.deepcopy(recognizer)
    fold_batch_norm(copied.network)
    if bfloat16:
        copied = copied.to(torch.bfloat16)
    return copied.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """Returns at most so many of the items, spread evenly over them."""
    count = min(most, len(items))
    return [items[i * len(items) // count] for i in range(count)]


def _input(name: str, shape: tuple[int, ...], axes: str, sampling: str) -> dict[str, Any]:
    return {
        "name": name,
        "dtype": "uint8",
        "shape": ["batch", *shape],
        "axes": axes,
        "normalization": {
            "where": "inside the model",
            "mean": IMAGENET_MEAN,
            "std": IMAGENET_STD,
        },
        "sampling": sampling,
    }
