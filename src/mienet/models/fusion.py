"""Adaptive Fusion Module (AFM): joins RGB and motion maps into the backbone's six-channel input.

Source: the MIE-Net authors' README and figure. Shapes: ``B`` clips, ``T`` segments, ``H W`` pixels.
"""

import torch
from torch import Tensor, nn


class Concatenation(nn.Module):
    """Joins RGB and motion maps as they are: PAN-Lite's input, and AFM without gate and weights."""

    def forward(self, rgb: Tensor, motion: Tensor) -> Tensor:
        """Returns ``(B, T, 6, H, W)`` from RGB and motion maps, both ``(B, T, 3, H, W)``."""
        return torch.cat([rgb, motion], dim=2)


class AdaptiveFusion(nn.Module):
    """Gates both inputs per channel, weights each with a learned scalar, and concatenates them.

    With ``g = sigmoid(spatial mean of (motion + rgb))`` and ``a = softmax(w)`` the output is
    ``concat(a[0] * g * rgb, a[1] * g * motion)``. The two scalars ``w`` start at 1.

    Departure: in the released code the scalars are in no optimizer group and so never learn; the
    paper's text says that they are learned, and here they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.ones(2))

    def forward(self, rgb: Tensor, motion: Tensor) -> Tensor:
        """Returns the fused input, ``(B, T, 6, H, W)``: three RGB channels, then three of motion.

        Args:
            rgb: Normalized RGB frames, floating point, ``(B, T, 3, H, W)``.
            motion: Motion maps of the same shape and dtype.

        Raises:
            ValueError: If the shapes differ.
        """
        if rgb.shape != motion.shape:
            raise ValueError(
                "adaptive fusion takes RGB and motion maps of one shape (B, T, 3, H, W), got "
                f"{tuple(rgb.shape)} and {tuple(motion.shape)}"
            )
        gates, shares = self.gates(rgb, motion)[..., None, None], self.shares()
        return torch.cat([rgb * (shares[0] * gates), motion * (shares[1] * gates)], dim=2)

    def gates(self, rgb: Tensor, motion: Tensor) -> Tensor:
        """Returns ``g``, in (0, 1), of every channel, ``(B, T, 3)``; arguments as ``forward``'s."""
        # mean(motion + rgb) = mean(motion) + mean(rgb), which needs no sum of two images.
        return torch.sigmoid(rgb.mean(dim=(-2, -1)) + motion.mean(dim=(-2, -1)))

    def shares(self) -> Tensor:
        """Returns ``a``, the weights of RGB and of motion, which sum to 1, ``(2,)``."""
        return torch.softmax(self.weights, dim=0)
