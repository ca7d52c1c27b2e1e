"""Batch-norm folded into the convolution before it: the same results, computed with fewer passes.

In inference batch-norm multiplies and shifts every channel by fixed numbers, which the
convolution's weights and bias can do themselves. Only for networks that are no longer trained.
"""

from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights


class Folded(nn.Identity):
    """Stands where a batch-norm was that is now part of its convolution."""


def is_folded(network: nn.Module) -> bool:
    """Returns whether a batch-norm of the network is part of its convolution."""
    return any(isinstance(module, Folded) for module in network.modules())


def fold_batch_norm(network: nn.Module) -> None:
    """Makes the batch-norms of a network part of the convolutions before them, in place.

    A module's children are taken in the order in which they were made: a batch-norm right after a
    convolution is its own. Results equal those in eval mode up to rounding.

    Args:
        network: Any module in eval mode.

    Raises:
        ValueError: If it is in training mode, where batch-norm computes something else.
    """
    if network.training:
        raise ValueError("batch-norm can be folded in eval mode alone; call network.eval() first")
    for module in list(network.modules()):
        children = list(module.named_children())
        for (_, convolution), (norm_name, norm) in pairwise(children):
            if not isinstance(convolution, nn.Conv1d | nn.Conv2d):
                continue
            if not isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                continue
            if norm.running_mean is None or norm.running_var is None:
                continue  # it keeps no statistics, and so is no fixed multiplication
            # Not fuse_conv_bn_eval, which copies the convolution once more.
            convolution.weight, convolution.bias = fuse_conv_bn_weights(
                convolution.weight,
                convolution.bias,
                norm.running_mean,
                norm.running_var,
                norm.eps,
                norm.weight,
                norm.bias,
            )
            setattr(module, norm_name, Folded())
