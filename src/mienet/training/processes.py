"""Several processes that train one network, on one computer or on many: who does what once."""

import os
import socket
from collections.abc import Mapping

from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only
from torch import distributed

from mienet.config import ConfigError, TrainerConfig

RANKS = ("RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")
"""Variables by which programs that start processes on several computers number them."""

LOCAL_RANKS = ("LOCAL_RANK", "SLURM_LOCALID", "JSM_NAMESPACE_LOCAL_RANK")
"""The same of the processes of one computer."""


def is_first_process() -> bool:
    """Returns whether this process is the one that writes files and prints."""
    return getattr(rank_zero_only, "rank", 0) == 0


def is_first_on_node() -> bool:
    """Returns whether this process is the one that prepares what its computer needs once."""
    numbers = [os.environ[name] for name in LOCAL_RANKS if name in os.environ]
    return numbers[0] == "0" if numbers else is_first_process()


def require_launcher(trainer: TrainerConfig) -> None:
    """Raises ``ConfigError`` if several computers are asked for and nothing started this on them.

    Lightning would wait half an hour for processes that nobody starts.
    """
    if trainer.num_nodes > 1 and not any(name in os.environ for name in RANKS):
        raise ConfigError(
            f"trainer.num_nodes is {trainer.num_nodes}, but this process was started alone; start "
            "it on every computer with torchrun or srun (mienet slurm writes the script), or leave "
            "trainer.num_nodes at 1"
        )


def require_synchronized(trainer: Trainer, *, sync_batchnorm: bool) -> None:
    """Raises ``ConfigError`` if CPUs are to share batch-norm; PyTorch has it for GPUs."""
    if sync_batchnorm and trainer.world_size > 1 and trainer.strategy.root_device.type == "cpu":
        raise ConfigError(
            "trainer.sync_batchnorm: PyTorch shares batch-norm's statistics between GPUs, not "
            "between CPUs; leave it out, or take --model.normalization window, which needs none"
        )


def cluster_environments() -> list[ClusterEnvironment]:
    """Returns the plugin for SLURM if it started this process.

    Lightning's own would, when SLURM warns of the end of a job's time, write a training state into
    the current folder and start any other training there from it. The script of ``mienet slurm``
    has the job started again instead, which goes on from the run's ``last.ckpt``.
    """
    if TorchElasticEnvironment.detect() or not SLURMEnvironment.detect():
        return []
    return [SLURMEnvironment(auto_requeue=False)]


class RequireAgreement(Callback):
    """Raises ``ConfigError`` before the first step if processes do not train the same thing.

    Such as nodes with another copy of the videos, or with a folder of runs of their own: they would
    wait for each other forever, or learn something wrong.

    Args:
        facts: What has to be the same in all processes, by its name.
    """

    def __init__(self, facts: Mapping[str, str]) -> None:
        self.facts = dict(facts)

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Compares, as soon as the processes can speak to each other."""
        if not (distributed.is_available() and distributed.is_initialized()):
            return
        told: list[tuple[str, dict[str, str]]] = [("", {})] * trainer.world_size
        distributed.all_gather_object(told, (socket.gethostname(), self.facts))
        (first_host, first), *others = told
        for number, (host, facts) in enumerate(others, 1):
            for name, fact in first.items():
                if facts[name] != fact:
                    raise ConfigError(
                        f"{name}: {fact} in process 0 (on {first_host}), {facts[name]} in process "
                        f"{number} (on {host}); all nodes need the same command, the same videos "
                        "at the same paths, and one folder of runs (--train.out)"
                    )
