"""Trainings on two nodes, for ``test_processes.py``: a port, and recipes.

Each node is a process, forked from this one, which has imported what takes each of them seconds.
"""

import multiprocessing
import os
import sys
from pathlib import Path

import torch
from lightning.fabric.utilities.rank_zero import _get_rank, rank_zero_only

from mienet.cli import main
from mienet.config import RunConfig
from mienet.models import resnet
from mienet.training.datamodule import Videos
from mienet.training.optimization import TrainingTask
from mienet.workflows import train as workflow

TRAINED: list[TrainingTask] = []
MAKE_TASK = workflow.make_task


def make_task(config: RunConfig, videos: Videos) -> tuple[TrainingTask, None]:
    task, _ = MAKE_TASK(config, videos)
    TRAINED.append(task)
    return task, None


def train_on_node(number: int, port: str, recipes: list[Path]) -> None:
    """Trains with the variables that torchrun gives a node; what it prints goes to a file."""
    ranks = {"RANK": number, "WORLD_SIZE": 2, "LOCAL_RANK": 0, "GROUP_RANK": number}
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    os.environ.update({name: str(value) for name, value in (ranks | meeting).items()})
    rank_zero_only.rank = _get_rank()  # type: ignore[attr-defined]  # as Lightning's import does
    with recipes[0].with_name(f"printed_{number}.txt").open("w") as printed:
        os.dup2(printed.fileno(), sys.stdout.fileno())
    torch.set_num_threads(1)
    resnet.WIDTH = 8
    resnet.ARCHITECTURES["resnet18"] = (resnet.BasicBlock, (1, 1, 1, 1))
    workflow.make_task = make_task  # type: ignore[assignment]
    for recipe in recipes:
        assert main(["train", str(recipe)]) == 0
        torch.save(TRAINED.pop().state_dict(), recipe.with_name(f"{recipe.stem}_{number}.pt"))


if __name__ == "__main__":
    fork, recipes = multiprocessing.get_context("fork"), [Path(word) for word in sys.argv[2:]]
    nodes = [
        fork.Process(target=train_on_node, args=(number, sys.argv[1], recipes)) for number in (0, 1)
    ]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    sys.exit(any(node.exitcode for node in nodes))
