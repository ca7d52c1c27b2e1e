"""Starts of a network from trained weights: ImageNet's, published ones of the family, one's own.

All but the classifier is taken over, and that too where the classes are the same; a start that
differs in more is an error, or named in the account.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mienet.errors import in_one_line
from mienet.models.backbones import Backbone, find_backbone
from mienet.models.checkpoints import read_checkpoint
from mienet.models.layouts import IMAGENET
from mienet.models.network import SegmentNetwork
from mienet.models.normalization import STATISTICS
from mienet.models.released import ReleasedModel, find_layout, read_state
from mienet.models.segment_features import IN_CHANNELS
from mienet.models.timeline_network import TimelineNetwork
from mienet.models.weights import CheckpointError, check_finite, list_names

Network = SegmentNetwork | TimelineNetwork


class DownloadError(CheckpointError):
    """Weights that could not be downloaded."""


@dataclass(frozen=True)
class Start:
    """Trained weights to start from, under our names.

    Attributes:
        name: What they are, for people.
        weights: The tensors.
        options: Of the network that they were trained in; empty for ImageNet's.
        classes: Names of its classes; None where they are not known.
        unused: Published names of tensors that no network here has a use for.
    """

    name: str
    weights: Mapping[str, Tensor]
    options: Mapping[str, Any] = field(default_factory=dict)
    classes: Sequence[str] | None = None
    unused: Sequence[str] = ()


@dataclass(frozen=True)
class StartReport:
    """The exact account of a start, in names of tensors.

    Attributes:
        start: What was loaded.
        classifier: Whether the classifier was taken over, or why it starts anew.
        loaded: Tensors taken over, inflated ones included.
        inflated: Those whose input channels, 3, became more.
        in_channels: As many as these.
        new: Tensors besides the classifier that the start lacks; they start at random.
        unused: Tensors of the start that have no place here.
    """

    start: str
    classifier: str
    loaded: list[str]
    inflated: list[str]
    in_channels: int
    new: list[str]
    unused: list[str]

    def __str__(self) -> str:
        """Returns the account in one line, tensors counted by what they belong to."""
        return (
            f"{self.start}: {len(self.loaded)} tensors loaded; inflated to {self.in_channels} "
            f"input channels: {_counted(self.inflated)}; missing, so random: {_counted(self.new)}; "
            f"unused: {_counted(self.unused)}; classifier: {self.classifier}"
        )


def load_pretrained(
    network: Network, source: str | Path, classes: Sequence[str] = ()
) -> StartReport:
    """Starts a network from trained weights, and returns the account.

    The first convolution's weight of a start that saw RGB is, for more input channels, the mean
    over its 3 for each (as in PAN and MIE-Net).

    Args:
        network: Changed in place; what the start lacks keeps its values.
        source: "imagenet" to download the backbone's published weights; a ``.pth`` with such
            weights, complete or partial; a published checkpoint of the family (see
            ``layouts.py``); a run's or model's folder; a ``model.safetensors``.
        classes: Names of the network's classes; the start's classifier is taken over if it was
            trained for the same names in the same order.

    Raises:
        FileNotFoundError: If there is nothing at ``source``.
        CheckpointError: If the file is broken, or of another backbone, motion input or shape.
        DownloadError: If the published weights cannot be downloaded.
    """
    start = read_start(source, network)
    _check_options(start, network)
    own = network.state_dict()
    taken = {name: tensor for name, tensor in start.weights.items() if name in own}
    homeless = [name for name in start.weights if name not in own]
    if network.options["normalization"] == "window":  # it keeps no statistics of training
        homeless = [name for name in homeless if not name.endswith(STATISTICS)]
    if not start.options and homeless:
        names = list_names((name.removeprefix("backbone.") for name in homeless), 5)
        raise CheckpointError(
            f"{start.name}: tensors that {network.options['backbone']} does not have: {names}; "
            "give the weights of the same backbone, or change --model.backbone"
        )
    backbone = find_backbone(network.options["backbone"])
    inflated = _inflate(taken, own, f"backbone.{backbone.first_weight}")
    classifier = _classifier(start, classes)
    if classifier != SAME_CLASSES:
        taken = {name: tensor for name, tensor in taken.items() if not name.startswith("head.")}
    _check_shapes(start, taken, own)
    check_finite(taken, Path(start.name))
    network.load_state_dict(taken, strict=False)
    # The step counter of batch-norm is no weight; old files of torchvision come without it.
    new = [n for n in own if n not in taken and not n.endswith("num_batches_tracked")]
    new = [name for name in new if not name.startswith("head.")]
    unused = [*homeless, *start.unused]
    in_channels = IN_CHANNELS[network.options["motion"]]
    return StartReport(start.name, classifier, list(taken), inflated, in_channels, new, unused)


SAME_CLASSES = "taken over, for the same classes"


def read_start(source: str | Path, network: Network) -> Start:
    """Returns the weights at ``source``; arguments and errors as ``load_pretrained``."""
    backbone = find_backbone(network.options["backbone"])
    if str(source) == "imagenet":
        return _of_images("ImageNet", _download(network.options["backbone"], backbone), backbone)
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(
            f'{source}: nothing there to start from; give "imagenet", a run\'s folder, a '
            "model.safetensors, or a .pth or .pth.tar file"
        )
    model: ReleasedModel | None = None
    unused: list[str] = []
    if path.is_file() and path.suffix != ".safetensors":
        state = read_state(path)
        if _is_of_images(state, network.backbone, backbone):
            return _of_images(str(path), state, backbone)
        layout, _ = find_layout(state, path)
        unused = [name for name in state if layout.ignores(name)]
        if layout is IMAGENET:
            return _of_images(str(path), state, backbone)
        # Files of both may have the same names; who starts a DPTAM from one has a DPTAM.
        if layout.temporal == "dptam" and network.options["motion"] == "concat":
            model = "dptam"
    checkpoint = read_checkpoint(path, model=model)
    options, metadata = checkpoint.network.options, checkpoint.metadata
    name = checkpoint.origin.name if checkpoint.origin else "a model of mienet"
    found = f"{options.get('num_classes')} classes"
    classes = metadata.get("classes")
    if isinstance(checkpoint.network, TimelineNetwork):
        found = f"{options['num_phases']} phases, {options['num_events']} events"
        classes = [*metadata["phases"], *metadata["events"]]
    return Start(
        f"{path} ({name}, {options['backbone']}, motion {options['motion']}, temporal "
        f"{options['temporal']}, {found})",
        checkpoint.network.state_dict(),
        options,
        classes,
        unused,
    )


def _is_of_images(state: Mapping[str, Tensor], module: nn.Module, backbone: Backbone) -> bool:
    """Returns whether a file's names are all the backbone's own, or its classifier's."""
    layers = [name for name in state if not name.startswith(backbone.classifier)]
    weights = {name for name in layers if not name.endswith(STATISTICS)}
    return bool(weights) and weights <= module.state_dict().keys()


def _of_images(name: str, state: Mapping[str, Tensor], backbone: Backbone) -> Start:
    unused = [name for name in state if name.startswith(backbone.classifier)]
    weights = {f"backbone.{n}": tensor for n, tensor in state.items() if n not in unused}
    return Start(name, weights, unused=unused)


def _check_options(start: Start, network: Network) -> None:
    """Raises CheckpointError if the start is of another backbone, or saw motion and this does not.

    A start that saw RGB alone serves networks with motion maps as ImageNet does: its first
    convolution is inflated. One that saw motion serves all ways that have as many channels.
    """
    theirs, ours = {**network.options, **start.options}, network.options
    channels = IN_CHANNELS[theirs["motion"]]
    serves = {
        "backbone": theirs["backbone"] == ours["backbone"],
        "motion": channels in (IN_CHANNELS["none"], IN_CHANNELS[ours["motion"]]),
    }
    for name, same in serves.items():
        if not same:
            raise CheckpointError(
                f"{start.name}: its {name} is {theirs[name]}, this network's is {ours[name]}; give "
                f"--model.{name} {theirs[name]}, or another start"
            )


def _check_shapes(start: Start, taken: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> None:
    wrong = [
        f"{name.removeprefix('backbone.')} has shape {tuple(tensor.shape)}, this network needs "
        f"{tuple(own[name].shape)}"
        for name, tensor in taken.items()
        if tensor.shape != own[name].shape
    ]
    if wrong:
        advice = "give the weights of the same backbone"
        if start.options:
            segments = start.options["num_segments"]
            advice = f"it was trained with {segments} segments: --model.num_segments {segments}"
        raise CheckpointError(f"{start.name}: {wrong[0]}; {advice}")


def _inflate(taken: dict[str, Tensor], own: Mapping[str, Tensor], name: str) -> list[str]:
    """Gives the first convolution as many input channels as it has here; returns its name."""
    if name not in taken or taken[name].shape[1] == own[name].shape[1]:
        return []
    mean = taken[name].float().mean(dim=1, keepdim=True)
    taken[name] = mean.repeat(1, own[name].shape[1], 1, 1)
    return [name]


def _classifier(start: Start, classes: Sequence[str]) -> str:
    """Returns what becomes of the classifier, and why."""
    if not start.options:
        return "new"
    if start.classes is None:
        return "new, as the file does not name its classes"
    if list(start.classes) == list(classes):
        return SAME_CLASSES
    if sorted(start.classes) == sorted(classes):
        return "new, as the same classes are in another order"
    return "new, for other classes"


def _counted(names: Sequence[str]) -> str:
    """Returns how many tensors there are of each stage or module."""
    counts = Counter(_owner(name) for name in names)
    return ", ".join(f"{owner} ({count})" for owner, count in counts.items()) or "none"


def _owner(name: str) -> str:
    if ".attention." in name:
        return "temporal modules"
    return name.removeprefix("backbone.").split(".")[0]


def _download(name: str, backbone: Backbone) -> dict[str, Any]:
    if (url := backbone.weights_url) is None:
        raise CheckpointError(
            f"{name} has no published weights to download; give --model.pretrained FILE, or "
            "--model.pretrained null to train from scratch"
        )
    try:
        weights: dict[str, Any] = torch.hub.load_state_dict_from_url(
            url, map_location="cpu", check_hash=True, weights_only=True
        )
    except (OSError, RuntimeError) as error:
        raise DownloadError(
            f"{url} cannot be downloaded ({in_one_line(error)}); give --model.pretrained FILE with "
            "weights you have, or --model.pretrained null to train from scratch"
        ) from error
    return weights
