"""The configuration of a tiny training, and changes of it."""

from dataclasses import replace
from pathlib import Path

from mienet.config import DataConfig, ModelConfig, RunConfig, TrainConfig, TrainerConfig


def tiny(videos: Path, out: Path, epochs: int = 2) -> RunConfig:
    return RunConfig(
        ModelConfig(backbone="resnet18", num_segments=2),
        DataConfig(
            root=str(videos), val_fraction=0.5, short_side=36, crop_size=32, batch_size=4,
            num_workers=0,
        ),
        TrainConfig(name="run", out=str(out), epochs=epochs, warmup_epochs=1),
        TrainerConfig(accelerator="cpu"),
    )  # fmt: skip


def change(config: RunConfig, group: str, **options: object) -> RunConfig:
    return replace(config, **{group: replace(getattr(config, group), **options)})
