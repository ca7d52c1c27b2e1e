"""Checkpoints of others: which network a file holds, told from the names and shapes of its tensors.

The tables of names are in ``layouts.py``, so that the networks' code knows no history.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from mienet.models.layouts import IMAGENET, LAYOUTS, Layout
from mienet.models.resnet import ARCHITECTURES, find_resnet
from mienet.models.weights import CheckpointError, check_named_tensors, list_names, load_pickle

ReleasedModel = Literal["mie_net", "dptam"]
"""What the authors' zoo holds in files of one layout."""

RELEASED_SEGMENTS = {10: 3}
"""Segments of the published models by number of classes (SLJD has 10), where the file does not hold
them; all others were published with 8."""

FEW = 5
"""Names shown of those that do not fit."""

_STATES = ("state_dict", "model", "model_state", "model_state_dict")


@dataclass(frozen=True)
class Origin:
    """What a file of others was taken for, and why.

    Attributes:
        name: The network, such as "MIE-Net" or "TSM (mmaction2)".
        reason: How it was told.
        segments: Where the number of segments comes from.
        certain: Whether the file or the caller decided; else it was taken for the likelier one.
    """

    name: str
    reason: str
    segments: str = ""
    certain: bool = True


@dataclass(frozen=True)
class Released:
    """A published checkpoint in our terms.

    Attributes:
        weights: Its tensors under our names.
        options: Of the ``SegmentNetwork`` that they are for.
        origin: What it was taken for.
    """

    weights: dict[str, Tensor]
    options: dict[str, Any]
    origin: Origin


def read_released(
    path: Path, *, model: ReleasedModel | None = None, num_segments: int | None = None
) -> Released:
    """Returns a published checkpoint of the family, told from its tensors.

    Args:
        path: A ``.pth.tar`` or ``.pth`` of TSN's, TSM's, TAM's, PAN's or MIE-Net's code, or of
            mmaction2's.
        model: Decides between MIE-Net and DPTAM, whose files may have the same names. None takes a
            file without fusion weights ``w`` for DPTAM and one with them for MIE-Net.
        num_segments: ``T``; None is the file's own where it holds it, else the published number.

    Raises:
        CheckpointError: If it is none of these, with the nearest one, or if ``model`` or
            ``num_segments`` contradict it.
    """
    state = read_state(path)
    layout, weights = find_layout(state, path)
    if layout is IMAGENET:
        raise CheckpointError(
            f"{path}: a ResNet for images, as torchvision publishes them, not a network of the "
            "family; it can start a training: --model.pretrained FILE"
        )
    return as_network(path, state, layout, weights, model=model, num_segments=num_segments)


def read_state(path: Path) -> dict[str, Tensor]:
    """Returns the named tensors of a file of others, without DataParallel's ``module.``.

    They may be all that the file holds, or one of its entries; optimizer states are left alone.

    Raises:
        CheckpointError: If it holds no named tensors, or is a training state of ours.
    """
    content = load_pickle(path)
    if "pytorch-lightning_version" in content:
        raise CheckpointError(
            f"{path}: a training state, to be continued with --train.resume; the model to use is "
            "model.safetensors in the run's folder"
        )
    inside = [content[name] for name in _STATES if isinstance(content.get(name), Mapping)]
    if not inside and not any(isinstance(tensor, Tensor) for tensor in content.values()):
        raise CheckpointError(
            f"{path}: no named tensors, neither directly nor as one of {', '.join(_STATES)}; it "
            f"has {list_names(map(str, content), FEW)}"
        )
    state = inside[0] if inside else content
    check_named_tensors(state, path)
    return {str(name).removeprefix("module."): tensor for name, tensor in state.items()}


def find_layout(state: Mapping[str, Tensor], path: Path) -> tuple[Layout, dict[str, Tensor]]:
    """Returns the layout that a state's names have, and its tensors under our names.

    Raises:
        CheckpointError: If they have none, with the nearest one and some names that do not fit.
    """
    found = [(layout, *layout.rename(state)) for layout in (*LAYOUTS, IMAGENET)]
    nearest, weights, unknown = min(found, key=lambda f: (len(f[2]), not f[0].marks(state)))
    if unknown or not nearest.marks(state):
        raise CheckpointError(_no_layout(path, nearest, unknown, state))
    return nearest, weights


def _no_layout(
    path: Path, nearest: Layout, unknown: Sequence[str], state: Mapping[str, Tensor]
) -> str:
    if len(unknown) == len(state):
        known = ", ".join(layout.name for layout in LAYOUTS)
        return (
            f"{path}: tensors of no network known here: {list_names(unknown, FEW)}; "
            f"known are {known}"
        )
    problem = (
        f"{len(unknown)} of {len(state)} tensors that it does not have: {list_names(unknown, FEW)}"
        if unknown
        else f"tensors missing, such as {nearest.mark}".replace("\\", "")
    )
    return f"{path}: nearest to {nearest.name}, with {problem}"


def as_network(
    path: Path,
    state: Mapping[str, Tensor],
    layout: Layout,
    weights: dict[str, Tensor],
    *,
    model: ReleasedModel | None = None,
    num_segments: int | None = None,
) -> Released:
    """Returns the network of a state whose layout is known; arguments as ``read_released``.

    Raises:
        CheckpointError: If the state holds no such network, or ``model`` or ``num_segments``
            contradict it.
    """
    if "head.weight" not in weights or weights["head.weight"].ndim != 2:
        raise CheckpointError(f"{path}: tensors missing: the weight of {layout.name}'s classifier")
    origin = Origin(layout.name, "told by the names of its tensors")
    motion = layout.motion
    if layout.temporal == "dptam":
        origin = _mie_net_or_dptam(path, "fusion.weights" in weights, model)
        if origin.name == "DPTAM":
            motion = "concat"
            weights = {n: tensor for n, tensor in weights.items() if n != "fusion.weights"}
    elif model is not None:
        raise CheckpointError(
            f"{path}: a {layout.name}, by the names of its tensors, not {model}; leave --model out"
        )
    num_classes = len(weights["head.weight"])
    segments, reason = _segments(path, weights, num_classes, num_segments)
    options: dict[str, Any] = {
        "num_classes": num_classes,
        "backbone": _backbone(path, weights),
        "motion": motion,
        "temporal": layout.temporal,
        "num_segments": segments,
        "consensus": "vap" if "consensus.weigh.0.weight" in weights else "mean",
    }
    if layout.temporal == "shift":
        options["shift_every"] = _shift_every(path, state, weights)
    return Released(weights, options, replace(origin, segments=reason))


def _mie_net_or_dptam(path: Path, has_fusion: bool, model: ReleasedModel | None) -> Origin:
    if not has_fusion and model == "mie_net":
        raise CheckpointError(
            f"{path}: has no fusion weights w, so it is no MIE-Net; give --model dptam or none"
        )
    if not has_fusion:
        return Origin("DPTAM", "it has no fusion weights w")
    if model is not None:
        return Origin({"mie_net": "MIE-Net", "dptam": "DPTAM"}[model], "as --model says")
    return Origin(
        "MIE-Net",
        "it has the fusion weights w; the authors' DPTAM files can have them too: for one of those "
        "give --model dptam",
        certain=False,
    )


def _segments(
    path: Path, weights: Mapping[str, Tensor], num_classes: int, given: int | None
) -> tuple[int, str]:
    """Returns the number of segments, and where it comes from."""
    adaptive = weights.get("backbone.layer1.0.attention.global_branch.0.weight")
    aggregate = weights.get("consensus.weigh.0.weight")
    if adaptive is not None:
        own = adaptive.shape[-1]
    elif aggregate is not None and (given is None or _timescales(given) != aggregate.shape[-1]):
        own = aggregate.shape[-1] + 1
    elif given is not None:
        return given, "as given"
    else:
        published = RELEASED_SEGMENTS.get(num_classes, 8)
        return published, f"as published for {num_classes} classes; the file does not hold it"
    if given not in (None, own):
        raise CheckpointError(
            f"{path}: was trained with {own} segments, as the shapes of its tensors say, got "
            f"{given}; leave --num-segments out"
        )
    return own, "as the shapes of its tensors say"


def _timescales(num_segments: int) -> int:
    """Returns how many vectors VAP makes of so many segments."""
    return 2 ** (num_segments.bit_length() - 1) - 1


def _backbone(path: Path, weights: Iterable[str]) -> str:
    depths = [0, 0, 0, 0]
    for stage, block in re.findall(r"backbone\.layer([1-4])\.(\d+)\.", "\n".join(weights)):
        depths[int(stage) - 1] = max(depths[int(stage) - 1], int(block) + 1)
    bottlenecks = "backbone.layer1.0.conv3.weight" in weights
    backbone = find_resnet(depths, bottlenecks=bottlenecks)
    if backbone is None:
        kind = "three" if bottlenecks else "two"
        raise CheckpointError(
            f"{path}: its ResNet has {depths} blocks of {kind} convolutions, which is none of "
            f"{', '.join(ARCHITECTURES)}"
        )
    return backbone


def _shift_every(path: Path, state: Iterable[str], weights: Iterable[str]) -> int:
    """Returns 1 if every block of a TSM or PAN-Lite shifts, 2 if every second one does."""
    blocks = set(re.findall(r"(layer\d)\.(\d+)\.conv1\.weight", "\n".join(weights)))
    names = "\n".join(state)
    shifted = set(re.findall(r"(layer\d)\.(\d+)\.conv1(?:\.conv)?\.net\.weight", names))
    for every in (1, 2):
        if shifted == {(stage, block) for stage, block in blocks if int(block) % every == 0}:
            return every
    missing = [f"{stage}.{block}" for stage, block in blocks - shifted]
    raise CheckpointError(
        f"{path}: shifts neither every block nor every second one; without shift are "
        f"{list_names(missing, FEW)}"
    )
