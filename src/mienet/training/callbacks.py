"""What happens beside the steps of training: saving the best model, and showing progress."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar, TQDMProgressBar

from mienet.progress import shows_bars
from mienet.training.optimization import TrainingTask


class SaveBest(Callback):
    """Writes ``model.safetensors`` whenever the validation's score is better than ever before.

    Args:
        run: The run's folder.
        keep: "best", or "last" to write every epoch's, whatever its score.

    Attributes:
        best: The score of the model that is there.
    """

    def __init__(self, run: Path, keep: Literal["best", "last"] = "best") -> None:
        self.run = run
        self.keep = keep
        self.best = -1.0

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Saves, while a moving average of the weights is in place of the weights."""
        assert isinstance(pl_module, TrainingTask)
        score = pl_module.validation_score()
        # Among equals the later one, which has seen more.
        if score >= self.best or self.keep == "last":
            self.best = score
            if trainer.is_global_zero:
                pl_module.recognizer.save(self.run)

    def state_dict(self) -> dict[str, Any]:
        """Returns the score of the model that is there, for resuming."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over that score."""
        self.best = state_dict["best"]


def show_progress() -> ProgressBar:
    """Returns what shows a run's progress: a bar where somebody watches it, else lines."""
    return RunProgressBar(leave=False) if shows_bars(sys.stdout) else EpochLines()


class EpochLines(ProgressBar):
    """Prints one line for each epoch, for files and pipes."""

    def __init__(self) -> None:
        super().__init__()
        self._is_shown = True

    def disable(self) -> None:
        """Prints nothing, as in all processes but the first."""
        self._is_shown = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        self._clock = Clock(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Prints the epoch's figures, those of its validation among them, and the time left."""
        if not self._is_shown:
            return
        figures = {
            name.removesuffix("_epoch"): float(value)
            for name, value in trainer.callback_metrics.items()
            if not name.endswith("_step")
            and not name.startswith("lr-")  # of the optimizer, for TensorBoard
            and f"{name}_epoch" not in trainer.callback_metrics
        }
        said = ", ".join(f"{name} {value:.3f}" for name, value in sorted(figures.items()))
        epoch = f"{trainer.current_epoch + 1}/{trainer.max_epochs}"
        print(f"epoch {epoch}: {said}, left {self._clock.left()}", flush=True)


@dataclass(frozen=True)
class TrainingProgress:
    """How far a training is.

    Attributes:
        share: Of all its steps, from 0 to 1.
        epoch: The epoch that it is in, from 1.
        epochs: All of them.
        loss: Of the last step.
        seconds_left: None before the first step.
    """

    share: float
    epoch: int
    epochs: int
    loss: float
    seconds_left: float | None


class TellProgress(Callback):
    """Tells after every step how far the training is.

    Args:
        tell: Is told.
    """

    def __init__(self, tell: Callable[[TrainingProgress], object]) -> None:
        self._tell = tell

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        self._clock = Clock(trainer)

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Tells it."""
        steps = int(trainer.estimated_stepping_batches)
        loss = outputs["loss"] if isinstance(outputs, dict) else outputs
        self._tell(
            TrainingProgress(
                trainer.global_step / max(1, steps),
                trainer.current_epoch + 1,
                int(trainer.max_epochs or 0),
                float(loss),
                self._clock.seconds_left(),
            )
        )


class TellScore(Callback):
    """Tells after every validation its score, the figure that ``SaveBest`` chooses by.

    Args:
        tell: Is told the epoch, from 1, and the score.
    """

    def __init__(self, tell: Callable[[int, float], object]) -> None:
        self._tell = tell

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tells it, in one process."""
        assert isinstance(pl_module, TrainingTask)
        score = pl_module.validation_score()
        if trainer.is_global_zero:
            self._tell(trainer.current_epoch + 1, score)


class Clock:
    """Tells how long a run will still take, from the steps since its start or resumption."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._started_seconds = time.monotonic()
        self._first_step = trainer.global_step

    def left(self) -> str:
        """Returns the time left, such as ``1:02:03``; nothing before the first step."""
        seconds = self.seconds_left()
        return "" if seconds is None else _clock(seconds)

    def seconds_left(self) -> float | None:
        """Returns the time left; None before the first step."""
        done = self._trainer.global_step - self._first_step
        if not done:
            return None
        elapsed_seconds = time.monotonic() - self._started_seconds
        remaining = int(self._trainer.estimated_stepping_batches) - self._trainer.global_step
        return elapsed_seconds / done * remaining


class RunProgressBar(TQDMProgressBar):
    """Lightning's bar, with the time left of the whole run instead of a version number."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        super().on_train_start(trainer, pl_module)
        self._clock = Clock(trainer)

    def get_metrics(self, trainer: Trainer, pl_module: LightningModule) -> dict[str, Any]:
        """Returns what the bar shows: loss, accuracies, and the run's time left."""
        shown: dict[str, Any] = {
            name.removesuffix("_step"): value
            for name, value in super().get_metrics(trainer, pl_module).items()
            if name != "v_num" and not name.endswith("_epoch")
        }
        if left := self._clock.left():
            shown["left"] = left
        return shown


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    )
