"""What a backbone finds in segments of a few frames: the part that clips and recordings share.

Shapes: ``B`` clips or windows, ``T`` segments, ``L`` frames per segment, ``F`` features, ``H W``
pixels.
"""

from typing import Any, get_args

import torch
from torch import Tensor, nn

from mienet.extensions import BackboneName, Motion, Normalization, TemporalName
from mienet.models.backbones import find_backbone
from mienet.models.fusion import AdaptiveFusion, Concatenation
from mienet.models.motion import PersistenceOfAppearance
from mienet.models.normalization import normalize_by_window
from mienet.models.signed_motion import SignedMotion
from mienet.models.temporal import temporal_slots

IN_CHANNELS: dict[Motion, int] = {"none": 3, "concat": 6, "adaptive": 6, "signed": 9}
"""Channels of what the backbone sees of a segment."""


class SegmentFeatures(nn.Module):
    """Gives one vector a segment, by what it shows and how it moves.

    Args:
        backbone: What makes features of an image, by name; see ``extensions.py``.
        motion: What it sees of a segment: its first frame ("none"), or that frame and three motion
            maps, side by side ("concat") or by adaptive fusion ("adaptive"), with three signed ones
            beside these ("signed").
        temporal: The module in its blocks that lets the segments see each other, by name.
        num_segments: ``T``, at least 1.
        shift_every: Blocks from one with temporal shift to the next; None is the authors' choice,
            2 on ResNet-101 and else 1.
        normalization: What the backbone's channels are normalized by: the statistics of training's
            batches ("batch", as the authors do), or of the clip or window itself ("window").

    Attributes:
        frames_per_segment: ``L``: 1 without motion maps, 4 with them.
        num_features: ``F``.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        *,
        backbone: BackboneName,
        motion: Motion,
        temporal: TemporalName,
        num_segments: int,
        shift_every: int | None,
        normalization: Normalization,
    ) -> None:
        super().__init__()
        for name, count in (("num_segments", num_segments), ("shift_every", shift_every)):
            if count is not None and count < 1:
                raise ValueError(f"{name} must be at least 1, got {count}")
        choices: list[tuple[str, str, Any]] = [
            ("motion", motion, Motion),
            ("normalization", normalization, Normalization),
        ]
        for name, value, known in choices:
            if value not in get_args(known):
                accepted = ", ".join(get_args(known))
                raise ValueError(f"unknown {name} {value!r}; accepted are {accepted}")
        self.num_segments = num_segments
        self.frames_per_segment = frames_per_segment(motion)
        self.motion: PersistenceOfAppearance | None = None
        if motion != "none":
            # PAN-Lite alone starts its PA convolution near zero.
            pan_lite = (motion, temporal) == ("concat", "shift")
            self.motion = PersistenceOfAppearance(weight_std=0.001 if pan_lite else None)
            self.fusion = Concatenation() if motion == "concat" else AdaptiveFusion()
        self.signed_motion = SignedMotion() if motion == "signed" else None
        described = find_backbone(backbone)
        self.shift_every = shift_every or described.shift_every
        made = described.make(
            in_channels=IN_CHANNELS[motion],
            shift_every=self.shift_every,
            **temporal_slots(temporal, num_segments),
        )
        if normalization == "window":
            normalize_by_window(made, num_segments)
        self.backbone: nn.Module = made
        self.num_features: int = made.num_features

    def features(self, clips: Tensor) -> Tensor:
        """Returns one vector a segment, ``(B, T, F)``.

        Args:
            clips: ImageNet-normalized RGB, floating point, ``(B, T, L, 3, H, W)``.

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
        maps = None if self.motion is None else self.motion(clips)
        signed = None if self.signed_motion is None else self.signed_motion(clips)
        return self._features(clips[:, :, 0], maps, signed)

    def features_of_frames(self, frames: Tensor, stride: int) -> Tensor:
        """Returns what ``features`` returns of segments that begin ``stride`` frames apart.

        Motion maps that neighboring segments share are computed once.

        Args:
            frames: Normalized RGB frames in a row, ``(B, (T - 1) * stride + L, 3, H, W)``.
            stride: At least 1.

        Raises:
            ValueError: If there are not so many frames.
        """
        expected = (self.num_segments - 1) * stride + self.frames_per_segment
        if frames.ndim != 5 or frames.shape[1] != expected:
            raise ValueError(
                f"{self.num_segments} segments {stride} frames apart take frames of shape (B, "
                f"{expected}, 3, H, W), got {tuple(frames.shape)}"
            )
        images = frames[:, : expected - self.frames_per_segment + 1 : stride]
        between = [
            None if made is None else made.between_neighbors(frames)  # (B, N-1, H, W)
            for made in (self.motion, self.signed_motion)
        ]
        steps = self.frames_per_segment - 1
        maps = [m if m is None else m.unfold(1, steps, stride).movedim(-1, 2) for m in between]
        return self._features(images, *maps)

    def _features(self, images: Tensor, maps: Tensor | None, signed: Tensor | None) -> Tensor:
        """Returns ``(B, T, F)`` of images ``(B, T, 3, H, W)`` and maps ``(B, T, L - 1, H, W)``."""
        if maps is not None:
            images = self.fusion(images, maps)  # (B, T, 6, H, W)
        if signed is not None:
            images = torch.cat([images, signed], dim=2)  # (B, T, 9, H, W)
        features = self.backbone(images.flatten(0, 1))  # (B*T, F)
        return features.unflatten(0, (-1, self.num_segments))


def frames_per_segment(motion: Motion) -> int:
    """Returns ``L``: one frame without motion maps, else the four that make three maps."""
    return 1 if motion == "none" else 4
