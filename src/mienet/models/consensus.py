"""How the segments' features become those that are classified: all of them, or one aggregate.

Shapes: ``B`` clips, ``T`` segments, ``F`` features.
"""

import torch
from torch import Tensor, nn


class VariousTimescaleAggregation(nn.Module):
    """Various-timescale aggregation pooling (VAP): a weighted sum of maxima over time.

    Level ``i`` of ``floor(log2 T)`` takes the segments ``2^i`` apart and keeps each feature's
    maximum over them: ``2^i`` vectors. Two linear layers weigh all ``N`` vectors by their means
    over ``F``. PAN-Lite's published figures were made with it.

    Source: C. Zhang, Y. Zou, G. Chen, L. Gan, "PAN: Towards Fast Action Recognition via Learning
    Persistence of Appearance", 2020, section 3.3.

    Args:
        num_segments: ``T``.

    Raises:
        ValueError: If the segments cannot be dealt out evenly at the longest step.
    """

    weight_std = 0.001
    expansion = 4

    def __init__(self, num_segments: int) -> None:
        super().__init__()
        check_vap_segments(num_segments)
        self.steps = [2**level for level in range(num_segments.bit_length() - 1)]
        timescales = sum(self.steps)  # N
        hidden = self.expansion * timescales
        self.weigh = nn.Sequential(
            nn.Linear(timescales, hidden, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, timescales, bias=False),
            nn.Softmax(dim=1),
        )
        for weight in self.weigh.parameters():
            nn.init.normal_(weight, std=self.weight_std)

    def forward(self, features: Tensor) -> Tensor:
        """Returns one aggregate of the segments, ``(B, 1, F)``.

        Args:
            features: Floating point, ``(B, T, F)``.
        """
        maxima = [features.unflatten(1, (-1, step)).amax(dim=1) for step in self.steps]
        vectors = torch.cat(maxima, dim=1)  # (B, N, F)
        weights = self.weigh(vectors.mean(dim=2))  # (B, N)
        return (vectors * weights[:, :, None]).sum(dim=1, keepdim=True)


def check_vap_segments(num_segments: int) -> None:
    """Raises ValueError where VAP's longest step does not divide the number of segments.

    The published code fails there too.
    """
    longest_step = 2 ** (num_segments.bit_length() - 2) if num_segments > 1 else 0
    if not longest_step or num_segments % longest_step:
        raise ValueError(
            f"vap aggregates 2, 3, 4, 6, 8, 12, 16, 24, ... segments, got {num_segments}"
        )
