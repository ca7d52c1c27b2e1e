"""OpenVINO, for CPUs of any kind."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mienet.engines.engine import Compute, Engine, Source
from mienet.engines.onnx import to_onnx
from mienet.engines.quantize import quantize_openvino
from mienet.errors import in_one_line
from mienet.extensions import Precision


@contextmanager
def no_usage_reports() -> Iterator[None]:
    """Keeps OpenVINO and NNCF from reporting to their makers that somebody converts a model.

    They do so unasked, unless they believe to run in continuous integration.
    """
    before = os.environ.get("CI")
    os.environ["CI"] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ["CI"]
        else:
            os.environ["CI"] = before


def write(source: Source, path: Path) -> None:
    """Writes an OpenVINO file and its weights; see ``Engine``.

    By way of ONNX, which has a name for a recurrent layer: OpenVINO's own reading of PyTorch
    writes one out position by position, which takes minutes for 32 of them.
    """
    import openvino

    with no_usage_reports():
        content = to_onnx(source).model_proto.SerializeToString()
        model = openvino.Core().read_model(content, b"")
        model.reshape([-1, *source.input_shape])
        if source.precision == "int8":
            model = quantize_openvino(model, source.calibration)
    for output, name in zip(model.outputs, source.output_names, strict=True):
        output.get_tensor().set_names({name})
    try:
        openvino.save_model(model, path, compress_to_fp16=False)
    except RuntimeError as error:  # of a full disk it says as little
        raise OSError(
            errno.EIO, f"openvino cannot write it ({in_one_line(error)})", str(path)
        ) from error


def open_file(path: Path, precision: Precision) -> Compute:
    """Returns what an OpenVINO file computes; see ``Engine``."""
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

    def compute(inputs: Tensor) -> tuple[Tensor, ...]:
        found = compiled(len(inputs)).infer([inputs.numpy()])
        # A copy, since the engine's output is overwritten by the next one.
        return tuple(torch.from_numpy(found[i].copy()) for i in range(len(model.outputs)))

    compiled(1)  # so that a model that cannot be compiled is refused when it is opened
    return compute


ENGINE = Engine(("model.xml", "model.bin"), ("float32", "bfloat16", "int8"), write, open_file)
