"""The classes that the model of clips in use finds likeliest in each video, or a part of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mienet.files import Journal
from mienet.server.models import Models
from mienet.server.places import Places
from mienet.server.signatures import signature_of

Part = tuple[str, int | None, int | None]
"""A video, and the first frame of a part of it and the first after that, or None for all of it."""


@dataclass(frozen=True)
class Ranking:
    """What a model of clips says of a video, or of a part of it.

    Attributes:
        classes: The likeliest, each a ``name`` and a ``probability`` from 0 to 1.
        answer: The likeliest class, or "none of these".
        familiarity: How like the training clips of the likeliest class it is, from -1 to 1; None
            where no error rate is asked for.
        is_answered: Whether that is enough for an answer.
    """

    classes: list[dict[str, Any]]
    answer: str
    familiarity: float | None
    is_answered: bool


class Classes:
    """What the model in use ranks, if it is one of clips.

    Args:
        places: Where the server keeps what it keeps.
        models: Which model is used, and with which error rate.
    """

    def __init__(self, places: Places, models: Models) -> None:
        self.places, self.models = places, models
        self._signature: tuple[Any, ...] = ()
        self._kept: Mapping[Part, dict[str, Any]] = {}

    def of(
        self, video: str, start_frame: int | None = None, end_frame: int | None = None
    ) -> Ranking | None:
        """Returns what is said of a video; None if nothing is of it as it is now.

        What was said with another error rate than the server's counts no more.

        Args:
            video: Its path below the folder.
            start_frame: Where the part of it begins that is asked about; None is all of it.
            end_frame: The first frame after the part.
        """
        entry = self._read().get((video, start_frame, end_frame))
        if entry is None or entry["signature"] != signature_of(self.places.videos / video):
            return None
        classes: list[dict[str, Any]] = entry["classes"]
        likeliest = classes[0]["name"]
        answer = entry.get("predicted", likeliest)
        return Ranking(classes, answer, entry.get("familiarity"), answer == likeliest)

    def _read(self) -> Mapping[Part, dict[str, Any]]:
        """Returns the last entry of each part, read again only when the file has changed."""
        model = self.models.used()
        if model is None or model.kind != "clips":
            return {}
        file = self.places.classes / f"{model.key}.jsonl"
        signature = (file, signature_of(file))
        if self._signature != signature:
            error_rate = self.models.settings.error_rate
            entries = [e for e in Journal(file).peek() if e.get("error_rate") == error_rate]
            self._kept = {
                (entry["path"], entry.get("start_frame"), entry.get("end_frame")): entry
                for entry in entries
            }
            self._signature = signature
        return self._kept
