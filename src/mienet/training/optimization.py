"""How every task learns, whatever its loss: optimizer groups, learning rate, and seeds."""

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from mienet.config import TrainConfig
from mienet.models.network import SegmentNetwork
from mienet.models.timeline_network import TimelineNetwork
from mienet.recognizer import NetworkRecognizer
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.training.backgrounds import mix_backgrounds
from mienet.training.distortions import distort_clips

REFERENCE_BATCH = 8
"""Clips per step that a recipe's learning rate is meant for."""


class TrainingTask(LightningModule, ABC):
    """A recognizer in training, without what it is trained for.

    A task adds ``training_step``, ``validation_step``, and the score that
    chooses the best model; what surrounds the steps (saving, freezing, stopping) asks for no more.

    Args:
        recognizer: What is trained, in place.
        config: The optimization.
        batch_size: Clips per step and device, which the learning rate is scaled with.
    """

    def __init__(
        self,
        recognizer: NetworkRecognizer | NetworkTimelineRecognizer,
        config: TrainConfig,
        *,
        batch_size: int,
    ) -> None:
        super().__init__()
        self.recognizer = recognizer
        self.config = config
        self.batch_size = batch_size
        # Of training steps alone: validation computes what ``mienet evaluate`` does.
        self.compute = torch.compile(recognizer.forward) if config.compile else recognizer.__call__

    @abstractmethod
    def validation_score(self) -> float:
        """Returns how good the model is by the validation so far; more is better, least is 0."""

    def on_train_batch_start(self, batch: Any, batch_index: int) -> None:
        """Seeds dropout by seed, step and process, so that a resumed run goes on as it would."""
        key = [self.config.seed, self.global_step, self.global_rank]
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1)[0]))

    def altered(self, clips: Tensor) -> Tensor:
        """Returns training clips, uint8, ``(B, T, L, C, H, W)``, distorted and mixed as chosen."""
        clips = distort_clips(clips, self.config.distortion)
        return mix_backgrounds(clips, self.config.background_mixing)

    def log_training(self, name: str, value: Tensor, batch_size: int) -> None:
        """Logs a figure of a step, and its mean over an epoch, in all processes.

        Args:
            name: Of the figure.
            value: Of this process's batch.
            batch_size: What it is a mean over, such as clips; 0 does not count in the epoch's.
        """
        self.log(
            *(name, value), prog_bar=True, on_step=True, on_epoch=True, batch_size=batch_size,
            sync_dist=True,
        )  # fmt: skip

    def configure_optimizers(self) -> Any:
        """Returns the optimizer and its schedule, which acts every step."""
        config = self.config
        scale = self.batch_size * self.trainer.world_size / REFERENCE_BATCH
        groups = parameter_groups(self.recognizer.network, config, config.learning_rate * scale)
        optimizer: torch.optim.Optimizer
        if config.optimizer == "sgd":
            optimizer = torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)
        else:
            optimizer = torch.optim.AdamW(groups, lr=config.learning_rate)
        max_epochs = self.trainer.max_epochs or config.epochs
        steps_per_epoch = int(self.trainer.estimated_stepping_batches) / max_epochs
        schedule = LambdaLR(
            optimizer, lambda step: learning_rate_factor(step / steps_per_epoch, config)
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def learning_rate_factor(epoch: float, config: TrainConfig) -> float:
    """Returns what the learning rate is multiplied with after ``epoch`` (fractional) epochs."""
    if epoch < config.warmup_epochs:
        # The first step already moves: half of a thousandth of an epoch rather than nothing.
        return max(epoch, 0.001) / config.warmup_epochs
    if config.schedule == "step":
        return float(0.1 ** sum(epoch >= step for step in config.steps))
    done = (epoch - config.warmup_epochs) / max(config.epochs - config.warmup_epochs, 1e-9)
    return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def parameter_groups(
    network: SegmentNetwork | TimelineNetwork, config: TrainConfig, learning_rate: float
) -> list[dict[str, Any]]:
    """Returns the optimizer's groups, every parameter in exactly one.

    With sgd the multipliers are the authors': the weights of the PA convolution and of every linear
    layer (the classifier's, those of TAM's global branch and of VAP) learn 5 times as fast, the
    classifier's bias 10 times. (Other biases, twice as fast in the released code, do not exist here
    apart from batch-norm's; PA's bias cancels.) With adamw, which scales each parameter itself,
    there are none. Biases, batch-norm and the fusion scalars have no weight decay; the scalars are
    in no group in the released code, and so never learn there.

    Raises:
        ValueError: If the optimizer's name is unknown.
    """
    if config.optimizer not in ("sgd", "adamw"):
        raise ValueError(f"unknown optimizer {config.optimizer!r}; accepted are sgd, adamw")
    multipliers = {m.weight: 5.0 for m in network.modules() if isinstance(m, nn.Linear)}
    multipliers[network.head.bias] = 10.0
    if network.motion is not None:
        multipliers[network.motion.conv.weight] = 5.0
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        multiplier = multipliers.get(parameter, 1.0) if config.optimizer == "sgd" else 1.0
        decays = parameter.ndim > 1  # all else is a bias, batch-norm, or a fusion scalar
        groups.setdefault((multiplier, decays), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": learning_rate * multiplier,
            "weight_decay": config.weight_decay if decays else 0.0,
        }
        for (multiplier, decays), parameters in groups.items()
    ]
