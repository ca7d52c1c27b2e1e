"""Which files a model on a hub has, and ``config.json``, which says so before they are fetched.

None of them can run code: weights are safetensors, and of exported engines those alone whose files
hold no pickle.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from safetensors import safe_open

from mienet.engines.engine import engine_files, find_engine
from mienet.engines.runtime import METADATA_NAME
from mienet.errors import MienetError
from mienet.extensions import EngineName, Precision
from mienet.model_schema import (
    KNOWN_CLIPS_NAME,
    LARGEST_TEXT_BYTES,
    is_of_recordings,
    parse_json,
)
from mienet.models.checkpoints import CHECKPOINT_NAME, FORMAT_VERSION

CONFIG_NAME = "config.json"
CARD_NAME = "README.md"
LARGEST_CARD_BYTES = 10_000_000
LARGEST_WEIGHTS_BYTES = 4_000_000_000
"""Of one file; ResNet-101's weights have 0.17 GB."""


def largest_bytes(name: str) -> int:
    """Returns how large a file may be that comes from a hub."""
    if name == CARD_NAME:
        return LARGEST_CARD_BYTES
    return LARGEST_TEXT_BYTES if name.endswith(".json") else LARGEST_WEIGHTS_BYTES


def exported_folder_name(format: EngineName, precision: Precision) -> str:
    """Returns the folder of an exported model on a hub, such as ``onnx-float32``."""
    return f"{format}-{precision}"


def exported_names() -> dict[str, tuple[str, ...]]:
    """Returns the files of every exported model that a hub can have, by its folder.

    Those that can run code are none of them. ``known_clips.safetensors`` comes with some.
    """
    return {
        exported_folder_name(engine, precision): (METADATA_NAME, *files)
        for engine, files in engine_files().items()
        if not find_engine(engine).can_run_code  # type: ignore[arg-type]
        for precision in get_args(Precision)
    }


def possible_names() -> set[str]:
    """Returns all files that a model on a hub can have, with their folders."""
    inside = {
        f"{folder}/{name}"
        for folder, names in exported_names().items()
        for name in (*names, KNOWN_CLIPS_NAME)
    }
    return {CHECKPOINT_NAME, CONFIG_NAME, CARD_NAME} | inside


def read_description(model: Path) -> dict[str, Any]:
    """Returns what a model's file says of itself; it was read before, and is right."""
    with safe_open(model, "numpy") as file:
        return dict(json.loads(file.metadata()["mienet"]))


def config_text(description: Mapping[str, Any], version: str, exported: Sequence[str]) -> str:
    """Returns the content of ``config.json``.

    Args:
        description: Of the model's file: network, classes or phases, input.
        version: Of mienet.
        exported: Folders of exported models beside it.
    """
    content = {
        "library": "mienet",
        "mienet": version,
        "kind": "recordings" if is_of_recordings(description) else "clips",
        "exported": list(exported),
        **description,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read_config(path: Path, name: str) -> dict[str, Any]:
    """Returns the content of a ``config.json`` of a hub.

    Args:
        path: Where it was fetched to.
        name: What it is called in messages.

    Raises:
        MienetError: If it is of no model of ours, or of a newer version.
    """
    try:
        content = parse_json(path.read_bytes())
    except ValueError:
        content = None
    if not isinstance(content, dict) or content.get("library") != "mienet":
        raise MienetError(no_model(name, f"its {CONFIG_NAME} is not mienet's"))
    version = content.get("version")
    if not isinstance(version, int) or not 1 <= version <= FORMAT_VERSION:
        raise MienetError(
            f"{name}: checkpoint format {version}, this version reads 1 to {FORMAT_VERSION}; "
            f"it was written by mienet {str(content.get('mienet'))[:40]}, so install that version"
        )
    return content


def no_model(name: str, why: str) -> str:
    """Returns that a repository has no model of ours, for messages."""
    return f"{name}: no mienet model in this repository: {why}; mienet push writes them"


def exported_in(config: Mapping[str, Any]) -> list[str]:
    """Returns the folders of exported models that a ``config.json`` names, as far as known."""
    named = config.get("exported")
    return [name for name in exported_names() if isinstance(named, list) and name in named]
