"""A trained network with all that is needed to use it: the one path from a video to its logits.

Validation, evaluation, prediction and everything after training go through ``Recognizer``, so that
the same video always gives the same logits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from mienet.annotations.records import VideoRecord
from mienet.data.clips import ClipFormat, iterate_evaluation_clips, read_evaluation_clips
from mienet.data.mistaken import data_kind
from mienet.data.sampling import ClipChoice
from mienet.data.transforms import CropChoice, normalize
from mienet.engines.runtime import (
    METADATA_NAME,
    ExportedModel,
    exported_folder,
    open_exported,
    read_metadata,
    sha256,
)
from mienet.errors import MienetError
from mienet.model_schema import class_problems, clip_format_problems, fit_problems
from mienet.models.checkpoints import CHECKPOINT_NAME, read_checkpoint, save_checkpoint
from mienet.models.folding import fold_batch_norm
from mienet.models.network import SegmentNetwork
from mienet.models.weights import CheckpointError

PIXELS_AT_ONCE = 2 * 8 * 224 * 224
"""Pixels, over clips and segments, that a CPU computes at once: larger parts take more memory
and are slower, since their features leave the caches (docs/performance.md)."""

NOT_FINITE = (
    "the model's logits for it are not finite numbers, so it says nothing; the model's file was "
    "changed or its training diverged: copy it again, or take another checkpoint"
)


@dataclass(frozen=True)
class Prediction:
    """What a network says about one video.

    Attributes:
        path: The video.
        classes: Names of all classes, the likeliest first.
        probabilities: Their probabilities, in [0, 1], summing to 1.
        start_seconds: Where the part of the video starts that this is about; None for its start.
        end_seconds: Where it ends; None for the video's end.
        start_frame: The same in frames, counted from 0.
        end_frame: The first frame after the part.
    """

    path: Path
    classes: list[str]
    probabilities: list[float]
    start_seconds: float | None = None
    end_seconds: float | None = None
    start_frame: int | None = None
    end_frame: int | None = None


@dataclass(frozen=True)
class FailedVideo:
    """A video, or a list of some, that gave no prediction.

    Attributes:
        path: What cannot be used.
        problem: Why, and what to do.
        start_seconds: The part of the video, as in ``Prediction``.
        end_seconds: Its end.
        start_frame: The same in frames.
        end_frame: The frame after its last.
    """

    path: Path
    problem: str
    start_seconds: float | None = None
    end_seconds: float | None = None
    start_frame: int | None = None
    end_frame: int | None = None


Result = Prediction | FailedVideo


class Recognizer(nn.Module, ABC):
    """How a video becomes ranked classes, whatever computes the logits.

    The two kinds are ``NetworkRecognizer``, which PyTorch computes and which can learn, and
    ``ExportedRecognizer``, which another engine computes.

    Args:
        classes: Names of the classes by index.
        clip_format: How a video becomes a clip.
    """

    def __init__(self, classes: list[str], clip_format: ClipFormat) -> None:
        super().__init__()
        self.classes = classes
        self.clip_format = clip_format

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

        Computed without autocast, so that evaluation does not depend on how a run was trained.

        Args:
            views: uint8, ``(B, views, T, L, 3, S, S)``.
        """
        clips = views.flatten(0, 1)  # (B*views, T, L, 3, S, S)
        at_once = len(clips)
        if clips.device.type == "cpu":
            pixels = clips.shape[1] * clips.shape[-2] * clips.shape[-1]
            at_once = max(1, PIXELS_AT_ONCE // pixels)
        with torch.autocast(views.device.type, enabled=False):
            logits = torch.cat([self(part) for part in clips.split(at_once)])
        return logits.float().unflatten(0, views.shape[:2]).mean(dim=1)

    def predict(
        self,
        path: str | Path,
        *,
        clips: ClipChoice = "center",
        crops: CropChoice = "one",
    ) -> Prediction:
        """Returns the ranked classes of a video file or folder of frames.

        Args:
            path: The video.
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
            VideoRecord(str(path), None, source=str(path)),
            self.clip_format,
            clips=clips,
            crops=crops,
            decode_threads=0,
        )

    def iterate_views(
        self, record: VideoRecord, *, clips: ClipChoice = "center", crops: CropChoice = "one"
    ) -> Iterator[Tensor]:
        """Yields the views of a video or of a part of one, a bounded part of them at once."""
        return iterate_evaluation_clips(
            record, self.clip_format, clips=clips, crops=crops, decode_threads=0
        )

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
        each = [self.video_logits(part[:, None].to(self.device)) for part in parts]
        logits = torch.cat(each).mean(dim=0)  # (classes,)
        if not bool(logits.isfinite().all()):
            raise MienetError(f"{path}: {NOT_FINITE}")
        probabilities, order = logits.softmax(dim=0).sort(descending=True)
        names = [self.classes[index] for index in order.tolist()]
        return Prediction(Path(path), names, probabilities.tolist())

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
        }
        save_checkpoint(file, self.network, metadata)
        return file


class ExportedRecognizer(Recognizer):
    """A recognizer that ``mienet export`` wrote, computed on the CPU by its own engine.

    Args:
        model: The opened model.
    """

    def __init__(self, model: ExportedModel) -> None:
        metadata = model.metadata
        super().__init__(
            metadata["classes"],
            ClipFormat(**metadata["clip_format"]),
        )
        self.compute = model.compute
        self.metadata = metadata

    def set_sizes(self, *, short_side: int | None = None, crop_size: int | None = None) -> None:
        """Reads videos at another ``short_side``; the crop's size is part of the exported model.

        Raises:
            MienetError: If another crop is asked for, or the sizes do not fit each other.
        """
        fixed = self.clip_format.crop_size
        if crop_size not in (None, fixed):
            raise MienetError(
                f"this exported model takes crops of {fixed} pixels, got a crop_size of "
                f"{crop_size}; leave it out, or use the run that it was exported from"
            )
        super().set_sizes(short_side=short_side)

    def forward(self, clips: Tensor) -> Tensor:
        """Returns float32 logits, ``(B, classes)``, of uint8 clips ``(B, T, L, 3, S, S)``.

        Raises:
            MienetError: If the clips have another shape; only ``B`` is free.
        """
        size = self.clip_format.crop_size
        shape = (self.clip_format.num_segments, self.clip_format.frames_per_segment, 3, size, size)
        if clips.dtype != torch.uint8 or tuple(clips.shape[1:]) != shape:
            raise MienetError(
                f"this exported model takes uint8 clips of shape (B, {', '.join(map(str, shape))}):"
                f" B clips, T segments, L frames per segment, channels, pixels; got {clips.dtype} "
                f"{tuple(clips.shape)}; export the run again for another shape"
            )
        return self.compute(clips)

    @property
    def device(self) -> torch.device:
        """Returns the CPU."""
        return torch.device("cpu")


def load(path: str | Path, *, device: str = "auto", allow_pickle: bool = False) -> Recognizer:
    """Returns the recognizer of a run's or model's folder or of a ``.safetensors`` file.

    It is arranged for speed (batch-norm folded, channels-last), and cannot be trained or saved; for
    that there is ``load_network``.

    Args:
        path: What ``mienet train``, ``load-released`` or ``export`` wrote.
        device: Where to compute, such as "cpu" or "cuda:1"; "auto" takes a GPU if there is one.
        allow_pickle: Whether an exported ``.pt2`` file may be opened, which can run code.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        CheckpointError: If it is broken, or a released one, which does not know its classes.
        MienetError: If an exported model is asked to compute elsewhere than on the CPU, or
            the folder holds two models.
    """
    require_model(Path(path))
    _check_one_model(Path(path))
    if folder := exported_folder(path):
        if device not in ("auto", "cpu"):
            raise MienetError(
                f"{path}: an exported model computes on the CPU, got device {device!r}; "
                "leave --device out, or use the run that it was exported from"
            )
        return ExportedRecognizer(open_exported(folder, allow_pickle=allow_pickle)).eval()
    recognizer = load_network(path)
    fold_batch_norm(recognizer.network)
    return recognizer.to(choose_device(device), memory_format=torch.channels_last)  # type: ignore[call-overload]


def require_model(path: Path, *, is_first: bool = True) -> None:
    """Refuses videos and lists in a model's place, as where arguments are swapped.

    Raises:
        MienetError: If there is no model but data.
    """
    if any((path / name).exists() for name in (METADATA_NAME, CHECKPOINT_NAME)):
        return
    if what := data_kind(path):
        place = "the first argument" if is_first else "this argument"
        hint = "comes first" if is_first else "or models come first, and data after --data"
        raise MienetError(
            f"{path}: {place} is {what}; the model {hint}: a run's or model's folder, such as "
            "runs/NAME"
        )


def _check_one_model(path: Path) -> None:
    """Raises an error for a folder with a run's and an exported model: which one is not guessed."""
    if exported_folder(path) == path and (path / CHECKPOINT_NAME).is_file():
        is_pickle = read_metadata(path)["format"] == "torch"
        raise MienetError(
            f"{path}: holds two models, a run's and an exported one; say which: "
            f"{path / CHECKPOINT_NAME}, or {path / METADATA_NAME}"
            + " with --allow-pickle, since its .pt2 file can run code"
            * is_pickle
        )


def load_network(path: str | Path) -> NetworkRecognizer:
    """Returns the recognizer as it was trained, on the CPU, to look into, save or export.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        CheckpointError: If it is broken, or a released one, which does not know its classes.
    """
    require_model(Path(path))
    checkpoint = read_checkpoint(path)
    metadata = checkpoint.metadata
    ours = Path(path).is_dir() or Path(path).suffix == ".safetensors"
    if ours and not {"classes", "clip_format"} <= metadata.keys():
        raise CheckpointError(f"{path}: a network alone: it lacks classes or clip_format")
    if "classes" not in metadata:
        raise CheckpointError(
            f"{path}: the authors' file knows neither its classes nor its input; convert it first: "
            f"mienet load-released {path} --classes names.txt --out model/"
        )
    return NetworkRecognizer(
        checkpoint.network,
        metadata["classes"],
        ClipFormat(**metadata["clip_format"]),
    ).eval()


def model_digest(path: str | Path) -> str:
    """Returns what tells a model from any other: the SHA-256 of its file, in hexadecimal digits.

    An exported model's ``model.json`` holds those of its other files.

    Raises:
        OSError: If there is no such file.
    """
    inside = (Path(path) / name for name in (METADATA_NAME, CHECKPOINT_NAME))
    return sha256(next((file for file in inside if file.is_file()), Path(path)))


def choose_device(device: str) -> torch.device:
    """Returns the device of a name; "auto" is a GPU if there is one, else the CPU.

    Raises:
        MienetError: If there is no such device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise MienetError(f"device {device!r} is unavailable here; accepted: auto, cpu") from error
    return torch.device(device)
