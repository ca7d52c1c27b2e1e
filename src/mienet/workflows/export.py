"""Export: a trained network as one file for another engine, checked against the original."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from mienet import __version__
from mienet.data.resolve import FoundVideos, choose_split, resolve_videos
from mienet.engines.convert import write_model
from mienet.engines.engine import Compute, find_engine
from mienet.engines.runtime import (
    METADATA_NAME,
    METADATA_VERSION,
    description_sha256,
    open_engine,
    sha256,
)
from mienet.errors import MienetError
from mienet.extensions import ENGINES, EngineName, Precision
from mienet.loading import home_of, read_network
from mienet.model_schema import KNOWN_CLIPS_NAME
from mienet.models.checkpoints import CHECKPOINT_NAME
from mienet.options import Range, checked
from mienet.recognizer import NetworkRecognizer
from mienet.workflows.export_kinds import (
    ClipExport,
    Example,
    Examples,
    ExportKind,
    RecordingExport,
    Unit,
)

TOLERANCES: dict[Precision, float] = {"float32": 1e-3, "bfloat16": 2e-2, "int8": 2e-2}
"""Largest difference of a probability from the original's that an exported model may show."""
FAMILIARITY_TOLERANCE = 0.01
"""The same of a familiarity, whatever is accepted of probabilities: the validation's promise is of
answers from a familiarity on."""


@dataclass(frozen=True)
class Agreement:
    """How an exported model compares with the float32 network that it was made from.

    Attributes:
        unit: What the model takes: clips, or windows of recordings.
        compared: How many of them were compared.
        answers: What the model said of them: a class a clip, or a phase and an event a position.
        same_top1: Answers with the same likeliest class, or likeliest phase and event.
        largest_difference: Of a probability, in [0, 1].
        tolerance: Largest difference that was accepted.
        familiarity_difference: Of a clip's familiarity; None where the model knows none.
    """

    unit: Unit
    compared: int
    answers: int
    same_top1: int
    largest_difference: float
    tolerance: float
    familiarity_difference: float | None = None

    @property
    def keeps_familiarity(self) -> bool:
        """Whether clips are as familiar as to the original, so that its validation holds."""
        difference = self.familiarity_difference
        return difference is not None and difference <= FAMILIARITY_TOLERANCE

    def top1_words(self) -> str:
        """Returns on how many answers the likeliest one is the same, for messages."""
        answers = "clips" if self.unit == "clip" else "positions"
        return f"the same top-1 on {self.same_top1} of {self.answers} {answers}"


@checked(tolerance=Range(least=0))
def export(
    checkpoint: str | Path,
    out: str | Path,
    *,
    format: EngineName = "onnx",
    precision: Precision = "float32",
    data: str | Path | None = None,
    calibration: str | Path | None = None,
    tolerance: float | None = None,
) -> Agreement:
    """Writes an exported model to the folder ``out``, and returns how it agrees with the original.

    A model of clips takes uint8 RGB clips ``(B, T, L, 3, S, S)``, any ``B``, and returns float32
    logits ``(B, classes)``; one of whole recordings takes frames in a row ``(B, W, 3, S, S)`` and
    returns ``(B, T, K+1 + E+1)``. Normalization is inside, batch-norm folded. It is written only if
    its probabilities on clips or windows of ``data`` agree with the original's. What the original
    knows of its training clips goes with it, for ``predict --error-rate``, if familiarities agree.

    Args:
        checkpoint: A run's or model's folder, or a ``.safetensors`` file.
        out: The folder; an exported model in it is replaced.
        format: onnx, openvino (both for CPUs of any kind) or torch (``torch.export``).
        precision: Of the computation: float32; bfloat16 for openvino and torch; int8 for onnx and
            openvino.
        data: Videos to compare on: a folder of videos, of class folders, a list, or one video.
            None is the run's own validation list.
        calibration: Videos that int8 takes its ranges from. None is the run's own training list.
        tolerance: Largest difference of a probability to accept; None is 0.001 in float32, else
            0.02.

    Raises:
        MienetError: If the model disagrees with the original, the format does not know the
            precision, an extra is missing, a video is broken, or ``out`` contains other files.
        FileNotFoundError: If the checkpoint or the videos are not there.
    """
    engine = find_engine(format)
    if precision not in engine.precisions:
        known = {name: find_engine(name).precisions for name in ENGINES}
        raise MienetError(
            f"format {format} does not know precision {precision}; accepted: "
            + "; ".join(f"{name} {', '.join(precisions)}" for name, precisions in known.items())
        )
    if calibration is not None and precision != "int8":
        raise MienetError(f"calibration is for int8 alone; leave it out for {precision}")
    checkpoint, out = Path(checkpoint), Path(out)
    recognizer = read_network(checkpoint)
    kind: ExportKind
    if isinstance(recognizer, NetworkRecognizer):
        kind = ClipExport(recognizer)
    else:
        kind = RecordingExport(recognizer)
    to_check = _videos(data, checkpoint, "val.csv", "data")
    to_calibrate = (
        _videos(calibration, checkpoint, "train.csv", "calibration")
        if precision == "int8"
        else FoundVideos()
    )
    _check_out(out)
    tolerance = TOLERANCES[precision] if tolerance is None else tolerance
    with _new_folder(out) as partial:
        found = kind.examples(to_calibrate, kind.most_calibrated)
        calibration_inputs = Examples(found, kind.unit, "Calibrating")
        model = kind.traced(bfloat16=precision == "bfloat16" and engine.bfloat16_weights)
        write_model(
            model,
            kind.input_shape,
            kind.output_names,
            partial,
            format,
            precision,
            calibration_inputs,
        )
        compute = open_engine(partial, format, precision)
        found = kind.examples(to_check, kind.most_compared)
        agreement = compare(kind, compute, found, tolerance)
        if kind.known_clips is not None and agreement.keeps_familiarity:
            save_file(kind.known_clips.tensors(), partial / KNOWN_CLIPS_NAME)
        _write_metadata(partial, kind, format, precision, agreement)
    return agreement


@contextlib.contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """Gives a folder that takes the place of ``out`` when all is written, and else leaves nothing.

    It lies in a hidden one with a name of its own beside ``out``, where no other file can be.

    Raises:
        OSError: If a file cannot be written, by its name in ``out``.
    """
    out = Path(os.path.realpath(out))  # where ``out`` is a link, it stays one
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as own:
        folder, replaced = Path(own) / "new", Path(own) / "replaced"
        folder.mkdir()
        try:
            yield folder
        except OSError as error:
            if not str(error.filename).startswith(str(folder)):
                raise
            name = str(error.filename).replace(str(folder), str(out))
            raise OSError(error.errno, error.strerror, name) from error
        if out.exists():
            out.replace(replaced)
        try:
            folder.replace(out)
        except OSError:
            if replaced.exists():
                replaced.replace(out)
            raise


@torch.inference_mode()
def compare(
    kind: ExportKind, compute: Compute, examples: Sequence[Example], tolerance: float
) -> Agreement:
    """Returns how the logits of ``compute`` agree with the original's.

    Raises:
        MienetError: If a probability differs by more than ``tolerance``.
    """
    differences: list[float] = []
    same: list[bool] = []
    apart: list[float] = []
    for inputs in Examples(examples, kind.unit, "Comparing"):
        ours, theirs = kind.outputs(inputs), compute(inputs)
        pairs = list(zip(kind.choices(ours[0]), kind.choices(theirs[0]), strict=True))
        if kind.known_clips is not None:
            answers = ours[0].argmax(dim=1)
            one, other = (kind.known_clips.familiarity(o[1], answers) for o in (ours, theirs))
            apart.append(float((one - other).abs().max()))
        each = [(one.softmax(dim=1) - other.softmax(dim=1)).abs().max() for one, other in pairs]
        differences.append(float(torch.stack(each).max()))
        agree = [one.argmax(dim=1) == other.argmax(dim=1) for one, other in pairs]
        same += torch.stack(agree).all(dim=0).tolist()
    worst = int(np.argmax(differences))
    agreement = Agreement(
        kind.unit,
        len(examples),
        len(same),
        sum(same),
        differences[worst],
        tolerance,
        max(apart) if apart else None,
    )
    if not differences[worst] <= tolerance:  # also where it is not a number
        raise MienetError(
            "the exported model disagrees with the original: a probability differs by "
            f"{differences[worst]:.4f} on {examples[worst].name}, accepted: {tolerance:g}; "
            f"{agreement.top1_words()}. Nothing was written. Take another precision, more "
            "calibration videos, or accept it with --tolerance"
        )
    return agreement


def _videos(source: str | Path | None, checkpoint: Path, own_list: str, option: str) -> FoundVideos:
    """Returns the videos at a path of any kind; None is the run's own list."""
    if source is None:
        own = home_of(checkpoint) / own_list
        if not own.is_file():
            raise FileNotFoundError(
                f"{own}: no such list, and real clips are needed: give --{option} with some videos "
                "(a folder, a list or a video file)"
            )
        source = own
    path = choose_split(Path(source), own_list.removesuffix(".csv"), "test", "train")
    if not path.exists():
        raise FileNotFoundError(f"{path}: no videos there; give --{option} with some")
    found = resolve_videos([path])
    if found.problems:
        raise MienetError("\n  ".join(found.problems))
    return found


def _check_out(out: Path) -> None:
    if out.is_file():
        raise MienetError(f"{out} is a file; give --out a folder")
    if (out / CHECKPOINT_NAME).exists():
        raise MienetError(f"{out} holds a run; give --out a folder of its own")
    if out.exists() and not (out / METADATA_NAME).exists() and any(out.iterdir()):
        raise MienetError(f"{out} contains other files; give --out an empty or a new folder")


def _files(format: EngineName, agreement: Agreement) -> tuple[str, ...]:
    files = find_engine(format).files
    return (*files, KNOWN_CLIPS_NAME) if agreement.keeps_familiarity else files


def _write_metadata(
    folder: Path, kind: ExportKind, format: EngineName, precision: Precision, agreement: Agreement
) -> None:
    content: dict[str, Any] = {
        "version": METADATA_VERSION,
        "mienet": __version__,
        "format": format,
        "precision": precision,
        "sha256": {name: sha256(folder / name) for name in _files(format, agreement)},
        **kind.description(),
        "agreement": asdict(agreement),
    }
    content["description_sha256"] = description_sha256(json.loads(json.dumps(content)))
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    (folder / METADATA_NAME).write_text(text, encoding="utf-8")
