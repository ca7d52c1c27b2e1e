"""From the path of a run, a model or an export to its recognizer, on the device of one's choice."""

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from mienet.data.clips import ClipFormat
from mienet.data.mistaken import data_kind
from mienet.engines.engine import engine_files, find_engine
from mienet.engines.runtime import (
    METADATA_NAME,
    ExportedModel,
    exported_folder,
    open_exported,
    read_metadata,
    sha256,
)
from mienet.errors import MienetError
from mienet.exported_recognizer import ExportedRecognizer
from mienet.familiarity import KnownClips
from mienet.model_schema import KNOWN_CLIPS_NAME, is_of_recordings
from mienet.models.checkpoints import CHECKPOINT_NAME, read_checkpoint
from mienet.models.folding import fold_batch_norm
from mienet.models.timeline_network import TimelineNetwork
from mienet.models.weights import CheckpointError, safetensors_errors
from mienet.recognizer import NetworkRecognizer, Recognizer
from mienet.sharing.hub import local_model
from mienet.sharing.reference import is_reference
from mienet.shell import command
from mienet.timeline_recognizer import (
    ExportedTimelineRecognizer,
    NetworkTimelineRecognizer,
    TimelineRecognizer,
)

TRAINING_LIST = "train.csv"
"""A run's list of the clips that it was trained on, beside its model."""


def load(
    path: str | Path, *, device: str = "auto", allow_pickle: bool = False
) -> Recognizer | TimelineRecognizer:
    """Returns the recognizer of a run's or model's folder or of a ``.safetensors`` file.

    A ``Recognizer`` tells what clips show, a ``TimelineRecognizer`` when what happens in whole
    recordings; both have ``timeline``.

    It is arranged for speed (batch-norm folded, channels-last), and cannot be trained or saved; for
    that there is ``load_network``.

    Args:
        path: What ``mienet train``, ``import-checkpoint`` or ``export`` wrote, or a model on a hub,
            such as "hf:user/model".
        device: Where to compute, such as "cpu" or "cuda:1"; "auto" takes a GPU if there is one.
        allow_pickle: Whether an exported ``.pt2`` file may be opened, which can run code.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        CheckpointError: If it is broken, or a released one, which does not know its classes.
        MienetError: If an exported model is asked to compute elsewhere than on the CPU, or
            the folder holds two models.
        HubError: If a model on a hub cannot be fetched.
    """
    path = local_model(path)
    require_model(path)
    _check_one_model(path)
    if folder := exported_folder(path):
        if device not in ("auto", "cpu"):
            raise MienetError(
                f"{path}: an exported model computes on the CPU, got device {device!r}; "
                "leave --device out, or use the run that it was exported from"
            )
        model = open_exported(folder, allow_pickle=allow_pickle)
        if not is_of_recordings(model.metadata):
            return _exported_clips(folder, model)
        with _with_path(folder / METADATA_NAME):
            return ExportedTimelineRecognizer(model).eval()
    recognizer = read_network(path)
    fold_batch_norm(recognizer.network)
    return recognizer.to(choose_device(device), memory_format=torch.channels_last)  # type: ignore[call-overload]


def _exported_clips(folder: Path, model: ExportedModel) -> ExportedRecognizer:
    """Returns an exported model of clips, with the clips that it knows if it has their file."""
    recognizer = ExportedRecognizer(model).eval()
    path = folder / KNOWN_CLIPS_NAME
    if KNOWN_CLIPS_NAME in model.metadata["sha256"]:
        with safetensors_errors(path):
            tensors = load_file(path)
        with _with_path(path):
            recognizer.known_clips = KnownClips.of(tensors, model.num_features)
    return recognizer


def require_model(path: Path) -> None:
    """Refuses what is no model: data, nothing, or a folder without one.

    Raises:
        FileNotFoundError: If there is nothing, or a folder without a model.
        MienetError: If there is data.
    """
    refuse_data(path)
    if is_reference(str(path)):
        raise FileNotFoundError(
            f"{path}: a model on a hub, where a folder is needed; mienet.pull gets it"
        )
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such model; give a run's or model's folder, such as runs/NAME"
        )
    if path.is_dir() and not holds_model(path):
        raise FileNotFoundError(
            f"{path}: no model in this folder, which would be {CHECKPOINT_NAME} or "
            f"{METADATA_NAME}; a run has one after its first epoch"
        )


def require_each_once(models: Sequence[str | Path]) -> None:
    """Refuses a model that is given twice, also by another path: it would count twice.

    Raises:
        MienetError: With the path that is given again.
    """
    seen: set[str] = set()
    for path in models:
        file = Path(path, CHECKPOINT_NAME)
        if (real := os.path.realpath(file if file.is_file() else path)) in seen:
            raise MienetError(f"{path} is given twice; give each model once")
        seen.add(real)


def refuse_data(path: Path, *, is_first: bool = True) -> None:
    """Refuses videos and lists in a model's place, as where arguments are swapped.

    Raises:
        MienetError: If there is no model but data.
    """
    if holds_model(path):
        return
    if what := data_kind(path):
        place = "the first argument" if is_first else "this argument"
        hint = "comes first" if is_first else "or models come first, and data after --data"
        raise MienetError(
            f"{path}: {place} is {what}; the model {hint}: a run's or model's folder, such as "
            "runs/NAME"
        )


def kind_of_model(path: str | Path) -> Literal["clips", "recordings"]:
    """Returns what a model is of, by its description alone: none of its weights is read.

    Args:
        path: As ``load`` takes it. What is broken, or no file of ours, counts as a model of clips:
            what opens it next says what is wrong.

    Raises:
        FileNotFoundError: If there is no model.
        MienetError: If there is data, or the folder holds two models.
    """
    path = Path(path)
    require_model(path)
    _check_one_model(path)
    text: str | bytes = b""
    with contextlib.suppress(SafetensorError, OSError):
        if folder := exported_folder(path):
            text = (folder / METADATA_NAME).read_bytes()
        else:
            with safe_open(path / CHECKPOINT_NAME if path.is_dir() else path, "numpy") as file:
                text = (file.metadata() or {}).get("mienet", "")
    with contextlib.suppress(ValueError, RecursionError):
        description = json.loads(text)
        if is_of_recordings(description):
            return "recordings"
    return "clips"


def home_of(checkpoint: str | Path) -> Path:
    """Returns the folder of a model, which may be given as its file."""
    path = Path(checkpoint)
    return path.parent if path.is_file() else path


def holds_model(folder: Path) -> bool:
    """Returns whether a folder is a run's or a model's."""
    return any((folder / name).exists() for name in (METADATA_NAME, CHECKPOINT_NAME))


def _check_one_model(path: Path) -> None:
    """Raises an error for a folder with a run's and an exported model: which one is not guessed."""
    if exported_folder(path) == path and (path / CHECKPOINT_NAME).is_file():
        is_pickle = find_engine(read_metadata(path)["format"]).can_run_code
        raise MienetError(
            f"{path}: holds two models, a run's and an exported one; say which: "
            f"{path / CHECKPOINT_NAME}, or {path / METADATA_NAME}"
            + " with --allow-pickle, since its file can run code"
            * is_pickle
        )


def load_clip_model(
    path: str | Path, *, device: str = "auto", allow_pickle: bool = False
) -> Recognizer:
    """Returns what ``load`` returns of a model of clips.

    Raises:
        MienetError: As ``load``, and for a model of whole recordings.
    """
    recognizer = load(path, device=device, allow_pickle=allow_pickle)
    if isinstance(recognizer, TimelineRecognizer):
        raise MienetError(_of_recordings(path))
    return recognizer


def load_network(path: str | Path) -> NetworkRecognizer:
    """Returns the recognizer of a model of clips as it was trained, to look into, save or export.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        CheckpointError: If it is broken, or a released one, which does not know its classes.
        MienetError: If it is a model of whole recordings.
    """
    recognizer = read_network(path)
    if not isinstance(recognizer, NetworkRecognizer):
        raise MienetError(_of_recordings(path))
    return recognizer


def _of_recordings(path: str | Path) -> str:
    return (
        f"{path}: a model of whole recordings, which this does not take: find phases and events "
        f"with {command('timeline', path)} VIDEO"
    )


def read_network(path: str | Path) -> NetworkRecognizer | NetworkTimelineRecognizer:
    """Returns the recognizer as it was trained, on the CPU; see ``load_network`` for errors."""
    path = local_model(path)
    _check_not_exported(path)
    require_model(path)
    checkpoint = read_checkpoint(path)
    metadata = checkpoint.metadata
    if isinstance(checkpoint.network, TimelineNetwork):
        with _with_path(path):
            return NetworkTimelineRecognizer.of(checkpoint.network, metadata).eval()
    ours = Path(path).is_dir() or Path(path).suffix == ".safetensors"
    if ours and not {"classes", "clip_format"} <= metadata.keys():
        raise CheckpointError(f"{path}: a network alone: it lacks classes or clip_format")
    if "classes" not in metadata:
        raise CheckpointError(
            f"{path}: the authors' file knows neither its classes nor its input; convert it first: "
            + command("import-checkpoint", path, "--classes", "names.txt", "--out", "model/")
        )
    recognizer = NetworkRecognizer(
        checkpoint.network,
        metadata["classes"],
        ClipFormat(**metadata["clip_format"]),
    )
    recognizer.training_list = home_of(path) / TRAINING_LIST
    recognizer.temperature = metadata.get("temperature", 1.0)
    network = checkpoint.network
    with _with_path(path):
        recognizer.known_clips = KnownClips.of(
            checkpoint.added, network.num_segments * network.num_features
        )
    return recognizer.eval()


@contextlib.contextmanager
def _with_path(path: str | Path) -> Iterator[None]:
    """Names the file in an error about its description."""
    try:
        yield
    except MienetError as error:
        raise CheckpointError(f"{path}: {error}") from error


def _check_not_exported(path: Path) -> None:
    """Raises an error for an exported model and its files, which are read as a whole folder."""
    names = {name for names in engine_files().values() for name in names}
    if path.name in names and path.is_file():
        raise MienetError(
            f"{path}: one file of an exported model; to predict, evaluate or measure give its "
            f"folder, {path.parent}, which {METADATA_NAME} describes"
        )
    if exported_folder(path) and not (path / CHECKPOINT_NAME).is_file():
        raise MienetError(
            f"{path}: an exported model, which computes in another engine and cannot be trained, "
            "explained, saved or exported; give the run that it was exported from"
        )


def model_digest(path: str | Path) -> str:
    """Returns what tells a model from any other: the SHA-256 of its file, in hexadecimal digits.

    An exported model's ``model.json`` holds those of its other files.

    Raises:
        OSError: If there is no such file.
    """
    inside = (Path(path) / name for name in (METADATA_NAME, CHECKPOINT_NAME))
    return sha256(next((file for file in inside if file.is_file()), Path(path)))


def choose_device(device: str) -> torch.device:
    """Returns the device of a name; "auto" is a GPU if there is one, else the CPU.

    Raises:
        MienetError: If there is no such device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise MienetError(f"device {device!r} is unavailable here; accepted: auto, cpu") from error
    return torch.device(device)
