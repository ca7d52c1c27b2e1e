"""A process of trainings on two nodes, for ``test_processes.py``: its number, and recipes."""

import sys
from pathlib import Path

import torch

from mienet.cli import main
from mienet.config import RunConfig
from mienet.models import resnet
from mienet.training.datamodule import Videos
from mienet.training.optimization import TrainingTask
from mienet.workflows import train as workflow

TRAINED: list[TrainingTask] = []


def make_task(config: RunConfig, videos: Videos) -> tuple[TrainingTask, None]:
    task, _ = MAKE_TASK(config, videos)
    TRAINED.append(task)
    return task, None


if __name__ == "__main__":
    torch.set_num_threads(1)
    resnet.WIDTH, MAKE_TASK = 8, workflow.make_task
    resnet.ARCHITECTURES["resnet18"] = (resnet.BasicBlock, (1, 1, 1, 1))
    workflow.make_task = make_task  # type: ignore[assignment]
    for recipe in map(Path, sys.argv[2:]):
        assert main(["train", str(recipe)]) == 0
        weights = recipe.with_name(f"{recipe.stem}_{sys.argv[1]}.pt")
        torch.save(TRAINED.pop().state_dict(), weights)
