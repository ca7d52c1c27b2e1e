"""PyTorch's own exported programs (``torch.export``)."""

import io
from pathlib import Path

import torch
from torch import Tensor

from mienet.engines.engine import Compute, Engine, Source
from mienet.extensions import Precision


def write(source: Source, path: Path) -> None:
    """Writes an exported program; see ``Engine``."""
    # By way of memory, since PyTorch's own error names no file.
    content = io.BytesIO()
    torch.export.save(source.program, content)
    path.write_bytes(content.getvalue())


def open_file(path: Path, precision: Precision) -> Compute:
    """Returns what an exported program computes; see ``Engine``."""
    module = torch.export.load(path).module()

    @torch.inference_mode()
    def compute(inputs: Tensor) -> tuple[Tensor, ...]:
        found = module(inputs)
        return tuple(one.float() for one in (found if isinstance(found, tuple) else (found,)))

    return compute


ENGINE = Engine(
    ("model.pt2",),
    ("float32", "bfloat16"),
    write,
    open_file,
    can_run_code=True,
    bfloat16_weights=True,
)
