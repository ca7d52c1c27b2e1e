"""The ancestors' temporal modules, for the comparison with DPTAM: temporal shift and TAM.

Shapes: ``B`` clips, ``T`` segments, ``C`` channels, ``H W`` pixels.
"""

import torch
from torch import Tensor, nn

from mienet.models.attention import pool_segments, temporal_excitation, unpool_segments
from mienet.models.temporal import TemporalModule


class TemporalShift(nn.Module):
    """Moves 1/8 of the channels one segment back in time and 1/8 one segment forward.

    Source: J. Lin, C. Gan, S. Han, "TSM: Temporal Shift Module for Efficient Video Understanding",
    2019. What is moved past the first or last segment is dropped; zeros take its place.

    Args:
        num_segments: ``T``.
    """

    divisor = 8

    def __init__(self, num_segments: int) -> None:
        super().__init__()
        self.num_segments = num_segments

    def forward(self, features: Tensor) -> Tensor:
        """Returns the shifted features, same shape as the input, ``(B * T, C, H, W)``."""
        clips = features.unflatten(0, (-1, self.num_segments))  # (B, T, C, H, W)
        fold = features.shape[1] // self.divisor
        shifted = torch.zeros_like(clips)
        shifted[:, :-1, :fold] = clips[:, 1:, :fold]
        shifted[:, 1:, fold : 2 * fold] = clips[:, :-1, fold : 2 * fold]
        shifted[:, :, 2 * fold :] = clips[:, :, 2 * fold :]
        return shifted.flatten(0, 1)


SHIFT = TemporalModule(shift=lambda channels, num_segments: TemporalShift(num_segments))


class TemporalAdaptive(nn.Module):
    """Temporal adaptive module (TAM): a local gate, then a per-clip convolution over time.

    Source: Z. Liu, L. Wang, W. Wu, C. Qian, T. Lu, "TAM: Temporal Adaptive Module for Video
    Recognition", 2021, section 3. The local branch scales the input as DPTAM does, on the pooled
    features themselves; the global branch computes, per clip and channel, a kernel of three
    values, softmax-normalized, and convolves the scaled input with it over the segments.

    Args:
        channels: ``C``, a multiple of 4.
        num_segments: ``T``.

    Raises:
        ValueError: If ``channels`` is not a multiple of 4.
    """

    kernel_size = 3

    def __init__(self, channels: int, num_segments: int) -> None:
        super().__init__()
        self.num_segments = num_segments
        self.local_branch = temporal_excitation(channels)
        self.global_branch = nn.Sequential(
            nn.Linear(num_segments, 2 * num_segments, bias=False),
            nn.BatchNorm1d(2 * num_segments),
            nn.ReLU(inplace=True),
            nn.Linear(2 * num_segments, self.kernel_size, bias=False),
            nn.Softmax(dim=-1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Returns the adapted features, same shape as the input, ``(B * T, C, H, W)``."""
        pooled = pool_segments(features, self.num_segments)  # (B, C, T)
        kernel = self.global_branch(pooled.flatten(0, 1))  # (B*C, 3)
        before, center, after = kernel.unflatten(0, pooled.shape[:2])[..., None, None].unbind(2)
        scaled = features * unpool_segments(self.local_branch(pooled))
        clips = scaled.unflatten(0, (-1, self.num_segments))  # (B, T, C, H, W)
        mixed = clips * center[:, None]
        mixed[:, 1:] += clips[:, :-1] * before[:, None]
        mixed[:, :-1] += clips[:, 1:] * after[:, None]
        return mixed.flatten(0, 1)


TAM = TemporalModule(attention=TemporalAdaptive)
