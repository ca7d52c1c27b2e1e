"""Named tensors from files: those of ``torch.save``, what is wrong with them, strict loading.

Nothing here runs code from a file: pickles are read with ``weights_only=True``.
"""

import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mienet.errors import MienetError


class CheckpointError(MienetError):
    """A weights file that cannot be used, with the reason and the next step."""


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


def load_strictly(network: nn.Module, weights: Mapping[str, Tensor], path: Path) -> None:
    """Takes over ``weights``, which must be exactly those of the network; ``path`` is for messages.

    Raises:
        CheckpointError: If tensors are missing, unknown or of another shape.
    """
    own = network.state_dict()
    problems = []
    if missing := own.keys() - weights.keys():
        problems.append(f"tensors missing: {list_names(missing)}")
    if unknown := weights.keys() - own.keys():
        problems.append(f"tensors that the network does not have: {list_names(unknown)}")
    if wrong := [
        f"{name} {tuple(weights[name].shape)} instead of {tuple(own[name].shape)}"
        for name in own.keys() & weights.keys()
        if weights[name].shape != own[name].shape
    ]:
        problems.append(f"tensors of another shape: {list_names(wrong)}")
    if problems:
        raise CheckpointError(f"{path}: {'; '.join(problems)}")
    # Copied, because a tensor of a mapped file keeps the whole file in memory.
    copies = {name: tensor.to(own[name].dtype, copy=True) for name, tensor in weights.items()}
    network.load_state_dict(copies, assign=True)


def list_names(names: Iterable[str], most: int = 20) -> str:
    """Returns names for a message, sorted, the first ``most`` of them."""
    names = sorted(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
