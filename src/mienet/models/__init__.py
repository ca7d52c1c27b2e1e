"""The network family and its modules, each usable alone in someone else's network."""

from mienet.models.attention import DoublePoolingTemporalAttention
from mienet.models.baselines import TemporalAdaptive, TemporalShift
from mienet.models.fusion import AdaptiveFusion
from mienet.models.motion import PersistenceOfAppearance
from mienet.models.network import (
    SegmentNetwork,
    dptam,
    mie_net,
    mie_net_plus,
    pan_lite,
    tanet,
    tsm,
    tsn,
)
from mienet.models.resnet import ResNet

__all__ = [
    "AdaptiveFusion",
    "DoublePoolingTemporalAttention",
    "PersistenceOfAppearance",
    "ResNet",
    "SegmentNetwork",
    "TemporalAdaptive",
    "TemporalShift",
    "dptam",
    "mie_net",
    "mie_net_plus",
    "pan_lite",
    "tanet",
    "tsm",
    "tsn",
]
