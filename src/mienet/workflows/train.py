"""Training: from a configuration to a run's folder.

A run's folder holds ``model.safetensors`` (the best model by validation top-1; predict and evaluate
need nothing else), ``last.ckpt`` (to continue training), ``config.yaml`` (the resolved recipe),
``run.json`` (seed, versions, hashes of the lists), ``train.csv`` and ``val.csv`` (the clips), and
TensorBoard logs.
"""

import hashlib
import json
import logging
import platform
import sys
import time
import warnings
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import (
    EMAWeightAveraging,
    LearningRateMonitor,
    ModelCheckpoint,
    TQDMProgressBar,
)
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from torch.utils.data import DataLoader

from mienet import __version__
from mienet.config import ConfigError, DataConfig, RunConfig, closest
from mienet.data.annotations import (
    AnnotationError,
    VideoRecord,
    read_annotations,
    read_class_names,
    to_csv,
)
from mienet.data.clips import Augmentation, ClipFormat
from mienet.data.dataset import (
    EpochBatches,
    EvaluationDataset,
    Sample,
    TrainingDataset,
    check_videos,
    make_loader,
)
from mienet.models.checkpoints import DownloadError, ImageNetReport, load_imagenet, load_pickle
from mienet.models.mienet import SegmentNetwork
from mienet.recognizer import Recognizer
from mienet.workflows.task import ActionRecognitionTask


def train(config: RunConfig, *, name: str = "run") -> Path:
    """Trains a recognizer and returns the run's folder.

    Nothing is written before the lists, the videos' headers and the options have been found good.

    Args:
        config: All options.
        name: Name of the run if the configuration gives none; the time is added.

    Raises:
        ConfigError: If options contradict each other, or the run's folder is taken.
        AnnotationError: If lists or videos are bad, with all of them.
        FileNotFoundError: If a list, folder or weights file is not there.
        CheckpointError: If the ImageNet weights do not fit.
    """
    _quieten_lightning()
    run = _run_folder(config, name)
    torch.manual_seed(config.train.seed)
    videos = Videos(config)
    if config.train.check_videos and _is_first_process():
        check_videos(videos.all_records, frame_pattern=config.data.frame_pattern)
    recognizer, report = build_recognizer(config, videos.classes)
    task = ActionRecognitionTask(recognizer, config.train, batch_size=config.data.batch_size)
    if config.train.channels_last:
        recognizer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if config.train.resume:
        _check_resume(Path(config.train.resume), task, videos)
    best = SaveBest(run)
    trainer = _trainer(config, run, best)
    if _is_first_process():
        _write_run(run, config, videos, report)
    try:
        trainer.fit(task, videos, ckpt_path=config.train.resume, weights_only=True)
    except (KeyboardInterrupt, SystemExit):
        if _is_first_process():
            print(f"\nStopped. Continue with: {_resume_command(run)}")
        raise
    if _is_first_process():
        print(f"Best top-1 on the validation videos: {best.best:.1%}")
    return run


def build_recognizer(
    config: RunConfig, classes: list[str]
) -> tuple[Recognizer, ImageNetReport | None]:
    """Returns a new recognizer, and the account of its ImageNet start if it has one."""
    model = config.model
    network = SegmentNetwork(
        len(classes),
        backbone=model.backbone,
        motion=model.motion,
        temporal=model.temporal,
        num_segments=model.num_segments,
        dropout=model.dropout,
        head_std=model.head_std,
    )
    # A resumed run's weights come from its training state.
    fresh = model.pretrained if not config.train.resume else None
    report = _pretrain(network, fresh) if fresh else None
    clip_format = ClipFormat(
        num_segments=network.num_segments,
        frames_per_segment=network.frames_per_segment,
        short_side=config.data.short_side,
        crop_size=config.data.crop_size,
    )
    pattern = config.data.frame_pattern
    return Recognizer(network, classes, clip_format, frame_pattern=pattern), report


def _pretrain(network: SegmentNetwork, source: str) -> ImageNetReport | None:
    if source != "auto":
        return load_imagenet(network, source)
    try:
        return load_imagenet(network, "imagenet")
    except DownloadError as error:
        if _is_first_process():
            print(f"Starting at random, which costs accuracy: {error}")
        return None


class Videos(LightningDataModule):
    """The training and validation clips of a configuration.

    Raises:
        ConfigError, AnnotationError, FileNotFoundError: As ``train`` does.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self.config = config
        self.training, self.validation, self.classes = read_lists(config.data, config.train.seed)
        self.clip_format = ClipFormat(
            num_segments=config.model.num_segments,
            frames_per_segment=1 if config.model.motion == "none" else 4,
            short_side=config.data.short_side,
            crop_size=config.data.crop_size,
        )
        self.augmentation = Augmentation(
            scales=tuple(config.data.scales),
            flip_labels=flip_labels(config.data.flip, self.classes),
            brightness=config.data.brightness,
        )

    @property
    def all_records(self) -> list[VideoRecord]:
        """Returns training and validation records."""
        return self.training + self.validation

    def lists(self) -> dict[str, str]:
        """Returns the CSV files of training and validation clips by name."""
        return {
            "train.csv": to_csv(self.training, self.classes),
            "val.csv": to_csv(self.validation, self.classes),
        }

    def train_dataloader(self) -> DataLoader[Sample]:
        """Returns the loader of random clips."""
        dataset = TrainingDataset(
            self.training,
            self.clip_format,
            self.augmentation,
            seed=self.config.train.seed,
            frame_pattern=self.config.data.frame_pattern,
        )
        return self._loader(dataset, shuffle=True)

    def val_dataloader(self) -> DataLoader[Sample]:
        """Returns the loader of each validation video's centre clip."""
        dataset = EvaluationDataset(
            self.validation, self.clip_format, frame_pattern=self.config.data.frame_pattern
        )
        return self._loader(dataset, shuffle=False)

    def _loader(
        self, dataset: TrainingDataset | EvaluationDataset, *, shuffle: bool
    ) -> DataLoader[Sample]:
        trainer = self.trainer
        batches = EpochBatches(
            len(dataset),
            self.config.data.batch_size,
            shuffle=shuffle,
            seed=self.config.train.seed,
            rank=trainer.global_rank if trainer else 0,
            world_size=trainer.world_size if trainer else 1,
        )
        return make_loader(dataset, batches, self.config.data.num_workers)


def read_lists(
    data: DataConfig, seed: int
) -> tuple[list[VideoRecord], list[VideoRecord], list[str]]:
    """Returns training records, validation records and class names of a configuration.

    Raises:
        ConfigError: If neither root nor train is given.
        AnnotationError: If lists are bad, or a class is too small to be split.
    """
    root = Path(data.root) if data.root else None
    classes = read_class_names(Path(data.classes)) if data.classes else None
    if data.train:
        train_path, val_path = Path(data.train), Path(data.val) if data.val else None
    elif root is None:
        raise ConfigError(
            "no videos given: --data.root FOLDER with one folder per class, or --data.train LIST"
        )
    elif (root / "train").is_dir():
        train_path = root / "train"
        val_path = Path(data.val) if data.val else _existing_folder(root / "val")
    else:
        train_path, val_path = root, Path(data.val) if data.val else None
    training = read_annotations(train_path, root=root, classes=classes)
    if val_path is not None:
        validation = read_annotations(val_path, root=root, classes=training.classes)
        return training.records, validation.records, training.classes
    kept, held_out = _split(training.records, training.classes, data.val_fraction, seed)
    return kept, held_out, training.classes


def flip_labels(flip: bool | dict[str, str], classes: list[str]) -> tuple[int, ...] | None:
    """Returns the label of every class's mirror image, or None if nothing is to be flipped.

    Raises:
        ConfigError: If a name of the map is not a class.
    """
    if flip is False:
        return None
    labels = list(range(len(classes)))
    for one, other in (flip if isinstance(flip, dict) else {}).items():
        for name in (one, other):
            if name not in classes:
                near = closest(name, classes)
                hint = f"did you mean {near!r}?" if near else f"accepted: {', '.join(classes)}"
                raise ConfigError(f"data.flip names an unknown class {name!r}; {hint}")
        labels[classes.index(one)] = classes.index(other)
        labels[classes.index(other)] = classes.index(one)
    return tuple(labels)


def _existing_folder(path: Path) -> Path | None:
    return path if path.is_dir() else None


def _split(
    records: list[VideoRecord], classes: list[str], fraction: float, seed: int
) -> tuple[list[VideoRecord], list[VideoRecord]]:
    from sklearn.model_selection import train_test_split

    labels = [record.label for record in records]
    try:
        kept, held_out = train_test_split(
            np.arange(len(records)), test_size=fraction, stratify=labels, random_state=seed
        )
    except ValueError as error:
        counts = ", ".join(f"{name}: {labels.count(i)}" for i, name in enumerate(classes))
        raise AnnotationError(
            "no validation videos can be set apart",
            [f"{error}. Videos per class: {counts}. Add videos, or give --data.val"],
        ) from error
    return [records[i] for i in sorted(kept)], [records[i] for i in sorted(held_out)]


class SaveBest(Callback):
    """Writes ``model.safetensors`` whenever validation top-1 is better than ever before."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.best = -1.0

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Saves, while a moving average of the weights is in place of the weights."""
        assert isinstance(pl_module, ActionRecognitionTask)
        top1 = float(pl_module.top1.compute())
        # Among equals the later one, which has seen more.
        if top1 >= self.best:
            self.best = top1
            if trainer.is_global_zero:
                pl_module.recognizer.save(self.run)

    def state_dict(self) -> dict[str, Any]:
        """Returns the best top-1 so far, for resuming."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over the best top-1 so far."""
        self.best = state_dict["best"]


class RunProgressBar(TQDMProgressBar):
    """Lightning's bar, with the time left of the whole run instead of a version number."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        super().on_train_start(trainer, pl_module)
        self._started_seconds = time.monotonic()
        self._first_step = trainer.global_step

    def get_metrics(self, trainer: Trainer, pl_module: LightningModule) -> dict[str, Any]:
        """Returns what the bar shows: loss, accuracies, and the run's time left."""
        shown: dict[str, Any] = {
            name.removesuffix("_step"): value
            for name, value in super().get_metrics(trainer, pl_module).items()
            if name != "v_num" and not name.endswith("_epoch")
        }
        done = trainer.global_step - self._first_step
        if done:
            elapsed_seconds = time.monotonic() - self._started_seconds
            remaining = int(trainer.estimated_stepping_batches) - trainer.global_step
            shown["left"] = _clock(elapsed_seconds / done * remaining)
        return shown


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    )


def _trainer(config: RunConfig, run: Path, best: SaveBest) -> Trainer:
    callbacks: list[Callback] = [
        best,
        ModelCheckpoint(run, filename="last", save_top_k=1, enable_version_counter=False),
        LearningRateMonitor("step"),
        RunProgressBar(leave=False),
    ]
    if config.train.ema_decay is not None:
        # After SaveBest, which must act before the average is taken out again.
        callbacks.insert(1, EMAWeightAveraging(decay=config.train.ema_decay))
    # "warn", because an operation without a repeatable form should not end a run on a GPU.
    try:
        return Trainer(
            **asdict(config.trainer),
            max_epochs=config.train.epochs,
            gradient_clip_val=config.train.gradient_clip or None,
            callbacks=callbacks,
            logger=TensorBoardLogger(run, name="tensorboard", version=""),
            use_distributed_sampler=False,
            num_sanity_val_steps=0,
            log_every_n_steps=10,
            deterministic="warn",
            enable_model_summary=False,
        )
    except (MisconfigurationException, ValueError, ImportError) as error:
        raise ConfigError(f"the trainer options cannot be met here: {error}") from error


def _check_resume(path: Path, task: ActionRecognitionTask, videos: Videos) -> None:
    """Raises an error if a training state is finished, or of another network, classes or lists."""
    state = load_pickle(path)
    try:
        facts = json.loads((path.parent / "run.json").read_text(encoding="utf-8"))
        classes, hashes = facts["classes"], facts["list_sha256"]
        shapes = {name: tensor.shape for name, tensor in state["state_dict"].items()}
    except (OSError, KeyError) as error:
        raise ConfigError(
            f"train.resume: {path} is not the last.ckpt of a run's folder ({error})"
        ) from error
    if classes != task.recognizer.classes:
        raise ConfigError(
            f"train.resume: {path} was trained with the classes {', '.join(classes)}; the videos "
            f"given have {', '.join(task.recognizer.classes)}"
        )
    if hashes != {name: _hash(text) for name, text in videos.lists().items()}:
        raise ConfigError(
            f"train.resume: {path} was trained with other clips than these options give, so that "
            f"clips it has learned could now count as validation; continue with "
            f"{_resume_command(path.parent)}"
        )
    if state["epoch"] + 1 >= task.config.epochs:
        raise ConfigError(
            f"train.resume: {path} has finished {state['epoch'] + 1} epochs; to go on, give more "
            "than that with --train.epochs"
        )
    if shapes != {name: tensor.shape for name, tensor in task.state_dict().items()}:
        raise ConfigError(
            f"train.resume: {path} holds another network than these options make; continue with "
            f"{_resume_command(path.parent)}"
        )


def _is_first_process() -> bool:
    return getattr(rank_zero_only, "rank", 0) == 0


def _resume_command(run: Path) -> str:
    return f"mienet train {run / 'config.yaml'} --train.resume {run / 'last.ckpt'}"


def _run_folder(config: RunConfig, name: str) -> Path:
    if config.train.resume:
        resume = Path(config.train.resume)
        if not resume.is_file():
            raise ConfigError(
                f"train.resume: no such file: {resume}; give the last.ckpt of a run's folder"
            )
        if config.train.name not in (None, resume.parent.name):
            raise ConfigError(
                f"train.name is {config.train.name!r}, but train.resume continues the run "
                f"{resume.parent.name!r}; leave one of them out"
            )
        return resume.parent
    run = Path(config.train.out) / (config.train.name or f"{name}-{time.strftime('%Y%m%d-%H%M%S')}")
    if (run / "config.yaml").exists() and _is_first_process():
        raise ConfigError(
            f"{run} holds a run already; choose another --train.name, or continue it with "
            f"{_resume_command(run)}"
        )
    return run


def _write_run(run: Path, config: RunConfig, videos: Videos, report: ImageNetReport | None) -> None:
    if config.train.resume:
        facts = json.loads((run / "run.json").read_text(encoding="utf-8"))
        facts.setdefault("resumed", []).append(sys.argv)
        _write_json(run / "run.json", facts)
        return
    run.mkdir(parents=True, exist_ok=True)
    settings = {group: _plain(options) for group, options in asdict(config).items()}
    (run / "config.yaml").write_text(
        yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    lists = videos.lists()
    for name, text in lists.items():
        (run / name).write_text(text, encoding="utf-8")
    facts = {
        "command": sys.argv,
        "seed": config.train.seed,
        "classes": videos.classes,
        "training_clips": len(videos.training),
        "validation_clips": len(videos.validation),
        "list_sha256": {name: _hash(text) for name, text in lists.items()},
        "imagenet": str(report) if report else None,
        "versions": {
            "mienet": __version__,
            "torch": torch.__version__,
            "lightning": version("lightning"),
            "python": platform.python_version(),
        },
        "machine": platform.platform(),
    }
    _write_json(run / "run.json", facts)
    print(
        f"{run}: {len(videos.training)} clips to train with, {len(videos.validation)} to validate, "
        f"{len(videos.classes)} classes"
    )
    if report:
        print(f"ImageNet start: {report}")


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}


def _quieten_lightning() -> None:
    """Silences advice that does not concern a user of this command line."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message=".*exists and is not empty.*")
    warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated.*")
