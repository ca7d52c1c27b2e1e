"""Training clips as other cameras would have seen them: turned, nearer, aside, in other light."""

import torch
from torch import Tensor
from torch.nn import functional

TURN = 0.2
"""Largest rotation, in radians."""
ZOOM = 0.25
"""Largest logarithm of the zoom, as those below are of theirs."""
STRETCH = 0.12
ASIDE = 0.075
"""Largest shift, as a part of the picture's side."""
COLOR = 0.3
CONTRAST = 0.4


def distort_clips(clips: Tensor, strength: float) -> Tensor:
    """Returns clips, uint8, each distorted at random, all of its frames alike.

    They are turned by up to 0.2 rad (11 degrees), zoomed by a factor of up to 1.28, stretched by up
    to 1.13 each way, shifted by up to 7.5 % of a side, each color brighter or darker by a factor of
    up to 1.35, and the contrast changed by up to 1.49. What lies outside is mirrored. All is drawn
    evenly, factors by their logarithm.

    Args:
        clips: uint8, ``(B, T, L, C, H, W)``.
        strength: Part of these bounds, at least 0; 0 returns the clips as they are.
    """
    if not strength:
        return clips
    num_clips, num_channels = len(clips), clips.shape[3]
    images = clips.flatten(1, 3).float()  # (B, T*L*C, H, W)
    maps = _maps(num_clips, strength)
    with torch.autocast("cpu", enabled=False):  # bfloat16 would place pixels a quarter beside
        grid = functional.affine_grid(maps, list(images.shape), align_corners=False)
    images = functional.grid_sample(
        images, grid.to(images.device), padding_mode="reflection", align_corners=False
    )
    colors = images.unflatten(1, (-1, num_channels))  # (B, T*L, C, H, W)
    gain = _drawn((num_clips, 1, num_channels, 1, 1), strength * COLOR).exp()
    contrast = _drawn((num_clips, 1, 1, 1, 1), strength * CONTRAST).exp()
    mean = colors.mean(dim=(1, 3, 4), keepdim=True)  # of each clip and color; gain moves it
    gain, contrast = gain.to(mean.device), contrast.to(mean.device)
    colors.mul_(gain * contrast).add_(gain * (1 - contrast) * mean)
    return colors.clamp_(0, 255).round_().to(torch.uint8).view_as(clips)


def _maps(num_clips: int, strength: float) -> Tensor:
    """Returns where each clip's pixels come from, ``(B, 2, 3)`` as ``affine_grid`` takes them."""
    turn = _drawn((num_clips,), strength * TURN)
    zoom = _drawn((num_clips,), strength * ZOOM).exp()
    stretch = _drawn((num_clips,), strength * STRETCH).exp()
    aside = _drawn((num_clips, 2, 1), 2 * strength * ASIDE)  # a side is 2 long there
    cos, sin = turn.cos() * zoom, turn.sin() * zoom
    rows = [cos * stretch, -sin, sin, cos / stretch]
    return torch.cat([torch.stack(rows, dim=1).view(-1, 2, 2), aside], dim=2)


def _drawn(shape: tuple[int, ...], most: float) -> Tensor:
    """Returns numbers between ``-most`` and ``most``."""
    return most * (2 * torch.rand(shape) - 1)
