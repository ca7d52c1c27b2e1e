import pytest
import torch

from mienet.config import ConfigError, TrainerConfig, load_recipe
from mienet.training import precision
from mienet.training.precision import bfloat16_speed, choose_precision
from mienet.workflows.train import train


@pytest.fixture
def cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.parametrize(
    ("ratio", "chosen"), [(2.0, "bf16-mixed"), (1.0, "32-true"), (0.004, "32-true")]
)
def test_bfloat16_is_chosen_where_it_is_faster(cpu, monkeypatch, ratio: float, chosen: str) -> None:
    monkeypatch.setattr(precision, "bfloat16_speed", lambda: ratio)
    found, why = choose_precision(TrainerConfig(accelerator="cpu", precision="auto"))
    assert found == chosen
    assert f"{ratio:.2g} times as fast" in why


def test_several_processes_do_not_measure(cpu) -> None:
    trainer = TrainerConfig(accelerator="cpu", devices=2, precision="auto")
    assert choose_precision(trainer) == ("32-true", "several processes compute")


def test_both_precisions_are_measured() -> None:
    assert bfloat16_speed() > 0


def test_nothing_is_measured_without_videos(cpu, monkeypatch, capsys) -> None:
    monkeypatch.setattr(precision, "bfloat16_speed", lambda: 1.0)
    with pytest.raises(ConfigError, match="no videos given"):
        train(load_recipe("small", {"trainer.precision": "auto"}))
    assert "Precision" not in capsys.readouterr().out
