"""The network family: TSN, TSM, TANet, PAN-Lite, DPTAM and MIE-Net by two choices.

============  ==========  ===========
builder       motion      temporal
============  ==========  ===========
tsn           none        none
tsm           none        shift
tanet         none        tam
pan_lite      concat      shift
dptam         concat      dptam
mie_net       adaptive    dptam
mie_net_plus  signed      shift_dptam
============  ==========  ===========

Sources: L. Wang et al., "Temporal Segment Networks", 2016 (segments and consensus); TSM and TAM see
``baselines.py``; PAN see ``motion.py`` and ``consensus.py``; DPTAM and MIE-Net: the MIE-Net
authors' README; the last is ours, see ``shifted_attention.py`` and ``signed_motion.py``.
Shapes: ``B`` clips, ``T`` segments, ``L`` frames per segment, ``C`` channels, ``H W`` pixels.
"""

from typing import Any, TypedDict, Unpack, get_args

from torch import Tensor, nn

from mienet.extensions import BackboneName, Consensus, Motion, Normalization, TemporalName
from mienet.models.consensus import VariousTimescaleAggregation
from mienet.models.segment_features import SegmentFeatures


class SegmentNetwork(SegmentFeatures):
    """Classifies a clip by what one backbone finds in its segments.

    ``features`` gives one vector a segment, ``classify`` the logits of any vectors; a clip's logits
    are the mean of its segments', or those of their aggregate (VAP).

    Args:
        num_classes: Number of classes, at least 1.
        backbone: As the next arguments: see ``SegmentFeatures``.
        motion: See there.
        temporal: See there.
        num_segments: See there.
        dropout: Probability in [0, 1] of dropping a feature before the classifier in training.
        head_std: Standard deviation of the normal distribution the classifier's weights start from.
        consensus: What becomes of the segments: the mean of their logits ("mean"), or the logits of
            their aggregate over several timescales ("vap").
        shift_every: See ``SegmentFeatures``.
        normalization: See there.

    Attributes:
        options: The arguments above but for the start; ``SegmentNetwork(**network.options)`` makes
            a network for the same weights.

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
        normalization: Normalization = "batch",
    ) -> None:
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1, got {num_classes}")
        if consensus not in get_args(Consensus):
            accepted = ", ".join(get_args(Consensus))
            raise ValueError(f"unknown consensus {consensus!r}; accepted are {accepted}")
        super().__init__(
            backbone=backbone,
            motion=motion,
            temporal=temporal,
            num_segments=num_segments,
            shift_every=shift_every,
            normalization=normalization,
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.num_features, num_classes)
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
            "shift_every": self.shift_every,
            "normalization": normalization,
        }

    def forward(self, clips: Tensor) -> Tensor:
        """Returns logits, ``(B, num_classes)``.

        Args:
            clips: ImageNet-normalized RGB, floating point, ``(B, T, L, 3, H, W)``.

        Raises:
            ValueError: If the shape is not ``(B, num_segments, frames_per_segment, 3, H, W)``.
        """
        return self.logits(self.features(clips))

    def logits(self, features: Tensor) -> Tensor:
        """Returns the logits of clips, ``(B, num_classes)``, by their ``features``, (B, T, F)."""
        agreed = self.consensus(features)  # (B, T, F), or (B, 1, F) with VAP
        return self.classify(agreed).mean(dim=1)

    def classify(self, features: Tensor) -> Tensor:
        """Returns the logits of feature vectors: ``(..., F)`` to ``(..., num_classes)``."""
        return self.head(self.dropout(features))


class NetworkOptions(TypedDict, total=False):
    """What every named builder takes besides classes and backbone; see ``SegmentNetwork``."""

    num_segments: int
    dropout: float
    consensus: Consensus
    shift_every: int | None
    normalization: Normalization


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


def mie_net_plus(
    num_classes: int, backbone: BackboneName = "resnet50", **options: Unpack[NetworkOptions]
) -> SegmentNetwork:
    """Returns a MIE-Net with signed motion and temporal shift, which learns from fewer clips.

    Signed motion is beside its motion maps, the shift beside DPTAM. It has 0.1 % more parameters
    and needs 7 % more multiplications. Not in the paper.
    """
    return SegmentNetwork(
        num_classes, backbone=backbone, motion="signed", temporal="shift_dptam", **options
    )
