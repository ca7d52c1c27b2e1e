"""Networks from and to files: ours, and the authors' released ones.

Our format is one safetensors file: the weights, and in its metadata, as JSON, the network's options
and whatever the caller adds (class names, input size). The released format has ``released.py``.
"""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from mienet.models.network import SegmentNetwork
from mienet.models.released import Origin, ReleasedModel, read_released
from mienet.models.weights import CheckpointError, load_strictly

CHECKPOINT_NAME = "model.safetensors"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """A network in eval mode, and what its file says besides the weights.

    Attributes:
        network: In eval mode.
        metadata: Of a file of ours.
        origin: What a file of others was taken for; None for ours.
    """

    network: SegmentNetwork
    metadata: dict[str, Any]
    origin: Origin | None = None


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


def load_checkpoint(
    path: str | Path, *, num_segments: int | None = None, model: ReleasedModel | None = None
) -> SegmentNetwork:
    """Returns the network of a checkpoint, ours or a published one of the family, in eval mode.

    It takes normalised float clips ``(B, T, L, 3, H, W)`` and returns logits ``(B, classes)``.
    Warns where a file may be MIE-Net or DPTAM and ``model`` does not decide.

    Args:
        path: A run's or model's folder, a ``.safetensors`` file, or a published ``.pth.tar`` or
            ``.pth`` (see ``layouts.py``).
        num_segments: ``T``. None takes the file's own; where a published file has none, None means
            3 for 10 classes (SLJD) and 8 for others.
        model: Decides between the authors' MIE-Net and DPTAM, whose files may have the same names;
            None is MIE-Net for a file with fusion weights ``w``, and else DPTAM.

    Raises:
        FileNotFoundError: If there is no such file.
        CheckpointError: If the file is broken, holds code, or its tensors are not exactly those of
            the network.
    """
    checkpoint = read_checkpoint(path, num_segments=num_segments, model=model)
    origin = checkpoint.origin
    if origin and not origin.certain:
        warnings.warn(f"{path}: taken for {origin.name}: {origin.reason}", stacklevel=2)
    return checkpoint.network


def read_checkpoint(
    path: str | Path, *, num_segments: int | None = None, model: ReleasedModel | None = None
) -> Checkpoint:
    """Returns the network as ``load_checkpoint`` does, with what else is known of its file."""
    path = Path(path)
    if path.is_dir():
        path = path / CHECKPOINT_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such checkpoint; give a run's or model's folder that holds "
            f"{CHECKPOINT_NAME}, or a checkpoint file"
        )
    metadata: dict[str, Any] = {}
    origin = None
    if path.suffix == ".safetensors":
        if model is not None:
            raise CheckpointError(f"{path}: is ours and knows its network; leave --model out")
        weights, metadata = _read_ours(path)
        options = metadata.pop("network")
        if num_segments is not None:
            options["num_segments"] = num_segments
    else:
        released = read_released(path, model=model, num_segments=num_segments)
        weights, options, origin = released.weights, released.options, released.origin
    try:
        with torch.device("meta"):  # shapes alone: the file gives the values
            network = SegmentNetwork(**options)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: not a network this version knows: {error}") from error
    load_strictly(network, weights, path)
    return Checkpoint(network.eval(), metadata, origin)


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
    # Before this option existed every block shifted, on ResNet-101 too.
    metadata["network"].setdefault("shift_every", 1)
    return weights, metadata
