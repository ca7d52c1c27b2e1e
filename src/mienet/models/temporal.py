"""What a temporal module is to a network: what lets segments see each other, and where it sits.

Their names are in ``extensions.py``; a new one is a class in a file of its own that takes
``(B * T, C, H, W)`` and returns the same shape, a ``TemporalModule`` beside it, and a line there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import nn

from mienet.extensions import TEMPORAL_MODULES, TemporalName, find

Slot = Literal["shift", "attention"]
"""Where in a backbone's block a module sits: before the first convolution, or behind its ReLU."""

MakeModule = Callable[[int], nn.Module]
"""Makes the temporal module for a number of channels."""


@dataclass(frozen=True)
class TemporalModule:
    """How to make a temporal module.

    Attributes:
        slot: Where in the block it sits.
        make: Makes it for a number of channels, ``C``, and of segments, ``T``; None for no module.
    """

    slot: Slot
    make: Callable[[int, int], nn.Module] | None


NONE = TemporalModule("shift", None)


def temporal_slots(temporal: TemporalName, num_segments: int) -> dict[Slot, MakeModule]:
    """Returns, for the slot that a module sits in, its maker; nothing where there is no module.

    Raises:
        ValueError: If there is no temporal module of that name.
    """
    module: TemporalModule = find("temporal", TEMPORAL_MODULES, temporal)
    make = module.make
    return {} if make is None else {module.slot: lambda channels: make(channels, num_segments)}
