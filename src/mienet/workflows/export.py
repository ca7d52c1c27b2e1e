"""Export: a trained network as one file for another engine, checked against the original."""

import contextlib
import copy
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mienet import __version__
from mienet.annotations.records import VideoRecord
from mienet.data.clips import read_evaluation_clips
from mienet.data.resolve import choose_split, resolve_videos
from mienet.data.transforms import IMAGENET_MEAN, IMAGENET_STD
from mienet.engines.convert import clip_shape, write_model
from mienet.engines.engine import Compute, Precision, find_engine
from mienet.engines.runtime import (
    METADATA_NAME,
    METADATA_VERSION,
    description_sha256,
    open_engine,
    sha256,
)
from mienet.errors import MienetError
from mienet.extensions import ENGINES, EngineName
from mienet.loading import load_network
from mienet.models.checkpoints import CHECKPOINT_NAME
from mienet.models.folding import fold_batch_norm
from mienet.options import Range, checked
from mienet.progress import progress_bar
from mienet.recognizer import NetworkRecognizer, Recognizer

TOLERANCES: dict[Precision, float] = {"float32": 1e-3, "bfloat16": 2e-2, "int8": 2e-2}
"""Largest difference of a probability from the original's that an exported model may show."""

CHECK_CLIPS = 50
CALIBRATION_CLIPS = 200


@dataclass(frozen=True)
class Agreement:
    """How an exported model compares with the float32 network that it was made from.

    Attributes:
        clips: Clips compared, one of each video.
        same_top1: Clips with the same likeliest class.
        largest_difference: Of a probability, in [0, 1].
        tolerance: Largest difference that was accepted.
    """

    clips: int
    same_top1: int
    largest_difference: float
    tolerance: float


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

    The model takes uint8 RGB clips ``(B, T, L, 3, S, S)``, any ``B``, and returns float32 logits
    ``(B, classes)``; normalization is inside, batch-norm folded. It is written only if its
    probabilities on clips of ``data`` agree with the original's.

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
    recognizer = load_network(checkpoint)
    check_records = _records(data, checkpoint, "val.csv", "data")
    calibration_records = (
        _records(calibration, checkpoint, "train.csv", "calibration") if precision == "int8" else []
    )
    _check_out(out)
    tolerance = TOLERANCES[precision] if tolerance is None else tolerance
    with _new_folder(out) as partial:
        clips = Clips(recognizer, calibration_records, CALIBRATION_CLIPS, "Calibrating")
        bfloat16 = precision == "bfloat16" and engine.bfloat16_weights
        model = _for_use(recognizer, bfloat16=bfloat16)
        write_model(model, recognizer.clip_format, partial, format, precision, clips)
        agreement = compare(
            recognizer,
            open_engine(partial, format, precision),
            Clips(recognizer, check_records, CHECK_CLIPS, "Comparing"),
            tolerance,
        )
        _write_metadata(partial, recognizer, format, precision, agreement)
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


class Clips:
    """The center clips of videos spread evenly over a list, read when they are asked for.

    Iterating gives uint8 ``(1, T, L, 3, S, S)``.
    """

    def __init__(
        self, recognizer: Recognizer, records: list[VideoRecord], most: int, description: str
    ) -> None:
        self.recognizer = recognizer
        count = min(most, len(records))
        self.records = [records[i * len(records) // count] for i in range(count)]
        self.description = description

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Tensor]:
        for record in progress_bar(self.records, description=self.description, unit="clip"):
            yield read_evaluation_clips(
                record,
                self.recognizer.clip_format,
                decode_threads=0,
            )


@torch.inference_mode()
def compare(
    original: NetworkRecognizer, compute: Compute, clips: Clips, tolerance: float
) -> Agreement:
    """Returns how the logits of ``compute`` agree with the original's.

    Raises:
        MienetError: If a probability differs by more than ``tolerance``.
    """
    differences, same = [], []
    for clip in clips:
        expected = original(clip).softmax(dim=1)
        actual = compute(clip).softmax(dim=1)
        differences.append(float((actual - expected).abs().max()))
        same.append(int(actual.argmax()) == int(expected.argmax()))
    worst = int(np.argmax(differences))
    if not differences[worst] <= tolerance:  # also where it is not a number
        raise MienetError(
            f"the exported model disagrees with the original: a probability differs by "
            f"{differences[worst]:.4f} on {clips.records[worst].path}, accepted: {tolerance:g}; "
            f"the likeliest class is the same on {sum(same)} of {len(same)} clips. Nothing was "
            "written. Take another precision, more calibration clips, or accept it with --tolerance"
        )
    return Agreement(len(same), sum(same), differences[worst], tolerance)


def _for_use(recognizer: NetworkRecognizer, *, bfloat16: bool) -> nn.Module:
    """Returns a copy arranged for speed: batch-norm folded, channels-last."""
    copied = copy.deepcopy(recognizer)
    fold_batch_norm(copied.network)
    if bfloat16:
        copied = copied.to(torch.bfloat16)
    return copied.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _records(
    source: str | Path | None, checkpoint: Path, own_list: str, option: str
) -> list[VideoRecord]:
    """Returns the clips at a path of any kind; None is the run's own list."""
    if source is None:
        own = (checkpoint if checkpoint.is_dir() else checkpoint.parent) / own_list
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
    return found.records


def _check_out(out: Path) -> None:
    if out.is_file():
        raise MienetError(f"{out} is a file; give --out a folder")
    if (out / CHECKPOINT_NAME).exists():
        raise MienetError(f"{out} holds a run; give --out a folder of its own")
    if out.exists() and not (out / METADATA_NAME).exists() and any(out.iterdir()):
        raise MienetError(f"{out} contains other files; give --out an empty or a new folder")


def _write_metadata(
    folder: Path,
    recognizer: NetworkRecognizer,
    format: EngineName,
    precision: Precision,
    agreement: Agreement,
) -> None:
    content: dict[str, Any] = {
        "version": METADATA_VERSION,
        "mienet": __version__,
        "format": format,
        "precision": precision,
        "sha256": {name: sha256(folder / name) for name in find_engine(format).files},
        "classes": recognizer.classes,
        "clip_format": asdict(recognizer.clip_format),
        "network": recognizer.network.options,
        "input": {
            "name": "clips",
            "dtype": "uint8",
            "shape": ["batch", *clip_shape(recognizer.clip_format)],
            "axes": "clips, segments, frames per segment, RGB channels, height, width",
            "normalization": {
                "where": "inside the model",
                "mean": IMAGENET_MEAN,
                "std": IMAGENET_STD,
            },
            "sampling": "segments of consecutive frames about evenly spread centers; each frame "
            "resized to short_side, then cropped in its center to crop_size",
        },
        "output": {
            "name": "logits",
            "dtype": "float32",
            "shape": ["batch", len(recognizer.classes)],
        },
        "agreement": asdict(agreement),
    }
    content["description_sha256"] = description_sha256(json.loads(json.dumps(content)))
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    (folder / METADATA_NAME).write_text(text, encoding="utf-8")
