"""A run's figures and options go to all loggers that it names."""

import csv
import importlib.util
from pathlib import Path

import pytest
import yaml

from mienet.config import ConfigError, RunConfig, TrainConfig
from mienet.training.loggers import make_loggers
from mienet.workflows.train import train
from tests.workflows.runs import change


def loggers(*names: str) -> RunConfig:
    return RunConfig(train=TrainConfig(loggers=names))  # type: ignore[arg-type]


def test_csv_has_the_figures_and_the_options(config: RunConfig) -> None:
    run = train(change(config, "train", epochs=1, loggers=("csv", "tensorboard")))
    rows = list(csv.DictReader((run / "csv/metrics.csv").open()))
    assert {row["val/top1"] for row in rows} - {""}
    assert {row["train/loss_epoch"] for row in rows} - {""}
    written = yaml.safe_load((run / "csv/hparams.yaml").read_text())
    assert written["train"]["epochs"] == 1
    assert yaml.safe_load((run / "tensorboard/hparams.yaml").read_text()) == written


def test_a_resumed_run_keeps_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv/metrics.csv").write_text("step\n1\n")
    (logger,) = make_loggers(loggers("csv"), tmp_path)
    assert logger.log_dir is not None
    assert Path(logger.log_dir) == tmp_path / "csv_2"


def test_one_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    hidden = {"wandb"}
    monkeypatch.setattr(
        "mienet.training.loggers.find_spec", lambda name: None if name in hidden else found(name)
    )
    with pytest.raises(
        ConfigError, match=r"wandb cannot be used.*pip install wandb.*\[tensorboard\]"
    ):
        make_loggers(loggers("tensorboard", "wandb"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"train\.loggers must be a list of tensorboard or csv"):
        loggers("tensorbored")


def test_no_logger_is_a_choice(tmp_path: Path) -> None:
    assert make_loggers(loggers(), tmp_path) == []
