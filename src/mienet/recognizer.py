"""A trained network with all that is needed to use it: the one path from a video to its logits.

Validation, evaluation, prediction and everything after training go through ``Recognizer``, so that
the same video always gives the same logits.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mienet.annotations.records import VideoRecord
from mienet.data.clips import ClipFormat, iterate_evaluation_clips, read_evaluation_clips
from mienet.data.sampling import ClipChoice
from mienet.data.transforms import CropChoice, normalize
from mienet.errors import MienetError
from mienet.familiarity import KnownClips
from mienet.metrics.selection import Selection
from mienet.model_schema import class_problems, clip_format_problems, fit_problems
from mienet.models.checkpoints import CHECKPOINT_NAME, save_checkpoint
from mienet.models.network import SegmentNetwork
from mienet.prediction import Prediction
from mienet.renamed import renamed
from mienet.timelines.recording import Windows, find_timeline
from mienet.timelines.result import Timeline
from mienet.timelines.window_lengths import WindowLengths, choose_lengths
from mienet.video.address import located, written

PIXELS_AT_ONCE = 2 * 8 * 224 * 224
"""Pixels, over clips and segments, that a CPU computes at once: larger parts take more memory
and are slower, since their features leave the caches (docs/performance.md)."""

NOT_FINITE = (
    "the model's logits for it are not finite numbers, so it says nothing; the model's file was "
    "changed or its training diverged: copy it again, or take another checkpoint"
)


class Recognizer(nn.Module, ABC):
    """How a video becomes ranked classes, whatever computes the logits.

    The two kinds are ``NetworkRecognizer``, which PyTorch computes and which can learn, and
    ``exported_recognizer.ExportedRecognizer``, which another engine computes.

    Args:
        classes: Names of the classes by index.
        clip_format: How a video becomes a clip.

    Attributes:
        training_list: The list of the clips that it was trained on, which ``load`` finds in a
            run's folder; it need not be there.
        temperature: What logits are divided by, so that probabilities are as sure as they should
            be; tuned on validation.
        known_clips: What tells how familiar a clip is; None for models that cannot.
    """

    unfamiliar_reason = (
        "the model's file does not say how familiar clips were in validation, which is computed at "
        "the end of a training: it was imported, trained with an earlier version, or its training "
        "was stopped; resume or repeat the training"
    )

    def __init__(self, classes: list[str], clip_format: ClipFormat) -> None:
        super().__init__()
        self.classes = classes
        self.clip_format = clip_format
        self.training_list: Path | None = None
        self.temperature = 1.0
        self.known_clips: KnownClips | None = None

    @abstractmethod
    def forward(self, clips: Tensor) -> Tensor:
        """Returns logits, ``(B, classes)``, of uint8 clips ``(B, T, L, 3, S, S)``."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Returns where the clips have to be."""

    def set_sizes(self, *, short_side: int | None = None, crop_size: int | None = None) -> None:
        """Reads videos at other sizes than in training, as published figures are often made.

        Args:
            short_side: Length of the frames' shorter side in pixels; None leaves it.
            crop_size: Pixels of the square crop, at most ``short_side``; None leaves it.

        Raises:
            MienetError: If the sizes do not fit each other, or the model's is fixed.
        """
        own = self.clip_format
        try:
            self.clip_format = replace(
                own,
                short_side=own.short_side if short_side is None else short_side,
                crop_size=own.crop_size if crop_size is None else crop_size,
            )
        except ValueError as error:
            raise MienetError(str(error)) from error

    def video_logits(self, views: Tensor) -> Tensor:
        """Returns one row of float32 logits a video, the mean over its views, ``(B, classes)``.

        They are divided by the temperature, so that their softmax is as sure as it should be.
        Computed without autocast, so that evaluation does not depend on how a run was trained.

        Args:
            views: uint8, ``(B, views, T, L, 3, S, S)``.
        """
        logits = in_parts(self, views.flatten(0, 1))  # (B*views, classes)
        return logits.float().unflatten(0, views.shape[:2]).mean(dim=1) / self.temperature

    def view_outputs(self, views: Tensor) -> tuple[Tensor, Tensor | None]:
        """Returns the logits of each view, ``(views, classes)``, and what they were found by.

        These are its features, ``(views, T, F)``, or None where ``known_clips`` are not known.

        Args:
            views: Of one video, uint8, ``(views, T, L, 3, S, S)``.
        """
        return self.video_logits(views[:, None]), None

    def select(self, error_rate: float) -> Selection:
        """Returns from which familiarity on answers keep an error rate; see ``metrics.select``.

        Raises:
            MienetError: If the model knows no familiarity, or its validation cannot promise it.
        """
        if self.known_clips is None:
            raise MienetError(f"no error rate can be promised: {self.unfamiliar_reason}")
        return self.known_clips.select(error_rate)

    def predict(
        self,
        path: str | Path,
        *,
        clips: ClipChoice = "center",
        crops: CropChoice = "one",
    ) -> Prediction:
        """Returns the ranked classes of a video file, at an address too, or folder of frames.

        Args:
            path: The video, or its address.
            clips: Clips to average over.
            crops: Crops of each clip to average over.

        Raises:
            FileNotFoundError: If the video is not there.
            VideoError: If it cannot be read.
        """
        return self.rank(path, self.read_views(path, clips=clips, crops=crops))

    def read_views(
        self, path: str | Path, *, clips: ClipChoice = "center", crops: CropChoice = "one"
    ) -> Tensor:
        """Returns the views of a video, uint8 ``(views, T, L, 3, S, S)``; as ``predict``."""
        return read_evaluation_clips(
            VideoRecord(written(path), None, source=written(path)),
            self.clip_format,
            clips=clips,
            crops=crops,
            decode_threads=torch.get_num_threads(),
        )

    def iterate_views(
        self, record: VideoRecord, *, clips: ClipChoice = "center", crops: CropChoice = "one"
    ) -> Iterator[Tensor]:
        """Yields the views of a video or of a part of one, a bounded part of them at once."""
        return iterate_evaluation_clips(
            record,
            self.clip_format,
            clips=clips,
            crops=crops,
            decode_threads=torch.get_num_threads(),
        )

    @cached_property
    def window_lengths(self) -> WindowLengths:
        """Lengths of windows that suit the clips that the model was trained on, and why these."""
        return choose_lengths(self.training_list)

    def timeline(
        self,
        path: str | Path,
        windows: Windows | None = None,
        *,
        progress: Callable[[float], object] = lambda _: None,
    ) -> Timeline:
        """Returns the phases of a recording; arguments and errors as ``find_timeline``'s.

        Without ``windows`` they are of the ``window_lengths``; a warning says which, and why.
        """
        if windows is None:
            warnings.warn(self.window_lengths.reason, stacklevel=2)
            windows = Windows(self.window_lengths.seconds)
        return find_timeline(
            path, self.classes, self.clip_format, self.probabilities, windows, progress=progress
        )

    @torch.inference_mode()
    def probabilities(self, clips: Tensor) -> Tensor:
        """Returns ``(B, classes)`` on the CPU of clips ``(B, T, L, 3, S, S)``, each on its own.

        Raises:
            MienetError: If they are not finite numbers.
        """
        logits = self.video_logits(clips[:, None].to(self.device)).cpu()
        if not bool(logits.isfinite().all()):
            raise MienetError(NOT_FINITE)
        return logits.softmax(dim=1)

    @torch.inference_mode()
    def rank(self, path: str | Path, views: Tensor | Iterable[Tensor]) -> Prediction:
        """Returns the ranked classes of the video at ``path``.

        Args:
            path: Its name.
            views: uint8, ``(views, T, L, 3, S, S)``, all of them or part by part.

        Raises:
            MienetError: If the model's logits are not finite numbers.
        """
        parts = [views] if isinstance(views, Tensor) else views
        each = [self.view_outputs(part.to(self.device)) for part in parts]
        logits = torch.cat([logits for logits, _ in each]).mean(dim=0)  # (classes,)
        if not bool(logits.isfinite().all()):
            raise MienetError(f"{located(path)}: {NOT_FINITE}")
        probabilities, order = logits.softmax(dim=0).sort(descending=True)
        names = [self.classes[index] for index in order.tolist()]
        familiarity = None
        found = [features for _, features in each if features is not None]
        if self.known_clips is not None and found:
            features = torch.cat(found).mean(dim=0, keepdim=True)  # (1, T, F)
            familiarity = float(self.known_clips.familiarity(features, order[:1]))
        return Prediction(located(path), names, probabilities.tolist(), familiarity=familiarity)

    @torch.inference_mode()
    def logits_of(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yields the logits on the CPU, ``(B, classes)``, of each batch of views.

        Raises:
            MienetError: If they are not finite numbers, with the video's place in the order.
        """
        count = 0
        for views in batches:
            logits = self.video_logits(views.to(self.device, non_blocking=True)).cpu()
            if broken := (~logits.isfinite().all(dim=1)).nonzero().flatten().tolist():
                raise MienetError(f"video {count + broken[0] + 1} of the list: {NOT_FINITE}")
            count += len(logits)
            yield logits


class NetworkRecognizer(Recognizer):
    """A recognizer that PyTorch computes; training holds one.

    Args:
        network: Takes normalized clips; see ``SegmentNetwork``.
        classes: One name for each of the network's outputs.
        clip_format: How a video becomes the network's input.

    Raises:
        MienetError: If the classes or the clip format are not the network's, or two classes have
            one name.
    """

    def __init__(
        self,
        network: SegmentNetwork,
        classes: list[str],
        clip_format: ClipFormat,
    ) -> None:
        super().__init__(classes, clip_format)
        if len(classes) != network.head.out_features:
            raise MienetError(
                f"the network has {network.head.out_features} classes, got {len(classes)} names"
            )
        described = asdict(clip_format)
        # What could not be loaded again is refused before it is trained.
        problems = class_problems(list(classes)) + clip_format_problems(described)
        if problems := problems or fit_problems(network.options, list(classes), described):
            raise MienetError("; ".join(problems))
        self.network = network

    def forward(self, clips: Tensor) -> Tensor:
        """Returns logits, ``(B, classes)``, of uint8 clips ``(B, T, L, 3, S, S)``.

        The one place where pixels become normalized floats, on the clips' device and in the
        weights' precision.
        """
        return self.network(normalize(clips).to(self.network.head.weight.dtype))

    def features(self, clips: Tensor) -> Tensor:
        """Returns what logits are found by, ``(B, T, F)``, of uint8 ``(B, T, L, 3, S, S)``."""
        return self.network.features(normalize(clips).to(self.network.head.weight.dtype))

    def view_outputs(self, views: Tensor) -> tuple[Tensor, Tensor | None]:
        """Returns logits and features of each view; see ``Recognizer``."""
        if self.known_clips is None:
            return super().view_outputs(views)
        features = in_parts(self.features, views)  # (views, T, F)
        return self.network.logits(features).float() / self.temperature, features.float()

    def motion_maps(self, clips: Tensor) -> Tensor | None:
        """Returns the motion maps of uint8 clips ``(B, T, L, 3, S, S)``, ``(B, T, L-1, S, S)``.

        None for a network without motion maps.
        """
        if self.network.motion is None:
            return None
        return self.network.motion(normalize(clips).to(self.network.head.weight.dtype))

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
        metadata = {
            "classes": self.classes,
            "clip_format": asdict(self.clip_format),
            "temperature": self.temperature,
        }
        known = None if self.known_clips is None else self.known_clips.tensors()
        save_checkpoint(file, self.network, metadata, known)
        return file


def in_parts(compute: Callable[[Tensor], Tensor], clips: Tensor) -> Tensor:
    """Returns what is computed of clips ``(B, T, L, 3, S, S)``, some of them at once."""
    at_once = len(clips)
    if clips.device.type == "cpu":
        pixels = clips.shape[1] * clips.shape[-2] * clips.shape[-1]
        at_once = max(1, PIXELS_AT_ONCE // pixels)
    with torch.autocast(clips.device.type, enabled=False):
        return torch.cat([compute(part) for part in clips.split(at_once)])


if not TYPE_CHECKING:
    __getattr__ = renamed(
        __name__,
        {
            "load": "mienet.loading.load",
            "load_network": "mienet.loading.load_network",
            "choose_device": "mienet.loading.choose_device",
        },
    )
