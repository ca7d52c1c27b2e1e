"""What a training run can be told: four groups of options, and the recipes that fill them.

A recipe is a YAML file with the groups ``model``, ``data``, ``train`` and ``trainer``; its name is
enough for a shipped one. This file imports nothing heavy, so that ``mienet --help`` is quick.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from mienet.errors import MienetError


class ConfigError(MienetError):
    """An option or recipe that is not accepted, with what is."""


VAP_SEGMENTS = tuple(sorted([2**n for n in range(1, 12)] + [3 * 2**n for n in range(11)]))
"""Numbers of segments that VAP can deal out evenly at all its timescales."""


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Attributes:
        backbone: The ResNet.
        motion: What the ResNet sees of a segment: one RGB frame (none), RGB and motion maps side by
            side (concat), or by adaptive fusion (adaptive).
        temporal: The module in every block that lets the segments see each other.
        num_segments: Segments per clip.
        dropout: Probability of dropping a feature before the classifier.
        head_std: Spread of the classifier's weights at the start. The authors' 0.001 goes with
            their sgd; adamw, which has one learning rate for all, learns sooner from 0.02.
        pretrained: Weights to start from: "imagenet" downloads torchvision's; a path is such a file
            (complete or partial), a published checkpoint of the family, a run's folder or its
            model.safetensors; null starts at random; "auto" is imagenet where it can be downloaded,
            and otherwise says so and starts at random.
        consensus: What becomes of the segments: the mean of their logits (mean), or the logits of
            their aggregate over several timescales (vap), as in PAN-Lite's published figures.
    """

    backbone: Literal["resnet18", "resnet34", "resnet50", "resnet101"] = "resnet50"
    motion: Literal["none", "concat", "adaptive"] = "adaptive"
    temporal: Literal["none", "shift", "tam", "dptam"] = "dptam"
    num_segments: int = 8
    dropout: float = 0.5
    head_std: float = 0.001
    pretrained: str | None = None
    consensus: Literal["mean", "vap"] = "mean"

    def __post_init__(self) -> None:
        _at_least("model.num_segments", self.num_segments, 1)
        if self.consensus == "vap" and self.num_segments not in VAP_SEGMENTS:
            raise ConfigError(
                f"model.consensus vap needs model.num_segments of {VAP_SEGMENTS[0]}, "
                f"{', '.join(map(str, VAP_SEGMENTS[1:6]))}, ...; got {self.num_segments}"
            )
        _within("model.dropout", self.dropout, 0, 1)


@dataclass(frozen=True)
class DataConfig:
    """The videos.

    Attributes:
        root: Folder of the videos. Without train it holds class folders (CLASS/VIDEO), or the
            folders train and val with class folders in each. With train, its paths start here.
        train: CSV (path,label[,start_seconds,end_seconds]), list (path num_frames label), or
            folder of class folders to train with.
        val: The same for validation. null takes a part of the training videos, chosen by the seed.
        val_fraction: That part, within each class.
        classes: File of class names, one a line or a JSON list. null takes them from the data.
        frame_pattern: Names of the images in frame folders, such as "img_{:05d}.png". null takes
            the folder's numbered images.
        short_side: Pixels of the shorter side before cropping.
        crop_size: Pixels of the square that the network sees.
        scales: Sizes of the random crop in training, as parts of the short side.
        flip: Mirror half of the training clips: true, false, or a map of the labels that swap,
            such as {"jump left": "jump right"}.
        brightness: Largest random change of brightness in training: 0.4 is a factor of 0.6 to 1.4.
        class_weights: Weights of the classes in the loss: balanced (inversely to their numbers of
            clips), none, or a map such as {"fall": 2.0}, in which others weigh 1.
        weighted_sampler: Draw training clips so that all classes come up equally often: clips of
            rare classes several times an epoch, some of frequent ones not at all.
        batch_size: Clips per step and device.
        num_workers: Processes that read videos; null is one per processor, at most 8.
    """

    root: str | None = None
    train: str | None = None
    val: str | None = None
    val_fraction: float = 0.2
    classes: str | None = None
    frame_pattern: str | None = None
    short_side: int = 256
    crop_size: int = 224
    scales: tuple[float, ...] = (1.0, 0.875, 0.75, 0.66)
    flip: bool | dict[str, str] = True
    brightness: float = 0.0
    class_weights: Literal["none", "balanced"] | dict[str, float] = "none"
    weighted_sampler: bool = False
    batch_size: int = 8
    num_workers: int | None = None

    def __post_init__(self) -> None:
        _within("data.val_fraction", self.val_fraction, 0, 1)
        _within("data.brightness", self.brightness, 0, 1)
        if isinstance(self.class_weights, dict):
            for name, weight in self.class_weights.items():
                if weight < 0:
                    raise ConfigError(
                        f"data.class_weights of {name!r} must be at least 0, got {weight}"
                    )
        elif self.class_weights not in ("none", "balanced"):
            raise ConfigError(
                f"data.class_weights must be none, balanced or a map, got {self.class_weights!r}"
            )
        _at_least("data.batch_size", self.batch_size, 1)
        _at_least("data.crop_size", self.crop_size, 1)
        if self.short_side < self.crop_size:
            raise ConfigError(
                f"data.short_side must be at least data.crop_size ({self.crop_size}), "
                f"got {self.short_side}"
            )
        if not self.scales or not all(0 < scale <= 1 for scale in self.scales):
            raise ConfigError(f"data.scales must lie in (0, 1], got {list(self.scales)}")


@dataclass(frozen=True)
class TrainConfig:
    """The optimisation.

    Attributes:
        name: Name of the run; null is the recipe's name and the time.
        out: Folder of all runs; the run is written to OUT/NAME.
        epochs: Passes over the training clips.
        optimizer: sgd with the authors' parameter groups, or adamw with one learning rate.
        learning_rate: At 8 clips per step; it is scaled with the real number over all devices.
        momentum: Of sgd.
        weight_decay: Of all weights but biases, batch-norm and fusion scalars.
        schedule: step (times 0.1 at each of steps) or cosine (to zero).
        steps: Epochs at which the step schedule lowers the learning rate.
        warmup_epochs: Epochs over which the learning rate rises from zero.
        label_smoothing: Part of the target shared out to all classes.
        gradient_clip: Largest norm of the gradient; 0 does not clip.
        ema_decay: Decay of the moving average of weights that is validated and saved; null keeps
            the weights as they are.
        channels_last: Memory layout that is faster on most processors and GPUs.
        check_videos: Open every video once before training and report the broken ones.
        seed: Of everything random.
        resume: A run's last.ckpt to continue from.
    """

    name: str | None = None
    out: str = "runs"
    epochs: int = 60
    optimizer: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float = 0.00125
    momentum: float = 0.9
    weight_decay: float = 1e-4
    schedule: Literal["step", "cosine"] = "step"
    steps: tuple[int, ...] = (36, 50)
    warmup_epochs: float = 0.0
    label_smoothing: float = 0.0
    gradient_clip: float = 20.0
    ema_decay: float | None = None
    channels_last: bool = True
    check_videos: bool = True
    seed: int = 0
    resume: str | None = None

    def __post_init__(self) -> None:
        _at_least("train.epochs", self.epochs, 1)
        _within("train.label_smoothing", self.label_smoothing, 0, 1)
        if self.learning_rate <= 0:
            raise ConfigError(f"train.learning_rate must be above 0, got {self.learning_rate}")
        if self.ema_decay is not None:
            _within("train.ema_decay", self.ema_decay, 0, 1)


@dataclass(frozen=True)
class TrainerConfig:
    """Where and how the steps are computed; handed to Lightning's Trainer as they are.

    Attributes:
        accelerator: auto, cpu, gpu, mps ...
        devices: auto, a number, or a list of device numbers.
        num_nodes: Machines.
        strategy: auto, ddp ...
        precision: 32-true, bf16-mixed, 16-mixed ...
        sync_batchnorm: Share batch-norm's statistics between GPUs.
    """

    accelerator: str = "auto"
    devices: str | int | list[int] = "auto"
    num_nodes: int = 1
    strategy: str = "auto"
    precision: str = "32-true"
    sync_batchnorm: bool = False


@dataclass(frozen=True)
class RunConfig:
    """All of a training run's options."""

    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)


GROUPS: dict[str, type] = {
    "model": ModelConfig,
    "data": DataConfig,
    "train": TrainConfig,
    "trainer": TrainerConfig,
}


def recipe_names() -> list[str]:
    """Returns the names of the shipped recipes."""
    folder = resources.files("mienet") / "recipes"
    names = (entry.name for entry in folder.iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def find_recipe(recipe: str) -> Path:
    """Returns the file of a shipped recipe's name or of a path, after checking its keys.

    Raises:
        ConfigError: If there is no such recipe, or it is not a recipe: unknown keys are named, with
            the nearest valid one.
    """
    path = Path(recipe)
    if recipe.replace("-", "_") in recipe_names():
        name = recipe.replace("-", "_")
        path = Path(str(resources.files("mienet") / "recipes" / f"{name}.yaml"))
    elif not path.is_file():
        raise ConfigError(
            f"no recipe {recipe!r}: give a YAML file or one of {', '.join(recipe_names())}"
            + _did_you_mean(recipe, recipe_names())
        )
    _check_keys(path)
    return path


def load_recipe(recipe: str, changes: Mapping[str, Any] | None = None) -> RunConfig:
    """Returns the options of a recipe, with changes such as ``{"data.root": "videos"}``.

    Raises:
        ConfigError: As ``find_recipe`` does, or if a change names no option.
    """
    content = _check_keys(find_recipe(recipe))
    for name, value in (changes or {}).items():
        if f"--{name}" not in option_names():
            known = [option.removeprefix("--") for option in option_names()]
            raise ConfigError(f"unknown option {name!r}{_did_you_mean(name, known)}")
        group, option = name.split(".")
        content.setdefault(group, {})[option] = value
    groups = {
        group: GROUPS[group](
            **{key: tuple(v) if isinstance(v, list) else v for key, v in options.items()}
        )
        for group, options in content.items()
    }
    return RunConfig(**groups)


def _check_keys(path: Path) -> dict[str, dict[str, Any]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path}: a recipe has the groups {', '.join(GROUPS)}")
    problems = []
    for group, options in content.items():
        if group not in GROUPS:
            problems.append(f"unknown group {group!r}{_did_you_mean(str(group), list(GROUPS))}")
            continue
        known = [option.name for option in fields(GROUPS[group])]
        problems += [
            f"unknown key '{group}.{option}'{_did_you_mean(str(option), known)}"
            for option in options or {}
            if option not in known
        ]
    if problems:
        raise ConfigError(f"{path}: " + "; ".join(problems))
    return {group: dict(options or {}) for group, options in content.items()}


def option_names() -> list[str]:
    """Returns all options as the command line spells them, such as ``--data.root``."""
    return [f"--{group}.{f.name}" for group, kind in GROUPS.items() for f in fields(kind)]


def closest(name: str, known: list[str]) -> str | None:
    """Returns the known name nearest to a mistyped one, if any is near."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return found[0] if found else None


def _did_you_mean(name: str, known: list[str]) -> str:
    near = closest(name, known)
    return f" (did you mean {near!r}?)" if near else f" (accepted: {', '.join(known)})"


def _at_least(name: str, value: Any, least: Any) -> None:
    if value < least:
        raise ConfigError(f"{name} must be at least {least}, got {value}")


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{name} must lie in [{low}, {high}], got {value}")
