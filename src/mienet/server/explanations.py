"""Where explanations are kept, for the server and the worker: the last one of each video.

``explanations/KEY/sub/jump.mp4/`` has ``explanation.json`` and, in a folder with the number of the
job that made them, the pictures.
"""

import json
from pathlib import Path
from typing import Any, Literal

from mienet.files import write_whole
from mienet.server.places import Places
from mienet.server.signatures import signature_of

DESCRIPTION = "explanation.json"
Picture = Literal["sheet", "film"]
"""The contact sheet, a PNG, and the video of what moved and where the model looked, an MP4."""


def explanation_folder(places: Places, key: str, video: str) -> Path:
    """Returns the folder of what a model, by its ``Model.key``, explains of a video."""
    return places.explanations / key / video


def write_explanation(folder: Path, description: dict[str, Any]) -> None:
    """Notes an explanation whose pictures are written: JSON values, as the page is told them."""
    write_whole(folder / DESCRIPTION, json.dumps(description) + "\n")


def read_explanation(places: Places, key: str, video: str) -> dict[str, Any] | None:
    """Returns what was noted of a video as it is now; None if nothing was."""
    try:
        text = (explanation_folder(places, key, video) / DESCRIPTION).read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("signature") != signature_of(places.videos / video):
        return None
    return found


def picture_file(
    places: Places, key: str, video: str, found: dict[str, Any], which: Picture
) -> Path:
    """Returns the file of one of an explanation's pictures."""
    return explanation_folder(places, key, video) / str(found["job"]) / str(found[which])
