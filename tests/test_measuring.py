"""What computations take: each module what it takes, a network the work of its convolutions."""

import time

import pytest
import torch
from torch import nn

from mienet.measuring import gigaflops, measure, time_modules
from mienet.models import tsn
from tests.conftest import make_recognizer

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mienet.measuring.SECONDS", 0.0)  # the fewest runs


class Waiting(nn.Module):
    def forward(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds


def test_a_module_takes_what_it_waits() -> None:
    short, long = Waiting(), Waiting()
    times = time_modules([short, long], lambda: (short(0.001), long(0.05)), CPU)
    assert times[short] >= 0.001
    assert times[long] >= 0.05


def test_hooks_are_taken_out_again() -> None:
    waiting = Waiting()
    time_modules([waiting], lambda: waiting(0.0), CPU)
    assert not waiting._forward_hooks
    assert not waiting._forward_pre_hooks


def test_two_runs_warm_up_and_five_count() -> None:
    runs: list[int] = []
    assert len(measure(lambda: runs.append(1), CPU, seconds=0.0)) == 5
    assert len(runs) == 7


def test_of_what_is_long_one_run_is_enough() -> None:
    runs: list[int] = []
    assert len(measure(lambda: runs.append(1), CPU, seconds=0.0, long=True)) == len(runs) == 1


def test_work_of_tsn_is_that_of_its_convolutions(published_networks: None) -> None:
    recognizer = make_recognizer(tsn)
    # ResNet-18's published 1.82 G multiply-adds at 224x224, less its classifier of 1000 classes;
    # 2 segments of 32x32 pixels are 2 / 49 of that.
    published = 2 * (1.814e9 - 512e3) * 2 / 49 / 1e9
    clips = torch.zeros(1, 2, 1, 3, 32, 32, dtype=torch.uint8)
    assert gigaflops(lambda: recognizer(clips)) == pytest.approx(published, rel=0.01)
