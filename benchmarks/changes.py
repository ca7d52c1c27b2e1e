"""Sweeps that try changes of training which are not in the code: what would each be worth?

    .venv/bin/python benchmarks/changes.py sweep PLAN.yaml --out OUT

This is `mienet sweep` and its options; a variant of the plan that is called like a change has it:

- mixup: pairs of clips are mixed by a share from Beta(0.2, 0.2), and so are their losses (Zhang et
  al., 2018)
- depth: blocks are left out of a step, the last with probability 0.2, the first with a share of it
  (Huang et al., 2016)
- rates: pretrained stages learn slower, each at 0.7 of the rate of the next, as does the stem
- centers: segments start in the middle of their part of the video, as in testing, not at random
- growing: clips have two thirds of their sides in the first half of the epochs (progressive
  resizing; Tan and Le, 2021)
"""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mienet.data import sampling
from mienet.models.resnet import BasicBlock
from mienet.sweeps import running
from mienet.training import optimization
from mienet.training.task import ActionRecognitionTask

NAME = "MIENET_CHANGE"


def mixup() -> None:
    compute_loss = ActionRecognitionTask._loss

    def mixed_step(self: ActionRecognitionTask, batch: Any, batch_index: int) -> Tensor:
        share = float(np.random.default_rng([self.config.seed, self.global_step]).beta(0.2, 0.2))
        clips, other = self.altered(batch.clips), torch.randperm(len(batch.clips))
        mixed = torch.lerp(clips[other].float(), clips.float(), share).round_().to(torch.uint8)
        logits = self.recognizer(mixed)
        loss = compute_loss(self, logits, batch.label) * share
        loss = loss + compute_loss(self, logits, batch.label[other]) * (1 - share)
        correct = (logits.argmax(dim=1) == batch.label).float().mean()
        for name, value in (("train/loss", loss.detach()), ("train/top1", correct)):
            self.log_training(name, value, len(logits))
        return loss

    ActionRecognitionTask.training_step = mixed_step  # type: ignore[method-assign]


def depth() -> None:
    make, compute = BasicBlock.__init__, BasicBlock.forward
    widths = (64, 128, 256, 512)

    def numbered(self: BasicBlock, in_channels: int, width: int, *rest: Any, **named: Any) -> None:
        make(self, in_channels, width, *rest, **named)
        second = in_channels == width and named.get("stride") == 1
        self.number = 2 * widths.index(width) + (2 if second else 1)  # the first of layer1 is a 2

    def sometimes(self: BasicBlock, features: Tensor) -> Tensor:
        if not self.training:
            return compute(self, features)
        kept = 1 - 0.2 * int(self.number) / 8
        short = self.downsample(features)
        if torch.rand(()) >= kept:
            return torch.relu(short)  # not in place: it may be the input itself
        out = self.relu(self.bn1(self.conv1(self.shift(features))))
        return self.relu(self.bn2(self.conv2(self.attention(out))) / kept + short)

    BasicBlock.__init__, BasicBlock.forward = numbered, sometimes  # type: ignore[method-assign]


def rates() -> None:
    make_groups = optimization.parameter_groups
    stages = {"conv1": 4, "bn1": 4, "layer1": 3, "layer2": 2, "layer3": 1}

    def slower(network: nn.Module, *rest: Any) -> list[dict[str, Any]]:
        exponents = {}
        for name, parameter in network.named_parameters():
            parts = name.split(".")
            if parts[0] == "backbone" and "attention" not in parts:  # DPTAM's weights are new
                exponents[parameter] = stages.get(parts[1], 0)
        groups: dict[tuple[int, int], dict[str, Any]] = {}
        for index, group in enumerate(make_groups(network, *rest)):  # type: ignore[arg-type]
            for parameter in group["params"]:
                exponent = exponents.get(parameter, 0)
                new = group | {"params": [], "lr": group["lr"] * 0.7**exponent}
                groups.setdefault((index, exponent), new)["params"].append(parameter)
        return list(groups.values())

    optimization.parameter_groups = slower


def centers() -> None:
    def middle(*counts: Any) -> sampling.Indices:
        return sampling.center_starts(*counts[:3])

    sampling.random_starts = middle


def growing() -> None:
    alter = optimization.TrainingTask.altered

    def smaller_at_first(self: optimization.TrainingTask, clips: Tensor) -> Tensor:
        if 2 * self.current_epoch < self.config.epochs:
            size = round(clips.shape[-1] * 2 / 3)
            images = functional.interpolate(clips.flatten(0, 2).float(), (size, size), mode="area")
            clips = images.round_().to(torch.uint8).unflatten(0, clips.shape[:3])
        return alter(self, clips)

    optimization.TrainingTask.altered = smaller_at_first  # type: ignore[method-assign]


CHANGES = {c.__name__: c for c in (mixup, depth, rates, centers, growing)}


def main() -> int:
    if sys.argv[1:2] == ["sweep"]:
        from mienet.cli import main as run_mienet

        here, others = str(Path(__file__).parent), os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join([here, others] if others else [here])
        running.MODULE = Path(__file__).stem  # of the processes of trials, which are given a folder
        return run_mienet(sys.argv[1:])
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    from mienet.workflows import sweep_process

    os.environ[NAME] = Path(sys.argv[1]).name.rsplit("-", 2)[0]  # VARIANT-FOLD-SEED
    make_change()
    sweep_process.main(sys.argv[1:])
    return 0


def make_change() -> None:
    if (name := os.environ.get(NAME)) in CHANGES:
        CHANGES[name]()


if __name__ == "__main__":
    sys.exit(main())
make_change()  # in the processes that read clips of a trial
