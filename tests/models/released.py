"""A stand-in for the authors' released checkpoints: same names and shapes, values from a seed."""

import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

BLOCKS = (3, 4, 6, 3)  # ResNet-50


def batch_norm(prefix: str, channels: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name in ("weight", "bias", "running_mean", "running_var"):
        yield f"{prefix}.{name}", (channels,)
    yield f"{prefix}.num_batches_tracked", ()


def shapes(classes: int, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yields the 501 names and shapes in the order of the released state dict."""
    yield "w", (2,)
    yield "PA.shallow_conv.weight", (8, 3, 7, 7)
    yield "PA.shallow_conv.bias", (8,)
    for name, out, inside in (("conv1", 3, 3), ("conv2", 8, 3), ("conv3", 1, 8)):
        yield f"PA.{name}.conv.weight", (out, inside, 3, 3)
        yield from batch_norm(f"PA.{name}.bn", out)
    yield "base_model.conv1.weight", (width, 6, 7, 7)
    yield from batch_norm("base_model.bn1", width)
    inside = width
    for stage, blocks in enumerate(BLOCKS):
        channels = width * 2**stage
        for block in range(blocks):
            prefix = f"base_model.layer{stage + 1}.{block}"
            yield f"{prefix}.net.conv1.weight", (channels, inside, 1, 1)
            yield from batch_norm(f"{prefix}.net.bn1", channels)
            yield f"{prefix}.net.conv2.weight", (channels, channels, 3, 3)
            yield from batch_norm(f"{prefix}.net.bn2", channels)
            yield f"{prefix}.net.conv3.weight", (4 * channels, channels, 1, 1)
            yield from batch_norm(f"{prefix}.net.bn3", 4 * channels)
            if block == 0:
                yield f"{prefix}.net.downsample.0.weight", (4 * channels, inside, 1, 1)
                yield from batch_norm(f"{prefix}.net.downsample.1", 4 * channels)
            yield f"{prefix}.tlam.conv_mask.weight", (1, channels, 1, 1)
            yield f"{prefix}.tlam.conv_mask.bias", (1,)
            yield f"{prefix}.tlam.p1_conv1.weight", (channels, channels, 1)
            yield f"{prefix}.tlam.dptam.0.weight", (channels // 4, channels, 3)
            yield from batch_norm(f"{prefix}.tlam.dptam.1", channels // 4)
            yield f"{prefix}.tlam.dptam.3.weight", (channels, channels // 4, 1)
            inside = 4 * channels
    yield "new_fc.weight", (classes, inside)
    yield "new_fc.bias", (classes,)


@lru_cache(maxsize=2)  # drawing 25 million values takes a second
def state_dict(classes: int, seed: int, width: int) -> dict[str, torch.Tensor]:
    """Returns seeded float32 values, drawn as for the expected logits."""
    random = np.random.RandomState(seed)
    state = {}
    for name, shape in shapes(classes, width):
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(1000)
            continue
        draw = random.standard_normal(shape)
        if name.endswith("running_var"):
            draw = 0.5 + np.abs(draw)
        elif name.endswith("running_mean"):
            draw = 0.02 * draw
        elif len(shape) == 1 and name.endswith("weight"):
            draw = (0.6 if ".bn3." in name else 1.0) + 0.1 * draw
        elif len(shape) == 1:
            draw = (0.2 if name in ("w", "new_fc.bias") else 0.02) * draw
        else:
            draw = draw * math.sqrt(2 / np.prod(shape[1:])) * (8 if "tlam" in name else 1)
        state[name] = torch.from_numpy(np.asarray(draw, np.float32))
    return state


def checkpoint(classes: int = 10, seed: int = 7, *, width: int = 64) -> dict:
    """Returns what the authors hand to ``torch.save``, or a thinner network of the same names."""
    state = {f"module.{name}": t.clone() for name, t in state_dict(classes, seed, width).items()}
    return {
        "epoch": 55,
        "arch": "resnet50",
        "state_dict": state,
        "optimizer": {"state": {}, "param_groups": []},
        "best_prec1": torch.tensor(94.48),
    }


def clips(segments: int, size: int, seed: int) -> torch.Tensor:
    """Returns two normalized clips, float32 ``(2, segments, 4, 3, size, size)``."""
    random = np.random.RandomState(seed)
    coarse = random.standard_normal((2, segments, 4, 3, size // 8, size // 8)).cumsum(axis=2)
    blobs = coarse.repeat(8, axis=-2).repeat(8, axis=-1)
    grain = 0.2 * random.standard_normal((2, segments, 4, 3, size, size))
    return torch.from_numpy((blobs + grain).astype(np.float32))


def module_outputs() -> dict[str, torch.Tensor]:
    """Returns what the released modules give for ``clips(3, 64, 11)``, float32.

    The motion maps and the fused input at every 16th pixel, and for one DPTAM (layer2, block 1)
    an input and every 16th channel of its output.
    """
    return load_file(Path(__file__).parent / "reference/expected_modules.safetensors")
