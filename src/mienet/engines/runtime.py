"""Models that ``mienet export`` wrote: a folder with one model file and ``model.json`` about it.

The model takes uint8 clips ``(B, T, L, 3, S, S)`` and returns float32 logits ``(B, classes)``;
normalisation is inside. Each format has its own engine, opened here by one function each; an engine
that is not installed is named with the extra that brings it.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from mienet.errors import MienetError

Format = Literal["onnx", "openvino", "torch"]
Precision = Literal["float32", "bfloat16", "int8"]

METADATA_NAME = "model.json"
METADATA_VERSION = 1
METADATA_KEYS = (
    "format", "precision", "sha256", "classes", "clip_format", "network"
)  # fmt: skip

FILES: dict[Format, tuple[str, ...]] = {
    "onnx": ("model.onnx",),
    "openvino": ("model.xml", "model.bin"),
    "torch": ("model.pt2",),
}
"""The files of each format; the first is the one to open."""

Compute = Callable[[Tensor], Tensor]
"""Uint8 clips ``(B, T, L, 3, S, S)`` to float32 logits ``(B, classes)``, on the processor."""


class ExportedModelError(MienetError):
    """An exported model that cannot be used, with the reason and the next step."""


class MissingExtraError(MienetError):
    """A library that is not installed, with the extra that brings it."""

    def __init__(self, purpose: str, extra: str, error: ImportError) -> None:
        super().__init__(
            f"{purpose} needs the extra {extra!r} ({error}); install it: pip install "
            f"'mienet[{extra}]', or in a clone of the project pip install '.[{extra}]'"
        )


@dataclass(frozen=True)
class ExportedModel:
    """An opened model.

    Attributes:
        compute: What it computes.
        metadata: The content of ``model.json``: classes, clip_format, precision and more.
    """

    compute: Compute
    metadata: dict[str, Any]


def is_exported(path: str | Path) -> bool:
    """Returns whether ``path`` is the folder of an exported model."""
    return (Path(path) / METADATA_NAME).is_file()


def open_exported(folder: str | Path) -> ExportedModel:
    """Returns the model of a folder that ``mienet export`` wrote.

    Raises:
        ExportedModelError: If a file is missing, was changed or cut short, or cannot be opened.
        MissingExtraError: If its engine is not installed.
    """
    folder = Path(folder)
    metadata = read_metadata(folder)
    for name, expected in metadata["sha256"].items():
        if not (folder / name).is_file():
            raise ExportedModelError(f"{folder / name}: missing; copy the whole folder again")
        if sha256(folder / name) != expected:
            raise ExportedModelError(
                f"{folder / name}: not the file that was exported: cut short or changed; copy the "
                "folder again, or export again"
            )
    return ExportedModel(open_engine(folder, metadata["format"], metadata["precision"]), metadata)


def read_metadata(folder: Path) -> dict[str, Any]:
    """Returns the content of ``model.json``.

    Raises:
        ExportedModelError: If it is broken or of another version.
    """
    path = folder / METADATA_NAME
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        version = metadata["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise ExportedModelError(
            f"{path}: not the description of an exported model ({error}); export again"
        ) from error
    if version != METADATA_VERSION:
        raise ExportedModelError(
            f"{path}: format {version}, this version reads {METADATA_VERSION}; export again"
        )
    if missing := [key for key in METADATA_KEYS if key not in metadata]:
        raise ExportedModelError(f"{path}: lacks {', '.join(missing)}; export again")
    if metadata["format"] not in FILES:
        raise ExportedModelError(
            f"{path}: unknown format {metadata['format']!r}; this version knows {', '.join(FILES)}"
        )
    return dict(metadata)


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def open_engine(folder: Path, format: Format, precision: Precision) -> Compute:
    """Returns what the model file in ``folder`` computes, with as many threads as PyTorch uses.

    Raises:
        ExportedModelError: If the engine refuses the file.
        MissingExtraError: If the engine is not installed.
    """
    open_file = {"onnx": _open_onnx, "openvino": _open_openvino, "torch": _open_torch}[format]
    path = folder / FILES[format][0]
    try:
        return open_file(path, precision)
    except ImportError as error:
        raise MissingExtraError(f"{path}: a model for {format}", format, error) from error
    except Exception as error:  # each engine has kinds of its own
        raise ExportedModelError(
            f"{path}: {format} cannot open it ({error}); export it again with this version"
        ) from error


def _open_onnx(path: Path, precision: Precision) -> Compute:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def compute(clips: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {"clips": clips.numpy()})[0])

    return compute


def _open_openvino(path: Path, precision: Precision) -> Compute:
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    config = {
        # The processor's own choice would be bfloat16 wherever it knows it.
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
    }

    # Compiled for one batch size at a time: with a free one fewer operations are fused, which
    # costs 4 % in float32 and 13 % in int8.
    @lru_cache(maxsize=2)
    def compiled(batch: int) -> Any:
        fixed = model.clone()
        fixed.reshape([batch, *(size.get_length() for size in model.input(0).partial_shape[1:])])
        return core.compile_model(fixed, "CPU", config).create_infer_request()

    def compute(clips: Tensor) -> Tensor:
        # A copy, since the engine's output is overwritten by the next clip.
        return torch.from_numpy(compiled(len(clips)).infer([clips.numpy()])[0].copy())

    compiled(1)  # so that a model that cannot be compiled is refused when it is opened
    return compute


def _open_torch(path: Path, precision: Precision) -> Compute:
    module = torch.export.load(path).module()

    @torch.inference_mode()
    def compute(clips: Tensor) -> Tensor:
        return module(clips).float()

    return compute
