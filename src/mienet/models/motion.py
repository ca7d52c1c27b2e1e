"""Persistence of appearance (PA): how much appearance moves between neighbouring frames.

Source: C. Zhang, Y. Zou, G. Chen, L. Gan, "PAN: Towards Fast Action Recognition via Learning
Persistence of Appearance", 2020, section 3.2; used unchanged by MIE-Net.

Shapes: ``B`` clips, ``T`` segments, ``L`` frames per segment, ``H W`` pixels.
"""

import torch
from torch import Tensor, nn


class PersistenceOfAppearance(nn.Module):
    """Turns ``L`` neighbouring frames into ``L - 1`` motion maps.

    Every frame passes one 7x7 convolution to 8 channels; a motion map is, per pixel, the Euclidean
    distance between the features of two neighbouring frames, with ``1e-6`` added to the difference
    (the earlier frame minus the later) before squaring, which keeps the gradient finite where
    nothing moves.

    Departures from the released code, none of which changes a result:

    - The convolution is linear, so ``conv(a) - conv(b) = conv(a - b)``: it runs on the ``L - 1``
      differences instead of on the ``L`` frames.
    - Its bias cancels in that difference, so there is no bias parameter.
    - The distance is taken over the channels, as the paper says. The released code leaves the axis
      to ``nn.PairwiseDistance``, which reduces the last one (the image's width) since PyTorch 1.10.

    Args:
        weight_std: Standard deviation of the normal distribution the convolution starts from, as
            PAN-Lite's does (0.001). None keeps PyTorch's default start, as MIE-Net does.
    """

    features = 8
    kernel_size = 7
    epsilon = 1e-6

    def __init__(self, *, weight_std: float | None = None) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            3, self.features, self.kernel_size, padding=self.kernel_size // 2, bias=False
        )
        if weight_std is not None:
            nn.init.normal_(self.conv.weight, std=weight_std)

    def forward(self, frames: Tensor) -> Tensor:
        """Returns motion maps, non-negative, ``(B, T, L - 1, H, W)``.

        Args:
            frames: Normalised RGB frames, floating point, ``(B, T, L, 3, H, W)`` with ``L >= 2``.

        Raises:
            ValueError: If the shape is another one.
        """
        if frames.ndim != 6 or frames.shape[2] < 2 or frames.shape[3] != 3:
            raise ValueError(
                "persistence of appearance takes frames of shape (B, T, L, 3, H, W) with L of at "
                f"least 2, got {tuple(frames.shape)}"
            )
        steps = frames[:, :, :-1] - frames[:, :, 1:]  # (B, T, L-1, 3, H, W)
        change = self.conv(steps.flatten(0, 2)) + self.epsilon  # (B*T*(L-1), 8, H, W)
        # In float32, because epsilon squared is zero in float16.
        distance = torch.linalg.vector_norm(change, dim=1, dtype=_at_least_float32(change.dtype))
        return distance.to(change.dtype).unflatten(0, steps.shape[:3])  # (B, T, L-1, H, W)


def _at_least_float32(dtype: torch.dtype) -> torch.dtype:
    return torch.promote_types(dtype, torch.float32)
