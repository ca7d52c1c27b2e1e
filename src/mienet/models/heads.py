"""Heads of networks for recordings: from the features of positions in time to those in context.

Their names are in ``extensions.py``; a new one is a class that takes the number of features and a
width, and has ``num_features``, and a line there.
Shapes: ``B`` windows, ``T`` positions, ``F`` features.
"""

from torch import Tensor, nn


class RecurrentHead(nn.Module):
    """A gated recurrent unit that reads a window in both directions.

    Source: J. Hong et al., "Spotting Temporally Precise, Fine-Grained Events in Video", 2022
    (E2E-Spot), section 3.

    Args:
        num_features: ``F``.
        width: Units of each direction.
    """

    def __init__(self, num_features: int, width: int) -> None:
        super().__init__()
        self.gru = nn.GRU(num_features, width, batch_first=True, bidirectional=True)
        self.num_features = 2 * width

    def forward(self, features: Tensor) -> Tensor:
        """Returns ``(B, T, 2 * width)`` of ``(B, T, F)``."""
        output: Tensor = self.gru(features)[0]
        return output


class DilatedHead(nn.Module):
    """Residual convolutions over time that look ever further: 1, 2, 4, 8 positions.

    Source: Y. Abu Farha, J. Gall, "MS-TCN: Multi-Stage Temporal Convolutional Network for Action
    Segmentation", 2019, section 3.1: one stage of it, with fewer layers, as windows are short.

    Args:
        num_features: ``F``.
        width: Channels of each direction of the other head; here there are twice as many, so that
            both heads give as many features.
    """

    dilations = (1, 2, 4, 8)

    def __init__(self, num_features: int, width: int) -> None:
        super().__init__()
        channels = self.num_features = 2 * width
        self.project = nn.Conv1d(num_features, channels, kernel_size=1)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(channels, channels, kernel_size=3, padding=step, dilation=step),
                nn.ReLU(inplace=True),
                nn.Conv1d(channels, channels, kernel_size=1),
            )
            for step in self.dilations
        )

    def forward(self, features: Tensor) -> Tensor:
        """Returns ``(B, T, 2 * width)`` of ``(B, T, F)``."""
        output = self.project(features.transpose(1, 2))
        for layer in self.layers:
            output = output + layer(output)
        return output.transpose(1, 2)
