"""A PyTorch module written as the files of another engine."""

import warnings
from pathlib import Path

import torch
from torch import nn
from torch.export import Dim, ExportedProgram

from mienet.engines.engine import (
    CalibrationInputs,
    Source,
    find_engine,
)
from mienet.errors import MissingExtraError
from mienet.extensions import EngineName, Precision


def write_model(
    model: nn.Module,
    input_shape: tuple[int, ...],
    output_names: tuple[str, ...],
    folder: Path,
    format: EngineName,
    precision: Precision,
    calibration: CalibrationInputs,
) -> None:
    """Writes the files of ``format`` into ``folder``, unchecked.

    Args:
        model: What ``Compute`` does; the input is called as the argument of its ``forward`` is.
        input_shape: Of one of the batch: ``(T, L, 3, S, S)``, or ``(W, 3, S, S)``.
        output_names: What its outputs are called.
        folder: Where the files are written.
        format: Of the files.
        precision: Of the computation.
        calibration: What int8 takes its ranges from; not read otherwise.

    Raises:
        MissingExtraError: If the format's libraries are not installed.
        OSError: If a file cannot be written, with its name.
    """
    engine = find_engine(format)
    path = folder / engine.files[0]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converters' own, about their own code
            program = _program(model, input_shape)
            (name,) = program.graph_signature.user_inputs
            source = Source(program, str(name), input_shape, output_names, precision, calibration)
            engine.write(source, path)
    except ImportError as error:
        raise MissingExtraError(f"export to {format}", format, error) from error
    except OSError as error:
        if error.filename:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _program(model: nn.Module, shape: tuple[int, ...]) -> ExportedProgram:
    """Returns the model from uint8 inputs to logits as a graph, its batch size free."""
    # Two inputs, since a batch of one would be taken for a fixed size.
    example = torch.zeros(2, *shape, dtype=torch.uint8)
    with torch.inference_mode():
        return torch.export.export(
            model, (example,), dynamic_shapes=({0: Dim("batch", min=1, max=65536)},)
        )
