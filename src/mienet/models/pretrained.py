"""Starts of a backbone from weights of others: ImageNet, complete or partial."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mienet.models.network import SegmentNetwork
from mienet.models.weights import CheckpointError, list_names, load_pickle

_IMAGENET_URLS = {
    "resnet18": "https://download.pytorch.org/models/resnet18-f37072fd.pth",
    "resnet34": "https://download.pytorch.org/models/resnet34-b627a593.pth",
    "resnet50": "https://download.pytorch.org/models/resnet50-0676ba61.pth",
    "resnet101": "https://download.pytorch.org/models/resnet101-63fe2227.pth",
}


class DownloadError(CheckpointError):
    """Weights that could not be downloaded."""


@dataclass(frozen=True)
class ImageNetReport:
    """The exact account of an ImageNet start, in tensor names.

    Attributes:
        loaded: Backbone tensors taken over, the inflated one included.
        inflated: Those whose 3 input channels became 6.
        missing: Backbone tensors that the file should have and has not; they start at random.
        unused: Tensors of the file without a place here: the ImageNet classifier.
    """

    loaded: list[str]
    inflated: list[str]
    missing: list[str]
    unused: list[str]

    def __str__(self) -> str:
        """Returns the account in one line, the missing tensors counted by stage."""
        stages: dict[str, int] = {}
        for name in self.missing:
            stage = name.split(".")[0]
            stages[stage] = stages.get(stage, 0) + 1
        missing = ", ".join(f"{stage} ({count})" for stage, count in stages.items())
        return (
            f"{len(self.loaded)} tensors loaded; inflated from 3 to 6 input channels: "
            f"{', '.join(self.inflated) or 'none'}; missing, so random: {missing or 'none'}; "
            f"unused: {', '.join(self.unused) or 'none'}"
        )


def load_imagenet(network: SegmentNetwork, source: str | Path) -> ImageNetReport:
    """Starts the backbone from ImageNet weights under torchvision's names, complete or partial.

    The first convolution's weight for 6 input channels is the mean over its 3, six times over
    (as in PAN and MIE-Net).

    Args:
        network: Changed in place; what is not in the file keeps its values.
        source: "imagenet" to download torchvision's published weights, or a ``.pth`` file.

    Raises:
        FileNotFoundError: If there is no such file.
        CheckpointError: If the file is broken, or holds tensors of other names or shapes.
        DownloadError: If the published weights cannot be downloaded.
    """
    if str(source) == "imagenet":
        weights = _download(_IMAGENET_URLS[network.options["backbone"]])
    elif Path(source).is_file():
        weights = load_pickle(Path(source))
    else:
        raise FileNotFoundError(f'{source}: no such weights file; give a .pth file or "imagenet"')
    backbone = network.backbone
    own = {name: t for name, t in backbone.state_dict().items() if ".attention." not in name}
    unused = [name for name in weights if name in ("fc.weight", "fc.bias")]
    taken = {name: tensor for name, tensor in weights.items() if name not in unused}
    if unknown := taken.keys() - own.keys():
        raise CheckpointError(
            f"{source}: tensors that {network.options['backbone']} does not have: "
            f"{list_names(unknown)}; give the weights of the same ResNet, or change "
            "--model.backbone"
        )
    inflated = []
    channels = backbone.conv1.in_channels
    if "conv1.weight" in taken and channels != 3:
        mean = taken["conv1.weight"].float().mean(dim=1, keepdim=True)
        taken["conv1.weight"] = mean.repeat(1, channels, 1, 1)
        inflated.append("conv1.weight")
    for name, tensor in taken.items():
        if tensor.shape != own[name].shape:
            raise CheckpointError(
                f"{source}: {name} has shape {tuple(tensor.shape)}, "
                f"{network.options['backbone']} needs {tuple(own[name].shape)}"
            )
    backbone.load_state_dict(taken, strict=False)
    # The step counter of batch-norm is no weight; old files of torchvision come without it.
    missing = [n for n in own if n not in taken and not n.endswith("num_batches_tracked")]
    return ImageNetReport(list(taken), inflated, missing, unused)


def _download(url: str) -> dict[str, Any]:
    try:
        weights: dict[str, Any] = torch.hub.load_state_dict_from_url(
            url, map_location="cpu", check_hash=True, weights_only=True
        )
    except (OSError, RuntimeError) as error:
        raise DownloadError(
            f"{url} cannot be downloaded ({error}); give --model.pretrained FILE with weights you "
            "have, or --model.pretrained null to start at random"
        ) from error
    return weights
