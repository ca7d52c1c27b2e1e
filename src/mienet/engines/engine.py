"""What an engine is to the rest: the files of its format, and how they are written and opened.

Their names are in ``extensions.py``; a new one is a file with an ``Engine``, and a line there. Its
libraries are imported when it writes or opens, as nobody has all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import Tensor
from torch.export import ExportedProgram

from mienet.extensions import ENGINES, EngineName, Precision, find

Compute = Callable[[Tensor], tuple[Tensor, ...]]
"""Uint8 inputs to float32 outputs, on the CPU: clips ``(B, T, L, 3, S, S)`` to logits
``(B, classes)`` and perhaps features ``(B, T, F)``, or frames in a row ``(B, W, 3, S, S)`` to
logits ``(B, T, outputs)``."""


class CalibrationInputs(Protocol):
    """Inputs that int8 takes its ranges from, uint8, each of them alone: a batch of one."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Tensor]: ...


@dataclass(frozen=True)
class Source:
    """What an engine's file is made of.

    Attributes:
        program: What ``Compute`` does, its batch size free.
        input_name: Of its one input: ``clips``, or ``frames``.
        input_shape: Of one of the batch: ``(T, L, 3, S, S)``, or ``(W, 3, S, S)``.
        output_names: ``logits``, and perhaps ``features``.
        precision: Of the computation.
        calibration: What int8 takes its ranges from; not read otherwise.
    """

    program: ExportedProgram
    input_name: str
    input_shape: tuple[int, ...]
    output_names: tuple[str, ...]
    precision: Precision
    calibration: CalibrationInputs


@dataclass(frozen=True)
class Engine:
    """What computes exported models.

    Attributes:
        files: Names of the files of a model; the first is the one to open.
        precisions: What they can hold.
        write: Writes them, by the path of the first; raises ImportError without its libraries.
        open: Returns what the file at a path computes in a precision, with as many threads as
            PyTorch uses; raises ImportError without its libraries.
        can_run_code: Whether opening a file can run code that is in it.
        bfloat16_weights: Whether bfloat16 is in the weights, rather than in how they are computed.
    """

    files: tuple[str, ...]
    precisions: tuple[Precision, ...]
    write: Callable[[Source, Path], None]
    open: Callable[[Path, Precision], Compute]
    can_run_code: bool = False
    bfloat16_weights: bool = False


def find_engine(name: EngineName) -> Engine:
    """Returns the engine of a name.

    Raises:
        ValueError: If there is none of that name.
    """
    found: Engine = find("format", ENGINES, name)
    return found


def engine_files() -> dict[str, tuple[str, ...]]:
    """Returns the names of each engine's files."""
    return {name: find_engine(name).files for name in ENGINES}
