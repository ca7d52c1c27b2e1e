"""Trainings that go on where they were, and what is not gone on with."""

import fcntl
import shlex
import shutil
from pathlib import Path

import pytest
import torch

from mienet.cli import main
from mienet.config import ConfigError, RunConfig
from mienet.models import tsm
from mienet.models.checkpoints import save_checkpoint
from mienet.training.building import build_recognizer
from mienet.training.run_folder import resume_command, take_over
from mienet.workflows.train import train
from tests.workflows.runs import change


def test_resuming_ends_where_one_run_ends(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(change(config, "train", name="whole", epochs=3))
    cut = change(config, "train", name="cut", epochs=3)
    with monkeypatch.context() as patch:
        from mienet.workflows import train as module

        make = module._trainer

        def stop_early(*arguments: object) -> object:
            trainer = make(*arguments)  # type: ignore[arg-type]
            trainer.fit_loop.max_epochs = 1
            return trainer

        patch.setattr(module, "_trainer", stop_early)
        run = train(cut)
    settings = (run / "config.yaml").read_text()
    train(change(cut, "train", resume=str(run / "last.ckpt")))
    assert (run / "config.yaml").read_text() == settings
    ends = [torch.load(r / "last.ckpt", weights_only=True) for r in (whole, run)]
    assert ends[0]["epoch"] == ends[1]["epoch"]
    for name, tensor in ends[0]["state_dict"].items():
        torch.testing.assert_close(tensor, ends[1]["state_dict"][name], msg=name)


def test_a_run_of_other_classes_is_not_resumed(
    trained: tuple[RunConfig, Path], config: RunConfig, class_folders: Path
) -> None:
    run = trained[1]
    (class_folders / "rise").rename(class_folders / "drop")
    with pytest.raises(ConfigError, match=r"trained with the classes fall, rise.*have drop, fall"):
        train(change(config, "train", resume=str(run / "last.ckpt")))


def test_a_run_of_other_clips_is_not_resumed(
    trained: tuple[RunConfig, Path], tmp_path: Path
) -> None:
    config, run = trained
    clip = run.parent.parent / "videos/rise/5.mp4"
    away = clip.rename(tmp_path / "5.mp4")
    try:
        with pytest.raises(ConfigError, match="other clips than these options give"):
            train(change(config, "train", resume=str(run / "last.ckpt"), epochs=2))
    finally:
        away.rename(clip)


def test_a_finished_run_is_not_resumed(trained: tuple[RunConfig, Path]) -> None:
    config, run = trained
    with pytest.raises(ConfigError, match=r"has finished 1 epochs; .*--train\.epochs"):
        train(change(config, "train", epochs=1, resume=str(run / "last.ckpt")))


def test_a_resumed_run_keeps_its_name(trained: tuple[RunConfig, Path]) -> None:
    config, run = trained
    with pytest.raises(ConfigError, match=rf"continues the run '{run.name}'; give --train\.name"):
        train(change(config, "train", name="other", resume=str(run / "last.ckpt")))


def test_a_run_of_other_options_is_not_resumed(trained: tuple[RunConfig, Path]) -> None:
    config, run = trained
    other = change(change(config, "model", num_segments=4), "data", brightness=0.5)
    said = (
        r"options: model\.num_segments was 2, is 4; data\.brightness was 0\.0, is 0\.5\. Continue"
    )
    with pytest.raises(ConfigError, match=said):
        train(change(other, "train", resume=str(run / "last.ckpt"), epochs=2))


def test_a_run_of_another_network_is_not_resumed(
    trained: tuple[RunConfig, Path], tmp_path: Path
) -> None:
    config, run = trained
    (tmp_path / "config.yaml").write_text("train: {}\n")
    for name in ("last.ckpt", "run.json"):
        shutil.copy(run / name, tmp_path / name)
    other = change(config, "model", motion="none", temporal="none")
    with pytest.raises(ConfigError, match="holds another network than these options make"):
        train(change(other, "train", name=None, resume=str(tmp_path / "last.ckpt"), epochs=2))


def test_a_run_that_goes_on_for_longer_says_so_in_its_recipe(config: RunConfig) -> None:
    run = train(change(config, "train", epochs=1))
    before = (run / "config.yaml").read_text()
    train(change(config, "train", resume=str(run / "last.ckpt"), epochs=2))
    assert (run / "config.yaml").read_text() == before.replace("epochs: 1\n", "epochs: 2\n", 1)


def test_the_command_to_go_on_can_be_typed(trained: tuple[RunConfig, Path], tmp_path: Path) -> None:
    run = Path(shutil.copytree(trained[1], tmp_path / trained[1].name))
    words = shlex.split(resume_command(run, own_lists=True))
    assert words[-2:] == ["--train.epochs", "2"]
    assert main(words[1:]) == 0
    assert torch.load(run / "last.ckpt", weights_only=True)["epoch"] == 1


def test_a_resumed_run_shifts_the_blocks_it_shifted(config: RunConfig, tmp_path: Path) -> None:
    network = tsm(2, "resnet18", num_segments=2, shift_every=2)
    save_checkpoint(tmp_path / "model.safetensors", network, {})
    config = change(config, "model", motion="none", temporal="shift")
    resumed = change(config, "train", resume=str(tmp_path / "last.ckpt"))
    made, _ = build_recognizer(resumed, ["fall", "rise"])
    assert made.network.options["shift_every"] == 2


def test_auto_starts_a_run_and_goes_on_with_it(
    config: RunConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    auto = change(config, "train", resume="auto", epochs=1)
    run = train(auto)
    assert "continuing" not in capsys.readouterr().out
    train(change(auto, "train", epochs=2))
    assert f"{run}: continuing after epoch 1 of 2" in capsys.readouterr().out
    assert torch.load(run / "last.ckpt", weights_only=True)["epoch"] == 1


def test_auto_leaves_a_finished_run_as_it_is(
    trained: tuple[RunConfig, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = change(trained[0], "train", out=str(tmp_path))
    run = Path(shutil.copytree(trained[1], tmp_path / trained[1].name))
    state = (run / "last.ckpt").read_bytes()
    assert train(change(config, "train", resume="auto")) == run
    assert "continuing after epoch 1 of 1" in capsys.readouterr().out
    assert (run / "last.ckpt").read_bytes() == state


def test_auto_starts_again_what_was_killed_before_it_learned(
    config: RunConfig, tmp_path: Path
) -> None:
    killed = tmp_path / "runs/run"
    (killed / "tensorboard").mkdir(parents=True)
    (killed / "config.yaml").write_text("train: {}\n")
    (killed / "notes.txt").write_text("mine")
    run = train(change(config, "train", resume="auto", epochs=1))
    assert (run / "last.ckpt").exists()
    assert (run / "notes.txt").read_text() == "mine"


def test_auto_does_not_replace_a_model_without_a_state(config: RunConfig, tmp_path: Path) -> None:
    run = tmp_path / "runs/run"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("train: {}\n")
    (run / "model.safetensors").write_bytes(b"learned")
    with pytest.raises(ConfigError, match=r"with nothing to resume: it has no last\.ckpt"):
        train(change(config, "train", resume="auto"))
    assert (run / "model.safetensors").read_bytes() == b"learned"


def test_auto_needs_a_name(config: RunConfig) -> None:
    with pytest.raises(ConfigError, match=r"auto continues the run train\.name .* give --train\.n"):
        train(change(config, "train", resume="auto", name=None))


def test_auto_waits_for_what_a_killed_training_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "runs/run"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("train: {}\n")
    reader = (run / "config.yaml").open()
    fcntl.flock(reader, fcntl.LOCK_EX)
    monkeypatch.setattr("time.sleep", lambda _: reader.close())
    take_over(run)
    assert reader.closed
    assert not run.exists()
