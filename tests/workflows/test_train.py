import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor

from mienet.annotations.records import AnnotationError
from mienet.config import ConfigError, RunConfig, load_recipe
from mienet.errors import MienetError
from mienet.loading import load, load_network
from mienet.models.checkpoints import load_checkpoint
from mienet.models.weights import CheckpointError
from mienet.recognizer import NetworkRecognizer
from mienet.training.building import build_recognizer
from mienet.training.datamodule import Videos
from mienet.training.task import ActionRecognitionTask
from mienet.workflows.evaluate import evaluate
from mienet.workflows.train import train
from tests.workflows.runs import change


def test_a_run_leaves_all_that_is_needed(trained: tuple[RunConfig, Path]) -> None:
    run = trained[1]
    assert {
        "model.safetensors",
        "last.ckpt",
        "config.yaml",
        "run.json",
        "train.csv",
        "val.csv",
    } <= {path.name for path in run.iterdir()}
    facts = json.loads((run / "run.json").read_text())
    assert facts["classes"] == ["fall", "rise"]
    assert (facts["training_clips"], facts["validation_clips"]) == (6, 6)
    assert facts["versions"]["torch"] == torch.__version__
    assert yaml.safe_load((run / "config.yaml").read_text())["train"]["epochs"] == 1
    assert list((run / "tensorboard").iterdir())


def test_one_seed_gives_one_result(trained: tuple[RunConfig, Path]) -> None:
    config, first = trained
    second = train(change(config, "train", name="again"))
    one, other = (load_checkpoint(run).state_dict() for run in (first, second))
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, other[name], rtol=0, atol=0)


def test_evaluation_repeats_the_validation_of_training(trained: tuple[RunConfig, Path]) -> None:
    run = trained[1]
    state = torch.load(run / "last.ckpt", weights_only=True)
    best = state["callbacks"]["SaveBest"]["best"]
    evaluation, _ = evaluate(run, num_workers=0)
    assert evaluation.metrics.top1 == pytest.approx(best)


def test_validation_and_prediction_give_the_same_logits(
    config: RunConfig, recognizer: NetworkRecognizer
) -> None:
    videos = Videos(config)
    [first, *_] = videos.val_dataloader()
    task = ActionRecognitionTask(recognizer, config.train, batch_size=4)
    with torch.inference_mode():
        validated = task.recognizer.video_logits(first.clips).softmax(dim=1)
    for position, probabilities in zip(first.position, validated, strict=True):
        prediction = recognizer.predict(videos.validation[int(position)].path)
        ranked = probabilities.sort(descending=True).values
        torch.testing.assert_close(ranked, torch.tensor(prediction.probabilities))


def test_how_far_frames_of_a_segment_are_apart_is_kept_with_the_model(config: RunConfig) -> None:
    run = train(change(config, "data", frame_stride=2))
    assert load_network(run).clip_format.frame_stride == 2


def test_a_moving_average_is_what_is_saved(config: RunConfig) -> None:
    still = change(config, "train", ema_decay=1.0, epochs=1)
    run = train(still)
    torch.manual_seed(config.train.seed)
    start, _ = build_recognizer(still, ["fall", "rise"])
    weight = load_network(run).network.backbone.conv1.weight
    torch.testing.assert_close(weight, start.network.backbone.conv1.weight)


@pytest.mark.parametrize("options", [
    {"optimizer": "adamw", "schedule": "cosine", "label_smoothing": 0.1, "gradient_clip": 0.0},
    {"channels_last": False},
])  # fmt: skip
def test_other_choices_train_too(config: RunConfig, options: dict) -> None:
    assert (train(change(config, "train", epochs=1, **options)) / "model.safetensors").exists()


def test_training_steps_alone_are_compiled(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[bool] = []

    def compile_counted(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        def compiled(clips: Tensor) -> Tensor:
            steps.append(torch.is_grad_enabled())
            return forward(clips)

        return compiled

    monkeypatch.setattr(torch, "compile", compile_counted)
    run = train(change(config, "train", epochs=2, compile=True))
    clips = json.loads((run / "run.json").read_text())["training_clips"]
    assert steps == [True] * 2 * -(-clips // config.data.batch_size)


def test_bf16_trains(config: RunConfig) -> None:
    config = change(config, "trainer", precision="bf16-mixed")
    assert (train(change(config, "train", epochs=1)) / "model.safetensors").exists()


def test_a_saved_configuration_is_a_recipe(trained: tuple[RunConfig, Path]) -> None:
    config, run = trained
    assert load_recipe(str(run / "config.yaml")) == config


def test_devices_that_are_not_there_are_reported(config: RunConfig) -> None:
    with pytest.raises(ConfigError, match="the trainer options cannot be met here"):
        train(change(config, "trainer", accelerator="tpu"))
    assert not Path(config.train.out).exists()


def test_imagenet_weights_that_cannot_be_had_are_said(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    auto = change(config, "model", pretrained="auto")
    assert build_recognizer(auto, ["fall", "rise"])[1] is None
    assert "Training from scratch, which costs accuracy" in capsys.readouterr().out
    with pytest.raises(CheckpointError, match=r"no network\); give --model\.pretrained FILE"):
        build_recognizer(change(config, "model", pretrained="imagenet"), ["fall", "rise"])


def test_a_start_is_accounted_for(
    config: RunConfig, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train(change(change(config, "train", epochs=1), "model", pretrained=str(model)))
    assert f"Starting weights: {model} (a model of mienet, resnet18" in capsys.readouterr().out
    account = json.loads((run / "run.json").read_text())["pretrained"]
    assert account["classifier"] == "taken over, for the same classes"
    assert len(account["loaded"]) == len(load_network(model).network.state_dict())
    assert account["new"] == account["unused"] == []


def test_a_taken_name_is_refused(trained: tuple[RunConfig, Path]) -> None:
    config, run = trained
    with pytest.raises(ConfigError, match=r"holds a run already.*--train\.resume"):
        train(config)
    assert load(run)


def test_broken_videos_stop_a_run_before_it_starts(config: RunConfig, class_folders: Path) -> None:
    (class_folders / "rise/broken.mp4").write_bytes(b"")
    (class_folders / "fall/text.mp4").write_text("no video")
    with pytest.raises(AnnotationError, match=r"(?s)text\.mp4.*broken\.mp4|broken\.mp4.*text\.mp4"):
        train(config)
    assert not Path(config.train.out).exists()


def test_what_is_ignored_is_said(
    config: RunConfig, class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (class_folders / "rise/notes.pdf").write_bytes(b"x")
    (class_folders / "rise/9.mp4").write_bytes(b"broken, so that nothing is trained")
    with pytest.raises(ValueError, match=r"9\.mp4"):
        train(config)
    assert "note: ignored 1 (no video by its ending .pdf)" in capsys.readouterr().err


def test_no_videos_given_says_how(config: RunConfig) -> None:
    with pytest.raises(ConfigError, match=r"--data\.root FOLDER"):
        train(change(config, "data", root=None))


def test_two_processes_train_to_the_same_weights(class_folders: Path, tmp_path: Path) -> None:
    (class_folders / "fall/0.mp4").unlink()  # 11 videos: not the same number for both
    script = tmp_path / "two.py"
    script.write_text(
        "import sys, torch\n"
        "from mienet.cli import main\n"
        "from mienet.models import resnet\n"
        "from mienet.training import task\n"
        "resnet.WIDTH = 8\n"
        "def note(self):\n"
        "    rank = self.global_rank\n"
        "    torch.save({'weights': self.recognizer.network.state_dict(), 'seen': self.seen,\n"
        f"        'validated': self.counted.item()}}, f'{tmp_path}/rank{{rank}}.pt')\n"
        "task.ActionRecognitionTask.on_train_end = note\n"
        "step = task.ActionRecognitionTask.training_step\n"
        "def training_step(self, batch, i):\n"
        "    self.seen = getattr(self, 'seen', []) + batch.position.tolist()\n"
        "    return step(self, batch, i)\n"
        "task.ActionRecognitionTask.training_step = training_step\n"
        "end = task.ActionRecognitionTask.on_validation_epoch_end\n"
        "def on_end(self):\n"
        "    local = self.counts.counts[0].sum().float()\n"
        "    torch.distributed.all_reduce(local)\n"
        "    self.counted = local\n"
        "    end(self)\n"
        "task.ActionRecognitionTask.on_validation_epoch_end = on_end\n"
        "sys.exit(main())\n"
    )
    (tmp_path / "val.csv").write_text(
        "path,label\n" + "".join(f"videos/rise/{i}.mp4,rise\n" for i in range(5))
    )
    command = [
        sys.executable, str(script), "train", "demo", "--data.train", str(class_folders),
        "--data.val", str(tmp_path / "val.csv"), "--data.num_workers", "0",
        "--model.num_segments", "2", "--data.short_side", "36", "--data.crop_size", "32",
        "--data.batch_size", "3", "--train.epochs", "1", "--train.out", str(tmp_path),
        "--train.name", "ddp", "--trainer.accelerator", "cpu", "--trainer.devices", "2",
        "--trainer.strategy", "ddp",
    ]  # fmt: skip
    # The validation paths are relative to the list's folder, which is the root.
    command += ["--data.root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    one, other = (torch.load(tmp_path / f"rank{rank}.pt") for rank in (0, 1))
    assert sorted(one["seen"] + other["seen"]) == list(range(11))
    assert one["validated"] == other["validated"] == 5
    for name, tensor in one["weights"].items():
        if "running" not in name and "num_batches" not in name:
            torch.testing.assert_close(tensor, other["weights"][name], rtol=0, atol=0)


def test_classes_of_one_size_are_told_in_one_number(config: RunConfig) -> None:
    videos = Videos(config)
    assert f"{len(videos.training) // 2} clips in each class" in videos.summary()


def test_unbalanced_classes_are_pointed_out(
    class_folders: Path, config: RunConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    for index in range(1, 6):
        (class_folders / f"rise/{index}.mp4").unlink()
    run = train(change(config, "data", train=str(class_folders), val=str(class_folders)))
    assert "clips per class: 1 (rise) to 6 (fall); consider --data.class_weights" in (
        capsys.readouterr().out
    )
    facts = json.loads((run / "run.json").read_text())
    assert facts["training_clips_per_class"] == {"fall": 6, "rise": 1}


def test_a_folder_for_runs_that_cannot_be_is_told_before_videos_are_read(
    config: RunConfig, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    nowhere = change(config, "data", root=str(tmp_path / "no videos"))
    with pytest.raises(MienetError, match="file is a file where a folder is needed"):
        train(change(nowhere, "train", out=str(tmp_path / "file")))
