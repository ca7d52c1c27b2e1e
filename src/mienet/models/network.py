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
``baselines.py``; PAN see ``motion.py`` and ``consensus.py``; DPTAM and MIE-Net: the MIE-Net
authors' README.
Shapes: ``B`` clips, ``T`` segments, ``L`` frames per segment, ``C`` channels, ``H W`` pixels.
"""

from typing import Any, Literal, TypedDict, Unpack, get_args

from torch import Tensor, nn

from mienet.extensions import BackboneName, TemporalName
from mienet.models.backbones import find_backbone
from mienet.models.consensus import VariousTimescaleAggregation
from mienet.models.fusion import AdaptiveFusion, Concatenation
from mienet.models.motion import PersistenceOfAppearance
from mienet.models.temporal import temporal_slots

Motion = Literal["none", "concat", "adaptive"]
Consensus = Literal["mean", "vap"]


class SegmentNetwork(nn.Module):
    """Classifies a clip by what one backbone finds in its segments.

    ``features`` gives one vector a segment, ``classify`` the logits of any vectors; a clip's logits
    are the mean of its segments', or those of their aggregate (VAP).

    Args:
        num_classes: Number of classes, at least 1.
        backbone: What makes features of an image, by name; see ``extensions.py``.
        motion: What it sees of a segment: its first frame ("none"), or that frame and three motion
            maps, side by side ("concat") or by adaptive fusion ("adaptive").
        temporal: The module in its blocks that lets the segments see each other, by name.
        num_segments: ``T``, at least 1.
        dropout: Probability in [0, 1] of dropping a feature before the classifier in training.
        head_std: Standard deviation of the normal distribution the classifier's weights start from.
        consensus: What becomes of the segments: the mean of their logits ("mean"), or the logits of
            their aggregate over several timescales ("vap").
        shift_every: Blocks from one with temporal shift to the next; None is the authors' choice,
            2 on ResNet-101 and else 1.

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
        backbone: BackboneName = "resnet50",
        motion: Motion = "adaptive",
        temporal: TemporalName = "dptam",
        num_segments: int = 8,
        dropout: float = 0.5,
        head_std: float = 0.001,
        consensus: Consensus = "mean",
        shift_every: int | None = None,
    ) -> None:
        super().__init__()
        _check_options(num_classes, motion, num_segments, consensus, shift_every)
        self.num_segments = num_segments
        self.frames_per_segment = frames_per_segment(motion)
        self.motion: PersistenceOfAppearance | None = None
        if motion != "none":
            # PAN-Lite alone starts its PA convolution near zero.
            pan_lite = (motion, temporal) == ("concat", "shift")
            self.motion = PersistenceOfAppearance(weight_std=0.001 if pan_lite else None)
            self.fusion = AdaptiveFusion() if motion == "adaptive" else Concatenation()
        described = find_backbone(backbone)
        shift_every = shift_every or described.shift_every
        made = described.make(
            in_channels=3 if motion == "none" else 6,
            shift_every=shift_every,
            **temporal_slots(temporal, num_segments),
        )
        self.backbone: nn.Module = made
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(made.num_features, num_classes)
        nn.init.normal_(self.head.weight, std=head_std)
        nn.init.zeros_(self.head.bias)
        self.consensus = (
            VariousTimescaleAggregation(num_segments) if consensus == "vap" else nn.Identity()
        )
        self.options: dict[str, Any] = {
            "num_classes": num_classes,
            "backbone": backbone,
            "motion": motion,
            "temporal": temporal,
            "num_segments": num_segments,
            "dropout": dropout,
            "consensus": consensus,
            "shift_every": shift_every,
        }

    def forward(self, clips: Tensor) -> Tensor:
        """Returns logits, ``(B, num_classes)``.

        Args:
            clips: ImageNet-normalized RGB, floating point, ``(B, T, L, 3, H, W)``.

        Raises:
            ValueError: If the shape is not ``(B, num_segments, frames_per_segment, 3, H, W)``.
        """
        agreed = self.consensus(self.features(clips))  # (B, T, F), or (B, 1, F) with VAP
        return self.classify(agreed).mean(dim=1)

    def features(self, clips: Tensor) -> Tensor:
        """Returns one vector a segment, ``(B, T, F)``; argument and error as ``forward``'s."""
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
        return features.unflatten(0, (-1, self.num_segments))

    def classify(self, features: Tensor) -> Tensor:
        """Returns the logits of feature vectors: ``(..., F)`` to ``(..., num_classes)``."""
        return self.head(self.dropout(features))


def frames_per_segment(motion: Motion) -> int:
    """Returns ``L``: one frame without motion maps, else the four that make three maps."""
    return 1 if motion == "none" else 4


def _check_options(
    num_classes: int,
    motion: str,
    num_segments: int,
    consensus: str,
    shift_every: int | None,
) -> None:
    counts = {"num_classes": num_classes, "num_segments": num_segments, "shift_every": shift_every}
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    choices = {
        "motion": (motion, get_args(Motion)),
        "consensus": (consensus, get_args(Consensus)),
    }
    for name, (choice, accepted) in choices.items():
        if choice not in accepted:
            raise ValueError(f"unknown {name} {choice!r}; accepted are {', '.join(accepted)}")


class NetworkOptions(TypedDict, total=False):
    """What every named builder takes besides classes and backbone; see ``SegmentNetwork``."""

    num_segments: int
    dropout: float
    consensus: Consensus
    shift_every: int | None


def tsn(
    num_classes: int, backbone: BackboneName = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a temporal segment network: RGB, no temporal module."""
    return SegmentNetwork(num_classes, backbone=backbone, motion="none", temporal="none", **options)


def tsm(
    num_classes: int, backbone: BackboneName = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a TSM: RGB, and channels shifted between neighboring segments."""
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="none", temporal="shift", **options
    )


def tanet(
    num_classes: int, backbone: BackboneName = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a TANet: RGB, and temporal adaptive modules."""
    return SegmentNetwork(num_classes, backbone=backbone, motion="none", temporal="tam", **options)


def pan_lite(
    num_classes: int, backbone: BackboneName = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a PAN-Lite: RGB and motion maps side by side, and temporal shift."""
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="concat", temporal="shift", **options
    )


def dptam(
    num_classes: int, backbone: BackboneName = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns the ablation without adaptive fusion: RGB and motion side by side, and DPTAM."""
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="concat", temporal="dptam", **options
    )


def mie_net(
    num_classes: int, backbone: BackboneName = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a MIE-Net: RGB and motion maps by adaptive fusion, and DPTAM."""
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="adaptive", temporal="dptam", **options
    )
