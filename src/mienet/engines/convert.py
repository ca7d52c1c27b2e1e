"""A PyTorch module written as the files of another engine."""

import errno
import io
import logging
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.export import Dim, ExportedProgram

from mienet.data.clips import ClipFormat
from mienet.engines.quantize import CalibrationClips, quantize_onnx, quantize_openvino
from mienet.engines.runtime import FILES, Format, MissingExtraError, Precision


def write_model(
    model: nn.Module,
    clip_format: ClipFormat,
    folder: Path,
    format: Format,
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
    path = folder / FILES[format][0]
    write = {"onnx": _write_onnx, "openvino": _write_openvino, "torch": _write_torch}[format]
    shape = clip_shape(clip_format)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converters' own, about their own code
            write(_program(model, shape), shape, path, precision, calibration)
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


def _write_torch(
    program: ExportedProgram,
    shape: tuple[int, ...],
    path: Path,
    precision: Precision,
    calibration: CalibrationClips,
) -> None:
    # By way of memory, since PyTorch's own error names no file.
    content = io.BytesIO()
    torch.export.save(program, content)
    path.write_bytes(content.getvalue())


def _write_onnx(
    program: ExportedProgram,
    shape: tuple[int, ...],
    path: Path,
    precision: Precision,
    calibration: CalibrationClips,
) -> None:
    import onnxruntime  # noqa: F401 - needed to compare, so better missed before the work
    import onnxscript  # noqa: F401

    # It warns that torchvision, whose operations nothing here uses, is not installed.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    batch = Dim("batch", min=1, max=65536)
    written = torch.onnx.export(
        program,
        input_names=["clips"],
        output_names=["logits"],
        dynamic_shapes={"clips": {0: batch}},
        dynamo=True,
        verbose=False,
    )
    assert written is not None
    written.save(path, external_data=False)
    if precision == "int8":
        quantize_onnx(path, calibration)


def _write_openvino(
    program: ExportedProgram,
    shape: tuple[int, ...],
    path: Path,
    precision: Precision,
    calibration: CalibrationClips,
) -> None:
    import openvino

    model = openvino.convert_model(program)
    model.reshape([-1, *shape])
    if precision == "int8":
        model = quantize_openvino(model, calibration)
    model.outputs[0].get_tensor().set_names({"logits"})
    try:
        openvino.save_model(model, path, compress_to_fp16=False)
    except RuntimeError as error:  # of a full disk it says as little
        raise OSError(errno.EIO, f"openvino cannot write it ({error})", str(path)) from error
