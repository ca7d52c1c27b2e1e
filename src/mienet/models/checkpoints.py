"""Networks from and to files: ours, and the authors' released ones.

Our format is one safetensors file: the weights, and in its metadata, as JSON, the network's options
and whatever the caller adds (class names, input size). A caller may add tensors, too, named with a
prefix that no weight has. The released format has ``released.py``.
"""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor
from torch.overrides import TorchFunctionMode

from mienet.files import write_whole
from mienet.model_schema import checkpoint_problems, network_problems, parse_json
from mienet.models.folding import is_folded
from mienet.models.network import SegmentNetwork
from mienet.models.released import Origin, ReleasedModel, read_released
from mienet.models.timeline_network import TimelineNetwork
from mienet.models.weights import (
    CheckpointError,
    check_finite,
    load_strictly,
    safetensors_errors,
)
from mienet.renamed import renamed

CHECKPOINT_NAME = "model.safetensors"
FORMAT_VERSION = 3
CHECKSUM_VERSION = 2
"""The first format with a checksum; files of before have none."""
ADDED = "familiarity."
"""What the names of tensors begin with that are not the network's; formats 1 and 2 have none."""


@dataclass(frozen=True)
class Checkpoint:
    """A network in eval mode, and what its file says besides the weights.

    Attributes:
        network: In eval mode.
        metadata: Of a file of ours.
        origin: What a file of others was taken for; None for ours.
        added: Tensors of a file of ours that are not the network's, by name.
    """

    network: SegmentNetwork | TimelineNetwork
    metadata: dict[str, Any]
    origin: Origin | None = None
    added: Mapping[str, Tensor] = field(default_factory=dict)


def save_checkpoint(
    path: Path,
    network: SegmentNetwork | TimelineNetwork,
    metadata: Mapping[str, Any],
    added: Mapping[str, Tensor] | None = None,
) -> None:
    """Writes the network and ``metadata`` (JSON values) to one safetensors file, all or nothing.

    Args:
        path: The file.
        network: Its weights are kept.
        metadata: What else is known of it.
        added: Tensors to keep with it, whose names begin with ``ADDED``.

    Raises:
        CheckpointError: If the network's batch-norm is folded, which a file cannot tell; if a
            weight is not finite, or the metadata does not describe a model.
        OSError: If it cannot be written; nothing is left of it then.
    """
    if is_folded(network):
        raise CheckpointError(
            f"{path}: a network with folded batch-norm cannot be saved; save the one that "
            "mienet.load_network returns"
        )
    description = {"version": FORMAT_VERSION, "network": network.options, **metadata}
    if problems := checkpoint_problems(description):
        raise CheckpointError(f"{path}: cannot be saved: {'; '.join(problems)}")
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    weights |= added or {}
    check_finite(weights, path)
    text = json.dumps(description)
    header = {"mienet": text, "sha256": _checksum(text, weights)}
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not save_file, which leaves a file that only its owner can read.
    write_whole(path, save(weights, metadata=header))


def load_checkpoint(
    path: str | Path, *, num_segments: int | None = None, model: ReleasedModel | None = None
) -> SegmentNetwork:
    """Returns the network of a checkpoint, ours or a published one of the family, in eval mode.

    It takes normalized float clips ``(B, T, L, 3, H, W)`` and returns logits ``(B, classes)``.
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
    if not isinstance(checkpoint.network, SegmentNetwork):
        raise CheckpointError(
            f"{path}: a model of whole recordings, not of clips; open it with mienet.load"
        )
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
    added: dict[str, Tensor] = {}
    origin = None
    if path.suffix == ".safetensors":
        if model is not None:
            raise CheckpointError(f"{path}: is ours and knows its network; leave --model out")
        weights, metadata = _read_ours(path)
        added = {name: weights.pop(name) for name in list(weights) if name.startswith(ADDED)}
        check_finite(added, path)
        options = metadata.pop("network")
        if num_segments is not None:
            options["num_segments"] = num_segments
    else:
        released = read_released(path, model=model, num_segments=num_segments)
        weights, options, origin = released.weights, released.options, released.origin
    try:
        with torch.device("meta"), _Unfilled():  # shapes alone: the file gives the values
            of_recordings = "num_phases" in options
            network = TimelineNetwork(**options) if of_recordings else SegmentNetwork(**options)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: not a network this version knows: {error}") from error
    if problems := network_problems(network.options):
        raise CheckpointError(f"{path}: {'; '.join(problems)}")
    load_strictly(network, weights, path)
    return Checkpoint(network.eval(), metadata, origin, added)


class _Unfilled(TorchFunctionMode):
    """Leaves out random starts: where there is no memory they load a compiler, over a second."""

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), options: Mapping[str, Any] | None = None
    ) -> Any:
        options = options or {}
        if function.__name__ in ("normal_", "uniform_", "kaiming_normal_", "kaiming_uniform_"):
            return args[0] if args else options["tensor"]
        return function(*args, **options)


def _read_ours(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    with safetensors_errors(path):
        with safe_open(path, framework="pt") as file:
            header: dict[str, str] = file.metadata() or {}
            description = _read_description(header, path)
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if description["version"] >= CHECKSUM_VERSION:
            _compare_checksum(header, weights, path)
    del description["version"]
    # Before this option existed every block shifted, on ResNet-101 too.
    description["network"].setdefault("shift_every", 1)  # those of recordings always have it
    return weights, description


def _read_description(header: Mapping[str, str], path: Path) -> dict[str, Any]:
    """Returns what the file says besides the weights, found to be right."""
    if "mienet" not in header:
        raise CheckpointError(f"{path}: was not written by mienet: its metadata has no network")
    try:
        content = parse_json(header["mienet"])
    except ValueError as error:
        raise CheckpointError(f"{path}: its description is broken ({error})") from error
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, int) and not 1 <= version <= FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: checkpoint format {version}, this version reads 1 to {FORMAT_VERSION}; "
            "install the version of mienet that wrote it"
        )
    if problems := checkpoint_problems(content):
        raise CheckpointError(f"{path}: {'; '.join(problems)}")
    return cast(dict[str, Any], content)


def _compare_checksum(header: Mapping[str, str], weights: Mapping[str, Tensor], path: Path) -> None:
    if "sha256" not in header:
        raise CheckpointError(
            f"{path}: its checksum (sha256 in its metadata) is missing, which files of format "
            f"{CHECKSUM_VERSION} have; copy the file that mienet wrote"
        )
    if header["sha256"] != _checksum(header["mienet"], weights):
        raise CheckpointError(
            f"{path}: changed since it was written, as its checksum tells; copy it again"
        )


def _checksum(description: str, weights: Mapping[str, Tensor]) -> str:
    """Returns the SHA-256 of the description and all tensors: names, kinds, shapes, bytes.

    In the order of the names, so that it does not depend on the order in the file.
    """
    digest = sha256(description.encode("utf-8", "surrogatepass"))
    for name, tensor in sorted(weights.items()):
        digest.update(f"\n{json.dumps(name)} {tensor.dtype} {list(tensor.shape)}\n".encode())
        values = tensor.detach().cpu().contiguous().reshape(-1)  # (numel,)
        digest.update(values.view(torch.uint8).numpy().data)
    return digest.hexdigest()


if not TYPE_CHECKING:
    __getattr__ = renamed(
        __name__,
        {
            "load_imagenet": "mienet.models.pretrained.load_pretrained",
            "ImageNetReport": "mienet.models.pretrained.StartReport",
        },
    )
