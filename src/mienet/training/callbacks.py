"""What happens beside the steps of training: saving the best model, and the progress bar."""

import time
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import TQDMProgressBar

from mienet.training.optimization import TrainingTask


class SaveBest(Callback):
    """Writes ``model.safetensors`` whenever the validation's score is better than ever before."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.best = -1.0

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Saves, while a moving average of the weights is in place of the weights."""
        assert isinstance(pl_module, TrainingTask)
        score = pl_module.validation_score()
        # Among equals the later one, which has seen more.
        if score >= self.best:
            self.best = score
            if trainer.is_global_zero:
                pl_module.recognizer.save(self.run)

    def state_dict(self) -> dict[str, Any]:
        """Returns the best score so far, for resuming."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over the best score so far."""
        self.best = state_dict["best"]


class RunProgressBar(TQDMProgressBar):
    """Lightning's bar, with the time left of the whole run instead of a version number."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        super().on_train_start(trainer, pl_module)
        self._started_seconds = time.monotonic()
        self._first_step = trainer.global_step

    def get_metrics(self, trainer: Trainer, pl_module: LightningModule) -> dict[str, Any]:
        """Returns what the bar shows: loss, accuracies, and the run's time left."""
        shown: dict[str, Any] = {
            name.removesuffix("_step"): value
            for name, value in super().get_metrics(trainer, pl_module).items()
            if name != "v_num" and not name.endswith("_epoch")
        }
        done = trainer.global_step - self._first_step
        if done:
            elapsed_seconds = time.monotonic() - self._started_seconds
            remaining = int(trainer.estimated_stepping_batches) - trainer.global_step
            shown["left"] = _clock(elapsed_seconds / done * remaining)
        return shown


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    )
