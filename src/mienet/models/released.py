"""The authors' released checkpoints: a ``.pth.tar`` whose names are mapped to ours.

So the network's code knows no history.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from mienet.models.weights import CheckpointError, check_named_tensors, list_names, load_pickle

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


def read_released(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Returns a released checkpoint's tensors under our names, and its network's options.

    Raises:
        CheckpointError: If it is not one, or holds tensors that MIE-Net does not have.
    """
    content = load_pickle(path)
    if "pytorch-lightning_version" in content:
        raise CheckpointError(
            f"{path}: a training state, to be continued with --train.resume; the model to use is "
            "model.safetensors in the run's folder"
        )
    if not isinstance(content.get("state_dict"), dict) or "arch" not in content:
        raise CheckpointError(
            f"{path}: not a released checkpoint: it needs the entries 'state_dict' and 'arch', "
            f"and has {list_names(content)}"
        )
    check_named_tensors(content["state_dict"], path)
    weights, unknown = rename_released(content["state_dict"])
    if unknown:
        raise CheckpointError(f"{path}: tensors that MIE-Net does not have: {list_names(unknown)}")
    if "head.weight" not in weights or weights["head.weight"].ndim != 2:
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
