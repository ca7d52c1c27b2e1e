"""The network family: TSN, TSM, TANet, PAN-Lite, DPTAM and MIE-Net by two choices.

=========  ==========  ==========
builder    motion      temporal
=========  ==========  ==========
tsn        none        none
tsm        none        shift
tanet      none        tam
pan_lite   concat      shift
dptam      concat      dptam
mie_net    adaptive    dptam
=========  ==========  ==========

Sources: L. Wang et al., "Temporal Segment Networks", 2016 (segments and consensus); TSM and TAM see
``baselines.py``; PAN see ``motion.py``; DPTAM and MIE-Net: the MIE-Net authors' README.
Shapes: ``B`` clips, ``T`` segments, ``L`` frames per segment, ``C`` channels, ``H W`` pixels.
"""

from typing import Any, Literal, TypedDict, Unpack

from torch import Tensor, nn

from mienet.models.attention import DoublePoolingTemporalAttention
from mienet.models.baselines import TemporalAdaptive, TemporalShift
from mienet.models.fusion import AdaptiveFusion, Concatenation
from mienet.models.motion import PersistenceOfAppearance
from mienet.models.resnet import Backbone, ResNet, TemporalModule

Motion = Literal["none", "concat", "adaptive"]
Temporal = Literal["none", "shift", "tam", "dptam"]


class SegmentNetwork(nn.Module):
    """Classifies a clip by the mean over its segments of one ResNet's logits.

    Args:
        num_classes: Number of classes, at least 1.
        backbone: The ResNet.
        motion: What the ResNet sees of a segment: its first frame ("none"), or that frame and three
            motion maps, side by side ("concat") or by adaptive fusion ("adaptive").
        temporal: The module in every block that lets the segments see each other.
        num_segments: ``T``, at least 1.
        dropout: Probability in [0, 1] of dropping a feature before the classifier in training.
        head_std: Standard deviation of the normal distribution the classifier's weights start from.

    Attributes:
        options: The arguments above but for the start; ``SegmentNetwork(**network.options)`` makes
            a network for the same weights.
        frames_per_segment: ``L``: 1 without motion maps, 4 with them.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: Backbone = "resnet50",
        motion: Motion = "adaptive",
        temporal: Temporal = "dptam",
        num_segments: int = 8,
        dropout: float = 0.5,
        head_std: float = 0.001,
    ) -> None:
        super().__init__()
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1, got {num_classes}")
        if num_segments < 1:
            raise ValueError(f"num_segments must be at least 1, got {num_segments}")
        if motion not in ("none", "concat", "adaptive"):
            raise ValueError(f"unknown motion {motion!r}; accepted are none, concat, adaptive")
        self.options: dict[str, Any] = {
            "num_classes": num_classes,
            "backbone": backbone,
            "motion": motion,
            "temporal": temporal,
            "num_segments": num_segments,
            "dropout": dropout,
        }
        self.num_segments = num_segments
        self.frames_per_segment = frames_per_segment(motion)
        self.motion: PersistenceOfAppearance | None = None
        if motion != "none":
            # PAN-Lite alone starts its PA convolution near zero.
            pan_lite = (motion, temporal) == ("concat", "shift")
            self.motion = PersistenceOfAppearance(weight_std=0.001 if pan_lite else None)
            self.fusion = AdaptiveFusion() if motion == "adaptive" else Concatenation()
        shift, attention = _temporal_modules(temporal, num_segments)
        self.backbone = ResNet(
            backbone,
            in_channels=3 if motion == "none" else 6,
            shift=shift,
            attention=attention,
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.backbone.num_features, num_classes)
        nn.init.normal_(self.head.weight, std=head_std)
        nn.init.zeros_(self.head.bias)

    def forward(self, clips: Tensor) -> Tensor:
        """Returns logits, ``(B, num_classes)``.

        Args:
            clips: ImageNet-normalised RGB, floating point, ``(B, T, L, 3, H, W)``.

        Raises:
            ValueError: If the shape is not ``(B, num_segments, frames_per_segment, 3, H, W)``.
        """
        expected = (self.num_segments, self.frames_per_segment, 3)
        if clips.ndim != 6 or tuple(clips.shape[1:4]) != expected:
            raise ValueError(
                "this network takes clips of shape (B, T, L, 3, H, W) with "
                f"T = {expected[0]} segments and L = {expected[1]} frames per segment, "
                f"got {tuple(clips.shape)}"
            )
        images = clips[:, :, 0]  # (B, T, 3, H, W)
        if self.motion is not None:
            images = self.fusion(images, self.motion(clips))  # (B, T, 6, H, W)
        features = self.backbone(images.flatten(0, 1))  # (B*T, F)
        logits = self.head(self.dropout(features))  # (B*T, num_classes)
        return logits.unflatten(0, (-1, self.num_segments)).mean(dim=1)


def frames_per_segment(motion: Motion) -> int:
    """Returns ``L``: one frame without motion maps, else the four that make three maps."""
    return 1 if motion == "none" else 4


def _temporal_modules(
    temporal: Temporal, num_segments: int
) -> tuple[TemporalModule | None, TemporalModule | None]:
    """Returns the makers of the modules before and after a block's first convolution."""
    if temporal == "none":
        return None, None
    if temporal == "shift":
        return lambda channels: TemporalShift(num_segments), None
    if temporal == "tam":
        return None, lambda channels: TemporalAdaptive(channels, num_segments)
    if temporal == "dptam":
        return None, lambda channels: DoublePoolingTemporalAttention(channels, num_segments)
    raise ValueError(f"unknown temporal {temporal!r}; accepted are none, shift, tam, dptam")


class NetworkOptions(TypedDict, total=False):
    """What every named builder takes besides classes and backbone; see ``SegmentNetwork``."""

    num_segments: int
    dropout: float


def tsn(
    num_classes: int, backbone: Backbone = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a temporal segment network: RGB, no temporal module."""
    return SegmentNetwork(num_classes, backbone=backbone, motion="none", temporal="none", **options)


def tsm(
    num_classes: int, backbone: Backbone = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a TSM: RGB, and channels shifted between neighbouring segments."""
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="none", temporal="shift", **options
    )


def tanet(
    num_classes: int, backbone: Backbone = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a TANet: RGB, and temporal adaptive modules."""
    return SegmentNetwork(num_classes, backbone=backbone, motion="none", temporal="tam", **options)


def pan_lite(
    num_classes: int, backbone: Backbone = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a PAN-Lite: RGB and motion maps side by side, and temporal shift."""
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="concat", temporal="shift", **options
    )


def dptam(
    num_classes: int, backbone: Backbone = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns the ablation without adaptive fusion: RGB and motion side by side, and DPTAM."""
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="concat", temporal="dptam", **options
    )


def mie_net(
    num_classes: int, backbone: Backbone = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a MIE-Net: RGB and motion maps by adaptive fusion, and DPTAM."""
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="adaptive", temporal="dptam", **options
    )
