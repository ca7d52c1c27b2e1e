"""Fine-tuning in two parts: first what is new, then all."""

from lightning.pytorch import Callback, LightningModule, Trainer

from mienet.training.optimization import TrainingTask


class FreezeBackbone(Callback):
    """Keeps the backbone as it is, batch-norm statistics included, for the first epochs.

    Its temporal modules are part of it; the motion input, the fusion and the classifier learn.
    The gradients are dropped rather than never computed: they pass through the backbone to the
    motion input anyway, and distributed training expects one for every parameter. An optimizer
    leaves a parameter without gradient alone, its weight decay and momentum included.

    Args:
        epochs: How many, counted from the start of the run, also when it is resumed.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Sets batch-norm to keep or to learn its statistics."""
        assert isinstance(pl_module, TrainingTask)
        pl_module.recognizer.network.backbone.train(trainer.current_epoch >= self.epochs)

    def on_after_backward(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Drops the backbone's gradients, before they count in the norm that is clipped."""
        assert isinstance(pl_module, TrainingTask)
        if trainer.current_epoch < self.epochs:
            for parameter in pl_module.recognizer.network.backbone.parameters():
                parameter.grad = None
