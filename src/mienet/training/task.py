"""What a classifier of clips learns from, and how it is judged: its loss and its metrics."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torchmetrics import MeanMetric, Metric

from mienet.config import TrainConfig
from mienet.data.loading import Sample
from mienet.metrics import Metrics, class_counts, metrics_of_counts
from mienet.recognizer import NetworkRecognizer
from mienet.training.calibration import TEMPERATURES, best_temperature, temperature_losses
from mienet.training.optimization import TrainingTask


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


class TemperatureLosses(Metric):
    """Adds up ``temperature_losses`` over batches and processes."""

    losses: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        start = torch.zeros((2, len(TEMPERATURES)), dtype=torch.float64)
        self.add_state("losses", start, dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Adds the clips of a batch, by logits ``(B, classes)`` and labels ``(B,)``."""
        self.losses += temperature_losses(logits, labels)
        self.count += len(labels)

    def compute(self) -> float:
        """Returns the temperature that suits the clips of all processes."""
        return best_temperature(self.losses, int(self.count))


class ActionRecognitionTask(TrainingTask):
    """Trains a recognizer with cross-entropy and validates it as ``mienet evaluate`` does.

    Args:
        recognizer: What is trained, in place.
        config: The optimization.
        batch_size: Clips per step and device, which the learning rate is scaled with.
        class_weights: Weights of the classes in the training loss, ``(classes,)``; None weighs
            all alike. The validation loss never weighs.
    """

    recognizer: NetworkRecognizer
    class_weights: Tensor | None

    def __init__(
        self,
        recognizer: NetworkRecognizer,
        config: TrainConfig,
        *,
        batch_size: int,
        class_weights: NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__(recognizer, config, batch_size=batch_size)
        weights = None if class_weights is None else torch.tensor(class_weights).float()
        self.register_buffer("class_weights", weights, persistent=False)
        self.validation_loss = MeanMetric()
        self.counts = ClassCounts(len(recognizer.classes))
        self.temperature = TemperatureLosses()

    def training_step(self, batch: Sample, batch_index: int) -> Tensor:
        """Returns the loss of one batch."""
        logits = self.compute(self.altered(batch.clips))
        loss = self._loss(logits, batch.label)
        correct = (logits.argmax(dim=1) == batch.label).float().mean()
        for name, value in (("train/loss", loss.detach()), ("train/top1", correct)):
            self.log_training(name, value, len(logits))
        return loss

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Returns the mean over the clips that count, 0 where all have the weight 0."""
        if self.class_weights is not None and not bool(self.class_weights[labels].any()):
            return logits.sum() * 0
        return functional.cross_entropy(
            logits,
            labels,
            weight=self.class_weights,
            label_smoothing=self.config.label_smoothing,
        )

    def on_validation_epoch_start(self) -> None:
        """Takes the logits as they are, for figures and for the temperature of this epoch."""
        self.recognizer.temperature = 1.0

    def validation_step(self, batch: Sample, batch_index: int) -> Tensor:
        """Counts one batch and returns its logits; each video counts once, over all processes."""
        logits = self.recognizer.video_logits(batch.clips)
        loss = functional.cross_entropy(logits, batch.label, reduction="none")
        self.validation_loss.update(loss)
        self.counts.update(logits, batch.label)
        self.temperature.update(logits, batch.label)
        return logits

    def validation_metrics(self) -> Metrics:
        """Returns the figures of the validation so far, as ``mienet evaluate`` computes them."""
        return metrics_of_counts(self.counts.compute().cpu().numpy())

    def validation_score(self) -> float:
        """Returns the top-1 of the validation so far, and gives the recognizer its temperature."""
        self.recognizer.temperature = self.temperature.compute()
        return self.validation_metrics().top1

    def on_validation_epoch_end(self) -> None:
        """Logs the metrics over all validation videos."""
        self.log("val/loss", self.validation_loss)
        metrics = self.validation_metrics()
        self.counts.reset()
        self.temperature.reset()
        # Every process has the same figures already.
        self.log("val/top1", metrics.top1, prog_bar=True, sync_dist=True)
        self.log("val/top5", metrics.top5, sync_dist=True)
        self.log("val/mean_class_accuracy", metrics.mean_class_accuracy, sync_dist=True)
