"""How fast this machine computes, at this moment, what a network learns with."""

import time

import torch
from torch.nn import functional

BURST_SECONDS = 0.1


def steps_per_second(num_images: int, kind: torch.dtype) -> float:
    """Returns how often a convolution and its gradient are computed in a second.

    They are as a ResNet's first stage has them in training: 64 channels, a tenth of a GFLOP an
    image with the gradient. Smaller ones would measure what a call costs, which hides how fast
    bfloat16 is.

    Args:
        num_images: Images of 24x24 pixels at once, at least 1.
        kind: Precision: torch.float32 or torch.bfloat16.
    """
    images = torch.ones(num_images, 64, 24, 24, dtype=kind)
    images = images.to(memory_format=torch.channels_last).requires_grad_()
    weight = torch.ones(64, 64, 3, 3, dtype=kind, requires_grad=True)
    count = -1  # the first one also prepares
    start = time.perf_counter()
    while count < 1 or time.perf_counter() - start < BURST_SECONDS:
        functional.conv2d(images, weight, padding=1).sum().backward()
        count += 1
        if count == 0:
            start = time.perf_counter()
    return count / (time.perf_counter() - start)
