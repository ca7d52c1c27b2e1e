"""Signed motion: how appearance changes between neighboring frames, and not only how much.

A motion map (see ``motion.py``) is a length, and so the same whichever way something moves. Where
these maps are positive a pattern has gone, where they are negative it has come: what lies on which
side tells the direction. Not in the paper; one of the two things that ``mie_net_plus`` adds to
MIE-Net, and docs/results.md has what it is worth.
"""

from torch import Tensor, nn

from mienet.models.motion import convolve_changes, of_segments, out_of_blocks

KERNEL_SIZE = 7
"""As that of persistence of appearance."""


class SignedMotion(nn.Module):
    """Turns ``L`` neighboring frames into ``L - 1`` maps, positive and negative.

    Each is one learned 7x7 convolution, without bias, of a frame minus the next one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 1, KERNEL_SIZE, padding=KERNEL_SIZE // 2, bias=False)

    def forward(self, frames: Tensor) -> Tensor:
        """Returns maps, ``(B, T, L - 1, H, W)``.

        Args:
            frames: Normalized RGB frames, floating point, ``(B, T, L, 3, H, W)`` with ``L >= 2``.

        Raises:
            ValueError: If the shape is another one.
        """
        return of_segments(self.between_neighbors, frames)

    def between_neighbors(self, frames: Tensor) -> Tensor:
        """Returns the map from each frame to the next, ``(B, N - 1, H, W)``.

        Args:
            frames: Normalized RGB frames in a row, floating point, ``(B, N, 3, H, W)``.
        """
        change = convolve_changes(frames, self.conv.weight)  # (..., 1)
        return out_of_blocks(change.squeeze(-1), frames)
