"""Which clips a run trains and validates with: lists, split, flip labels, loaders."""

from pathlib import Path

import numpy as np
from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader

from mienet.config import ConfigError, DataConfig, RunConfig, closest
from mienet.data.annotations import (
    AnnotationError,
    Annotations,
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
    make_loader,
)
from mienet.models.mienet import frames_per_segment


class Videos(LightningDataModule):
    """The training and validation clips of a configuration.

    Raises:
        ConfigError, AnnotationError, FileNotFoundError: As ``train`` does.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self.config = config
        self.training, self.validation, self.classes = read_lists(config.data, config.train.seed)
        self.clip_format = clip_format(config)
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


def clip_format(config: RunConfig) -> ClipFormat:
    """Returns how a configuration's network reads a video."""
    return ClipFormat(
        num_segments=config.model.num_segments,
        frames_per_segment=frames_per_segment(config.model.motion),
        short_side=config.data.short_side,
        crop_size=config.data.crop_size,
    )


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
    problems: list[str] = []
    training = _collect(problems, train_path, root, classes)
    validation = None
    if val_path is not None:
        known = training.classes if training else classes
        validation = _collect(problems, val_path, root, known)
    if training is None or problems:
        raise AnnotationError("bad lists", problems)
    if validation is not None:
        return training.records, validation.records, training.classes
    kept, held_out = _split(training.records, training.classes, data.val_fraction, seed)
    return kept, held_out, training.classes


def _collect(
    problems: list[str], path: Path, root: Path | None, classes: list[str] | None
) -> Annotations | None:
    """Returns a list's records, or adds to ``problems``: both lists are reported in one error."""
    try:
        return read_annotations(path, root=root, classes=classes)
    except AnnotationError as error:
        problems += error.problems
        return None


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
