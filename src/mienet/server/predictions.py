"""What the model of recordings in use has predicted, read again when its folder changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mienet.curation.probe import file_signature
from mienet.files import Journal
from mienet.labeling.timelines import AnnotatedVideo
from mienet.rendering.timeline_folder import JOURNAL_NAME, kept_probabilities
from mienet.rendering.timeline_tables import annotated_video
from mienet.server.model_labels import (
    ModelLabels,
    Names,
    probabilities_with_names,
    with_names,
)
from mienet.server.models import Models
from mienet.server.places import Places
from mienet.timelines.doubts import doubtful_places, frame_doubts

DOUBTS = "doubts.jsonl"
"""Beside the timelines of a model: how doubtful each recording is, and where most."""


@dataclass(frozen=True)
class _Kept:
    """What is in the folder of a model, as of the files' signatures.

    Attributes:
        signature: Sizes and times of the files that it was read from.
        timelines: The last entry of each recording, by its path.
        doubts: Likewise.
    """

    signature: tuple[Any, ...] = ()
    timelines: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    doubts: Mapping[str, dict[str, Any]] = field(default_factory=dict)


class Predictions:
    """The timelines of the model in use, if it is one of recordings.

    Args:
        places: Where the server keeps what it keeps.
        models: Which model is used.
        labels: What the labels of models are called.
    """

    def __init__(self, places: Places, models: Models, labels: ModelLabels) -> None:
        self.places, self.models = places, models
        self._labels = labels
        self._kept = _Kept()

    def of(self, video: str) -> AnnotatedVideo | None:
        """Returns what is predicted of a video, by its path below the folder; None if nothing is.

        What was predicted of a file that has changed since counts no more.
        """
        entry = self._entry(video)
        return (
            None if entry is None else with_names(annotated_video(entry["timeline"]), self._names())
        )

    def has(self, video: str) -> bool:
        """Returns whether there is a prediction of a video."""
        return self._entry(video) is not None

    def doubt(self, video: str) -> float | None:
        """Returns how doubtful the prediction is, from 0 to 1; None without one."""
        found = self._read().doubts.get(video)
        return float(found["doubt"]) if found and self.has(video) else None

    def places_in_doubt(self, video: str) -> list[dict[str, Any]]:
        """Returns where the model is in doubt, the worst first: ``time_seconds`` and ``why``."""
        found, folder, names = self._read().doubts.get(video), self._folder(), self._names()
        if not found or folder is None or not self.has(video):
            return []
        if not names:
            return list(found["places"])
        # Their reasons have the former names.
        timeline = probabilities_with_names(kept_probabilities(folder, video), names)
        return [
            {"time_seconds": place.time_seconds, "why": place.why}
            for place in doubtful_places(timeline)
        ]

    def curves(self, video: str, points: int) -> dict[str, Any] | None:
        """Returns the probabilities of all labels in equal parts of a recording, in percent.

        Of phases and of the doubt the means of each part, of events the maxima: an event is one
        frame, and would vanish in a mean.

        Args:
            video: Its path below the folder.
            points: Parts at most; each has one frame at least.

        Returns:
            ``times_seconds``, when each part begins; ``curves``, whole numbers from 0 to 100 by
            label, an event's with " (event)" where a phase has its name; ``doubt``. None if
            nothing is predicted of the video.
        """
        entry, folder = self._entry(video), self._folder()
        if entry is None or folder is None:
            return None
        timeline = probabilities_with_names(kept_probabilities(folder, video), self._names())
        num_frames = len(timeline.probabilities)
        starts = np.unique(np.linspace(0, num_frames, min(points, num_frames) + 1).astype(int)[:-1])
        counts = np.diff(np.append(starts, num_frames))

        def means(values: NDArray[np.float32]) -> list[int]:
            return _percent(np.add.reduceat(values, starts) / counts)

        curves = {
            name: means(timeline.probabilities[:, place])
            for place, name in enumerate(timeline.classes)
        }
        if timeline.event_probabilities is not None:
            for place, name in enumerate(timeline.event_names):
                largest = np.maximum.reduceat(timeline.event_probabilities[:, place], starts)
                curves[f"{name} (event)" if name in curves else name] = _percent(largest)
        return {
            "times_seconds": timeline.borders_seconds[starts].round(4).tolist(),
            "curves": curves,
            "doubt": means(frame_doubts(timeline)),
        }

    def _entry(self, video: str) -> dict[str, Any] | None:
        entry = self._read().timelines.get(video)
        if entry is None:
            return None
        try:
            signature = [video, *file_signature(str(self.places.videos / video))]
        except (OSError, ValueError):
            return None
        return entry if entry["signature"] == signature else None

    def _folder(self) -> Path | None:
        model = self.models.used()
        if model is None or model.kind != "recordings":
            return None
        return self.places.timelines / model.key

    def _names(self) -> Names:
        model = self.models.used()
        return {} if model is None else self._labels.of(model)

    def _read(self) -> _Kept:
        """Returns what is in the folder now."""
        folder = self._folder()
        if folder is None:
            return _Kept()
        files = folder / JOURNAL_NAME, folder / DOUBTS
        signature = (folder, *map(_signature, files))
        if self._kept.signature != signature:
            timelines, doubts = (Journal(file).peek() for file in files)
            self._kept = _Kept(
                signature,
                {entry["timeline"]["path"]: entry for entry in timelines},
                {entry["path"]: entry for entry in doubts},
            )
        return self._kept


def _percent(values: NDArray[np.floating[Any]]) -> list[int]:
    rounded: list[int] = np.rint(100 * values).astype(int).tolist()
    return rounded


def _signature(file: Path) -> tuple[int, int]:
    try:
        return file_signature(str(file))
    except OSError:
        return 0, 0
