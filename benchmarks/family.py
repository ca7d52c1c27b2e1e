"""The published layouts against what their own code computes.

    python benchmarks/family.py FOLDER

FOLDER holds ``make_family_checkpoint.py`` (writes stand-ins from a seed), ``family_shapes.json``
and ``expected_family_logits.json`` (what the published networks compute from them). For every
layout and seed: what the file was taken for, and the largest difference of a logit from the
published network's, relative to the largest logit, in float64.
"""

import argparse
import importlib.util
import json
import tempfile
from pathlib import Path
from types import ModuleType

import torch

from mienet.models.checkpoints import read_checkpoint

ACCEPTED = 1e-6


def load_maker(folder: Path) -> ModuleType:
    path = folder / "make_family_checkpoint.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@torch.inference_mode()
def compare(maker: ModuleType, layout: str, seed: str, case: dict, file: Path) -> float:
    """Prints a row, and returns the largest relative difference; a file that is not strictly that
    network is an error."""
    torch.save(maker.family_checkpoint(layout, int(seed)), file)
    checkpoint = read_checkpoint(file, num_segments=case["segments"])
    network, origin = checkpoint.network.double(), checkpoint.origin
    clips = maker.family_input(case["frames"], segments=case["segments"], seed=case["input_seed"])
    expected = torch.tensor(case["logits"], dtype=torch.float64)
    difference = float((network(clips) - expected).abs().max() / expected.abs().max())
    options = network.options
    taken = f"{origin.name}, {options['backbone']}, {options['consensus']}"
    print(f"{layout:24} {seed:>4}  {taken:36} {difference:.1e}", flush=True)
    return difference


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    maker = load_maker(folder)
    expected = json.loads((folder / "expected_family_logits.json").read_text())
    print(f"{'layout':24} seed  {'taken for':36} largest relative difference")
    with tempfile.TemporaryDirectory() as scratch:
        differences = [
            compare(maker, layout, seed, case, Path(scratch) / "checkpoint.pth")
            for layout, seeds in expected.items()
            for seed, case in seeds.items()
        ]
    agree = sum(difference <= ACCEPTED for difference in differences)
    print(f"{agree} of {len(differences)} agree to {ACCEPTED:g}")
    return 0 if agree == len(differences) else 1


if __name__ == "__main__":
    raise SystemExit(main())
