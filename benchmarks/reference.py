"""The reference implementation of MIE-Net, written from its description: the benchmarks' baseline.

It computes what ``mienet`` computes, the way the authors' code does: one convolution a frame,
motion maps one after the other, segments brought side by side by permuted copies before and after
every temporal attention, each pooling on its own; float32, channels first, batch-norm as trained.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mienet.models.attention import DoublePoolingTemporalAttention
from mienet.models.motion import PersistenceOfAppearance
from mienet.models.network import SegmentNetwork


class ReleasedMotion(nn.Module):
    def __init__(self, ours: PersistenceOfAppearance) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 7, padding=3)
        with torch.no_grad():
            self.conv.weight.copy_(ours.conv.weight)

    def forward(self, frames: Tensor) -> Tensor:
        batch, segments, length, _, height, width = frames.shape
        features = self.conv(frames.reshape(-1, 3, height, width))
        features = features.view(batch * segments, length, 8, height, width)
        maps = []
        for frame in range(length - 1):
            difference = features[:, frame] - features[:, frame + 1] + 1e-6
            maps.append(difference.pow(2).sum(dim=1).sqrt().unsqueeze(1))
        return torch.cat(maps, dim=1).view(batch, segments, length - 1, height, width)


class ReleasedAttention(nn.Module):
    def __init__(self, ours: DoublePoolingTemporalAttention) -> None:
        super().__init__()
        self.segments = ours.num_segments
        self.project = ours.project
        self.excite = ours.excite

    def forward(self, features: Tensor) -> Tensor:
        count, channels, height, width = features.shape
        batch = count // self.segments
        clips = features.view(batch, self.segments, channels, height, width)
        clips = clips.permute(0, 2, 1, 3, 4).contiguous()
        pooled = functional.adaptive_avg_pool2d(clips.view(-1, self.segments, height, width), 1)
        pooled = pooled.view(batch, channels, self.segments)
        mean = functional.adaptive_avg_pool1d(pooled, 1)
        scale = self.excite(pooled + self.project(pooled) * self.project(mean))
        clips = clips * scale.view(batch, channels, self.segments, 1, 1)
        return clips.permute(0, 2, 1, 3, 4).contiguous().view(count, channels, height, width)


def as_released(network: SegmentNetwork) -> SegmentNetwork:
    """Returns the network, changed in place to the reference implementation."""
    assert network.motion is not None
    network.motion = ReleasedMotion(network.motion)  # type: ignore[assignment]
    for module in network.backbone.modules():
        if isinstance(getattr(module, "attention", None), DoublePoolingTemporalAttention):
            module.attention = ReleasedAttention(module.attention)
    return network
