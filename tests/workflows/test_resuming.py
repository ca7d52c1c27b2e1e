"""Trainings that go on where they were, and what is not gone on with."""

from pathlib import Path

import pytest
import torch

from mienet.config import ConfigError, RunConfig
from mienet.models import tsm
from mienet.models.checkpoints import save_checkpoint
from mienet.training.building import build_recognizer
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
        with pytest.raises(ConfigError, match="trained with other clips than these options give"):
            train(change(config, "train", resume=str(run / "last.ckpt"), epochs=2))
    finally:
        away.rename(clip)


def test_a_finished_run_is_not_resumed(trained: tuple[RunConfig, Path]) -> None:
    config, run = trained
    with pytest.raises(ConfigError, match=r"has finished 1 epochs; .*--train\.epochs"):
        train(change(config, "train", epochs=1, resume=str(run / "last.ckpt")))


def test_a_resumed_run_keeps_its_name(trained: tuple[RunConfig, Path]) -> None:
    config, run = trained
    with pytest.raises(ConfigError, match="leave one of them out"):
        train(change(config, "train", name="other", resume=str(run / "last.ckpt")))


def test_a_run_of_another_network_is_not_resumed(trained: tuple[RunConfig, Path]) -> None:
    config, run = trained
    other = change(config, "model", motion="none", temporal="none")
    with pytest.raises(ConfigError, match="holds another network than these options make"):
        train(change(other, "train", resume=str(run / "last.ckpt"), epochs=2))


def test_a_resumed_run_shifts_the_blocks_it_shifted(config: RunConfig, tmp_path: Path) -> None:
    network = tsm(2, "resnet18", num_segments=2, shift_every=2)
    save_checkpoint(tmp_path / "model.safetensors", network, {})
    config = change(config, "model", motion="none", temporal="shift")
    resumed = change(config, "train", resume=str(tmp_path / "last.ckpt"))
    made, _ = build_recognizer(resumed, ["fall", "rise"])
    assert made.network.options["shift_every"] == 2
