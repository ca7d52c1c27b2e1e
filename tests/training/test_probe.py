"""What a machine computes in a moment."""

import pytest
import torch

from mienet.training import probe
from mienet.training.probe import steps_per_second


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_steps_are_counted(kind: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "BURST_SECONDS", 0.01)
    assert steps_per_second(2, kind) > 0


def test_the_rate_is_that_of_the_steps_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 5.0, 5.02, 5.04, 5.2, 5.2])  # the first step ends at 5; then three more
    monkeypatch.setattr(probe.time, "perf_counter", lambda: next(times))
    assert steps_per_second(1, torch.float32) == pytest.approx(3 / 0.2)
