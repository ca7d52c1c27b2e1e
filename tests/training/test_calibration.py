"""The temperature, where the right one is known."""

import math

import numpy as np
import pytest
import torch

from mienet.training.calibration import TEMPERATURES, best_temperature, temperature_losses


def test_a_model_that_is_twice_too_sure_is_halved() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20_000, 3, generator=generator) * 2
    labels = logits.softmax(dim=1).multinomial(1, generator=generator)[:, 0]
    found = best_temperature(temperature_losses(2 * logits, labels), len(labels))
    assert found == pytest.approx(2, rel=0.05)


def test_losses_are_cross_entropies_at_each_temperature() -> None:
    losses = temperature_losses(torch.tensor([[1.0, 0.0], [0.0, 3.0]]), torch.tensor([0, 0]))
    for index in (0, 60):
        scale = float(TEMPERATURES[index])
        own = math.log(1 + math.exp(-1 / scale)) + math.log(1 + math.exp(3 / scale))
        other = math.log(1 + math.exp(1 / scale)) + math.log(1 + math.exp(-3 / scale))
        assert losses[:, index].tolist() == pytest.approx([own, (own + other) / 2])


def test_losses_of_parts_add_up() -> None:
    logits, labels = torch.randn(5, 3), torch.tensor([0, 1, 2, 0, 1])
    parts = temperature_losses(logits[:2], labels[:2]) + temperature_losses(logits[2:], labels[2:])
    torch.testing.assert_close(parts, temperature_losses(logits, labels))


def test_a_model_without_a_mistake_is_not_made_ever_surer() -> None:
    # 1 - 1/5 on the label and 1/5 alike: of two classes 0.9 is to be believed of three samples.
    logits = torch.tensor([[4.0, 0.0]]).expand(3, 2)
    found = best_temperature(temperature_losses(logits, torch.zeros(3, dtype=torch.int64)), 3)
    assert found == pytest.approx(4 / np.log(0.9 / 0.1), rel=0.04)


def test_without_samples_nothing_changes() -> None:
    assert best_temperature(torch.zeros(2, len(TEMPERATURES)), 0) == 1
