"""Which moments of a recording are explained: where something is surest and least sure.

Letters: ``N`` frames, ``K`` phases, ``E`` kinds of events.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.explanations.outputs import Output
from mienet.timelines.result import Phase, Spotted, Timeline

MOST_MOMENTS = 12
"""Of a recording that are explained unasked: each takes as long as a window for each position."""


class Moment(NamedTuple):
    """A moment of a recording that is to be explained.

    Attributes:
        frame: From 0.
        output: The phase or event to explain; None is what is named there.
        reason: Why this moment, for people; empty if it was asked for.
    """

    frame: int
    output: Output | None = None
    reason: str = ""


def asked_moments(
    seconds: Sequence[float], borders_seconds: NDArray[np.float64], output: Output | None
) -> list[Moment]:
    """Returns the frames that begin nearest to some times.

    Args:
        seconds: The times.
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``.
        output: The phase or event to explain there.

    Raises:
        MienetError: If a time is outside of the recording, with all that are.
    """
    start, end = borders_seconds[[0, -1]]
    if outside := [f"{time:g}" for time in seconds if not start <= time <= end]:
        raise MienetError(
            f"{', '.join(outside)} s is outside of the recording, which lasts from {start:.2f} to "
            f"{end:.2f} s; give times within it"
        )
    nearest = [int(np.abs(borders_seconds[:-1] - time).argmin()) for time in seconds]
    return [Moment(frame, output) for frame in dict.fromkeys(nearest)]


def likeliest_moment(timeline: Timeline, output: Output) -> Moment:
    """Returns where in a recording a phase or event is likeliest, found there or not."""
    return Moment(int(_probabilities(timeline, output).argmax()), output, "where it is likeliest")


def found_moments(timeline: Timeline, outputs: Sequence[Output]) -> list[Moment]:
    """Returns the surest and the least sure event of each kind, or, without events, phase.

    Of a phase it is the moment at which it is likeliest. In the order of time; of more than
    ``MOST_MOMENTS`` the first ones, the last of which says so.

    Args:
        timeline: What was found.
        outputs: The phases and events that the model knows.

    Raises:
        MienetError: If nothing was found.
    """
    found: Sequence[Spotted | Phase] = timeline.events or timeline.phases
    if not found:
        raise MienetError(
            "the model finds no phase and no event in it; say what to explain with --label, or "
            "when with --at"
        )
    moments = []
    for output in (one for one in outputs if one.is_event == bool(timeline.events)):
        own = [one for one in found if one.label == output.label]
        own.sort(key=lambda one: -(one.confidence or 0.0))
        reasons = {"the surest of": own[:1], "the least sure of": own[1:][-1:]}
        for reason, chosen in reasons.items():
            for one in chosen:
                told = f"{reason} {len(own)}" if len(own) > 1 else "the only one"
                moments.append(Moment(_frame_of(one, timeline, output), output, told))
    moments.sort(key=lambda moment: moment.frame)
    kept = moments[:MOST_MOMENTS]
    if left_out := len(moments) - len(kept):
        told = f"{kept[-1].reason}; {left_out} later moments are left out, ask for them with --at"
        kept[-1] = kept[-1]._replace(reason=told)
    return kept


def _frame_of(found: Spotted | Phase, timeline: Timeline, output: Output) -> int:
    if isinstance(found, Spotted):
        return found.frame
    inside = _probabilities(timeline, output)[found.start_frame : found.end_frame]
    return found.start_frame + int(inside.argmax())


def _probabilities(timeline: Timeline, output: Output) -> NDArray[np.float32]:
    """Returns those of a phase or event at each frame, ``(N,)``."""
    if not output.is_event:
        return timeline.probabilities[:, timeline.classes.index(output.label)]
    assert timeline.event_probabilities is not None  # the model has events
    return timeline.event_probabilities[:, timeline.event_names.index(output.label)]
