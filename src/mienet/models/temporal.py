"""What a temporal module is to a network: what lets segments see each other, and where it sits.

Their names are in ``extensions.py``; a new one is a class in a file of its own that takes
``(B * T, C, H, W)`` and returns the same shape, a ``TemporalModule`` beside it, and a line there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from mienet.extensions import TEMPORAL_MODULES, TemporalName, find

MakeModule = Callable[[int], nn.Module]
"""Makes the temporal module for a number of channels."""

MakeForSegments = Callable[[int, int], nn.Module]
"""The same for a number of channels, ``C``, and of segments, ``T``."""


@dataclass(frozen=True)
class TemporalModule:
    """How to make a temporal module.

    Attributes:
        shift: Makes what sits before a block's first convolution; None leaves the slot empty.
        attention: The same of what sits behind that convolution's ReLU.
    """

    shift: MakeForSegments | None = None
    attention: MakeForSegments | None = None


NONE = TemporalModule()


def temporal_slots(temporal: TemporalName, num_segments: int) -> dict[str, MakeModule]:
    """Returns the maker of what sits in each slot; nothing where a slot stays empty.

    Raises:
        ValueError: If there is no temporal module of that name.
    """
    module: TemporalModule = find("temporal", TEMPORAL_MODULES, temporal)

    def for_segments(make: MakeForSegments) -> MakeModule:
        return lambda channels: make(channels, num_segments)

    makers = {"shift": module.shift, "attention": module.attention}
    return {slot: for_segments(make) for slot, make in makers.items() if make is not None}
