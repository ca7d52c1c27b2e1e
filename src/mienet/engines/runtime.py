"""Models that ``mienet export`` wrote: a folder with one model file and ``model.json`` about it.

The model takes uint8 clips ``(B, T, L, 3, S, S)`` and returns float32 logits ``(B, classes)``, and
features ``(B, T, F)`` if it tells how familiar clips are, by the clips in a second file. Or one of
recordings takes frames in a row ``(B, W, 3, S, S)`` and returns ``(B, T, outputs)``. Normalization
is inside. Each format has its own engine (see ``engine.py``); one that is not installed is named
with the extra that brings it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mienet.data.clips import ClipFormat
from mienet.data.recording_format import RecordingFormat
from mienet.engines.engine import (
    Compute,
    engine_files,
    find_engine,
)
from mienet.errors import MienetError, MissingExtraError, in_one_line
from mienet.extensions import EngineName, Precision
from mienet.model_schema import (
    KNOWN_CLIPS_NAME,
    exported_problems,
    is_of_recordings,
    parse_json,
)
from mienet.models.timeline_network import count_outputs

METADATA_NAME = "model.json"
METADATA_VERSION = 3
CHECKSUM_VERSION = 2
"""The first version that has a checksum of ``model.json`` itself."""
LARGEST_METADATA_BYTES = 100_000_000


class ExportedModelError(MienetError):
    """An exported model that cannot be used, with the reason and the next step."""


@dataclass(frozen=True)
class ExportedModel:
    """An opened model.

    Attributes:
        compute: What it computes.
        metadata: The content of ``model.json``: precision, classes and clip_format or those of
            recordings, and more.
        num_features: Of a clip, ``T * F``; 0 for models that give logits alone.
    """

    compute: Compute
    metadata: dict[str, Any]
    num_features: int = 0


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
    engine = find_engine(metadata["format"])
    if engine.can_run_code and not allow_pickle:
        raise PickleError(
            f"{folder / engine.files[0]}: a file of torch.export can run code when it is opened. "
            "If you trust who made it, say so each time: --allow-pickle (in Python "
            "allow_pickle=True); else take the run, or an export to onnx or openvino"
        )
    for name, expected in metadata["sha256"].items():
        _check_file(folder / name, expected)
    compute = open_engine(folder, metadata["format"], metadata["precision"])
    num_features = _check_output(compute, metadata, folder / METADATA_NAME)
    return ExportedModel(compute, metadata, num_features)


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ExportedModelError(f"{path}: missing; copy the whole folder again")
    if sha256(path) != expected:
        raise ExportedModelError(
            f"{path}: not the file that was exported: cut short or changed; copy the folder again, "
            "or export again (a Git LFS pointer needs git lfs pull)"
        )


def _check_output(compute: Compute, metadata: dict[str, Any], path: Path) -> int:
    """Computes a black input, whose outputs tell what the model takes and how much it tells apart.

    The engines would tell each in its own way, and none of them all. Returns the number of
    features, or 0.
    """
    expected: tuple[int, ...]
    if is_of_recordings(metadata):
        reading = RecordingFormat(**metadata["recording_format"])
        counts = len(metadata["phases"]), len(metadata["events"])
        one, described = "window", f"{counts[0]} phases and {counts[1]} events"
        shape, expected = reading.window_shape, (reading.num_segments, sum(count_outputs(*counts)))
    else:
        one, described = "clip", f"{len(metadata['classes'])} classes"
        shape = ClipFormat(**metadata["clip_format"]).clip_shape
        expected = (len(metadata["classes"]),)
    logits, *others = compute(torch.zeros(1, *shape, dtype=torch.uint8))
    if tuple(logits.shape) != (1, *expected):
        raise ExportedModelError(
            f"{path}: {described}; for one {one} the model's output has the shape "
            f"{tuple(logits.shape)}. Export again"
        )
    if KNOWN_CLIPS_NAME in metadata["sha256"] and [feature.dim() for feature in others] != [3]:
        raise ExportedModelError(
            f"{path}: {KNOWN_CLIPS_NAME} needs the model's features, which are not among its "
            "outputs; export again"
        )
    return sum(feature.numel() for feature in others)


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
    if problems := exported_problems(content, engine_files()):
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


def open_engine(folder: Path, format: EngineName, precision: Precision) -> Compute:
    """Returns what the model file in ``folder`` computes, with as many threads as PyTorch uses.

    Raises:
        ExportedModelError: If the engine refuses the file.
        MissingExtraError: If the engine is not installed.
    """
    engine = find_engine(format)
    path = folder / engine.files[0]
    try:
        compute = engine.open(path, precision)
    except ImportError as error:
        raise MissingExtraError(f"{path}: a model for {format}", format, error) from error
    except Exception as error:  # each engine has kinds of its own
        raise ExportedModelError(
            f"{path}: {format} cannot open it ({in_one_line(error)}); export it again with this "
            "version"
        ) from error

    def compute_or_tell(inputs: Tensor) -> tuple[Tensor, ...]:
        try:
            return compute(inputs)
        except Exception as error:
            raise ExportedModelError(
                f"{path}: {format} cannot compute an input of shape {tuple(inputs.shape)} "
                f"({in_one_line(error)}); export it again with this version"
            ) from error

    return compute_or_tell
