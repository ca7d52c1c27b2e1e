"""Where a training's figures and options are written, by Lightning's loggers: files, or services.

All of them get the same: the options of the run, and the figures of its steps and epochs.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from lightning.pytorch.loggers import (
    CSVLogger,
    Logger,
    MLFlowLogger,
    TensorBoardLogger,
    WandbLogger,
)

from mienet.config import ConfigError, RunConfig

EVERY_STEPS = 10
"""Of how many steps one is logged."""
EXPERIMENT = "mienet"
"""What runs are listed under in services, unless their own variables say otherwise."""
PACKAGES = {"mlflow": "mlflow", "wandb": "wandb"}
"""What does not come with mienet: package by logger."""


def make_loggers(config: RunConfig, run: Path) -> list[Logger]:
    """Returns the loggers of a run; none of them has written or connected yet.

    Args:
        config: ``train.loggers`` names them.
        run: The run's folder, in which files are written.

    Raises:
        ConfigError: If one is not installed.
    """
    if missing := [name for name in config.train.loggers if _is_missing(name)]:
        packages = " ".join(PACKAGES[name] for name in missing)
        others = [name for name in config.train.loggers if name not in missing]
        raise ConfigError(
            f"train.loggers: {' and '.join(missing)} cannot be used, as it is not installed; "
            f"pip install {packages}, or leave it out: --train.loggers [{','.join(others)}]"
        )
    return [MAKERS[name](run) for name in dict.fromkeys(config.train.loggers)]


def log_options(loggers: Sequence[Logger], config: RunConfig) -> None:
    """Writes a run's options to its loggers; where they connect, they do it now."""
    # As recipes have them: a tuple would be an object of Python's in YAML.
    options = {
        group: {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
        for group, values in asdict(config).items()
    }
    for logger in loggers:
        logger.log_hyperparams(options)


def _is_missing(name: str) -> bool:
    return name in PACKAGES and find_spec(PACKAGES[name]) is None


def _tensorboard(run: Path) -> Logger:
    return TensorBoardLogger(run, name="tensorboard", version="", default_hp_metric=False)


def _csv(run: Path) -> Logger:
    # Lightning deletes what an earlier part of a resumed run has written, so each has its folder.
    parts = len(list(run.glob("csv*/metrics.csv")))
    name = f"csv_{parts + 1}" if parts else "csv"
    return CSVLogger(run, name=name, version="", flush_logs_every_n_steps=EVERY_STEPS)


def _mlflow(run: Path) -> Logger:
    uri = os.environ.get("MLFLOW_TRACKING_URI") or None
    return MLFlowLogger(
        EXPERIMENT, run_name=run.name, tracking_uri=uri, save_dir=str(run / "mlflow")
    )


def _wandb(run: Path) -> Logger:
    project = os.environ.get("WANDB_PROJECT") or EXPERIMENT
    return WandbLogger(name=run.name, project=project, save_dir=run)


MAKERS: dict[str, Callable[[Path], Logger]] = {
    "tensorboard": _tensorboard,
    "csv": _csv,
    "mlflow": _mlflow,
    "wandb": _wandb,
}
