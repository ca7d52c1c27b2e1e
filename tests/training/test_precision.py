import pytest
import torch

from mienet.config import TrainerConfig
from mienet.training import precision
from mienet.training.precision import bfloat16_speed, choose_precision


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
