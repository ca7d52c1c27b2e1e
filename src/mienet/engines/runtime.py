"""Models that ``mienet export`` wrote: a folder with one model file and ``model.json`` about it.

The model takes uint8 clips ``(B, T, L, 3, S, S)`` and returns float32 logits ``(B, classes)``;
normalization is inside. Each format has its own engine, opened here by one function each; an engine
that is not installed is named with the extra that brings it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from mienet.errors import MienetError
from mienet.model_schema import exported_problems, parse_json

Format = Literal["onnx", "openvino", "torch"]
Precision = Literal["float32", "bfloat16", "int8"]

METADATA_NAME = "model.json"
METADATA_VERSION = 2
CHECKSUM_VERSION = 2
"""The first version that has a checksum of ``model.json`` itself."""
LARGEST_METADATA_BYTES = 100_000_000

FILES: dict[Format, tuple[str, ...]] = {
    "onnx": ("model.onnx",),
    "openvino": ("model.xml", "model.bin"),
    "torch": ("model.pt2",),
}
"""The files of each format; the first is the one to open."""

EXTERNAL_DATA = b"\x0a\x08location"
"""How ONNX's protobuf names another file that weights are in; exports have none."""

Compute = Callable[[Tensor], Tensor]
"""Uint8 clips ``(B, T, L, 3, S, S)`` to float32 logits ``(B, classes)``, on the CPU."""


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


class PickleError(ExportedModelError):
    """A file that can run code when it is opened, and was not said to be trusted."""


def exported_folder(path: str | Path) -> Path | None:
    """Returns the folder of an exported model, given itself or its ``model.json``; else None."""
    path = Path(path)
    folder = path.parent if path.name == METADATA_NAME else path
    return folder if (folder / METADATA_NAME).is_file() else None


def open_exported(folder: str | Path, *, allow_pickle: bool = False) -> ExportedModel:
    """Returns the model of a folder that ``mienet export`` wrote.

    Args:
        folder: The folder.
        allow_pickle: Whether a ``.pt2`` file may be opened, which can run code.

    Raises:
        ExportedModelError: If a file is missing, was changed or cut short, or cannot be opened.
        PickleError: If it is a ``.pt2`` file without ``allow_pickle``.
        MissingExtraError: If its engine is not installed.
    """
    folder = Path(folder)
    metadata = read_metadata(folder)
    if metadata["format"] == "torch" and not allow_pickle:
        raise PickleError(
            f"{folder / FILES['torch'][0]}: a file of torch.export can run code when it is opened. "
            "If you trust who made it, say so each time: --allow-pickle (in Python "
            "allow_pickle=True); else take the run, or an export to onnx or openvino"
        )
    for name, expected in metadata["sha256"].items():
        _check_file(folder / name, expected)
    compute = open_engine(folder, metadata["format"], metadata["precision"])
    _check_output(compute, metadata, folder / METADATA_NAME)
    return ExportedModel(compute, metadata)


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ExportedModelError(f"{path}: missing; copy the whole folder again")
    if sha256(path) != expected:
        raise ExportedModelError(
            f"{path}: not the file that was exported: cut short or changed; copy the folder again, "
            "or export again (a Git LFS pointer needs git lfs pull)"
        )


def _check_output(compute: Compute, metadata: dict[str, Any], path: Path) -> None:
    """Computes one black clip, whose logits tell what the model takes and how many classes it has.

    The engines would tell each in its own way, and none of them all.
    """
    clip_format = metadata["clip_format"]
    size = clip_format["crop_size"]
    shape = (1, clip_format["num_segments"], clip_format["frames_per_segment"], 3, size, size)
    logits = compute(torch.zeros(shape, dtype=torch.uint8))
    if tuple(logits.shape) != (1, len(metadata["classes"])):
        raise ExportedModelError(
            f"{path}: {len(metadata['classes'])} classes; for one clip the model's output has the "
            f"shape {tuple(logits.shape)}. Export again"
        )


def read_metadata(folder: Path) -> dict[str, Any]:
    """Returns the content of ``model.json``, found to be right.

    Raises:
        ExportedModelError: If it is broken, changed or of another version.
    """
    path = folder / METADATA_NAME
    if (size := path.stat().st_size) > LARGEST_METADATA_BYTES:
        raise ExportedModelError(
            f"{path}: {size} bytes long; accepted: {LARGEST_METADATA_BYTES}; export again"
        )
    try:
        content = parse_json(path.read_bytes())
    except ValueError as error:
        raise ExportedModelError(
            f"{path}: not the description of an exported model ({error}); export again"
        ) from error
    if not isinstance(content, dict) or "version" not in content:
        raise ExportedModelError(
            f"{path}: not the description of an exported model (no version); export again"
        )
    version = content["version"]
    if isinstance(version, int) and not 1 <= version <= METADATA_VERSION:
        raise ExportedModelError(
            f"{path}: format {version}, this version reads 1 to {METADATA_VERSION}; export again"
        )
    if problems := exported_problems(content, FILES):
        raise ExportedModelError(f"{path}: {'; '.join(problems)}; export again")
    if version >= CHECKSUM_VERSION and content.get("description_sha256") != description_sha256(
        content
    ):
        raise ExportedModelError(
            f"{path}: changed since it was exported, as its description_sha256 tells, or without "
            "one; copy the folder again, or export again"
        )
    return dict(content)


def description_sha256(metadata: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of all of ``model.json`` but this entry, however it is laid out."""
    content = {key: value for key, value in metadata.items() if key != "description_sha256"}
    try:
        text = json.dumps(content, sort_keys=True)
    except RecursionError:  # just not too deep to be read
        return ""
    return hashlib.sha256(text.encode()).hexdigest()


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
        compute = open_file(path, precision)
    except ImportError as error:
        raise MissingExtraError(f"{path}: a model for {format}", format, error) from error
    except Exception as error:  # each engine has kinds of its own
        raise ExportedModelError(
            f"{path}: {format} cannot open it ({error}); export it again with this version"
        ) from error

    def compute_or_tell(clips: Tensor) -> Tensor:
        try:
            return compute(clips)
        except Exception as error:
            raise ExportedModelError(
                f"{path}: {format} cannot compute a clip of shape {tuple(clips.shape)} "
                f"({error}); export it again with this version"
            ) from error

    return compute_or_tell


def _open_onnx(path: Path, precision: Precision) -> Compute:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4  # what is wrong is raised, and need not be printed too
    content = path.read_bytes()
    if EXTERNAL_DATA in content:
        raise ValueError("it has weights in another file, which is not accepted")
    # From memory, so that the engine has no folder to look for other files in.
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def compute(clips: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {"clips": clips.numpy()})[0])

    return compute


def _open_openvino(path: Path, precision: Precision) -> Compute:
    import openvino

    core = openvino.Core()
    model = core.read_model(path, path.with_suffix(".bin"))
    config = {
        # The CPU's own choice would be bfloat16 wherever it knows it.
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
