"""What tests of maps do to a network, and how they compare maps."""

import numpy as np
import torch
from torch import nn


def randomize(network: nn.Module) -> None:
    """Draws the weights of all convolutions and linear layers anew."""
    torch.manual_seed(5)
    for module in network.modules():
        if isinstance(module, nn.Conv1d | nn.Conv2d):
            module.reset_parameters()
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight)


def make_symmetric(network: nn.Module) -> None:
    """Gives every convolution the mean of its kernels and their mirror images."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                module.weight.copy_((module.weight + module.weight.flip(-1)) / 2)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Returns the correlation of two maps."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
