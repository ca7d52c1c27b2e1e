"""Trainings that fail or are stopped: what is said, and what is left."""

import errno
import os
import resource
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch._dynamo.exc import TorchDynamoException

from mienet.config import ConfigError, RunConfig
from mienet.data.loading import TrainingDataset
from mienet.loading import load_network
from mienet.training import optimization
from mienet.training.divergence import DivergedError, StopWhenDiverged
from mienet.training.run_folder import claimed
from mienet.training.stopping import TrainingError, orderly_stops, reason
from mienet.training.task import ActionRecognitionTask
from mienet.workflows.train import train
from tests.conftest import make_recognizer


def change(config: RunConfig, **options: object) -> RunConfig:
    return replace(config, train=replace(config.train, **options))


def in_epoch(epoch: int, act: object) -> object:
    """Returns a training step that acts instead in an epoch."""
    step = ActionRecognitionTask.training_step

    def training_step(self: ActionRecognitionTask, *arguments: object) -> object:
        if self.current_epoch == epoch:
            act()  # type: ignore[operator]
        return step(self, *arguments)  # type: ignore[arg-type]

    return training_step


def test_a_training_that_diverges_at_once_leaves_nothing(config: RunConfig) -> None:
    with pytest.raises(TrainingError, match=r"diverged in epoch 1, step \d.*learning_rate 1e\+29"):
        train(change(config, learning_rate=1e30))
    assert not (Path(config.train.out) / "run").exists()


@pytest.mark.parametrize(("ema_decay", "precision"), [(None, "32-true"), (0.5, "bf16-mixed")])
def test_a_training_that_diverges_keeps_its_best_model(
    config: RunConfig, ema_decay: float | None, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    factor = lambda epoch, _: 1e-3 if epoch < 1 else 1e33  # noqa: E731
    monkeypatch.setattr(optimization, "learning_rate_factor", factor)
    config = replace(config, trainer=replace(config.trainer, precision=precision))
    message = r"diverged in epoch 2.* best model .*model\.safetensors\. With another --train\.name"
    with pytest.raises(TrainingError, match=message) as caught:
        train(change(config, ema_decay=ema_decay))
    assert ("--trainer.precision 32-true" in str(caught.value)) == (precision != "32-true")
    run = Path(config.train.out) / "run"
    weights = load_network(run).state_dict().values()
    state = torch.load(run / "last.ckpt", weights_only=True)
    assert all(bool(torch.isfinite(w).all()) for w in [*weights, *state["state_dict"].values()])
    assert state["epoch"] == 0


def test_a_learning_rate_beyond_all_numbers_is_no_traceback(config: RunConfig) -> None:
    with pytest.raises(TrainingError, match="learning rate is beyond all numbers"):
        train(change(config, learning_rate=1e300))


def test_a_computer_without_a_compiler_is_said_so(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> object:
        def compiled(_: object) -> object:
            raise TorchDynamoException("No working C++ compiler found\n\nSet TORCHDYNAMO_VERBOSE=1")

        return compiled

    monkeypatch.setattr(torch, "compile", fail)
    message = r"compiled here \(No working C\+\+ compiler found\); leave out --train\.compile"
    with pytest.raises(TrainingError, match=message):
        train(change(config, compile=True))


def watched() -> SimpleNamespace:
    """Returns what the callback asks a trainer."""
    decide = SimpleNamespace(reduce_boolean_decision=lambda finite: finite)
    return SimpleNamespace(strategy=decide, current_epoch=2, is_last_batch=True, precision="32")


def test_logits_that_are_not_finite_end_a_validation(config: RunConfig) -> None:
    task = ActionRecognitionTask(make_recognizer(), config.train, batch_size=4)
    logits = torch.tensor([[0.0, float("inf")]])
    with pytest.raises(DivergedError, match="in the validation after epoch 3: a logit"):
        StopWhenDiverged().on_validation_batch_end(watched(), task, logits, None, 0)  # type: ignore[arg-type]


def test_weights_that_are_not_finite_are_not_saved(config: RunConfig) -> None:
    task = ActionRecognitionTask(make_recognizer(), config.train, batch_size=4)
    task.recognizer.network.backbone.bn1.running_var.fill_(float("nan"))
    outputs = {"loss": torch.tensor(1.0)}
    with pytest.raises(DivergedError, match="epoch 3, step 8: a weight"):
        StopWhenDiverged().on_train_batch_end(watched(), task, outputs, None, 7)  # type: ignore[arg-type]


def test_ctrl_c_in_the_first_epoch_leaves_nothing_to_resume(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def press() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(ActionRecognitionTask, "training_step", in_epoch(0, press))
    with pytest.raises(KeyboardInterrupt):
        train(config)
    assert "No epoch was finished, so there is nothing to resume" in capsys.readouterr().out
    assert not (Path(config.train.out) / "run").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_files_that_are_not_the_runs_stay(config: RunConfig) -> None:
    run = Path(config.train.out) / "run"
    run.mkdir(parents=True)
    (run / "notes.txt").write_text("mine")
    with pytest.raises(TrainingError):
        train(change(config, learning_rate=1e30))
    assert [path.name for path in run.iterdir()] == ["notes.txt"]


def test_sigterm_ends_with_143_and_says_how_to_go_on(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(ActionRecognitionTask, "training_step", in_epoch(1, end))
    with pytest.raises(SystemExit) as stopped:
        train(config)
    assert stopped.value.code == 143
    run = Path(config.train.out) / "run"
    command = f"mienet train {run}/config.yaml --train.resume {run}/last.ckpt"
    assert f"kept: {run}/model.safetensors. Continue with: {command}" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_sigterm_is_the_programs_where_it_has_a_handler() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with orderly_stops():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_killed_loader_process_is_one_message(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = TrainingDataset.__getitem__

    def killed(self: TrainingDataset, key: tuple[int, int]) -> object:
        if key[0] == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return read(self, key)

    monkeypatch.setattr(TrainingDataset, "__getitem__", killed)
    config = replace(config, data=replace(config.data, num_workers=1))
    with pytest.raises(
        TrainingError, match=r"was killed \(Killed\).*memory.*Continue with: mienet"
    ):
        train(config)


def test_memory_that_runs_out_in_a_loader_process_is_one_message(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: TrainingDataset, key: tuple[int, int]) -> object:
        raise MemoryError

    monkeypatch.setattr(TrainingDataset, "__getitem__", full)
    config = replace(config, data=replace(config.data, num_workers=1))
    with pytest.raises(TrainingError, match=r"memory ran out while videos were read.*num_workers"):
        train(config)


def test_a_full_disk_keeps_what_was_saved(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))

    monkeypatch.setattr(ActionRecognitionTask, "training_step", in_epoch(1, fill))
    message = r"run/(last\.ckpt|model\.safetensors): file too large; make room.*Continue with"
    try:
        with pytest.raises(TrainingError, match=message):
            train(config)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    run = Path(config.train.out) / "run"
    assert torch.load(run / "last.ckpt", weights_only=True)["epoch"] == 0
    assert load_network(run)
    names = {"config.yaml", "run.json", "train.csv", "val.csv", "tensorboard"}
    assert {path.name for path in run.iterdir()} == names | {"last.ckpt", "model.safetensors"}


def test_a_name_is_one_trainings_at_a_time(config: RunConfig) -> None:
    run = Path(config.train.out) / "run"
    with claimed(run, config), pytest.raises(ConfigError, match="being trained by another"):
        train(config)


def test_an_interrupted_run_without_a_state_says_how_to_reuse_its_name(config: RunConfig) -> None:
    run = Path(config.train.out) / "run"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("{}")
    with pytest.raises(ConfigError, match=r"nothing to resume.*delete the folder"):
        train(config)


@pytest.mark.parametrize(("error", "expected"), [
    (OSError(errno.ENOSPC, "No space", "a.ckpt"), "a.ckpt: no space; make room on the disk"),
    (OSError(errno.EIO, "Input/output error"), "runs/x: input/output error"),
    (MemoryError(), "memory ran out"),
    (torch.OutOfMemoryError("CUDA out of memory"), "--data.batch_size"),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "memory ran out"),
])  # fmt: skip
def test_failures_that_a_user_can_do_something_about(error: Exception, expected: str) -> None:
    assert expected in (reason(error, Path("runs/x")) or "")


def test_other_errors_are_not_hidden() -> None:
    assert reason(RuntimeError("a mistake of the program"), Path("runs/x")) is None


@pytest.mark.parametrize(
    "error",
    [
        torch.distributed.DistBackendError("NCCL error: remote process exited"),
        RuntimeError("[../gloo/transport/tcp/pair.cc:547] Connection closed by peer [10.0.0.2]"),
    ],
)
def test_a_lost_process_is_told_in_one_line(error: Exception) -> None:
    said = reason(error, Path("run"))
    assert said is not None
    assert said.startswith("another process of this training ended, or cannot be reached any more")
    assert str(error) in said
