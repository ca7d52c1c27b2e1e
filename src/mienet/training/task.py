"""How a recognizer learns: loss, metrics, optimizer groups and learning rate, for Lightning."""

import math
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR
from torchmetrics import MeanMetric, Metric

from mienet.config import TrainConfig
from mienet.data.loading import Sample
from mienet.metrics import Metrics, class_counts, metrics_of_counts
from mienet.models.network import SegmentNetwork
from mienet.recognizer import NetworkRecognizer

REFERENCE_BATCH = 8
"""Clips per step that a recipe's learning rate is meant for."""


class ClassCounts(Metric):
    """Adds up ``metrics.class_counts`` over batches and processes, ``(3, classes)``.

    Args:
        num_classes: Number of classes.
    """

    counts: Tensor

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        start = torch.zeros((3, num_classes), dtype=torch.int64)
        self.add_state("counts", start, dist_reduce_fx="sum")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Adds the clips of a batch, by logits ``(B, classes)`` and labels ``(B,)``."""
        probabilities = logits.double().softmax(dim=1)
        counts = class_counts(labels.cpu().numpy(), probabilities.cpu().numpy())
        self.counts += torch.from_numpy(counts).to(self.counts.device)

    def compute(self) -> Tensor:
        """Returns the sums over all processes."""
        return self.counts


class ActionRecognitionTask(LightningModule):
    """Trains a recognizer with cross-entropy and validates it as ``mienet evaluate`` does.

    Args:
        recognizer: What is trained, in place.
        config: The optimization.
        batch_size: Clips per step and device, which the learning rate is scaled with.
        class_weights: Weights of the classes in the training loss, ``(classes,)``; None weighs
            all alike. The validation loss never weighs.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        recognizer: NetworkRecognizer,
        config: TrainConfig,
        *,
        batch_size: int,
        class_weights: NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__()
        self.recognizer = recognizer
        self.config = config
        self.batch_size = batch_size
        weights = None if class_weights is None else torch.tensor(class_weights).float()
        self.register_buffer("class_weights", weights, persistent=False)
        self.validation_loss = MeanMetric()
        self.counts = ClassCounts(len(recognizer.classes))

    def on_train_batch_start(self, batch: Sample, batch_index: int) -> None:
        """Seeds dropout by seed, step and process, so that a resumed run goes on as it would."""
        key = [self.config.seed, self.global_step, self.global_rank]
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1)[0]))

    def training_step(self, batch: Sample, batch_index: int) -> Tensor:
        """Returns the loss of one batch."""
        logits = self.recognizer(batch.clips)
        loss = functional.cross_entropy(
            logits,
            batch.label,
            weight=self.class_weights,
            label_smoothing=self.config.label_smoothing,
        )
        correct = (logits.argmax(dim=1) == batch.label).float().mean()
        for name, value in (("train/loss", loss.detach()), ("train/top1", correct)):
            self.log(
                name, value, prog_bar=True, on_step=True, on_epoch=True, batch_size=len(logits)
            )
        return loss

    def validation_step(self, batch: Sample, batch_index: int) -> Tensor:
        """Counts one batch and returns its logits; each video counts once, over all processes."""
        logits = self.recognizer.video_logits(batch.clips)
        loss = functional.cross_entropy(logits, batch.label, reduction="none")
        self.validation_loss.update(loss)
        self.counts.update(logits, batch.label)
        return logits

    def validation_metrics(self) -> Metrics:
        """Returns the figures of the validation so far, as ``mienet evaluate`` computes them."""
        return metrics_of_counts(self.counts.compute().cpu().numpy())

    def on_validation_epoch_end(self) -> None:
        """Logs the metrics over all validation videos."""
        self.log("val/loss", self.validation_loss)
        metrics = self.validation_metrics()
        self.counts.reset()
        # Every process has the same figures already.
        self.log("val/top1", metrics.top1, prog_bar=True, sync_dist=True)
        self.log("val/top5", metrics.top5, sync_dist=True)
        self.log("val/mean_class_accuracy", metrics.mean_class_accuracy, sync_dist=True)

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
    network: SegmentNetwork, config: TrainConfig, learning_rate: float
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
