"""What E2E-Spot's and TSM's code take from torchvision and others to read frames and to learn.

torchvision's published wheels fit the PyTorch with CUDA, and cannot be imported beside the one for
CPUs; timm needs torchvision. Of both, E2E-Spot's ``rn18_tsm`` uses at inference a ResNet-18, the
reading of a JPG, a crop and a normalization, and TSM's training a ResNet-18 and ``Compose``: these
are here, the same layers and the same arithmetic (torchvision 0.28 gives the same numbers to the
last bit). timm is only imported there, so an empty module is enough.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from mienet.models.resnet import ResNet


class ResNet18(ResNet):
    """Our ResNet-18 without temporal modules has torchvision's layers and names, but for ``fc``."""

    def __init__(self, pretrained: bool) -> None:
        super().__init__("resnet18")  # random weights: a speed does not depend on them
        self.fc: nn.Module = nn.Linear(self.num_features, 1000)  # both ask for its width, and
        # put something else in its place: E2E-Spot nothing, TSM its dropout.

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(super().forward(images))


def read_image(path: str) -> Tensor:
    """Returns uint8 RGB ``(3, H, W)``, channels last in memory as torchvision has them.

    Raises:
        RuntimeError: If there is no such file, which tells E2E-Spot that the video is over.
    """
    if not Path(path).exists():
        raise RuntimeError(f"{path}: no such file")
    return torch.from_numpy(cv2.imread(path, cv2.IMREAD_COLOR_RGB)).permute(2, 0, 1)


class Compose:
    def __init__(self, transforms: Sequence[Callable]) -> None:
        self.transforms = transforms

    def __call__(self, images: object) -> object:
        for transform in self.transforms:
            images = transform(images)
        return images


class CenterCrop:
    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, image: Tensor) -> Tensor:
        top, left = ((length - self.size) // 2 for length in image.shape[-2:])
        return image[..., top : top + self.size, left : left + self.size]


class Normalize(nn.Module):
    def __init__(self, mean: list[float], std: list[float]) -> None:
        super().__init__()
        self.mean = torch.tensor(mean).view(-1, 1, 1)
        self.std = torch.tensor(std).view(-1, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        return image.sub(self.mean).div_(self.std)


def install() -> None:
    """Puts the stand-ins where ``import torchvision`` and ``import timm`` find them.

    ``numpy.int``, which NumPy 1.24 removed and E2E-Spot's code uses, comes back as well.
    """
    add_module("timm")
    torchvision = add_module("torchvision")
    torchvision.io = add_module("torchvision.io", read_image=read_image)
    torchvision.models = add_module("torchvision.models", ResNet=ResNet, resnet18=ResNet18)
    torchvision.transforms = add_module(
        "torchvision.transforms",
        CenterCrop=CenterCrop,
        Compose=Compose,
        Normalize=Normalize,
        functional=add_module("torchvision.transforms.functional"),
    )
    np.int = int  # type: ignore[attr-defined]


def add_module(name: str, **contents: object) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)
    vars(module).update(contents)
    return module
