"""Crop, resize, flip, brighten and normalize, the same for all frames of a clip.

Images are NumPy arrays ``(N, H, W, 3)``, uint8 RGB, until a clip becomes a tensor.
Sources: TSN's multi-scale corner cropping with its published positions; ImageNet's mean and
standard deviation.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
import torch
from torch import Tensor

from mienet.errors import MienetError
from mienet.options import option_name
from mienet.video.reader import Images

CropChoice = Literal["one", "three"]
"""Crops per clip in evaluation: the center, or three along the longer side."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# TSN's 13 crop positions, as quarters of the free space to the left and above.
_POSITIONS = tuple(
    [(x, y) for y in (0, 2, 4) for x in (0, 2, 4)] + [(1, 1), (3, 1), (1, 3), (3, 3)]
)


@dataclass(frozen=True)
class Crop:
    """A rectangle of an image, in pixels."""

    top: int
    left: int
    height: int
    width: int


def multi_scale_crop(
    height: int, width: int, scales: tuple[float, ...], generator: np.random.Generator
) -> Crop:
    """Returns a random crop: a scale of the short side each way, at one of 13 fixed positions.

    The two scales lie at most one step apart in ``scales``, which bounds the distortion.
    """
    base = min(height, width)
    pairs = [
        (high, wide)
        for i, high in enumerate(scales)
        for j, wide in enumerate(scales)
        if abs(i - j) <= 1
    ]
    high, wide = pairs[generator.integers(len(pairs))]
    crop_height, crop_width = int(base * high), int(base * wide)
    x, y = _POSITIONS[generator.integers(len(_POSITIONS))]
    left, top = x * (width - crop_width) // 4, y * (height - crop_height) // 4
    return Crop(top, left, crop_height, crop_width)


def whole_frame_crop(
    height: int, width: int, scales: tuple[float, ...], generator: np.random.Generator
) -> Crop:
    """Returns a random crop of most of a picture: a scale of each side, at one of 13 positions.

    For networks that see whole pictures, squeezed; sides are scaled as ``multi_scale_crop`` does.
    """
    pairs = [(i, j) for i in range(len(scales)) for j in range(len(scales)) if abs(i - j) <= 1]
    high, wide = pairs[generator.integers(len(pairs))]
    crop_height, crop_width = int(height * scales[high]), int(width * scales[wide])
    x, y = _POSITIONS[generator.integers(len(_POSITIONS))]
    return Crop(
        y * (height - crop_height) // 4,
        x * (width - crop_width) // 4,
        crop_height,
        crop_width,
    )


def evaluation_crops(height: int, width: int, size: int, crops: CropChoice) -> list[Crop]:
    """Returns the center crop of ``size`` pixels, or three along the longer side.

    Raises:
        MienetError: If there is no such choice of crops.
        ValueError: If the image is smaller than the crop.
    """
    if crops not in get_args(CropChoice):
        raise MienetError(
            f"{option_name('crops')} is {crops!r}; accepted are "
            f"{' and '.join(get_args(CropChoice))}"
        )
    if size > min(height, width):
        raise ValueError(
            f"a crop of {size} pixels does not fit into {width}x{height}; choose a "
            f"{option_name('crop_size')} of at most the {option_name('short_side')}"
        )
    center = Crop((height - size) // 2, (width - size) // 2, size, size)
    if crops == "one":
        return [center]
    if width >= height:
        return [Crop(center.top, left, size, size) for left in (0, center.left, width - size)]
    return [Crop(top, center.left, size, size) for top in (0, center.top, height - size)]


def crop_and_resize(images: Images, crop: Crop, size: int) -> Images:
    """Returns the crop of every image at ``size`` pixels square, ``(N, size, size, 3)``."""
    cropped = images[:, crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    if (crop.height, crop.width) == (size, size):
        return cropped
    resized = np.empty((len(images), size, size, 3), dtype=np.uint8)
    for image, target in zip(cropped, resized, strict=True):
        cv2.resize(image, (size, size), dst=target, interpolation=cv2.INTER_LINEAR)
    return resized


def brighten(images: Images, factor: float) -> Images:
    """Returns the images times ``factor``, rounded, at most 255."""
    table = np.clip(np.arange(256) * factor + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(images.reshape(-1, 3), table), np.uint8).reshape(images.shape)


def to_clip(images: Images, num_segments: int) -> Tensor:
    """Returns ``T * L`` images as a clip, uint8 ``(T, L, 3, H, W)``."""
    channels_first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))  # (T*L, 3, H, W)
    return torch.from_numpy(channels_first).unflatten(0, (num_segments, -1))


def normalize(clips: Tensor) -> Tensor:
    """Returns uint8 RGB ``(..., 3, H, W)`` as float32, ImageNet-normalized, on its device."""
    mean = torch.tensor(IMAGENET_MEAN, device=clips.device).view(3, 1, 1)
    std = torch.tensor(IMAGENET_STD, device=clips.device).view(3, 1, 1)
    # One multiplication and one addition per value: (x / 255 - mean) / std.
    return torch.addcmul(-mean / std, clips.float(), 1 / (255 * std))
