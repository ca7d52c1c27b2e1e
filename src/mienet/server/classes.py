"""The classes that the model of clips in use finds likeliest in each video."""

from collections.abc import Mapping
from typing import Any

from mienet.files import Journal
from mienet.server.models import Models
from mienet.server.places import Places
from mienet.server.signatures import signature_of


class Classes:
    """What the model in use ranks, if it is one of clips.

    Args:
        places: Where the server keeps what it keeps.
        models: Which model is used.
    """

    def __init__(self, places: Places, models: Models) -> None:
        self.places, self.models = places, models
        self._signature: tuple[Any, ...] = ()
        self._kept: Mapping[str, dict[str, Any]] = {}

    def of(self, video: str) -> list[dict[str, Any]] | None:
        """Returns a video's likeliest classes, each a ``name`` and a ``probability`` from 0 to 1.

        None if nothing is predicted of it as it is now.
        """
        entry = self._read().get(video)
        if entry is None or entry["signature"] != signature_of(self.places.videos / video):
            return None
        classes: list[dict[str, Any]] = entry["classes"]
        return classes

    def _read(self) -> Mapping[str, dict[str, Any]]:
        """Returns the last entry of each video, read again only when the file has changed."""
        model = self.models.used()
        if model is None or model.kind != "clips":
            return {}
        file = self.places.classes / f"{model.key}.jsonl"
        signature = (file, signature_of(file))
        if self._signature != signature:
            self._kept = {entry["path"]: entry for entry in Journal(file).peek()}
            self._signature = signature
        return self._kept
