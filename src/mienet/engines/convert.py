"""A PyTorch module written as the files of another engine."""

import warnings
from pathlib import Path

import torch
from torch import nn
from torch.export import Dim, ExportedProgram

from mienet.data.clips import ClipFormat
from mienet.engines.engine import (
    CalibrationClips,
    MissingExtraError,
    Precision,
    Source,
    find_engine,
)
from mienet.extensions import EngineName


def write_model(
    model: nn.Module,
    clip_format: ClipFormat,
    folder: Path,
    format: EngineName,
    precision: Precision,
    calibration: CalibrationClips,
) -> None:
    """Writes the files of ``format`` into ``folder``, unchecked.

    Args:
        model: From uint8 ``clips`` ``(B, T, L, 3, S, S)`` to float32 logits ``(B, classes)``.
        clip_format: ``T``, ``L`` and ``S``.
        folder: Where the files are written.
        format: Of the files.
        precision: Of the computation.
        calibration: What int8 takes its ranges from; not read otherwise.

    Raises:
        MissingExtraError: If the format's libraries are not installed.
        OSError: If a file cannot be written, with its name.
    """
    engine, shape = find_engine(format), clip_shape(clip_format)
    path = folder / engine.files[0]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converters' own, about their own code
            source = Source(_program(model, shape), shape, precision, calibration)
            engine.write(source, path)
    except ImportError as error:
        raise MissingExtraError(f"export to {format}", format, error) from error
    except OSError as error:
        if error.filename:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _program(model: nn.Module, shape: tuple[int, ...]) -> ExportedProgram:
    """Returns the model from uint8 clips to logits as a graph, its batch size free."""
    # Two clips, since a batch of one would be taken for a fixed size.
    example = torch.zeros(2, *shape, dtype=torch.uint8)
    with torch.inference_mode():
        return torch.export.export(
            model, (example,), dynamic_shapes={"clips": {0: Dim("batch", min=1, max=65536)}}
        )


def clip_shape(clip_format: ClipFormat) -> tuple[int, ...]:
    """Returns the shape of a clip, ``(T, L, 3, S, S)``."""
    size = clip_format.crop_size
    return clip_format.num_segments, clip_format.frames_per_segment, 3, size, size
