import itertools
import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import torch
from lightning.fabric.plugins.environments import SLURMEnvironment
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mienet.config import ConfigError, RunConfig, TrainerConfig
from mienet.training.processes import (
    RequireAgreement,
    cluster_environments,
    is_first_on_node,
    require_launcher,
    require_synchronized,
)
from mienet.workflows.train import train
from tests.workflows.runs import change, tiny

NODES = Path(__file__).with_name("two_nodes.py")


Weights = tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]


class Nodes(NamedTuple):
    """What two trainings on two nodes left: options, what each node printed and learned.

    Of the first one normalization is that of each clip, of the second that of batches.
    """

    config: RunConfig
    outputs: tuple[str, str]
    weights: Weights
    batch_normed: Weights


def train_on_nodes(recipes: list[Path]) -> tuple[str, str]:
    """Returns what the two nodes printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # With the user's caches, as Matplotlib's of fonts takes seconds to make.
    own = {name: value for name, value in os.environ.items() if name != "XDG_CACHE_HOME"}
    words = [sys.executable, str(NODES), str(port), *map(str, recipes)]
    subprocess.run(words, env=own, check=True)
    first, second = (recipes[0].with_name(f"printed_{number}.txt").read_text() for number in (0, 1))
    return first, second


def write_recipe(path: Path, config: RunConfig) -> Path:
    path.write_text(json.dumps(asdict(config)))  # which is YAML
    return path


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, class_folders_once: Path) -> RunConfig:
    """Returns the options of one process, whose normalization is that of each clip."""
    config = tiny(class_folders_once, tmp_path_factory.mktemp("nodes") / "runs")
    config = change(config, "model", temporal="none", dropout=0.0, normalization="window")
    config = change(config, "data", batch_size=2, cache=str(Path(config.train.out).parent))
    # In 32 bits the rounding of sums in another order grows to what a mistake would make.
    config = change(config, "trainer", precision="64-true")
    return change(config, "train", name="alone", learning_rate=0.01)


@pytest.fixture(scope="module")
def nodes(alone: RunConfig) -> Nodes:
    """Trains with the same clips in each step, shared out to two nodes."""
    config = change(alone, "data", batch_size=1)
    config = change(config, "train", name="nodes")
    config = change(config, "trainer", num_nodes=2)
    other = change(change(config, "model", normalization="batch"), "train", name="batch_normed")
    folder = Path(config.train.out).parent
    recipes = [write_recipe(folder / f"{c.train.name}.yaml", c) for c in (config, other)]
    outputs = train_on_nodes(recipes)
    print(*outputs, sep="\n----\n")
    learned, batch_normed = (
        (torch.load(folder / f"{recipe.stem}_0.pt"), torch.load(folder / f"{recipe.stem}_1.pt"))
        for recipe in recipes
    )
    return Nodes(config, outputs, learned, batch_normed)


def figures(run: Path) -> dict[str, list[float]]:
    log = EventAccumulator(str(run / "tensorboard"))
    log.Reload()
    names = [name for name in log.Tags()["scalars"] if not name.endswith("_step")]
    return {name: [one.value for one in log.Scalars(name)] for name in names if name != "epoch"}


def test_two_nodes_learn_the_same(nodes: Nodes) -> None:
    first, second = nodes.weights
    for name, tensor in first.items():
        torch.testing.assert_close(tensor, second[name], rtol=0, atol=0, msg=name)


def test_all_nodes_validate_with_the_statistics_that_are_saved(nodes: Nodes) -> None:
    saved = torch.load(Path(nodes.config.train.out) / "batch_normed/last.ckpt", weights_only=True)[
        "state_dict"
    ]
    statistics = [name for name in saved if "running_" in name]
    assert statistics
    for name, node in itertools.product(statistics, nodes.batch_normed):
        torch.testing.assert_close(node[name], saved[name], rtol=0, atol=0, msg=name)


def test_two_nodes_learn_what_one_process_does(alone: RunConfig, nodes: Nodes) -> None:
    run = train(alone)
    weights = torch.load(run / "last.ckpt", weights_only=True)["state_dict"]
    for name, tensor in weights.items():
        torch.testing.assert_close(nodes.weights[0][name], tensor, rtol=1e-6, atol=1e-6, msg=name)
    ours, theirs = figures(run), figures(Path(nodes.config.train.out) / "nodes")
    assert ours.keys() == theirs.keys() >= {"val/loss", "val/top1", "train/loss_epoch"}
    for name, values in ours.items():
        assert theirs[name] == pytest.approx(values, rel=1e-5), name


def test_only_the_first_node_prints(nodes: Nodes) -> None:
    assert "Everything is written to" in nodes.outputs[0]
    assert nodes.outputs[1] == ""


@pytest.mark.parametrize(
    ("variables", "first"),
    [
        ({}, True),
        ({"RANK": "8", "LOCAL_RANK": "0"}, True),
        ({"RANK": "9", "LOCAL_RANK": "1"}, False),
        ({"SLURM_PROCID": "8", "SLURM_LOCALID": "0"}, True),
        ({"SLURM_PROCID": "9", "SLURM_LOCALID": "1"}, False),
    ],
)
def test_each_node_has_a_first_process(
    variables: dict[str, str], first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_first_on_node() == first


def test_nodes_that_nothing_starts_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"num_nodes is 4, .* started alone; .* torchrun or srun"):
        require_launcher(TrainerConfig(num_nodes=4))


def test_a_launcher_is_known_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_PROCID", "0")
    require_launcher(TrainerConfig(num_nodes=4))


def agree(monkeypatch: pytest.MonkeyPatch, *processes: dict[str, str]) -> None:
    """Compares the facts of processes, as the first of them does."""

    def gather(told: list[object], own: object) -> None:
        told[:] = [(f"node{number}", facts) for number, facts in enumerate(processes)]

    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.all_gather_object", gather)
    trainer: Any = SimpleNamespace(world_size=len(processes))
    RequireAgreement(processes[0]).setup(trainer, trainer, "fit")


def test_processes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    agree(monkeypatch, {"clips": "a"}, {"clips": "a"})


def test_processes_that_differ_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = r"clips: a in process 0 \(on node0\), b in process 1 \(on node1\); all nodes need"
    with pytest.raises(ConfigError, match=said):
        agree(monkeypatch, {"clips": "a"}, {"clips": "b"})


def test_batch_norm_of_cpus_is_not_shared() -> None:
    cpus: Any = SimpleNamespace(
        world_size=2, strategy=SimpleNamespace(root_device=torch.device("cpu"))
    )
    with pytest.raises(ConfigError, match="between GPUs, not between CPUs"):
        require_synchronized(cpus, sync_batchnorm=True)
    require_synchronized(cpus, sync_batchnorm=False)


def test_slurm_s_own_way_to_start_again_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cluster_environments() == []
    slurm = {"SLURM_NTASKS": "2", "SLURM_NTASKS_PER_NODE": "2", "SLURM_JOB_NAME": "first"}
    for name, value in slurm.items():
        monkeypatch.setenv(name, value)
    (found,) = cluster_environments()
    assert isinstance(found, SLURMEnvironment)
    assert not found.auto_requeue
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    assert cluster_environments() == []
