"""The smallest training."""

from pathlib import Path

import pytest

from mienet.config import DataConfig, ModelConfig, RunConfig, TrainConfig, TrainerConfig


@pytest.fixture
def config(class_folders: Path, tmp_path: Path) -> RunConfig:
    """Returns a training of a TSN that takes half a second."""
    return RunConfig(
        ModelConfig(backbone="resnet18", motion="none", temporal="none", num_segments=1),
        DataConfig(
            root=str(class_folders), val_fraction=0.5, short_side=36, crop_size=32, batch_size=4,
            num_workers=0,
        ),
        TrainConfig(name="run", out=str(tmp_path / "runs"), epochs=2, check_videos=False),
        TrainerConfig(accelerator="cpu"),
    )  # fmt: skip
