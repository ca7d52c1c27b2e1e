"""Double Pooling Temporal Attention Module (DPTAM): weighs channels and segments by what changes.

Source: the MIE-Net authors' README and released code. Where the authors' figure and code differ
(the place of the sum), the code is followed, since the released weights were trained with it.
Shapes: ``B`` clips, ``T`` segments, ``C`` channels, ``H W`` pixels.
"""

from torch import Tensor, nn

from mienet.models.temporal import TemporalModule


class DoublePoolingTemporalAttention(nn.Module):
    """Scales every channel of every segment by a value in (0, 1) computed from two poolings.

    ``x`` is the spatial mean of the input, ``m`` the mean of ``x`` over the segments, ``P`` one
    point-wise convolution for both; ``y = x + P(x) * P(m)`` passes a bottleneck of two temporal
    convolutions whose sigmoid scales the input.

    Args:
        channels: ``C``, a multiple of 4.
        num_segments: ``T``.

    Raises:
        ValueError: If ``channels`` is not a multiple of 4.
    """

    def __init__(self, channels: int, num_segments: int) -> None:
        super().__init__()
        self.num_segments = num_segments
        self.project = nn.Conv1d(channels, channels, kernel_size=1, bias=False)
        self.excite = temporal_excitation(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Returns the input times its attention, ``(B * T, C, H, W)``.

        Args:
            features: Floating point, ``(B * T, C, H, W)``, the segments of a clip side by side.
        """
        pooled = pool_segments(features, self.num_segments)  # (B, C, T)
        mean = pooled.mean(dim=2, keepdim=True)  # (B, C, 1)
        mixed = pooled + self.project(pooled) * self.project(mean)  # (B, C, T)
        return features * unpool_segments(self.excite(mixed))


DPTAM = TemporalModule(attention=DoublePoolingTemporalAttention)


def temporal_excitation(channels: int, *, reduction: int = 4) -> nn.Sequential:
    """Returns the bottleneck over time that DPTAM and TAM share: ``(B, C, T)`` to (0, 1).

    Raises:
        ValueError: If ``channels`` is not a multiple of ``reduction``.
    """
    if channels % reduction:
        raise ValueError(f"channels must be a multiple of {reduction}, got {channels}")
    hidden = channels // reduction
    return nn.Sequential(
        nn.Conv1d(channels, hidden, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(inplace=True),
        nn.Conv1d(hidden, channels, kernel_size=1, bias=False),
        nn.Sigmoid(),
    )


def pool_segments(features: Tensor, num_segments: int) -> Tensor:
    """Returns the spatial mean of ``(B * T, C, H, W)`` as ``(B, C, T)``."""
    return features.mean(dim=(2, 3)).unflatten(0, (-1, num_segments)).transpose(1, 2)


def unpool_segments(scale: Tensor) -> Tensor:
    """Returns ``(B, C, T)`` as ``(B * T, C, 1, 1)``, to be multiplied with features."""
    return scale.transpose(1, 2).flatten(0, 1)[:, :, None, None]
