"""Training on whole recordings: what a run leaves, that it repeats, resumes and learns."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mienet.cli import main
from mienet.config import (
    DataConfig,
    ModelConfig,
    RunConfig,
    TimelineConfig,
    TrainConfig,
    TrainerConfig,
)
from mienet.errors import MienetError
from mienet.loading import load, load_clip_model
from mienet.models.checkpoints import read_checkpoint
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.training.recording_data import RecordingVideos
from mienet.workflows.train import train
from tests.conftest import video_writer
from tests.workflows.runs import change


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    """Eight recordings that grow brighter: dark, then light, and an event between."""
    folder = tmp_path_factory.mktemp("recordings")
    write = video_writer(folder)
    lines = {"train": [], "val": []}
    for number in range(8):
        name = write(f"{number}.mp4", num_frames=40 + number).name
        rows = [f"{name},dark,0,0.8", f"{name},light,0.8,1.6", f"{name},dawn,0.8,"]
        lines["val" if number > 5 else "train"] += rows
    for name, rows in lines.items():
        header = "path,label,start_seconds,end_seconds"
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n")
    return RunConfig(
        ModelConfig(backbone="resnet18", num_segments=8),
        DataConfig(
            train=str(folder / "train.csv"), val=str(folder / "val.csv"), short_side=32,
            crop_size=32, batch_size=4, num_workers=0, scales=(1.0,), flip=True,
        ),
        TrainConfig(
            name="run", out=str(folder / "runs"), epochs=12, optimizer="adamw",
            learning_rate=0.01, schedule="cosine",
        ),
        TrainerConfig(accelerator="cpu"),
        timeline=TimelineConfig(head="gru", head_width=16, stride=2),
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(config: RunConfig) -> Path:
    return train(config)


def test_a_run_leaves_all_that_is_needed(run: Path) -> None:
    facts = json.loads((run / "run.json").read_text())
    assert (facts["phases"], facts["events"]) == (["dark", "light"], ["dawn"])
    assert (facts["training_recordings"], facts["validation_recordings"]) == (6, 2)
    assert (run / "train.csv").read_text().startswith("path,label,start_seconds,end_seconds")


def test_it_learns_what_is_easy(run: Path, config: RunConfig) -> None:
    recognizer = load(run)
    assert isinstance(recognizer, TimelineRecognizer)
    recording = RecordingVideos(config).validation[0]
    found = recognizer.timeline(recording.video.path)
    assert [phase.label for phase in found.phases][:2] == ["dark", "light"]
    assert found.phases[0].end_seconds == pytest.approx(0.8, abs=0.2)
    assert [event.label for event in found.events] == ["dawn"]
    assert found.events[0].time_seconds == pytest.approx(0.8, abs=0.2)


def test_the_model_knows_order_and_thresholds(run: Path) -> None:
    metadata = read_checkpoint(run).metadata
    # Dark to light, light to nothing; all lasted 0.8 s or are cut off by the start.
    assert metadata["order"]["follows"][0] == [False, True, False]
    assert metadata["order"]["least_seconds"][1] == pytest.approx(0.4)
    assert len(metadata["event_thresholds"]) == 1


@pytest.fixture(scope="module")
def kept_last(config: RunConfig) -> Path:
    return train(change(config, "train", name="last", epochs=2, keep="last"))


def test_one_seed_gives_one_result(config: RunConfig, kept_last: Path) -> None:
    again = train(change(config, "train", name="again", epochs=2, keep="last"))
    one, other = (read_checkpoint(path).network.state_dict() for path in (kept_last, again))
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, other[name], rtol=0, atol=0)


def test_the_last_epoch_can_be_kept(kept_last: Path) -> None:
    state = torch.load(kept_last / "last.ckpt", weights_only=True)["state_dict"]
    for name, tensor in read_checkpoint(kept_last).network.state_dict().items():
        torch.testing.assert_close(tensor, state[f"recognizer.network.{name}"], rtol=0, atol=0)


def test_validation_and_use_say_the_same(run: Path, config: RunConfig) -> None:
    state = torch.load(run / "last.ckpt", weights_only=True)
    best = state["callbacks"]["SaveBest"]["best"]
    recognizer = load(run)
    assert isinstance(recognizer, TimelineRecognizer)
    right = counted = 0
    for recording in RecordingVideos(config).validation:
        found = recognizer.timeline(recording.video.path)
        none = 1 - found.probabilities.sum(axis=1, keepdims=True)
        said = np.concatenate([found.probabilities, none], axis=1).argmax(axis=1)
        right += int((said == recording.labels).sum())
        counted += len(said)
    assert 0.5 * (right / counted) <= best <= 0.5 * (right / counted) + 0.5


def test_a_model_of_recordings_is_none_of_clips(run: Path) -> None:
    with pytest.raises(MienetError, match="a model of whole recordings"):
        load_clip_model(run)


def test_it_starts_from_a_model_of_recordings(config: RunConfig, run: Path) -> None:
    started = replace(config, model=replace(config.model, pretrained=str(run)))
    second = train(change(started, "train", name="second", epochs=1, learning_rate=1e-9))
    facts = json.loads((second / "run.json").read_text())
    assert facts["pretrained"]["classifier"] == "taken over, for the same classes"


def test_the_command_trains(
    config: RunConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = config.data
    code = main([
        "train", "timeline", "--data.train", str(data.train), "--data.val", str(data.val),
        "--model.pretrained", "null", "--model.num_segments", "4", "--data.short_side", "32",
        "--data.crop_size", "32", "--train.epochs", "1", "--train.out", str(tmp_path),
        "--train.name", "run", "--trainer.accelerator", "cpu", "--trainer.precision", "32-true",
    ])  # fmt: skip
    out = capsys.readouterr().out
    assert code == 0
    assert "6 recordings (0.2 minutes) to train with, 2 to validate with, 2 phases" in out
    assert "Last score on the validation recordings" in out
