"""Which clips a run trains and validates with: lists, split, flip labels, loaders."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from mienet.annotations.readers import read_class_names, to_csv
from mienet.annotations.records import AnnotationError, Annotations, VideoRecord
from mienet.config import ConfigError, DataConfig, RunConfig, closest
from mienet.data.clips import Augmentation, ClipFormat, reading
from mienet.data.loading import EvaluationDataset, Sample, TrainingDataset
from mienet.data.resolve import choose_split, read_labeled
from mienet.models.segment_features import frames_per_segment
from mienet.training.balancing import balanced_weights
from mienet.training.setting_apart import SetApart, set_apart
from mienet.training.videos import TrainingVideos
from mienet.video.address import local
from mienet.video.frame_cache import Reading

UNBALANCED = 3
"""Clips of the most frequent class to one of the rarest from which balancing is advised."""


class Videos(TrainingVideos):
    """The training and validation clips of a configuration.

    Attributes:
        set_apart: How validation was set apart; None where it has a list of its own.

    Raises:
        ConfigError, AnnotationError, FileNotFoundError: As ``train`` does.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__(config)
        training, validation, self.set_apart = read_lists(config.data, config.train.seed)
        self.training, self.validation = training.records, validation.records
        self.classes = training.classes
        self.ignored = list(dict.fromkeys(training.ignored + validation.ignored))
        self._lists = {"train.csv": to_csv(training), "val.csv": to_csv(validation)}
        self.clip_format = clip_format(config)
        self.augmentation = Augmentation(
            scales=tuple(config.data.scales),
            flip_labels=flip_labels(config.data.flip, self.classes),
            brightness=config.data.brightness,
        )

    @property
    def passes(self) -> int:
        """Returns how often an epoch shows each training clip."""
        return max(1, -(-self.config.data.epoch_clips // len(self.training)))

    @property
    def all_records(self) -> list[VideoRecord]:
        """Returns training and validation records."""
        return self.training + self.validation

    def reading_of(self, record: VideoRecord) -> Reading:
        """Returns how a record's video is read."""
        return reading(record, self.clip_format)

    def class_counts(self) -> dict[str, int]:
        """Returns the number of training clips of every class."""
        counts = Counter(record.label for record in self.training)
        return {name: counts[label] for label, name in enumerate(self.classes)}

    def class_weights(self) -> NDArray[np.float64] | None:
        """Returns the classes' weights in the loss, ``(classes,)``, or None if all are alike.

        Raises:
            ConfigError: If the option names an unknown class.
        """
        wanted = self.config.data.class_weights
        if isinstance(wanted, dict):
            for name in wanted:
                _require_class("data.class_weights", name, self.classes)
            return np.array([wanted.get(name, 1.0) for name in self.classes])
        return self._balanced() if wanted == "balanced" else None

    def _balanced(self) -> NDArray[np.float64]:
        labels = [record.label or 0 for record in self.training]
        return balanced_weights(labels, len(self.classes))

    def lists(self) -> dict[str, str]:
        """Returns the CSV files of training and validation clips by name."""
        return self._lists

    def train_dataloader(self) -> DataLoader[Sample]:
        """Returns the loader of random clips."""
        dataset = TrainingDataset(
            self.training,
            self.clip_format,
            self.augmentation,
            seed=self.config.train.seed,
            cache=self.cache,
        )
        weights = None
        if self.config.data.weighted_sampler:
            weights = self._balanced()[[record.label or 0 for record in self.training]]
        size = self.config.data.batch_size
        return self.make_loader(
            dataset, len(dataset), size, shuffle=True, weights=weights, passes=self.passes
        )

    def val_dataloader(self) -> DataLoader[Sample]:
        """Returns the loader of each validation video's center clip."""
        dataset = EvaluationDataset(self.validation, self.clip_format, cache=self.cache)
        return self.make_loader(dataset, len(dataset), self.config.data.batch_size, shuffle=False)

    def facts(self) -> dict[str, Any]:
        """Returns what ``run.json`` tells of the clips."""
        facts = {
            "training_clips": len(self.training),
            "validation_clips": len(self.validation),
            "training_clips_per_class": self.class_counts(),
        }
        if self.set_apart and self.set_apart.column:  # so that figures on it count groups
            facts["group_by"] = self.set_apart.column
        return facts

    def summary(self) -> list[str]:
        """Returns lines on the numbers of clips, with advice if those of classes differ much."""
        counts = self.class_counts()
        rare, frequent = min(counts, key=lambda n: counts[n]), max(counts, key=lambda n: counts[n])
        line = f"clips per class: {counts[rare]} ({rare}) to {counts[frequent]} ({frequent})"
        if counts[rare] == counts[frequent]:
            line = f"{counts[rare]} clip{'' if counts[rare] == 1 else 's'} in each class"
        data = self.config.data
        balanced = data.weighted_sampler or data.class_weights != "none"
        if counts[frequent] > UNBALANCED * counts[rare] and not balanced:
            line += "; consider --data.class_weights balanced or --data.weighted_sampler true"
        lines = [
            f"{len(self.training)} clips to train with, {len(self.validation)} to validate with, "
            f"{len(self.classes)} classes",
            line,
            *([self.set_apart.said] if self.set_apart else []),
        ]
        if self.passes > 1:
            lines.append(
                f"An epoch shows each training clip {self.passes} times: --data.epoch_clips "
                f"{data.epoch_clips} at least"
            )
        return lines

    def verdict(self, score: float) -> str:
        """Returns the top-1 of the model that is kept, and what it is to be held against."""
        ((label, count),) = Counter(record.label for record in self.validation).most_common(1)
        name, share = self.classes[label or 0], count / len(self.validation)
        return (
            f"{self.config.train.keep.capitalize()} top-1 on the validation videos: {score:.1%} "
            f"(always answering {name!r}, the commonest class: {share:.1%})"
        )


def clip_format(config: RunConfig) -> ClipFormat:
    """Returns how a configuration's network reads a video."""
    return ClipFormat(
        num_segments=config.model.num_segments,
        frames_per_segment=frames_per_segment(config.model.motion),
        short_side=config.data.short_side,
        crop_size=config.data.crop_size,
        deinterlace=config.data.deinterlace,
        frame_stride=config.data.frame_stride,
    )


def read_lists(data: DataConfig, seed: int) -> tuple[Annotations, Annotations, SetApart | None]:
    """Returns the training and the validation clips of a configuration.

    The third is how validation was set apart, where there is no list of it.

    Raises:
        ConfigError: If neither root nor train is given, or all clips are of one class.
        AnnotationError: If lists are bad, or clips have no labels.
        ResolveError: If there are videos without labels, or a dataset has no list to train with.
        DatasetError, SplitError: If a prepared dataset is damaged, or there are too few clips.
    """
    root = local(data.root) if data.root else None
    classes = read_class_names(Path(data.classes)) if data.classes else None
    train_path, val_path = local(data.train or ""), local(data.val) if data.val else None
    if not data.train:
        if root is None:
            raise ConfigError(
                "no videos given: --data.root FOLDER with one folder per class, --data.root "
                "DATASET made by mienet prepare, or --data.train LIST"
            )
        train_path = choose_split(root, "train")
        held_out = choose_split(root, "val")
        val_path = val_path or (held_out if held_out != root else None)
        root = None
    errors: list[AnnotationError] = []
    training = _collect(errors, train_path, root, classes, data.frame_pattern)
    validation = None
    if val_path is not None:
        known = training.classes if training else classes
        validation = _collect(errors, val_path, root, known, data.frame_pattern)
    if training is None or errors:
        problems = [problem for error in errors for problem in error.problems]
        good = [list_.records for list_ in (training, validation) if list_]
        others = [record for rows in (*good, *(e.others for e in errors)) for record in rows]
        raise AnnotationError("bad lists", problems, others)
    _check_classes(training, train_path)
    if validation is not None:
        return training, validation, None
    parts = set_apart(training, train_path, data.val_fraction, seed)
    return parts.training, parts.validation, parts


def _check_classes(training: Annotations, path: Path) -> None:
    present = {record.label for record in training.records}
    if len(present) < 2:
        names = ", ".join(repr(training.classes[label]) for label in present if label is not None)
        raise ConfigError(
            f"{path}: training needs at least two classes, but all {len(training.records)} "
            f"clip(s) are of one: {names}; add clips of another class, such as of no action"
        )


def _collect(
    errors: list[AnnotationError],
    path: Path,
    root: Path | None,
    classes: list[str] | None,
    frame_pattern: str | None,
) -> Annotations | None:
    """Returns a list's records, or adds to ``errors``: both lists are reported in one error."""
    try:
        annotations = read_labeled(path, root=root, classes=classes)
        return annotations.with_frame_pattern(frame_pattern)
    except AnnotationError as error:
        errors.append(error)
        return None


def flip_labels(flip: bool | dict[str, str], classes: list[str]) -> tuple[int, ...] | None:
    """Returns the label of every class's mirror image, or None if nothing is to be flipped.

    A pair may be named once or both ways round: ``{a: b}`` and ``{a: b, b: a}`` are the same.

    Raises:
        ConfigError: If a name of the map is not a class, or a class has two mirror images.
    """
    if flip is False:
        return None
    mirrors: dict[str, str] = {}
    for pair in (flip if isinstance(flip, dict) else {}).items():
        for one, other in (pair, pair[::-1]):
            _require_class("data.flip", one, classes)
            if mirrors.setdefault(one, other) != other:
                raise ConfigError(
                    f"data.flip: {one!r} cannot be the mirror image of both {mirrors[one]!r} and "
                    f"{other!r}; give each class one"
                )
    return tuple(classes.index(mirrors.get(name, name)) for name in classes)


def _require_class(option: str, name: str, classes: list[str]) -> None:
    if name not in classes:
        near = closest(name, classes)
        hint = f"did you mean {near!r}?" if near else f"accepted: {', '.join(classes)}"
        raise ConfigError(f"{option} names an unknown class {name!r}; {hint}")
