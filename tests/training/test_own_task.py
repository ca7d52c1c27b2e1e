"""A task with a loss and a score of its own needs nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Trainer
from torch.nn import functional

from mienet.config import ModelConfig, RunConfig
from mienet.data.loading import Sample
from mienet.data.transforms import normalize
from mienet.loading import load_network
from mienet.training.callbacks import SaveBest
from mienet.training.datamodule import Videos
from mienet.training.divergence import StopWhenDiverged
from mienet.training.freezing import FreezeBackbone
from mienet.training.optimization import TrainingTask
from tests.conftest import make_recognizer


class SegmentTask(TrainingTask):
    """Learns a label for every segment, and is best by its smallest loss."""

    def loss(self, clips: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        network = self.recognizer.network
        logits = network.classify(network.features(normalize(clips)))  # (B, T, classes)
        labels = label[:, None].expand(logits.shape[:2])
        return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())

    def training_step(self, batch: Sample, batch_index: int) -> torch.Tensor:
        return self.loss(batch.clips, batch.label)

    def validation_step(self, batch: Sample, batch_index: int) -> torch.Tensor:
        self.validated = self.loss(batch.clips[:, 0], batch.label)
        return self.validated

    def validation_score(self) -> float:
        return float(torch.exp(-self.validated))


def test_a_task_of_its_own_trains_and_saves(config: RunConfig, tmp_path: Path) -> None:
    recognizer = make_recognizer()
    network = recognizer.network
    config = replace(config, model=ModelConfig(backbone="resnet18", num_segments=2))
    task = SegmentTask(recognizer, config.train, batch_size=4)
    before = network.backbone.conv1.weight.clone(), network.head.weight.clone()
    best = SaveBest(tmp_path)
    callbacks = [StopWhenDiverged(), best, FreezeBackbone(1)]
    Trainer(
        accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, callbacks=callbacks,
        use_distributed_sampler=False, num_sanity_val_steps=0,
    ).fit(task, Videos(config))  # fmt: skip
    assert best.best == pytest.approx(task.validation_score())
    torch.testing.assert_close(network.backbone.conv1.weight, before[0])
    assert not torch.equal(load_network(tmp_path).network.head.weight, before[1])
