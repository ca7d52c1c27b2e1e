"""Persistence of appearance (PA): how much appearance moves between neighboring frames.

Source: C. Zhang, Y. Zou, G. Chen, L. Gan, "PAN: Towards Fast Action Recognition via Learning
Persistence of Appearance", 2020, section 3.2; used unchanged by MIE-Net.

Shapes: ``B`` clips, ``T`` segments, ``L`` frames per segment, ``H W`` pixels.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

BLOCK = 2
"""Side of the block of pixels that one step of PA's convolution computes."""

_PIXELS = [(down, right) for down in range(BLOCK) for right in range(BLOCK)]


class PersistenceOfAppearance(nn.Module):
    """Turns ``L`` neighboring frames into ``L - 1`` motion maps.

    Every frame passes one 7x7 convolution to 8 channels; a motion map is, per pixel, the Euclidean
    distance between the features of two neighboring frames, with ``1e-6`` added to the difference
    (the earlier frame minus the later) before squaring, which keeps the gradient finite where
    nothing moves.

    Departures from the released code, none of which changes a result:

    - The convolution is linear, so ``conv(a) - conv(b) = conv(a - b)``: it runs on the ``L - 1``
      differences instead of on the ``L`` frames.
    - Its bias cancels in that difference, so there is no bias parameter; epsilon takes its place.
    - Four pixels, a block of 2x2, are computed by one step of a convolution with stride 2, whose
      8x8 kernels hold the 7x7 kernel at four places: 32 output channels fill a CPU's vector
      registers where 8 leave them half empty (docs/performance.md has the figures).
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
            frames: Normalized RGB frames, floating point, ``(B, T, L, 3, H, W)`` with ``L >= 2``.

        Raises:
            ValueError: If the shape is another one.
        """
        return of_segments(self.between_neighbors, frames)

    def between_neighbors(self, frames: Tensor) -> Tensor:
        """Returns the motion map from each frame to the next, ``(B, N - 1, H, W)``.

        Segments that share frames share these maps: of ``T`` segments of 4 frames that begin one
        frame apart, ``T + 2`` maps are all, where each segment alone has 3.

        Args:
            frames: Normalized RGB frames in a row, floating point, ``(B, N, 3, H, W)``.
        """
        bias = self.conv.weight.new_full((self.features,), self.epsilon)
        change = convolve_changes(frames, self.conv.weight, bias)
        maps = Length.apply(change) if change.requires_grad else length(change)
        return out_of_blocks(maps.to(change.dtype), frames)


def of_segments(between_neighbors: Callable[[Tensor], Tensor], frames: Tensor) -> Tensor:
    """Returns maps ``(B, T, L - 1, H, W)`` of frames ``(B, T, L, 3, H, W)``.

    Args:
        between_neighbors: What makes ``(B, N - 1, H, W)`` of frames in a row, ``(B, N, 3, H, W)``.
        frames: Floating point, ``L`` at least 2.

    Raises:
        ValueError: If the shape is another one.
    """
    if frames.ndim != 6 or frames.shape[2] < 2 or frames.shape[3] != 3:
        raise ValueError(
            "motion maps are made of frames of shape (B, T, L, 3, H, W) with L of at least 2, got "
            f"{tuple(frames.shape)}"
        )
    maps = between_neighbors(frames.flatten(0, 1))  # (B*T, L-1, H, W)
    return maps.unflatten(0, (-1, frames.shape[1]))


def convolve_changes(frames: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Returns a convolution of each frame minus the next one, by blocks of 2x2 pixels.

    Args:
        frames: Frames in a row, ``(B, N, 3, H, W)``.
        weight: Kernels, ``(F, 3, K, K)`` with an odd ``K``.
        bias: Added to each feature, ``(F,)``.

    Returns:
        ``(B * (N - 1), H/2, W/2, 2, 2, F)``, where half a row and column of blocks lies outside of
        pictures of odd size.
    """
    height, width = frames.shape[3:]
    steps = (frames[:, :-1] - frames[:, 1:]).flatten(0, 1)  # (B*(N-1), 3, H, W)
    if height % BLOCK or width % BLOCK:
        steps = functional.pad(steps, (0, width % BLOCK, 0, height % BLOCK))
    change = functional.conv2d(
        steps.contiguous(memory_format=torch.channels_last),
        place_in_blocks(weight),
        None if bias is None else bias.repeat(BLOCK**2),
        stride=BLOCK,
        padding=weight.shape[-1] // 2,
    )  # (B*(N-1), 4*F, H/2, W/2)
    return change.permute(0, 2, 3, 1).unflatten(3, (BLOCK, BLOCK, len(weight)))


def out_of_blocks(maps: Tensor, frames: Tensor) -> Tensor:
    """Returns maps ``(B, N - 1, H, W)`` of frames ``(B, N, 3, H, W)``, given by blocks of pixels.

    Args:
        maps: ``(B * (N - 1), H/2, W/2, 2, 2)``.
        frames: What they are of.
    """
    height, width = frames.shape[3:]
    maps = maps.transpose(2, 3)  # (B*(N-1), H/2, 2, W/2, 2)
    maps = maps.flatten(3, 4).flatten(1, 2)[:, :height, :width]  # (B*(N-1), H, W)
    return maps.unflatten(0, (-1, frames.shape[1] - 1))


def place_in_blocks(weight: Tensor) -> Tensor:
    """Returns the kernels that compute a 2x2 block of pixels at once.

    Args:
        weight: Kernels for one pixel, ``(F, C, K, K)``.

    Returns:
        ``(4 * F, C, K + 1, K + 1)``: the kernels shifted to each pixel of the block, row by row.
    """
    shifts = [(right, BLOCK - 1 - right, down, BLOCK - 1 - down) for down, right in _PIXELS]
    return torch.cat([functional.pad(weight, shift) for shift in shifts])


def length(vectors: Tensor) -> Tensor:
    """Returns Euclidean lengths along the last axis, ``(...)``, of vectors ``(..., F)``.

    In float32 at least, because epsilon squared is zero in float16.
    """
    kind = torch.promote_types(vectors.dtype, torch.float32)
    return torch.linalg.vector_norm(vectors, dim=-1, dtype=kind)


class Length(torch.autograd.Function):
    """``length`` with a gradient in fewer passes over the memory.

    The gradient is each vector over its length. PyTorch's own takes five passes over as many
    numbers as the vectors have, in float32 whatever they are in: a quarter of a training step in
    bfloat16. This one takes two, in their own precision, and has no gradient of its own.
    """

    @staticmethod
    def forward(ctx: Any, vectors: Tensor) -> Tensor:
        """Returns the lengths, as ``length`` does."""
        lengths = length(vectors)
        ctx.save_for_backward(vectors, lengths)
        return lengths

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Returns the gradient of the vectors, ``(..., F)``; zero for those without length."""
        vectors, lengths = ctx.saved_tensors
        shares = gradient / lengths.clamp_min(torch.finfo(lengths.dtype).tiny)
        if vectors.dtype != torch.float16:  # whose numbers end before one over epsilon
            shares = shares.to(vectors.dtype)
        return shares.unsqueeze(-1).expand_as(vectors).contiguous().mul_(vectors).to(vectors.dtype)
