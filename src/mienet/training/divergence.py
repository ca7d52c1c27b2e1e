"""Stopping a training whose numbers are no longer finite, before anything of it is saved."""

from collections.abc import Iterable
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from mienet.config import TrainConfig
from mienet.errors import MienetError
from mienet.training.optimization import TrainingTask


class DivergedError(MienetError):
    """A training whose loss, logits or weights are infinite or not a number."""


class StopWhenDiverged(Callback):
    """Raises ``DivergedError`` at the first step or validation that is not finite.

    The weights are looked at once an epoch, after its last step, since that is when they are saved.
    All processes stop together: one alone would leave the others waiting.
    """

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Looks at the loss, and at the end of an epoch at the weights."""
        where = f"in epoch {trainer.current_epoch + 1}, step {batch_idx + 1}"
        _require_finite(trainer, pl_module, [outputs["loss"]], f"{where}: the loss")
        if trainer.is_last_batch:
            _require_finite(
                trainer, pl_module, pl_module.state_dict().values(), f"{where}: a weight"
            )

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Looks at the logits."""
        where = f"in the validation after epoch {trainer.current_epoch + 1}"
        _require_finite(trainer, pl_module, [outputs], f"{where}: a logit")


def _require_finite(
    trainer: Trainer, task: LightningModule, tensors: Iterable[Tensor], what: str
) -> None:
    finite = all(bool(torch.isfinite(tensor).all()) for tensor in tensors)
    if trainer.strategy.reduce_boolean_decision(finite):
        return
    assert isinstance(task, TrainingTask)
    raise DivergedError(
        f"training diverged {what} is infinite or not a number. "
        f"Try {_advice(task.config, str(trainer.precision))}"
    )


def _advice(config: TrainConfig, precision: str) -> str:
    clip = config.gradient_clip
    advice = [
        f"--train.learning_rate {config.learning_rate / 10:g} (it was {config.learning_rate:g})",
        f"--train.gradient_clip {clip / 10 if clip else 1:g} (it was {clip:g}"
        f"{'' if clip else ', which does not clip'})",
    ]
    if not precision.startswith(("32", "64")):
        advice.append(f"--trainer.precision 32-true (it was {precision})")
    return ", or ".join(advice)
