"""Processes that read and threads that compute fit the processors together."""

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer

from mienet.training import threads
from mienet.training.threads import FastestThreads, Shares, share_processors


@pytest.fixture(autouse=True)
def four_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "num_processors", lambda: 4)
    monkeypatch.setattr(threads, "steps_per_second", lambda *_: torch.get_num_threads())
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def test_all_compute_where_nothing_is_decoded() -> None:
    assert share_processors(None, on_cpu=True, frames_are_kept=True) == (0, 4)


def test_one_of_four_reads_where_videos_are_decoded() -> None:
    assert share_processors(None, on_cpu=True, frames_are_kept=False) == (1, 3)


def test_wanted_readers_leave_the_rest() -> None:
    assert share_processors(3, on_cpu=True, frames_are_kept=True) == (3, 1)


def test_processes_share_a_machine() -> None:
    assert share_processors(None, on_cpu=True, processes=2, frames_are_kept=True) == (0, 2)


def test_one_processor_gives_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "num_processors", lambda: 1)
    assert share_processors(None, on_cpu=True, frames_are_kept=False) == (1, 1)


def test_a_gpu_is_read_for_by_sixteen_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "num_processors", lambda: 64)
    assert share_processors(None, on_cpu=False, frames_are_kept=False) == (16, None)


def test_a_gpu_is_read_for_by_all() -> None:
    assert share_processors(None, on_cpu=False, frames_are_kept=True) == (4, None)


def test_a_user_s_number_of_threads_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert share_processors(None, on_cpu=True, frames_are_kept=True) == (0, None)


@pytest.mark.parametrize(("speeds", "fastest"), [
    ({4: 4, 3: 3, 2: 2, 1: 1}, 4),
    ({4: 2, 3: 3, 2: 2, 1: 1}, 3),  # one processor is busy
    ({4: 0.9, 3: 0.9, 2: 0.9, 1: 1}, 1),  # all are
    ({4: 0.98, 3: 1, 2: 0.5, 1: 0.2}, 4),  # nearly as fast, and faster once it is quiet
])  # fmt: skip
def test_the_fastest_number_of_threads_is_taken(
    speeds: dict[int, float], fastest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "steps_per_second", lambda *_: speeds[torch.get_num_threads()])
    assert threads.fastest_threads(4, torch.float32) == fastest


def test_measuring_leaves_the_number_of_threads() -> None:
    before = torch.get_num_threads()
    threads.fastest_threads(4, torch.float32)
    assert torch.get_num_threads() == before


def test_each_epoch_is_computed_with_the_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "fastest_threads", lambda most, kind: most - 1)
    before = torch.get_num_threads()
    FastestThreads(3, torch.float32).on_train_epoch_start(Trainer(logger=False), LightningModule())
    chosen = torch.get_num_threads()
    torch.set_num_threads(before)
    assert chosen == 2


def test_threads_are_measured_in_the_precision_of_the_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured = []
    monkeypatch.setattr(threads, "steps_per_second", lambda _, kind: measured.append(kind) or 1)
    threads.fastest_threads(2, torch.bfloat16)
    assert set(measured) == {torch.bfloat16}


def test_shares_in_words() -> None:
    itself = "videos are read by the training process itself"
    assert str(Shares(0, None)) == itself
    assert str(Shares(0, 2)) == f"up to 2 threads compute, measured each epoch; {itself}"
    assert str(Shares(1, None)) == "videos are read by 1 process beside this one"
    assert str(Shares(4, 1)).startswith("1 thread computes; videos are read by")
    assert str(Shares(4, None)) == "videos are read by 4 processes beside this one"
