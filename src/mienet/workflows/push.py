"""Pushing a model to a hub: its weights, what it is, what was measured, and nothing personal."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mienet import __version__
from mienet.engines.engine import find_engine
from mienet.engines.runtime import METADATA_NAME, open_exported, read_metadata
from mienet.errors import MienetError, in_one_line
from mienet.familiarity import KnownClips
from mienet.files import write_whole
from mienet.loading import model_digest, read_network
from mienet.models.checkpoints import CHECKPOINT_NAME
from mienet.options import checked
from mienet.recognizer import NetworkRecognizer
from mienet.sharing.card import card_text
from mienet.sharing.card_facts import evaluation_facts, outdated_evaluations, read_record
from mienet.sharing.hub import Pushed, push_files
from mienet.sharing.licenses import require_license
from mienet.sharing.model_files import (
    CARD_NAME,
    CONFIG_NAME,
    config_text,
    exported_folder_name,
    read_description,
)
from mienet.sharing.personal import find_personal
from mienet.sharing.reference import parse_repository

OF_ENGINE = ("version", "mienet", "format", "precision", "sha256", "description_sha256", "input",
             "output", "agreement")  # fmt: skip
"""What an exported model says that its run does not."""


@dataclass(frozen=True)
class Prepared:
    """What is pushed.

    Attributes:
        repository: ``USER/MODEL``.
        files: Their contents, or files of this computer, by their paths in the repository.
        notes: What a person should know before or after.
    """

    repository: str
    files: dict[str, Path | bytes]
    notes: tuple[str, ...]

    def sizes(self) -> dict[str, int]:
        """Returns how many bytes each file has."""
        return {
            name: len(content) if isinstance(content, bytes) else content.stat().st_size
            for name, content in self.files.items()
        }


@checked()
def push(
    checkpoint: str | Path,
    repository: str,
    *,
    license: str,
    private: bool = False,
    exported: Sequence[str | Path] | None = None,
    about: str | Path | None = None,
) -> Pushed:
    """Pushes a model to a hub and returns where it is; arguments and errors as ``prepare_push``.

    Args:
        checkpoint: As there.
        repository: As there.
        license: As there.
        private: Whether only its owner may see it.
        exported: As there.
        about: As there.

    Raises:
        HubError: If the hub refuses it or cannot be reached.
        MissingExtraError: If huggingface_hub is not installed.
    """
    prepared = prepare_push(checkpoint, repository, license=license, exported=exported, about=about)
    return push_prepared(prepared, private=private)


def prepare_push(
    checkpoint: str | Path,
    repository: str,
    *,
    license: str,
    exported: Sequence[str | Path] | None = None,
    about: str | Path | None = None,
) -> Prepared:
    """Returns what ``push`` would push, without a network.

    Args:
        checkpoint: A run's or model's folder, or its file.
        repository: ``USER/MODEL`` on the hub.
        license: The hub's name of the license under which others may use it, such as
            ``cc-by-nc-4.0``; videos of people may decide it.
        exported: Folders of exported models of it, to go beside it; None takes those in the run's
            folder, and notes which of them stay, as they can run code.
        about: A file of Markdown to put into the card.

    Raises:
        FileNotFoundError: If the model or a folder is not there.
        MienetError: If something cannot be pushed: a file that can run code, another model's
            export, a text that names videos or folders of this computer, or one that is no text.
    """
    repository = parse_repository(repository)
    require_license(license)
    recognizer = read_network(checkpoint)  # all of it is checked
    path = Path(checkpoint)
    model = path / CHECKPOINT_NAME if path.is_dir() else path
    if model.suffix != ".safetensors":
        raise MienetError(f"{model}: only models of ours can be pushed; convert it first")
    run = model.parent
    description = read_description(model)
    staying: list[Path] = []
    if exported is None:
        exported, staying = _exports_in(run)
    engines = _exported(run, description, exported)
    personal = find_personal(run, read_record(run).get("group_by"))
    evaluations = evaluation_facts(run, model_digest(model), description, personal)
    known = isinstance(recognizer, NetworkRecognizer) and isinstance(
        recognizer.known_clips, KnownClips
    )
    card = card_text(
        run,
        description,
        evaluations,
        repository=repository,
        license=license,
        about=_words(Path(about)) if about else "",
        exported=list(engines),
        has_known_clips=known,
        version=__version__,
    )
    texts = {CARD_NAME: card, CONFIG_NAME: config_text(description, __version__, list(engines))}
    personal.require_absent(
        texts
        | {f"{name}/{METADATA_NAME}": _read(at / METADATA_NAME) for name, at in engines.items()}
        | {CHECKPOINT_NAME: json.dumps(description, ensure_ascii=False)}
    )
    files: dict[str, Path | bytes] = {name: text.encode() for name, text in texts.items()}
    files[CHECKPOINT_NAME] = model
    for name, folder in engines.items():
        inside = (METADATA_NAME, *_metadata(folder)["sha256"])
        files |= {f"{name}/{file}": folder / file for file in inside}
    return Prepared(repository, files, tuple(_notes(run, evaluations, staying)))


def push_prepared(prepared: Prepared, *, private: bool = False) -> Pushed:
    """Pushes what was prepared; errors as ``push``."""
    return push_files(
        prepared.repository,
        prepared.files,
        private=private,
        message=f"Push a model of mienet {__version__}",
    )


def write_prepared(prepared: Prepared, folder: str | Path) -> None:
    """Writes what would be pushed to a folder, to look at.

    Raises:
        MienetError: If the folder contains files.
        OSError: If it cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise MienetError(f"{folder} contains other files; give an empty or a new folder")
    for name, content in prepared.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.read_bytes()
        write_whole(folder / name, data)


def _exports_in(run: Path) -> tuple[list[Path], list[Path]]:
    """Returns the exported models in a run's folder, and those that can run code when opened."""
    folders = [path.parent for path in sorted(run.glob(f"*/{METADATA_NAME}"))]
    runs_code = [one for one in folders if find_engine(_metadata(one)["format"]).can_run_code]
    return [one for one in folders if one not in runs_code], runs_code


def _exported(
    run: Path, description: dict[str, Any], folders: Sequence[str | Path]
) -> dict[str, Path]:
    """Returns the folders of exported models by their names on the hub.

    Raises:
        MienetError: If one cannot be pushed.
    """
    found: dict[str, Path] = {}
    for folder in map(Path, folders):
        metadata = _metadata(folder)
        if find_engine(metadata["format"]).can_run_code:
            raise MienetError(
                f"{folder}: a file of torch.export can run code when it is opened, and is not "
                "pushed; export to onnx or openvino"
            )
        own = {key: value for key, value in metadata.items() if key not in OF_ENGINE}
        said = {"temperature": 1.0, **description}  # older files have none
        if any(said.get(key) != value for key, value in own.items()):
            raise MienetError(
                f"{folder}: exported from another model than {run / CHECKPOINT_NAME}, or from an "
                "earlier state of it; export again, or leave it out with --exported"
            )
        open_exported(folder)  # whole, and what it says
        name = exported_folder_name(metadata["format"], metadata["precision"])
        if name in found:
            raise MienetError(f"{folder} and {found[name]} are both {name}; give one of them")
        found[name] = folder
    return found


def _metadata(folder: Path) -> dict[str, Any]:
    if not (folder / METADATA_NAME).is_file():
        raise FileNotFoundError(f"{folder}: no exported model in this folder: no {METADATA_NAME}")
    return read_metadata(folder)


def _words(about: Path) -> str:
    """Returns what the owner says of the model.

    Raises:
        MienetError: If it is no text.
    """
    try:
        return about.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise MienetError(
            f"{about} is no text in UTF-8 ({in_one_line(error)}); give a file of Markdown"
        ) from error


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _notes(run: Path, evaluations: Sequence[Any], staying: Sequence[Path]) -> list[str]:
    found = []
    if staying:
        found.append(
            f"not pushed: {', '.join(map(str, staying))}: files of torch.export can run code when "
            "they are opened; export to onnx or openvino to share one"
        )
    if not evaluations:
        found.append(
            "the card has no figures: run mienet evaluate on a test list before, and push again"
        )
    if left_out := outdated_evaluations(run, len(evaluations)):
        found.append(
            f"{left_out} evaluation(s) of other weights, or several models, are not on the card"
        )
    if any(not one.name for one in evaluations):
        found.append("a list whose name is that of a subject is not named on the card")
    return found
