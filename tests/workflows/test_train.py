import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from mienet.annotations.records import AnnotationError
from mienet.config import (
    ConfigError,
    DataConfig,
    ModelConfig,
    RunConfig,
    TrainConfig,
    TrainerConfig,
    load_recipe,
)
from mienet.data.loading import Sample
from mienet.loading import load, load_network
from mienet.models import tsm
from mienet.models.checkpoints import load_checkpoint, save_checkpoint
from mienet.models.weights import CheckpointError
from mienet.recognizer import NetworkRecognizer
from mienet.training.datamodule import Videos, flip_labels, read_lists
from mienet.training.task import ActionRecognitionTask
from mienet.workflows.evaluate import evaluate
from mienet.workflows.train import build_recognizer, train
from tests.conftest import make_recognizer


def tiny(videos: Path, out: Path, epochs: int = 2) -> RunConfig:
    return RunConfig(
        ModelConfig(backbone="resnet18", num_segments=2),
        DataConfig(
            root=str(videos), val_fraction=0.5, short_side=36, crop_size=32, batch_size=4,
            num_workers=0,
        ),
        TrainConfig(name="run", out=str(out), epochs=epochs, warmup_epochs=1),
        TrainerConfig(accelerator="cpu"),
    )  # fmt: skip


@pytest.fixture
def config(class_folders: Path, tmp_path: Path) -> RunConfig:
    return tiny(class_folders, tmp_path / "runs")


@pytest.fixture(scope="module")
def trained_once(
    tmp_path_factory: pytest.TempPathFactory, class_folders_once: Path
) -> tuple[RunConfig, Path]:
    """Trains one epoch, and returns how and the run's folder."""
    folder = tmp_path_factory.mktemp("trained")
    videos = shutil.copytree(class_folders_once, folder / "videos")
    config = tiny(videos, folder / "runs", epochs=1)
    return config, train(config)


@pytest.fixture
def trained(trained_once: tuple[RunConfig, Path]) -> Iterator[tuple[RunConfig, Path]]:
    """Returns a run of one epoch, of which no file that it wrote may be changed."""
    run = trained_once[1]
    before = {path: path.stat().st_mtime_ns for path in run.iterdir() if path.is_file()}
    yield trained_once
    assert {path: path.stat().st_mtime_ns for path in before} == before


def change(config: RunConfig, group: str, **options: object) -> RunConfig:
    return replace(config, **{group: replace(getattr(config, group), **options)})


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


def test_bf16_trains(config: RunConfig) -> None:
    config = change(config, "trainer", precision="bf16-mixed")
    assert (train(change(config, "train", epochs=1)) / "model.safetensors").exists()


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


def test_a_resumed_run_shifts_the_blocks_it_shifted(config: RunConfig, tmp_path: Path) -> None:
    network = tsm(2, "resnet18", num_segments=2, shift_every=2)
    save_checkpoint(tmp_path / "model.safetensors", network, {})
    config = change(config, "model", motion="none", temporal="shift")
    resumed = change(config, "train", resume=str(tmp_path / "last.ckpt"))
    made, _ = build_recognizer(resumed, ["fall", "rise"])
    assert made.network.options["shift_every"] == 2


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


def test_both_lists_are_reported_in_one_error(class_folders: Path) -> None:
    root = class_folders.parent
    (root / "train.csv").write_text("path,label\nvideos/fall/0.mp4,\n")
    (root / "val.csv").write_text("path,label\nnone.mp4,fall\n")
    data = DataConfig(train=str(root / "train.csv"), val=str(root / "val.csv"))
    with pytest.raises(AnnotationError, match=r"(?s)train\.csv:2: no label.*val\.csv:2: no such"):
        read_lists(data, seed=0)


def test_one_class_alone_is_refused_before_anything_is_computed(class_folders: Path) -> None:
    (class_folders / "fall").rename(class_folders.parent / "fall")
    with pytest.raises(ConfigError, match=r"at least two classes, but all 6 .* of one: 'rise'"):
        read_lists(DataConfig(root=str(class_folders)), seed=0)


def test_a_folder_with_one_list_is_trained_with_by_it(class_folders: Path) -> None:
    rows = [f"{c}/{i}.mp4;{c}er" for c in ("fall", "rise") for i in range(6)]
    (class_folders / "labels.csv").write_text("\n".join(["path;label", *rows]))
    training, validation = read_lists(DataConfig(root=str(class_folders), val_fraction=0.5), seed=0)
    assert training.classes == ["faller", "riseer"]
    assert len(training.records) == len(validation.records) == 6


def test_train_and_val_folders_are_found(class_folders: Path) -> None:
    for split in ("train", "val"):
        (class_folders.parent / "both" / split).mkdir(parents=True)
        for label in ("fall", "rise"):
            (class_folders / label).rename(class_folders.parent / "both" / split / label) if (
                split == "train"
            ) else (class_folders.parent / "both/val" / label).symlink_to(
                class_folders.parent / "both/train" / label
            )
    training, validation = read_lists(DataConfig(root=str(class_folders.parent / "both")), 0)
    assert (len(training.records), len(validation.records)) == (12, 12)
    assert training.classes == ["fall", "rise"]


def test_a_part_of_every_class_is_set_apart(class_folders: Path) -> None:
    data = DataConfig(root=str(class_folders), val_fraction=1 / 3)
    training, validation = read_lists(data, seed=0)
    assert [r.label for r in training.records].count(0) == 4
    assert [r.label for r in validation.records].count(0) == 2
    assert not {r.path for r in training.records} & {r.path for r in validation.records}


def test_classes_too_small_to_split_are_reported(class_folders: Path) -> None:
    for index in range(1, 6):
        (class_folders / f"rise/{index}.mp4").unlink()
    with pytest.raises(AnnotationError, match=r"rise: 1\. Add videos, or give --data\.val"):
        read_lists(DataConfig(root=str(class_folders)), seed=0)


def test_flip_policies() -> None:
    classes = ["jump", "left", "right"]
    assert flip_labels(False, classes) is None
    assert flip_labels(True, classes) == (0, 1, 2)
    assert flip_labels({"left": "right"}, classes) == (0, 2, 1)
    with pytest.raises(ConfigError, match=r"unknown class 'rigth'; did you mean 'right'"):
        flip_labels({"left": "rigth"}, classes)


@pytest.mark.parametrize("flip", [{"a": "b", "b": "c"}, {"a": "c", "b": "c"}, {"a": "b", "b": "b"}])
def test_two_mirror_images_of_one_class_are_refused(flip: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"flip: '[abc]' cannot be the mirror image of both"):
        flip_labels(flip, ["a", "b", "c"])


def test_a_pair_named_both_ways_round_is_one_pair() -> None:
    flip = {"a": "b", "b": "a", "c": "c"}
    assert flip_labels(flip, ["a", "b", "c", "d"]) == (1, 0, 2, 3)


def test_two_processes_train_to_the_same_weights(class_folders: Path, tmp_path: Path) -> None:
    (class_folders / "fall/0.mp4").unlink()  # 11 videos: not the same number for both
    script = tmp_path / "two.py"
    script.write_text(
        "import sys, torch\n"
        "from mienet.cli import main\n"
        "from mienet.training import task\n"
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


def test_class_weights_by_name_and_balanced(class_folders: Path, config: RunConfig) -> None:
    for index in range(4):
        (class_folders / f"rise/{index}.mp4").unlink()
    base = change(config, "data", train=str(class_folders), val=str(class_folders))
    assert Videos(base).class_weights() is None
    named = Videos(change(base, "data", class_weights={"rise": 2.5})).class_weights()
    assert named is not None
    assert named.tolist() == [1.0, 2.5]
    balanced = Videos(change(base, "data", class_weights="balanced")).class_weights()
    assert balanced == pytest.approx([8 / 12, 8 / 4])


def test_a_weight_for_an_unknown_class_is_refused(config: RunConfig) -> None:
    videos = Videos(change(config, "data", class_weights={"raise": 2.0}))
    with pytest.raises(ConfigError, match=r"unknown class 'raise'; did you mean 'rise'\?"):
        videos.class_weights()


def test_the_training_loss_is_weighted(config: RunConfig) -> None:
    recognizer = make_recognizer()
    weights = np.array([1.0, 3.0])
    task = ActionRecognitionTask(recognizer, config.train, batch_size=2, class_weights=weights)
    clips = torch.zeros((2, 2, 4, 3, 32, 32), dtype=torch.uint8)
    batch = Sample(clips, torch.tensor([0, 1]), torch.arange(2))
    task.log = lambda *_, **__: None  # type: ignore[method-assign]
    log = recognizer(clips).log_softmax(dim=1)
    expected = -(1.0 * log[0, 0] + 3.0 * log[1, 1]) / 4.0
    torch.testing.assert_close(task.training_step(batch, 0), expected)


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
