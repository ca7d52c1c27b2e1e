"""ONNX, computed by onnxruntime."""

import logging
from pathlib import Path

import torch
from torch import Tensor
from torch.export import Dim
from torch.onnx import ONNXProgram

from mienet.engines.engine import Compute, Engine, Source
from mienet.engines.quantize import quantize_onnx
from mienet.extensions import Precision

EXTERNAL_DATA = b"\x0a\x08location"
"""How ONNX's protobuf names another file that weights are in; exports have none."""


def write(source: Source, path: Path) -> None:
    """Writes an ONNX file; see ``Engine``."""
    import onnxruntime  # noqa: F401 - needed to compare, so better missed before the work

    to_onnx(source).save(path, external_data=False)
    if source.precision == "int8":
        quantize_onnx(path, source.input_name, source.calibration)


def to_onnx(source: Source) -> ONNXProgram:
    """Returns a program in float32 as ONNX; raises ImportError without its libraries."""
    import onnxscript  # noqa: F401 - what PyTorch says without it is longer

    # It warns that torchvision, whose operations nothing here uses, is not installed.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    batch = Dim("batch", min=1, max=65536)
    written = torch.onnx.export(
        source.program,
        input_names=[source.input_name],
        output_names=list(source.output_names),
        dynamic_shapes={source.input_name: {0: batch}},
        dynamo=True,
        verbose=False,
    )
    assert written is not None
    return written


def open_file(path: Path, precision: Precision) -> Compute:
    """Returns what an ONNX file computes; see ``Engine``."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4  # what is wrong is raised, and need not be printed too
    content = path.read_bytes()
    if EXTERNAL_DATA in content:
        raise ValueError("it has weights in another file, which is not accepted")
    # From memory, so that the engine has no folder to look for other files in.
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()

    def compute(inputs: Tensor) -> tuple[Tensor, ...]:
        return tuple(map(torch.from_numpy, session.run(None, {taken.name: inputs.numpy()})))

    return compute


ENGINE = Engine(("model.onnx",), ("float32", "int8"), write, open_file)
