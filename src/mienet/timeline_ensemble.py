"""Several models of whole recordings that answer as one: the mean of what they say of each frame.

They may read a recording in different steps, windows and sizes, as each says something of every
frame of the file. Letters: ``N`` frames, ``K`` phases, ``E`` kinds of events.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.timeline_recognizer import FrameProbabilities, TimelineRecognizer, timeline_by
from mienet.timelines.order import PhaseOrder
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.result import Timeline
from mienet.video.address import located
from mienet.video.reader import Video


class TimelineEnsemble:
    """The mean of several models' probabilities of phases and of events.

    A phase may follow another if one of the models learned so, and lasts at least what the least
    strict of them says; the least probability of an event is the mean of theirs.

    Args:
        members: At least one.
        names: What to call each in messages.

    Attributes:
        phases: Names of the phases.
        events: Names of the events.
        order: What the phases' order and durations are; None where a model knows nothing of it.
        event_thresholds: Least probability of each event.

    Raises:
        MienetError: If their phases or events differ, or only some deinterlace what they read.
    """

    def __init__(self, members: Sequence[TimelineRecognizer], names: Sequence[str]) -> None:
        for member, name in zip(members, names, strict=True):
            require_same_labels(names[0], members[0], name, member)
            if member.recording_format.deinterlace != members[0].recording_format.deinterlace:
                raise MienetError(
                    f"{names[0]} and {name} cannot be averaged: one deinterlaces what it reads, "
                    "the other does not, so they see different frames"
                )
        self.members = members
        self.phases = members[0].phases
        self.events = members[0].events
        self.order = _loosest([member.order for member in members])
        self.event_thresholds = np.mean(
            [member.event_thresholds for member in members], axis=0
        ).tolist()

    def timeline(
        self,
        path: str | Path,
        reading: RecordingOptions | None = None,
        *,
        progress: Callable[[float], object] = lambda _: None,
    ) -> Timeline:
        """Returns the phases and events of a recording; see ``TimelineRecognizer.timeline``."""
        return timeline_by(
            self,
            located(path),
            reading or RecordingOptions(),
            deinterlace=self.members[0].recording_format.deinterlace,
            progress=progress,
        )

    def frame_probabilities(
        self,
        video: Video,
        *,
        frames_per_second: float | None = None,
        overlap: float = 0.5,
        progress: Callable[[float], object] = lambda _: None,
    ) -> FrameProbabilities:
        """Returns the mean over the models; see ``TimelineRecognizer.frame_probabilities``.

        The video is decoded once for each, as each reads it in its own steps and size.
        """
        count = len(self.members)
        said = [
            member.frame_probabilities(
                video,
                frames_per_second=frames_per_second,
                overlap=overlap,
                progress=lambda share, done=done: progress((done + share) / count),  # type: ignore[misc]
            )
            for done, member in enumerate(self.members)
        ]
        return FrameProbabilities(
            _mean([one.phases for one in said]), _mean([one.events for one in said])
        )


TimelineModel = TimelineRecognizer | TimelineEnsemble


def require_same_labels(
    first: str, expected: TimelineRecognizer, other: str, found: TimelineRecognizer
) -> None:
    """Refuses two models that do not find the same phases and events, in the same order.

    Raises:
        MienetError: With what each of them lacks.
    """
    for kind, ours, theirs in (
        ("phases", expected.phases, found.phases),
        ("events", expected.events, found.events),
    ):
        if ours == theirs:
            continue
        said = [
            f"{place} lacks {', '.join(map(repr, missing))}"
            for place, missing in (
                (other, [name for name in ours if name not in theirs]),
                (first, [name for name in theirs if name not in ours]),
            )
            if missing
        ]
        said = said or ["they are the same names in another order"]
        raise MienetError(
            f"{first} and {other} do not find the same: their {kind} differ: {'; '.join(said)}"
        )


def _mean(parts: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32] | None:
    """Returns the mean of arrays; None if the models have no such part."""
    present = [part for part in parts if part is not None]
    return np.mean(present, axis=0, dtype=np.float32) if present else None


def _loosest(orders: Sequence[PhaseOrder | None]) -> PhaseOrder | None:
    known = [order for order in orders if order is not None]
    if len(known) < len(orders):
        return None
    return PhaseOrder(
        tuple(map(min, zip(*(order.least_seconds for order in known), strict=True))),
        reduce(np.logical_or, (order.follows for order in known)),
    )
