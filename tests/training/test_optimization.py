from dataclasses import replace

import numpy as np
import pytest
import torch

from mienet.config import RunConfig, TimelineConfig, TrainConfig
from mienet.data.loading import Sample
from mienet.models import SegmentNetwork, mie_net, pan_lite, tanet
from mienet.training.optimization import TrainingTask, learning_rate_factor, parameter_groups
from mienet.training.recording_windows import WindowSample
from mienet.training.task import ActionRecognitionTask
from mienet.training.timeline_task import TimelineTask
from tests.conftest import make_recognizer, make_timeline_recognizer

STEP = TrainConfig(epochs=60, schedule="step", steps=(36, 50))
COSINE = TrainConfig(epochs=10, schedule="cosine", warmup_epochs=2)


@pytest.mark.parametrize(("epoch", "factor"), [(0, 1), (35.9, 1), (36, 0.1), (50, 0.01)])
def test_step_schedule(epoch: float, factor: float) -> None:
    assert learning_rate_factor(epoch, STEP) == pytest.approx(factor)


@pytest.mark.parametrize(("epoch", "factor"), [(1, 0.5), (2, 1), (6, 0.5), (10, 0)])
def test_cosine_schedule_after_a_warm_up(epoch: float, factor: float) -> None:
    assert learning_rate_factor(epoch, COSINE) == pytest.approx(factor)


def test_the_first_step_of_a_warm_up_moves() -> None:
    assert learning_rate_factor(0, COSINE) > 0


def sgd_settings(network: SegmentNetwork) -> dict[str, tuple[float, float]]:
    """Returns learning rate and weight decay of every parameter, at rate 1 and decay 0.1."""
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    return {
        names[id(parameter)]: (group["lr"], group["weight_decay"])
        for group in parameter_groups(network, TrainConfig(weight_decay=0.1), 1.0)
        for parameter in group["params"]
    }


def test_sgd_groups_are_the_authors() -> None:
    settings = sgd_settings(mie_net(2, "resnet18"))
    assert settings["motion.conv.weight"] == (5, 0.1)
    assert settings["head.weight"] == (5, 0.1)
    assert settings["head.bias"] == (10, 0)
    assert settings["fusion.weights"] == (1, 0)
    assert settings["backbone.conv1.weight"] == (1, 0.1)
    assert settings["backbone.layer1.0.bn1.weight"] == (1, 0)
    assert settings["backbone.layer1.0.bn1.bias"] == (1, 0)


def test_tams_global_branch_learns_five_times_as_fast() -> None:
    settings = sgd_settings(tanet(2, "resnet18"))
    branch = "backbone.layer1.0.attention.global_branch"
    assert settings[f"{branch}.0.weight"] == settings[f"{branch}.3.weight"] == (5, 0.1)
    assert settings[f"{branch}.1.weight"] == (1, 0)  # batch-norm
    assert settings["backbone.layer1.0.attention.local_branch.0.weight"] == (1, 0.1)


def test_vaps_layers_learn_five_times_as_fast() -> None:
    settings = sgd_settings(pan_lite(2, "resnet18", consensus="vap"))
    assert settings["consensus.weigh.0.weight"] == (5, 0.1)


def test_adamw_has_one_learning_rate() -> None:
    config = replace(TrainConfig(), optimizer="adamw")
    groups = parameter_groups(mie_net(2, "resnet18"), config, 0.5)
    assert {group["lr"] for group in groups} == {0.5}


def test_every_parameter_is_in_one_group() -> None:
    network = mie_net(2, "resnet18")
    grouped = [p for g in parameter_groups(network, TrainConfig(), 1.0) for p in g["params"]]
    assert sorted(map(id, grouped)) == sorted(map(id, network.parameters()))
    assert all(isinstance(parameter, torch.nn.Parameter) for parameter in grouped)


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


def test_a_batch_of_classes_without_weight_has_no_loss(config: RunConfig) -> None:
    recognizer, weights = make_recognizer(), np.array([0.0, 1.0])
    task = ActionRecognitionTask(recognizer, config.train, batch_size=2, class_weights=weights)
    task.log = lambda *_, **__: None  # type: ignore[method-assign]
    clips = torch.zeros((2, 2, 4, 3, 32, 32), dtype=torch.uint8)
    assert task.training_step(Sample(clips, torch.tensor([0, 0]), torch.arange(2)), 0) == 0


@pytest.mark.parametrize("label", [-1, 0])
def test_a_batch_of_unlabeled_or_weightless_positions_has_no_loss(label: int) -> None:
    options = RunConfig(timeline=TimelineConfig(head="gru"))
    recognizer = make_timeline_recognizer()
    weights = np.array([0.0] + [1.0] * len(recognizer.phases))
    task = TimelineTask(recognizer, options, validation=[], phase_weights=weights)
    logged = {}
    task.log = lambda name, value, **more: logged.update({name: (value, more["batch_size"])})  # type: ignore[method-assign]
    clips = torch.full((2, 3, 4, 3, 32, 32), 100, dtype=torch.uint8)
    none = torch.full((2, 3), -1)
    assert task.training_step(WindowSample(clips, torch.full((2, 3), label), none), 0) == 0
    accuracy, positions = logged["train/frame_accuracy"]
    assert accuracy.isfinite() and positions == 6 * (label >= 0)


def clip_training(config: TrainConfig) -> tuple[TrainingTask, Sample]:
    """Returns a task of clips, and a batch of two gray ones."""
    clips = torch.full((2, 2, 4, 3, 32, 32), 100, dtype=torch.uint8)
    task = ActionRecognitionTask(make_recognizer(), config, batch_size=2)
    return task, Sample(clips, torch.tensor([0, 1]), torch.arange(2))


def recording_training(config: TrainConfig) -> tuple[TrainingTask, WindowSample]:
    """Returns a task of recordings, and a batch of two gray windows."""
    clips = torch.full((2, 3, 4, 3, 32, 32), 100, dtype=torch.uint8)
    marks = torch.zeros((2, 3), dtype=torch.int64)
    options = RunConfig(train=config, timeline=TimelineConfig(head="gru"))
    task = TimelineTask(make_timeline_recognizer(), options, validation=[])
    return task, WindowSample(clips, marks, marks)


@pytest.mark.parametrize("training", [clip_training, recording_training])
def test_clips_and_windows_are_distorted_as_the_recipe_says(training) -> None:
    task, batch = training(TrainConfig(distortion=1.0))
    seen: list[torch.Tensor] = []
    task.recognizer.register_forward_pre_hook(lambda _, given: seen.extend(given))
    task.log = lambda *_, **__: None
    task.training_step(batch, 0)
    (clips,) = seen
    assert clips.shape == batch.clips.shape
    assert not (clips == 100).any()  # brighter or darker by a factor that is drawn


def test_windows_have_backgrounds_mixed_in_as_the_recipe_says() -> None:
    task, batch = recording_training(TrainConfig(background_mixing=1.0))
    batch.clips[1] = 200
    low, high = task.altered(batch.clips)
    assert 100 < low.unique().item() < 200
    assert 100 < high.unique().item() < 200
