"""What channels are normalized by: all that is in a window, rather than what training has seen.

Shapes: ``B`` windows or clips, ``T`` segments, ``C`` channels, ``H W`` pixels.
"""

import torch
from torch import Tensor, nn

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""Names of what batch-norm keeps of the batches of training besides its weight and bias."""


class WindowNorm2d(nn.BatchNorm2d):
    """Normalizes each channel by its mean and variance over one window, in training and in use.

    Batch-norm learns with the statistics of a few videos at a time and is used with the mean over
    all of them, which another person, camera or room does not have: features then come shifted. A
    window's own statistics are the same thing in both, whatever is beside it in the batch. It has
    batch-norm's weight and bias, so that a network trained with batch-norm can be started from.

    Source: that a network is better normalized by the videos it is used on: Y. Li et al.,
    "Revisiting Batch Normalization For Practical Domain Adaptation", 2016 (AdaBN); here already in
    training, and for every window alone.

    Args:
        channels: ``C``.
        num_segments: ``T``.
    """

    def __init__(self, channels: int, num_segments: int) -> None:
        super().__init__(channels, track_running_stats=False)
        self.num_segments = num_segments

    def forward(self, features: Tensor) -> Tensor:
        """Returns normalized features, of the input's shape.

        Args:
            features: Floating point, ``(B * T, C, H, W)``, the segments of a window side by side.
        """
        if torch.compiler.is_exporting():
            return self._in_simple_operations(features)
        windows = features.split(self.num_segments)
        return torch.cat([super(WindowNorm2d, self).forward(window) for window in windows])

    def _in_simple_operations(self, features: Tensor) -> Tensor:
        """Returns the same for engines, which know no batch-norm with statistics of its own."""
        windows = features.float().unflatten(0, (-1, self.num_segments))  # (B, T, C, H, W)
        over = (1, 3, 4)
        centered = windows - windows.mean(dim=over, keepdim=True)
        variance = centered.square().mean(dim=over, keepdim=True)
        scaled = centered * torch.rsqrt(variance + self.eps) * self.weight[:, None, None]
        return (scaled + self.bias[:, None, None]).flatten(0, 1).to(features.dtype)


def normalize_by_window(network: nn.Module, num_segments: int) -> None:
    """Puts window norms in the places of a network's batch-norms over images, in place.

    Those of temporal modules, over features in time, stay.
    """
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, WindowNorm2d(child.num_features, num_segments))
