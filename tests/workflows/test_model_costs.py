"""What models cost on this machine."""

from pathlib import Path

import pytest
import torch

from mienet.errors import MienetError
from mienet.loading import read_network
from mienet.measuring import peak_memory_bytes
from mienet.rendering.comparison import ModelCost
from mienet.workflows import model_costs
from mienet.workflows.model_costs import measure_cost, measure_costs, total_cost
from tests.conftest import SameProcess, make_timeline_recognizer


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_costs, "SECONDS", 0.0)


def test_parameters_are_those_that_were_learned(model: Path) -> None:
    found = measure_cost(str(model), device="cpu", allow_pickle=False)
    parameters = read_network(model).network.parameters()
    assert found.num_parameters == sum(weights.numel() for weights in parameters)
    assert found.unit == "clip"
    assert found.gigaflops is not None
    assert min(found.gigaflops, found.median_seconds) > 0


def test_of_recordings_it_is_a_window(tmp_path: Path) -> None:
    make_timeline_recognizer().save(tmp_path)
    found = measure_cost(str(tmp_path), device="cpu", allow_pickle=False)
    assert found.unit == "window"
    assert found.num_parameters is not None


def test_an_exported_model_does_not_tell_its_work(exported: Path) -> None:
    found = measure_cost(str(exported), device="auto", allow_pickle=True)
    assert (found.num_parameters, found.gigaflops) == (None, None)
    assert found.median_seconds > 0


def test_memory_is_that_of_a_process_of_its_own(full_model: Path) -> None:
    held = b"x" * 600_000_000  # which the process that starts others does not count for them
    (found,) = measure_costs([full_model], device="cpu", allow_pickle=False)
    own = peak_memory_bytes(torch.device("cpu"))
    assert own is not None
    assert found.peak_memory_bytes is not None
    assert own > len(held)
    assert 1e7 < found.peak_memory_bytes < own - len(held) / 3


def test_what_is_wrong_in_the_process_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_costs, "ProcessPoolExecutor", SameProcess)
    (model / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(MienetError, match=r"model\.safetensors"):
        measure_costs([model], device="cpu", allow_pickle=False)


def test_all_together_cost_the_sum_of_what_is_known() -> None:
    one = ModelCost("clip", 10, 2.0, 0.5, 100, "a CPU")
    other = ModelCost("clip", 5, None, 0.25, 100, "a CPU")
    found = total_cost([one, other])
    assert (found.num_parameters, found.gigaflops, found.median_seconds) == (15, None, 0.75)
    assert found.peak_memory_bytes is None
