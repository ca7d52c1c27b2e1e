"""What a backbone is to a network: how it is made, and where its trained weights come from.

Their names are in ``extensions.py``; a new one is a module in a file of its own, a ``Backbone``
beside it, and a line there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mienet.extensions import BACKBONES, BackboneName, find


@dataclass(frozen=True)
class Backbone:
    """A network for images without classifier, described by data.

    Its layers are named as in its published weights, which are loaded by name.

    Attributes:
        make: Returns the module, from ``in_channels`` (3 for RGB, 6 with motion maps), ``shift``
            and ``attention`` (each makes, for a number of channels, the temporal module of that
            slot; left out where the slot stays empty) and ``shift_every`` (blocks from one with
            ``shift`` to the next). The module turns ``(B * T, in_channels, H, W)`` into
            ``(B * T, F)``, and its ``num_features`` is ``F``.
        shift_every: What the authors of temporal shift chose for it.
        weights_url: Where weights trained on ImageNet are downloaded; None if nowhere.
        classifier: How the names begin that such files have and the module lacks.
        first_weight: Name of the weight that is inflated where there are more channels than RGB's.
        last_stage: Name of the last part that gives maps, ``(B * T, C, h, w)``: where it looks.
    """

    make: Callable[..., Any]
    shift_every: int = 1
    weights_url: str | None = None
    classifier: str = "fc."
    first_weight: str = "conv1.weight"
    last_stage: str = "layer4"


def find_backbone(name: BackboneName) -> Backbone:
    """Returns a backbone's description.

    Raises:
        ValueError: If there is none of that name.
    """
    found: Backbone = find("backbone", BACKBONES, name)
    return found
