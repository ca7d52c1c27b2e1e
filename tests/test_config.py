from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from mienet.config import (
    VAP_SEGMENTS,
    ConfigError,
    DataConfig,
    ModelConfig,
    RunConfig,
    TimelineConfig,
    TrainConfig,
    TrainerConfig,
    find_recipe,
    load_recipe,
    recipe_names,
)
from mienet.models.consensus import VariousTimescaleAggregation
from mienet.models.network import SegmentNetwork


def test_recipes_hold_the_authors_figures() -> None:
    figures = {}
    for name in ("sljd", "diving48", "something_v2"):
        r = load_recipe(name)
        figures[name] = (
            r.model.num_segments, r.train.learning_rate, r.train.steps, r.train.epochs,
            r.model.dropout, r.data.flip, r.data.frame_pattern,
        )  # fmt: skip
    assert figures == {
        "sljd": (3, 0.0025, (36, 50), 60, 0.6, True, "img_{:05d}.png"),
        "diving48": (8, 0.00125, (18, 25), 30, 0.6, True, "img_{:05d}.jpg"),
        "something_v2": (8, 0.00125, (30, 50), 60, 0.5, False, "{:06d}.jpg"),
    }


def test_the_familys_recipes_hold_their_authors_figures() -> None:
    figures = {}
    for name in ("tsm", "tanet", "pan_lite"):
        r = load_recipe(f"{name}_something_v2")
        figures[name] = (
            r.model.motion, r.model.temporal, r.model.consensus, r.train.learning_rate,
            r.train.weight_decay, r.train.steps, r.train.epochs, r.data.flip,
        )  # fmt: skip
    assert figures == {
        "tsm": ("none", "shift", "mean", 0.00125, 5e-4, (20, 40), 50, False),
        "tanet": ("none", "tam", "mean", 0.00125, 5e-4, (30, 40, 45), 50, False),
        "pan_lite": ("concat", "shift", "vap", 0.00125, 1e-4, (30, 60), 80, False),
    }


def test_small_plus_is_small_but_for_the_network() -> None:
    plus, small = load_recipe("small_plus"), load_recipe("small")
    network = replace(small.model, motion="signed", temporal="shift_dptam")
    assert replace(small, model=network) == plus


def test_small_long_is_small_for_longer_with_smaller_distorted_clips() -> None:
    long, small = load_recipe("small_long"), load_recipe("small")
    data = replace(small.data, short_side=72, crop_size=64, frame_stride=1)
    train = replace(small.train, epochs=72, distortion=1.0, background_mixing=0.5)
    assert long == replace(small, data=data, train=train)


def test_few_is_small_plus_but_for_what_few_clips_need() -> None:
    few, plus = load_recipe("few"), load_recipe("small_plus")
    neighbors = replace(plus.data, frame_stride=1)
    distorted = replace(plus.train, distortion=1.0, background_mixing=0.5)
    assert few == replace(plus, data=neighbors, train=distorted)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_makes_its_network(name: str) -> None:
    options = asdict(load_recipe(name).model)
    del options["pretrained"]
    with torch.device("meta"):
        assert SegmentNetwork(2, **options).num_segments == options["num_segments"]


def test_vap_knows_its_segments() -> None:
    for num_segments in range(1, 30):
        accepted = num_segments in VAP_SEGMENTS
        with nullcontext() if accepted else pytest.raises(ValueError, match="vap"):
            VariousTimescaleAggregation(num_segments)
    with pytest.raises(ConfigError, match=r"vap needs model\.num_segments of 2, 3, 4.*got 5"):
        ModelConfig(consensus="vap", num_segments=5)


def test_changes_win_over_the_recipe() -> None:
    assert load_recipe("small", {"train.epochs": 3}).train.epochs == 3


def test_a_change_is_checked_as_a_recipe_is() -> None:
    with pytest.raises(ConfigError, match=r"train\.schedule must be step or cosine, got 'linear'"):
        load_recipe("small", {"train.schedule": "linear"})


def test_an_exponent_is_a_number_in_a_recipe_as_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("train:\n  learning_rate: 1e-4\n  epochs: 3\n")
    assert load_recipe(tmp_path / "r.yaml").train.learning_rate == 0.0001


def test_an_unknown_change_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'train\.epoch' \(did you mean 'train\.epochs'\?\)"):
        load_recipe("small", {"train.epoch": 3})


def test_all_unknown_keys_of_a_recipe_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("model:\n  backbon: resnet18\ndat:\n  root: x\ntrain:\n  q: 1\n")
    with pytest.raises(ConfigError) as caught:
        find_recipe(str(path))
    assert "'model.backbon' (did you mean 'backbone'?)" in str(caught.value)
    assert "unknown group 'dat' (did you mean 'data'?)" in str(caught.value)
    assert "unknown key 'train.q' (accepted: name," in str(caught.value)


def test_an_unknown_recipe_names_the_shipped_ones() -> None:
    with pytest.raises(ConfigError, match=r"no recipe 'smal'.*did you mean 'small'"):
        find_recipe("smal")


@pytest.mark.parametrize("text", [
    b"[]", b"false", b"- a list", b"model: [unclosed", b"train: 3", b"train: \xff",
    b"a: " + b"[" * 9999,
])  # fmt: skip
def test_a_file_that_is_no_recipe_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "r.yaml").write_bytes(text)
    with pytest.raises(ConfigError, match=r"r\.yaml"):
        find_recipe(str(tmp_path / "r.yaml"))


@pytest.mark.parametrize(
    ("config", "options", "message"),
    [
        (ModelConfig, {"num_segments": 0}, "num_segments must be at least 1, got 0"),
        (ModelConfig, {"dropout": 1.5}, r"dropout must be from 0 to 1, got 1.5"),
        (DataConfig, {"short_side": 100}, r"short_side must be at least data.crop_size \(224\)"),
        (DataConfig, {"scales": (1.2,)}, r"scales must be above 0 and at most 1, got \[1.2\]"),
        (TrainConfig, {"learning_rate": 0.0}, "learning_rate must be above 0, got 0.0"),
        (
            TrainConfig,
            {"schedule": "linear"},
            "train.schedule must be step or cosine, got 'linear'",
        ),
        (TrainConfig, {"epochs": "many"}, "train.epochs must be a whole number, got 'many'"),
        (TrainConfig, {"weight_decay": float("nan")}, "weight_decay must be a number, got nan"),
        (DataConfig, {"class_weights": {"fall": -1.0}}, r"must be at least 0, got {'fall': -1.0}"),
        (DataConfig, {"flip": {"a": 1}}, "flip must be true or false or a map from texts to texts"),
        (TrainerConfig, {"devices": 1.5}, "devices must be text or a whole number or a list"),
    ],
)
def test_options_out_of_range_are_refused(config: type, options: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(**options)


def test_what_is_no_yaml_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text('data:\n  root: "a\n')
    with pytest.raises(ConfigError, match=r"not valid YAML: line 3: [^\n]*$"):
        find_recipe(str(path))


@pytest.mark.parametrize(("options", "said"), [
    ({"model": ModelConfig(consensus="vap")}, "model.consensus says nothing to a model of whole"),
    ({"data": DataConfig(weighted_sampler=True)}, "data.weighted_sampler says nothing"),
    ({"data": DataConfig(frame_stride=2)}, "data.frame_stride says nothing .* leave 1, got 2"),
    ({"train": TrainConfig(label_smoothing=0.1)}, "train.label_smoothing .* leave 0.0, got 0.1"),
])  # fmt: skip
def test_options_of_clips_are_refused_for_recordings(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        RunConfig(timeline=TimelineConfig(head="gru"), **options)


def test_options_of_recordings_are_refused_for_clips() -> None:
    with pytest.raises(ConfigError, match=r"timeline.stride needs timeline.head, such as gru"):
        RunConfig(timeline=TimelineConfig(stride=2))
