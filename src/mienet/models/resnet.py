"""ResNet-18, 34, 50 and 101 with two slots for temporal modules in every block.

Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", 2016; in
bottlenecks the stride is in the 3x3 convolution ("v1.5"). Layers carry torchvision's names, because
its published weights are loaded by name (see ``pretrained.py``).
"""

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from mienet.models.backbones import Backbone
from mienet.models.temporal import MakeModule

WIDTH = 64
"""Channels of the stem and of the first stage; every later stage has twice those before it."""


class BasicBlock(nn.Module):
    """Two 3x3 convolutions (ResNet-18 and 34).

    Args:
        in_channels: Channels of the input.
        width: Channels of both convolutions, and of the output.
        stride: Stride of the first convolution.
        shift: The temporal module before the first convolution, on the residual branch.
        attention: The temporal module after the first convolution, batch-norm and ReLU.
    """

    expansion = 1

    def __init__(
        self, in_channels: int, width: int, stride: int, shift: nn.Module, attention: nn.Module
    ) -> None:
        super().__init__()
        self.shift = shift
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.attention = attention
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _downsample(in_channels, width * self.expansion, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """Returns ``(B * T, width, H / stride, W / stride)``."""
        out = self.relu(self.bn1(self.conv1(self.shift(features))))
        out = self.bn2(self.conv2(self.attention(out)))
        out += self.downsample(features)
        return self.relu(out)


class Bottleneck(nn.Module):
    """A 1x1, a 3x3 and a 1x1 convolution (ResNet-50 and 101); arguments as ``BasicBlock``'s.

    The output has ``4 * width`` channels.
    """

    expansion = 4

    def __init__(
        self, in_channels: int, width: int, stride: int, shift: nn.Module, attention: nn.Module
    ) -> None:
        super().__init__()
        self.shift = shift
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.attention = attention
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * self.expansion)
        self.downsample = _downsample(in_channels, width * self.expansion, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """Returns ``(B * T, 4 * width, H / stride, W / stride)``."""
        out = self.relu(self.bn1(self.conv1(self.shift(features))))
        out = self.relu(self.bn2(self.conv2(self.attention(out))))
        out = self.bn3(self.conv3(out))
        out += self.downsample(features)
        return self.relu(out)


ARCHITECTURES: dict[str, tuple[type[BasicBlock] | type[Bottleneck], tuple[int, ...]]] = {
    "resnet18": (BasicBlock, (2, 2, 2, 2)),
    "resnet34": (BasicBlock, (3, 4, 6, 3)),
    "resnet50": (Bottleneck, (3, 4, 6, 3)),
    "resnet101": (Bottleneck, (3, 4, 23, 3)),
}
"""The block, and how many of them each of the four stages has."""


class ResNet(nn.Module):
    """A ResNet without classifier: images to one feature vector each.

    Args:
        backbone: Which of the four.
        in_channels: Channels of the input: 3 for RGB, 6 with motion maps.
        shift: Makes the module before a block's first convolution (TSM); None leaves it out.
        shift_every: Blocks from one with ``shift`` to the next, from each stage's first; None is
            the authors' choice, see ``default_shift_every``.
        attention: Makes the module after every block's first convolution, batch-norm and ReLU
            (DPTAM, TAM); None leaves it out.

    Raises:
        ValueError: If the backbone's name is unknown.
    """

    def __init__(
        self,
        backbone: str = "resnet50",
        *,
        in_channels: int = 3,
        shift: MakeModule | None = None,
        shift_every: int | None = None,
        attention: MakeModule | None = None,
    ) -> None:
        super().__init__()
        if backbone not in ARCHITECTURES:
            raise ValueError(
                f"unknown backbone {backbone!r}; accepted are {', '.join(ARCHITECTURES)}"
            )
        block, depths = ARCHITECTURES[backbone]
        shift_every = shift_every or default_shift_every(backbone)
        self.conv1 = nn.Conv2d(in_channels, WIDTH, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTH)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.num_features = WIDTH
        stages = []
        for stage, depth in enumerate(depths):
            blocks = []
            for index in range(depth):
                here = shift if index % shift_every == 0 else None
                blocks.append(
                    block(
                        self.num_features,
                        width := WIDTH * 2**stage,
                        stride=2 if stage > 0 and index == 0 else 1,
                        shift=here(self.num_features) if here else nn.Identity(),
                        attention=attention(width) if attention else nn.Identity(),
                    )
                )
                self.num_features = width * block.expansion
            stages.append(nn.Sequential(*blocks))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Returns one feature vector an image, ``(B * T, num_features)``.

        Args:
            images: Floating point, ``(B * T, in_channels, H, W)``.
        """
        features = self.maxpool(self.relu(self.bn1(self.conv1(images))))  # (B*T, 64, H/4, W/4)
        features = self.layer4(self.layer3(self.layer2(self.layer1(features))))
        return features.mean(dim=(2, 3))  # (B*T, num_features)


def default_shift_every(backbone: str) -> int:
    """Returns 2 where the third stage has 23 blocks or more (ResNet-101), else 1.

    So TSM's and PAN's published networks were trained: with every second block shifted there.
    """
    return 2 if ARCHITECTURES[backbone][1][2] >= 23 else 1


def find_resnet(depths: Sequence[int], *, bottlenecks: bool) -> str | None:
    """Returns the ResNet with so many blocks in its stages, or None if it is none of these."""
    for name, (block, known) in ARCHITECTURES.items():
        if known == tuple(depths) and (block is Bottleneck) == bottlenecks:
            return name
    return None


def _downsample(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """Returns the shortcut: the identity, or a strided 1x1 convolution where the shape changes."""
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
        nn.BatchNorm2d(out_channels),
    )


def _described(name: str, digest: str) -> Backbone:
    """Returns the description of a ResNet, with torchvision's weights."""
    return Backbone(
        partial(ResNet, name),
        shift_every=default_shift_every(name),
        weights_url=f"https://download.pytorch.org/models/{name}-{digest}.pth",
    )


RESNET18 = _described("resnet18", "f37072fd")
RESNET34 = _described("resnet34", "b627a593")
RESNET50 = _described("resnet50", "0676ba61")
RESNET101 = _described("resnet101", "63fe2227")
