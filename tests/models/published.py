"""Networks under the names that others publish them with, written apart from ``layouts.py``."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mienet.models import SegmentNetwork

State = dict[str, Tensor]


def randomize(network: SegmentNetwork) -> SegmentNetwork:
    """Gives every tensor values, so that no two networks give the same logits by chance."""
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            nn.init.uniform_(tensor, 0.5, 1.5)
        elif tensor.is_floating_point():
            nn.init.normal_(tensor, std=0.2 if tensor.ndim < 2 else 1 / tensor[0].numel() ** 0.5)
    return network.eval()


def publish(network: SegmentNetwork) -> State:
    """Returns the state dict as TSN's, TSM's, TAM's, PAN's or MIE-Net's code names it."""
    temporal, vap = network.options["temporal"], network.options["consensus"] == "vap"
    state = {}
    for name, tensor in network.state_dict().items():
        if name.startswith("head."):
            published = name.replace("head", "base_model.fc.pred" if vap else "new_fc")
        elif name.startswith("consensus."):
            published = name.replace("consensus.weigh", "base_model.fc.TES")
        elif name == "motion.conv.weight":
            published = "PA.shallow_conv.weight"
            state["PA.shallow_conv.bias"] = torch.randn(8)
        elif name == "fusion.weights":
            published = "w"
        else:
            published = _in_backbone(network, name, temporal)
        state[published] = tensor
    return state


def _in_backbone(network: SegmentNetwork, name: str, temporal: str) -> str:
    name = name.replace("backbone.", "base_model.")
    block = re.match(r"base_model\.(layer\d\.\d+)\.", name)
    if block is None or temporal == "none":
        return name
    if temporal == "shift":
        shifts = not isinstance(network.backbone.get_submodule(f"{block[1]}.shift"), nn.Identity)
        return name.replace("conv1.", "conv1.net.") if shifts else name
    for ours, published in {
        "attention.global_branch": "tam.G",
        "attention.local_branch": "tam.L",
        "attention.project": "tlam.p1_conv1",
        "attention.excite": "tlam.dptam",
    }.items():
        if ours in name:
            return name.replace(ours, published)
    return name.replace(block[0], block[0] + "net.")


def publish_mmaction2(network: SegmentNetwork) -> State:
    """Returns the state dict as mmaction2 names it."""
    return {_mmaction2(name): tensor for name, tensor in publish(network).items()}


def _mmaction2(name: str) -> str:
    for pattern, published in {
        r"^base_model": "backbone",
        r"^new_fc": "cls_head.fc_cls",
        r"(layer\d\.\d+)\.net\.": r"\1.block.",
        r"conv(\d)\.(net\.)?weight$": r"conv\1.conv.\2weight",
        r"bn(\d)\.": r"conv\1.bn.",
        r"downsample\.0\.": "downsample.conv.",
        r"downsample\.1\.": "downsample.bn.",
    }.items():
        name = re.sub(pattern, published, name)
    return name


def released(state: Mapping[str, Tensor], arch: str = "resnet18") -> dict:
    """Returns what TSN's code and its followers hand to ``torch.save``."""
    return {
        "epoch": 50,
        "arch": arch,
        "state_dict": {f"module.{name}": tensor for name, tensor in state.items()},
        "optimizer": {"state": {}, "param_groups": []},
        "best_prec1": torch.tensor(50.0),
    }
