"""What a model of recordings says something of at each position: phases, events, and none of them.

Shapes: ``K`` phases, ``E`` kinds of events.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mienet.timeline_recognizer import TimelineRecognizer

NO_PHASE, NO_EVENT = "no phase", "no event"


@dataclass(frozen=True)
class Output:
    """A phase or an event among what the network gives at a position.

    Attributes:
        index: Its place among the logits.
        label: Its name; ``NO_PHASE`` and ``NO_EVENT`` are of none of them.
        is_event: Whether it is an event, or else a phase.
    """

    index: int
    label: str
    is_event: bool


def outputs_of(recognizer: TimelineRecognizer) -> list[Output]:
    """Returns all outputs in the order of the logits, ``K+1 + E+1`` of them."""
    phases = [*recognizer.phases, NO_PHASE] if recognizer.phases else []
    events = [*recognizer.events, NO_EVENT] if recognizer.events else []
    named = [(label, False) for label in phases] + [(label, True) for label in events]
    return [Output(index, label, is_event) for index, (label, is_event) in enumerate(named)]


def probabilities_at(
    recognizer: TimelineRecognizer, frames: Tensor, position: int
) -> NDArray[np.float32]:
    """Returns the probabilities of all outputs at a position of a window, ``(K+1 + E+1,)``.

    Those of phases with the temperature.

    Args:
        recognizer: A model of recordings.
        frames: A window's frames in a row, uint8, ``(W, 3, S, S)``.
        position: From 0.

    Raises:
        MienetError: If the model's logits are not finite numbers.
    """
    raw = recognizer.window_probabilities(frames[None])[:, position]  # (1, K+1 + E+1)
    phases = recognizer.parts(raw).phases
    return raw[0] if phases is None else np.concatenate([phases[0], raw[0, phases.shape[1] :]])


def named_phase(
    recognizer: TimelineRecognizer, probabilities: NDArray[np.float32]
) -> Output | None:
    """Returns the likeliest phase, or no phase, at a position; None of a model of events alone.

    Args:
        recognizer: A model of recordings.
        probabilities: Of all outputs, ``(K+1 + E+1,)``.
    """
    phases = [output for output in outputs_of(recognizer) if not output.is_event]
    return max(phases, key=lambda phase: probabilities[phase.index], default=None)


def named_event(
    recognizer: TimelineRecognizer, probabilities: NDArray[np.float32]
) -> Output | None:
    """Returns the likeliest event at a position that reaches its threshold, or no event.

    Arguments as ``named_phase``'s; None of a model of phases alone.
    """
    if not recognizer.events:
        return None
    *events, no_event = [output for output in outputs_of(recognizer) if output.is_event]
    reached = [
        event
        for event, least in zip(events, recognizer.event_thresholds, strict=True)
        if probabilities[event.index] >= least
    ]
    return max(reached, key=lambda event: probabilities[event.index], default=no_event)


def named_output(recognizer: TimelineRecognizer, probabilities: NDArray[np.float32]) -> Output:
    """Returns the event that is named at a position, or else the phase; arguments as above."""
    event = named_event(recognizer, probabilities)
    phase = named_phase(recognizer, probabilities)
    has_event = event is not None and event.label != NO_EVENT
    named = event if has_event else phase or event
    assert named is not None  # a model has phases or events
    return named
