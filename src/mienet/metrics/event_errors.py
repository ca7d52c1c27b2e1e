"""Which events were missed, and which were reported though there are none: one by one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mienet.metrics.events import Event
from mienet.metrics.matching import match_times
from mienet.metrics.recordings import RecordingLabels


@dataclass(frozen=True)
class EventError:
    """An event that was missed or invented.

    Attributes:
        label: Its kind.
        kind: "missed" or "invented".
        frame: Where it is, or was reported.
        seconds: When that frame begins.
        nearest_frames: How far the nearest of the other side is, above 0 for later; None where
            there is none of this kind.
    """

    label: str
    kind: Literal["missed", "invented"]
    frame: int
    seconds: float
    nearest_frames: int | None


def event_errors(
    labels: RecordingLabels, events: Sequence[str], *, tolerance_frames: int
) -> list[EventError]:
    """Returns the shown events that are wrong and the true ones that are not shown, in time.

    They are matched as ``compare_timing`` does it, one to one within the tolerance. Events in
    stretches that nobody has labeled do not count.

    Args:
        labels: What is true in a recording, and what was predicted.
        events: Names of all kinds of events.
        tolerance_frames: How far off an event may be.
    """
    found: list[EventError] = []
    for name in events:
        true, shown = (
            _frames(some, name, labels) for some in (labels.true_events, labels.shown_events)
        )
        matched = match_times(true, shown, within=tolerance_frames)
        sides: tuple[tuple[Literal["missed", "invented"], list[int], list[int]], ...] = (
            ("missed", true, shown),
            ("invented", shown, true),
        )
        for (kind, own, others), pairs in zip(sides, matched, strict=True):
            for frame in (Counter(own) - Counter(map(int, pairs))).elements():
                nearest = min((other - frame for other in others), key=abs, default=None)
                seconds = float(labels.borders_seconds[frame])
                found.append(EventError(name, kind, frame, seconds, nearest))
    return sorted(found, key=lambda error: error.frame)


def _frames(some: Sequence[Event], name: str, labels: RecordingLabels) -> list[int]:
    frames = [int(event.frame) for event in some if event.label == name]
    return [frame for frame in frames if labels.true[frame] >= 0]
