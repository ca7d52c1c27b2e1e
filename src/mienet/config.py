"""What a training run can be told: five groups of options, and the recipes that fill them.

A recipe is a YAML file with the groups ``model``, ``data``, ``train``, ``trainer`` and, for whole
recordings, ``timeline``; its name is enough for a shipped one. This file imports nothing heavy, so
that ``mienet --help`` is quick.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from mienet.errors import MienetError
from mienet.extensions import BackboneName, Consensus, HeadName, Motion, Normalization, TemporalName
from mienet.options import checked, field_problems, ranged
from mienet.yaml_files import read_yaml


class ConfigError(MienetError):
    """An option or recipe that is not accepted, with what is."""


VAP_SEGMENTS = tuple(sorted([2**n for n in range(1, 12)] + [3 * 2**n for n in range(11)]))
"""Numbers of segments that VAP can deal out evenly at all its timescales."""


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Attributes:
        backbone: The network for images that sees each segment.
        motion: What the backbone sees of a segment: one RGB frame (none), RGB and motion maps side
            by side (concat), by adaptive fusion (adaptive), or so with maps of direction (signed).
        temporal: The module in its blocks that lets the segments see each other.
        num_segments: Segments (equal parts) of a clip; the network sees a few frames of each.
        dropout: Probability of dropping a feature before the classifier.
        head_std: Spread of the classifier's weights at the start. The authors' 0.001 goes with
            their sgd; adamw, which has one learning rate for all, learns sooner from 0.02.
        pretrained: Weights to start from: "imagenet" downloads the backbone's; a path is a file of
            such (complete or partial), a published checkpoint of the family, a run's folder or its
            model.safetensors; null is none; "auto" is imagenet, or none if it cannot be downloaded.
        normalization: What normalizes the backbone's channels: statistics of training's batches
            (batch), or of the clip or window itself (window), for unseen people and cameras.
        consensus: How the segments are combined: the mean of their logits (mean), or the logits of
            their aggregate over several timescales (vap), as in PAN-Lite's published figures.
    """

    backbone: BackboneName = "resnet50"
    motion: Motion = "adaptive"
    temporal: TemporalName = "dptam"
    num_segments: int = ranged(8, least=1)
    dropout: float = ranged(0.5, least=0, most=1)
    head_std: float = ranged(0.001, least=0)
    pretrained: str | None = None
    normalization: Normalization = "batch"
    consensus: Consensus = "mean"

    def __post_init__(self) -> None:
        _check(self, "model")
        if self.consensus == "vap" and self.num_segments not in VAP_SEGMENTS:
            raise ConfigError(
                f"model.consensus vap needs model.num_segments of {VAP_SEGMENTS[0]}, "
                f"{', '.join(map(str, VAP_SEGMENTS[1:6]))}, ...; got {self.num_segments}"
            )


@dataclass(frozen=True)
class DataConfig:
    """The videos.

    Attributes:
        root: A dataset that mienet prepare made, or a folder with class folders (CLASS/VIDEO), or
            with the folders train, val and test and class folders in each. With train, the folder
            that the list's paths start from.
        train: CSV (path,label[,start_seconds,end_seconds]), list (path num_frames label), or
            folder of class folders to train with.
        val: The same for validation. null sets whole training videos, or subjects, apart.
        val_fraction: How many then, as a fraction of each class.
        classes: File of class names, one a line or a JSON list. null takes them from the data.
        frame_pattern: Names of a frame folder's images, as "img_{:05d}.png"; null: numbered ones.
        short_side: Pixels that the shorter side is scaled to, before cropping.
        crop_size: Pixels of the square that the network sees.
        deinterlace: Deinterlace the frames of videos that are marked as interlaced.
        frame_stride: Frames from one frame of a segment to the next; 1 is neighbors, as published.
        scales: Sizes of the random crop in training, as parts of the short side.
        flip: Mirror half of the training clips: true, false, or a map of the labels that swap,
            such as {"jump left": "jump right"}.
        brightness: Largest random change of brightness in training: 0.4 is a factor of 0.6 to 1.4.
        class_weights: Weights of the classes in the loss: balanced (inversely to their numbers of
            clips), none, or a map such as {"fall": 2.0}, in which others weigh 1.
        weighted_sampler: Draw training clips so that all classes come up equally often: clips of
            rare classes several times an epoch, some of frequent ones not at all.
        epoch_clips: Clips that an epoch shows at least: fewer are passed over several times, since
            a schedule made for more is too short for them. 0 is one pass, as are recordings.
        batch_size: Clips per step and device.
        num_workers: Processes that read videos. null is what fits the machine: none where frames
            are kept and a CPU computes, else up to 16.
        cache_gigabytes: Most that small frames may take on disk, which are kept so that a video is
            decoded once and not every epoch; 0 keeps none.
        cache: Folder of these frames; null is the user's. mienet cache shows and deletes them.
    """

    root: str | None = None
    train: str | None = None
    val: str | None = None
    val_fraction: float = ranged(0.2, least=0, most=1)
    classes: str | None = None
    frame_pattern: str | None = None
    short_side: int = ranged(256, least=1)
    crop_size: int = ranged(224, least=1)
    deinterlace: bool = False
    frame_stride: int = ranged(1, least=1, most=1000)
    scales: tuple[float, ...] = ranged((1.0, 0.875, 0.75, 0.66), above=0, most=1)
    flip: bool | dict[str, str] = True
    brightness: float = ranged(0.0, least=0, most=1)
    class_weights: Literal["none", "balanced"] | dict[str, float] = ranged("none", least=0)  # noqa: RUF009
    weighted_sampler: bool = False
    epoch_clips: int = ranged(0, least=0)
    batch_size: int = ranged(8, least=1)
    num_workers: int | None = ranged(None, least=0)
    cache_gigabytes: float = ranged(4.0, least=0)
    cache: str | None = None

    def __post_init__(self) -> None:
        _check(self, "data")
        if self.short_side < self.crop_size:
            raise ConfigError(
                f"data.short_side must be at least data.crop_size ({self.crop_size}), "
                f"got {self.short_side}"
            )
        if not self.scales:
            raise ConfigError("data.scales is empty; give numbers in (0, 1], such as [1.0, 0.875]")


@dataclass(frozen=True)
class TrainConfig:
    """The optimization.

    Attributes:
        name: Name of the run; null is the recipe's name and the time.
        out: Folder of all runs; the run is written to OUT/NAME.
        epochs: Passes over the training clips, or over as many as data.epoch_clips says.
        optimizer: sgd with the authors' parameter groups, or adamw with one learning rate.
        learning_rate: Learning rate at 8 clips per step; scaled with those over all devices.
        momentum: Momentum of sgd.
        weight_decay: Weight decay of all weights but biases, batch-norm and fusion scalars.
        schedule: step (times 0.1 at each of steps) or cosine (to zero).
        steps: Epochs at which the step schedule lowers the learning rate.
        warmup_epochs: Epochs over which the learning rate rises from zero.
        label_smoothing: Part of the target shared out to all classes.
        distortion: Strength of random turns, zooms, shifts and colors of training clips, windows;
            1 is up to 11 degrees, a factor of 1.3, 7.5 % of a side, and a factor of 1.35.
        background_mixing: Largest share of another clip's, or window's, still frame in each: for
            actions that are told by their motion, in few rooms.
        gradient_clip: Largest norm of the gradient; 0 does not clip.
        ema_decay: Decay of the moving average of weights that is validated and saved; null: none.
        keep: Which epoch's model is saved: the best by validation, or the last: better with few
            validation recordings, where the best is best by luck.
        freeze_backbone_epochs: Epochs at the start in which all but the backbone learns.
        channels_last: Memory layout that is faster on most CPUs and GPUs.
        compile: Compile the training steps (torch.compile), which takes a minute at the start: for
            long trainings on GPUs.
        check_videos: Open every video once before training and report the broken ones.
        loggers: Where figures and options are logged: tensorboard and csv, in the run's folder;
            mlflow and wandb (packages), as MLFLOW_TRACKING_URI and wandb login say. [] is none.
        seed: Number that fixes all that is random.
        resume: A run's last.ckpt, to go on with it; auto goes on with the run of train.name, or
            starts it, so that a command can be repeated until the run is finished.
    """

    name: str | None = None
    out: str = "runs"
    epochs: int = ranged(60, least=1)
    optimizer: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float = ranged(0.00125, above=0)
    momentum: float = ranged(0.9, least=0, most=1)
    weight_decay: float = ranged(1e-4, least=0)
    schedule: Literal["step", "cosine"] = "step"
    steps: tuple[int, ...] = ranged((36, 50), least=0)
    warmup_epochs: float = ranged(0.0, least=0)
    label_smoothing: float = ranged(0.0, least=0, most=1)
    distortion: float = ranged(0.0, least=0)
    background_mixing: float = ranged(0.0, least=0, most=1)
    gradient_clip: float = ranged(20.0, least=0)
    ema_decay: float | None = ranged(None, least=0, most=1)
    keep: Literal["best", "last"] = "best"
    freeze_backbone_epochs: int = ranged(0, least=0)
    channels_last: bool = True
    compile: bool = False
    check_videos: bool = True
    loggers: tuple[Literal["tensorboard", "csv", "mlflow", "wandb"], ...] = ("tensorboard",)
    seed: int = ranged(0, least=0)
    resume: str | None = None

    def __post_init__(self) -> None:
        _check(self, "train")


@dataclass(frozen=True)
class TrainerConfig:
    """Where and how the steps are computed; handed to Lightning's Trainer as they are.

    Attributes:
        accelerator: auto, cpu, gpu or mps, among others.
        devices: auto, a number, or a list of device numbers.
        num_nodes: Computers, on each of which torchrun or srun starts this command.
        strategy: auto or ddp, among others.
        precision: 32-true, bf16-mixed or 16-mixed, among others; auto is bf16-mixed where it is
            measured to be faster, and else 32-true.
        sync_batchnorm: Normalize by the clips of all GPUs together, needed where each has few;
            false by those of each, and saves the first one's statistics.
    """

    accelerator: str = "auto"
    devices: str | int | list[int] = "auto"
    num_nodes: int = ranged(1, least=1)
    strategy: str = "auto"
    precision: str = "32-true"
    sync_batchnorm: bool = False

    def __post_init__(self) -> None:
        _check(self, "trainer")


@dataclass(frozen=True)
class TimelineConfig:
    """What finds phases and events in whole recordings; of no matter to a model of clips.

    Attributes:
        head: What reads the positions of a window in time: a recurrent unit (gru) or convolutions
            (dilated); null trains a model of clips.
        head_width: Units of each direction of the head.
        frames_per_second: Rate at which recordings are taken; null is the training ones' median.
        stride: Frames from one position to the next; null is a third of a short phase of the
            training recordings, and never so many that there are fewer than 10 positions a second.
        windows_per_recording: Windows of model.num_segments positions that an epoch draws from
            each recording; null is as many as cover it.
        event_radius: Positions around an event that count as the event in training.
        event_weight: Weight of an event in the loss; that of no event is 1.
    """

    head: HeadName | None = None
    head_width: int = ranged(128, least=1)
    frames_per_second: float | None = ranged(None, above=0)
    stride: int | None = ranged(None, least=1)
    windows_per_recording: int | None = ranged(None, least=1)
    event_radius: int = ranged(1, least=0)
    event_weight: float = ranged(5.0, above=0)

    def __post_init__(self) -> None:
        _check(self, "timeline")


@dataclass(frozen=True)
class RunConfig:
    """All of a training run's options."""

    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    timeline: TimelineConfig = field(default_factory=TimelineConfig)

    def __post_init__(self) -> None:
        _check(self, "config")
        if self.trainer.sync_batchnorm and self.model.normalization == "window":
            raise ConfigError(
                "trainer.sync_batchnorm is for batch-norm, but model.normalization is window: "
                "leave one of them out"
            )
        if self.timeline.head is None:
            _refuse(self, OF_RECORDINGS, "needs timeline.head, such as gru")
        else:
            _refuse(self, OF_CLIPS, "says nothing to a model of whole recordings (timeline.head)")


OF_CLIPS = {
    "model": ("head_std", "consensus"),
    "data": ("classes", "frame_pattern", "frame_stride", "weighted_sampler", "epoch_clips"),
    "train": ("label_smoothing",),
}
OF_RECORDINGS = {"timeline": tuple(f.name for f in fields(TimelineConfig))}
"""Options by group that only one kind of training has a use for."""

GROUPS: dict[str, type] = {
    "model": ModelConfig,
    "data": DataConfig,
    "train": TrainConfig,
    "trainer": TrainerConfig,
    "timeline": TimelineConfig,
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
            + (f" (did you mean {near!r}?)" if (near := closest(recipe, recipe_names())) else "")
        )
    _check_keys(path)
    return path


@checked()
def load_recipe(recipe: str | Path, changes: Mapping[str, Any] | None = None) -> RunConfig:
    """Returns the options of a recipe, with changes such as ``{"data.root": "videos"}``.

    Raises:
        ConfigError: As ``find_recipe`` does, if a change names no option, or if a value is not
            accepted.
    """
    content = _check_keys(find_recipe(str(recipe)))
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
        content = read_yaml(path)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path}: a recipe has the groups {', '.join(GROUPS)}")
    problems = []
    for group, options in content.items():
        if group not in GROUPS:
            problems.append(f"unknown group {group!r}{_did_you_mean(str(group), list(GROUPS))}")
            continue
        if not isinstance(options or {}, Mapping):
            problems.append(f"group {group!r} must be a map of options, got {options!r}")
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


def _refuse(config: RunConfig, options: Mapping[str, tuple[str, ...]], why: str) -> None:
    """Raises ConfigError for options that were changed and would not be looked at."""
    for group, names in options.items():
        for f in fields(own := getattr(config, group)):
            if f.name in names and (value := getattr(own, f.name)) != f.default:
                raise ConfigError(f"{group}.{f.name} {why}: leave {f.default!r}, got {value!r}")


def _check(options: Any, group: str) -> None:
    if problems := field_problems(options, group):
        raise ConfigError("; ".join(problems))
