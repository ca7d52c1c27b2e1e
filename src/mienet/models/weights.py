"""Named tensors from files: those of ``torch.save``, what is wrong with them, strict loading.

Nothing here runs code from a file: pickles are read with ``weights_only=True``.
"""

import contextlib
import pickle
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from mienet.errors import MienetError, in_one_line
from mienet.model_schema import show
from mienet.models.file_kinds import (
    is_zip,
    lfs_pointer,
    makes_memory,
    object_in_pickle,
    other_kind,
    zip_problem,
)

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
"""The kinds of numbers that weights come in."""

UNREADABLE = "it is another kind of file, or was cut short or changed"


class CheckpointError(MienetError):
    """A weights file that cannot be used, with the reason and the next step."""


@contextlib.contextmanager
def safetensors_errors(path: Path) -> Iterator[None]:
    """Tells any error of a safetensors file that is read inside as one that names the file.

    Raises:
        CheckpointError: If the file is broken.
    """
    try:
        yield
    # Besides its own error those of PyTorch, where a shape or a kind of number is impossible.
    except (SafetensorError, RuntimeError, TypeError, OverflowError, MemoryError) as error:
        what = lfs_pointer(path) or f"broken or cut short ({in_one_line(error)}); copy it again"
        raise CheckpointError(f"{path}: {what}") from error


def load_pickle(path: Path) -> dict[str, Any]:
    """Returns a dict saved by ``torch.save``, its tensors ordinary ones that are no larger than it.

    Raises:
        CheckpointError: If the file is broken, of another kind, or holds code.
    """
    if what := other_kind(path) or (zip_problem(path) if is_zip(path) else ""):
        raise _not_such_a_file(path, what)
    if makes_memory(path):
        raise CheckpointError(f"{path}: asks for memory besides that of its tensors; refused")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about protocols of pickles that it then refuses
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if code := _code(str(error)) or object_in_pickle(path):
            raise CheckpointError(
                f"{path}: holds Python objects besides tensors ({code}), which could run code on "
                "loading; refused. Ask its author for a file of tensors alone"
            ) from error
        raise _not_such_a_file(path, UNREADABLE) from error
    except FileNotFoundError:
        raise
    except Exception as error:  # a changed pickle ends in an error of any kind
        raise _not_such_a_file(path, UNREADABLE) from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: holds a {type(content).__name__}, not named tensors")
    for tensor in _tensors_in(content):
        if problem := _tensor_problem(tensor):
            raise CheckpointError(f"{path}: holds a tensor that {problem}; refused")
    return content


def _not_such_a_file(path: Path, what: str) -> CheckpointError:
    return CheckpointError(
        f"{path}: not a file written by torch.save: {what}. Give a run's or model's folder, a "
        ".safetensors file or a whole .pth or .pth.tar"
    )


def _code(message: str) -> str:
    """Returns what a pickle would load or call, from PyTorch's message; empty if it is no code."""
    if found := re.search(r"GLOBAL (\S+)", message):
        return found[1]
    called = ("Unsupported class", "Trying to call", "Can only build", "Can only create")
    return "a call" if any(words in message for words in called) else ""


def _tensors_in(content: object) -> Iterator[Tensor]:
    """Yields the tensors of nested dicts and lists, however deep, each once."""
    waiting, seen = [content], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Tensor):
            yield item
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple | set):
            waiting.extend(item)


def _tensor_problem(tensor: Tensor) -> str:
    """Returns why a tensor from a pickle is no ordinary one; its claims are not to be believed."""
    if tensor.layout != torch.strided or tensor.is_nested or tensor.is_quantized:
        return "is sparse, nested or quantized"
    if tensor.device.type != "cpu":
        return f"is on the device {tensor.device}, without values here"
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        return f"claims a shape of {tuple(tensor.shape)}, more than it stores"
    return ""


def check_named_tensors(state: object, path: Path) -> None:
    """Raises an error unless ``state`` is a dict of tensors by name.

    Raises:
        CheckpointError: With the first entry that is none.
    """
    if not isinstance(state, dict) or not state:
        raise CheckpointError(f"{path}: holds {type(state).__name__} in place of named tensors")
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise CheckpointError(
                f"{path}: the entry {show(name)} is a {type(tensor).__name__}, not a named tensor"
            )


def check_finite(weights: Mapping[str, Tensor], path: Path) -> None:
    """Raises an error if a weight is not a finite number: of a diverged training, or changed.

    Raises:
        CheckpointError: With the names of the tensors.
    """
    broken = [
        name
        for name, tensor in weights.items()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]
    if broken:
        raise CheckpointError(
            f"{path}: weights that are not finite numbers (NaN or infinite), in "
            f"{list_names(broken, most=5)}; the file was changed, or its training diverged: copy "
            "it again, or take another checkpoint"
        )


def load_strictly(network: nn.Module, weights: Mapping[str, Tensor], path: Path) -> None:
    """Takes over ``weights``, which must be exactly those of the network; ``path`` is for messages.

    Raises:
        CheckpointError: If tensors are missing, unknown, of another shape or kind, or not finite.
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
    if wrong := [
        f"{name} of {weights[name].dtype} instead of {own[name].dtype}"
        for name in own.keys() & weights.keys()
        if (weights[name].dtype in FLOATS) != own[name].is_floating_point()
        or weights[name].is_complex()
    ]:
        problems.append(f"tensors of another kind: {list_names(wrong)}")
    if problems:
        raise CheckpointError(f"{path}: {'; '.join(problems)}")
    # Copied, because a tensor of a mapped file keeps the whole file in memory.
    copies = {name: tensor.to(own[name].dtype, copy=True) for name, tensor in weights.items()}
    check_finite(copies, path)  # now that what is too large for float32 is infinite
    network.load_state_dict(copies, assign=True)


def list_names(names: Iterable[str], most: int = 20) -> str:
    """Returns names for a message, sorted, the first ``most`` of them."""
    names = sorted(map(str, names))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
