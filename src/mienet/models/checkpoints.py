"""Weights from and to files: our checkpoints, the authors' released ones, and ImageNet starts.

Our format is one safetensors file: the weights, and in its metadata, as JSON, the network's options
and whatever the caller adds (class names, input size). The released format is a ``.pth.tar`` of the
MIE-Net authors; its names are mapped to ours here, so that the network's code knows no history.
Nothing here runs code from a file: pickles are read with ``weights_only=True``.
"""

import json
import pickle
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from mienet.errors import MienetError
from mienet.models.network import SegmentNetwork

CHECKPOINT_NAME = "model.safetensors"
FORMAT_VERSION = 1

RELEASED_SEGMENTS = {10: 3, 48: 8, 174: 8}
"""Segments of the authors' published models by number of classes (SLJD, Diving48, Something V2);
the released files do not hold it."""

_RELEASED_NAMES = (
    (r"w", "fusion.weights"),
    (r"PA\.shallow_conv\.weight", "motion.conv.weight"),
    (r"base_model\.(layer\d\.\d+)\.net\.(.+)", r"backbone.\1.\2"),
    (r"base_model\.(layer\d\.\d+)\.tlam\.p1_conv1\.(.+)", r"backbone.\1.attention.project.\2"),
    (r"base_model\.(layer\d\.\d+)\.tlam\.dptam\.(.+)", r"backbone.\1.attention.excite.\2"),
    (r"base_model\.((?:conv|bn)1\..+)", r"backbone.\1"),
    (r"new_fc\.(.+)", r"head.\1"),
)

_RELEASED_UNUSED = (
    r"PA\.conv[123]\..+",  # never called by the released forward
    r"PA\.shallow_conv\.bias",  # cancels in the difference of two frames
    r"base_model\.layer\d\.\d+\.tlam\.conv_mask\..+",  # never called by the released forward
)

_IMAGENET_URLS = {
    "resnet18": "https://download.pytorch.org/models/resnet18-f37072fd.pth",
    "resnet34": "https://download.pytorch.org/models/resnet34-b627a593.pth",
    "resnet50": "https://download.pytorch.org/models/resnet50-0676ba61.pth",
    "resnet101": "https://download.pytorch.org/models/resnet101-63fe2227.pth",
}


class CheckpointError(MienetError):
    """A weights file that cannot be used, with the reason and the next step."""


class DownloadError(CheckpointError):
    """Weights that could not be downloaded."""


@dataclass(frozen=True)
class Checkpoint:
    """A network in eval mode, and what its file says besides the weights."""

    network: SegmentNetwork
    metadata: dict[str, Any]


def save_checkpoint(path: Path, network: SegmentNetwork, metadata: Mapping[str, Any]) -> None:
    """Writes the network and ``metadata`` (JSON values) to one safetensors file, all or nothing.

    Raises:
        CheckpointError: If the network's batch-norm is folded, which a file cannot tell.
    """
    if isinstance(network.backbone.bn1, nn.Identity):
        raise CheckpointError(
            f"{path}: a network with folded batch-norm cannot be saved; save the one that "
            "mienet.load_network returns"
        )
    header = {"version": FORMAT_VERSION, "network": network.options, **metadata}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    # Not save_file, which leaves a file that only its owner can read.
    partial.write_bytes(save(weights, metadata={"mienet": json.dumps(header)}))
    partial.replace(path)


def load_checkpoint(path: str | Path, *, num_segments: int | None = None) -> SegmentNetwork:
    """Returns the network of a checkpoint, ours or the authors' released one, in eval mode.

    It takes normalised float clips ``(B, T, L, 3, H, W)`` and returns logits ``(B, classes)``.

    Args:
        path: A run's or model's folder, a ``.safetensors`` file, or a released ``.pth.tar``.
        num_segments: ``T``. None takes the file's own; a released file has none, and None then
            means the published 3 for 10 classes (SLJD) and 8 for 48 and 174.

    Raises:
        FileNotFoundError: If there is no such file.
        CheckpointError: If the file is broken, holds code, or its tensors are not exactly those of
            the network.
    """
    return read_checkpoint(path, num_segments=num_segments).network


def read_checkpoint(path: str | Path, *, num_segments: int | None = None) -> Checkpoint:
    """Returns the network as ``load_checkpoint`` does, and the file's metadata (released: none)."""
    path = Path(path)
    if path.is_dir():
        path = path / CHECKPOINT_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such checkpoint; give a run's or model's folder that holds "
            f"{CHECKPOINT_NAME}, or a checkpoint file"
        )
    if path.suffix == ".safetensors":
        weights, metadata = _read_ours(path)
    else:
        weights, metadata = _read_released(path)
    options = metadata.pop("network")
    if num_segments is not None:
        options["num_segments"] = num_segments
    try:
        with torch.device("meta"):  # shapes alone: the file gives the values
            network = SegmentNetwork(**options)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: not a network this version knows: {error}") from error
    _load_strictly(network, weights, path)
    return Checkpoint(network.eval(), metadata)


def _read_ours(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get("mienet")
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise CheckpointError(f"{path}: broken or cut short ({error}); copy it again") from error
    if header is None:
        raise CheckpointError(f"{path}: was not written by mienet: its metadata has no network")
    metadata = json.loads(header)
    version = metadata.pop("version", None)
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: checkpoint format {version}, this version reads {FORMAT_VERSION}; "
            "install the version of mienet that wrote it"
        )
    return weights, metadata


def _read_released(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    content = load_pickle(path)
    if "pytorch-lightning_version" in content:
        raise CheckpointError(
            f"{path}: a training state, to be continued with --train.resume; the model to use is "
            f"{CHECKPOINT_NAME} in the run's folder"
        )
    if not isinstance(content.get("state_dict"), dict) or "arch" not in content:
        raise CheckpointError(
            f"{path}: not a released checkpoint: it needs the entries 'state_dict' and 'arch', "
            f"and has {_list(content)}"
        )
    weights, unknown = rename_released(content["state_dict"])
    if unknown:
        raise CheckpointError(f"{path}: tensors that MIE-Net does not have: {_list(unknown)}")
    if "head.weight" not in weights:
        raise CheckpointError(f"{path}: tensors missing: new_fc.weight (the classifier)")
    num_classes = len(weights["head.weight"])
    options = {
        "num_classes": num_classes,
        "backbone": content["arch"],
        "num_segments": RELEASED_SEGMENTS.get(num_classes, 8),
    }
    return weights, {"network": options}


def rename_released(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Returns a released state dict under our names, and the names that are not known.

    Known tensors that the released ``forward`` never uses are left out.
    """
    weights, unknown = {}, []
    for released, tensor in state.items():
        name = released.removeprefix("module.")
        if any(re.fullmatch(pattern, name) for pattern in _RELEASED_UNUSED):
            continue
        for pattern, ours in _RELEASED_NAMES:
            if match := re.fullmatch(pattern, name):
                weights[match.expand(ours)] = tensor
                break
        else:
            unknown.append(released)
    return weights, unknown


def _load_strictly(network: SegmentNetwork, weights: Mapping[str, Tensor], path: Path) -> None:
    own = network.state_dict()
    problems = []
    if missing := own.keys() - weights.keys():
        problems.append(f"tensors missing: {_list(missing)}")
    if unknown := weights.keys() - own.keys():
        problems.append(f"tensors that the network does not have: {_list(unknown)}")
    if wrong := [
        f"{name} {tuple(weights[name].shape)} instead of {tuple(own[name].shape)}"
        for name in own.keys() & weights.keys()
        if weights[name].shape != own[name].shape
    ]:
        problems.append(f"tensors of another shape: {_list(wrong)}")
    if problems:
        raise CheckpointError(f"{path}: {'; '.join(problems)}")
    # Copied, because a tensor of a mapped file keeps the whole file in memory.
    copies = {name: tensor.to(own[name].dtype, copy=True) for name, tensor in weights.items()}
    network.load_state_dict(copies, assign=True)


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
            f"{_list(unknown)}; give the weights of the same ResNet, or change --model.backbone"
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


def load_pickle(path: Path) -> dict[str, Any]:
    """Returns a dict saved by ``torch.save``.

    Raises:
        CheckpointError: If the file is broken, of another kind, or holds code.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "Unsupported global" in str(error) or "Unsupported class" in str(error):
            raise CheckpointError(
                f"{path}: holds Python objects besides tensors, which could run code on loading; "
                "refused. Ask its author for a file of tensors alone"
            ) from error
        raise CheckpointError(f"{path}: not a file written by torch.save") from error
    except (RuntimeError, EOFError, KeyError) as error:
        raise CheckpointError(
            f"{path}: not a file written by torch.save, or cut short; give a run's or model's "
            "folder, or copy the file again"
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: holds a {type(content).__name__}, not named tensors")
    return content


def _list(names: Iterable[str], most: int = 20) -> str:
    names = sorted(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
