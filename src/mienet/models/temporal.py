"""The temporal modules that a network can have, by name: what lets segments see each other.

A new one is a class that takes ``(B * T, C, H, W)`` and returns the same shape, and a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torch import nn

from mienet.models.attention import DoublePoolingTemporalAttention
from mienet.models.baselines import TemporalAdaptive, TemporalShift

Temporal = Literal["none", "shift", "tam", "dptam"]

Slot = Literal["shift", "attention"]
"""Where in a ResNet's block a module sits: before the first convolution, or behind its ReLU."""


@dataclass(frozen=True)
class TemporalModule:
    """How to make a temporal module.

    Attributes:
        slot: Where in the block it sits.
        make: Makes it for a number of channels, ``C``, and of segments, ``T``.
    """

    slot: Slot
    make: Callable[[int, int], nn.Module]


TEMPORAL_MODULES: Mapping[str, TemporalModule | None] = {
    "none": None,
    "shift": TemporalModule("shift", lambda channels, num_segments: TemporalShift(num_segments)),
    "tam": TemporalModule("attention", TemporalAdaptive),
    "dptam": TemporalModule("attention", DoublePoolingTemporalAttention),
}
