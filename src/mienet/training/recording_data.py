"""Which recordings a run trains and validates with, and how their frame rates are met."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from mienet.annotations.records import AnnotationError, VideoRecord
from mienet.config import ConfigError, DataConfig, RunConfig
from mienet.data.manifest import is_prepared, read_prepared
from mienet.data.recording_format import RecordingFormat
from mienet.data.recordings import Recordings, read_recordings, subjects_of
from mienet.data.splitting import SplitError, joined_groups, split
from mienet.labeling.timeline_tables import write_timeline_table
from mienet.models.segment_features import frames_per_segment
from mienet.shell import command
from mienet.training.balancing import balanced_weights
from mienet.training.datamodule import flip_labels
from mienet.training.recording_windows import (
    FixedWindow,
    FixedWindows,
    LabeledRecording,
    TrainingWindows,
    WindowAugmentation,
    WindowSample,
    label_recording,
)
from mienet.training.setting_apart import choose_groups
from mienet.training.videos import TrainingVideos, counted
from mienet.video.address import local
from mienet.video.frame_cache import Reading

SHORT = 0.1
"""Of all phases, which are called short when a stride is chosen."""

POSITIONS_IN_SHORT = 3
LEAST_POSITIONS_PER_SECOND = 10


class RecordingVideos(TrainingVideos):
    """The training and validation recordings of a configuration.

    Attributes:
        phases: Names of the phases.
        events: Names of the events.
        training: What is learned from.
        validation: What the best model is chosen by.

    Raises:
        ConfigError, AnnotationError, FileNotFoundError: As ``train`` does.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__(config)
        training, validation, self._set_apart = read_recording_lists(config.data, config.train.seed)
        self.phases, self.events = list(training.phases), list(training.events)
        self.classes = [*self.phases, *self.events]
        self._recordings = training, validation
        self.training, self.validation = _label(training, validation)
        self.recording_format = choose_format(config, self.training)
        self._flips = _flips(config.data.flip, self.phases, self.events)

    @property
    def all_records(self) -> list[VideoRecord]:
        """Returns the files of training and validation."""
        return [recording.record for recording in (*self.training, *self.validation)]

    def reading_of(self, record: VideoRecord) -> Reading:
        """Returns how a recording is read."""
        return self.recording_format.reading(record.path)

    def lists(self) -> dict[str, str]:
        """Returns the tables of training and validation recordings by name, with whole paths."""
        return {
            name: write_timeline_table(recordings.videos)["annotations.csv"]
            for name, recordings in zip(("train.csv", "val.csv"), self._recordings, strict=True)
        }

    def phase_weights(self) -> NDArray[np.float64] | None:
        """Returns the weights of phases, and last of none, ``(K + 1,)``, or None if all are alike.

        Raises:
            ConfigError: If the option names something else.
        """
        wanted = self.config.data.class_weights
        if wanted == "none" or not self.phases:
            return None
        if isinstance(wanted, dict):
            if unknown := sorted(set(wanted) - set(self.phases)):
                raise ConfigError(
                    f"data.class_weights names {unknown[0]!r}, which is no phase; accepted: "
                    f"{', '.join(self.phases)}"
                )
            return np.array([*(wanted.get(name, 1.0) for name in self.phases), 1.0])
        labels = np.concatenate([recording.labels for recording in self.training])
        return balanced_weights(labels[labels >= 0].tolist(), len(self.phases) + 1)

    def facts(self) -> dict[str, Any]:
        """Returns what ``run.json`` tells of the recordings."""
        return {
            "training_recordings": len(self.training),
            "validation_recordings": len(self.validation),
            "phases": self.phases,
            "events": self.events,
        }

    def summary(self) -> list[str]:
        """Returns lines on the recordings and on how they are read."""
        minutes = sum(_duration_seconds(recording) for recording in self.training) / 60
        reading = self.recording_format
        positions = reading.frames_per_second / reading.stride
        return [
            f"{len(self.training)} recordings ({minutes:.1f} minutes) to train with, "
            f"{len(self.validation)} to validate with, {counted(self.phases, 'phase')}, "
            f"{counted(self.events, 'kind')} of event",
            f"Windows of {reading.num_segments} positions, {positions:.3g} a second: every "
            f"{reading.stride} frames at {reading.frames_per_second:.4g} frames per second, "
            f"{reading.span / reading.frames_per_second:.1f} s",
            *([self._set_apart] if self._set_apart else []),
        ]

    def verdict(self, score: float) -> str:
        """Returns the score of the model that is kept, and what it is made of."""
        of = {
            (True, True): "the mean of frame accuracy and the events' mean average precision",
            (True, False): "frame accuracy",
            (False, True): "the events' mean average precision",
        }
        said = of[bool(self.phases), bool(self.events)]
        which = self.config.train.keep.capitalize()
        return f"{which} score on the validation recordings: {score:.1%} ({said})"

    def train_dataloader(self) -> DataLoader[WindowSample]:
        """Returns the loader of random windows."""
        config = self.config
        flip_phases, flip_events = self._flips or (None, None)
        dataset = TrainingWindows(
            self.training,
            self.recording_format,
            WindowAugmentation(
                tuple(config.data.scales), flip_phases, flip_events, config.data.brightness
            ),
            num_events=len(self.events),
            event_radius=config.timeline.event_radius,
            windows=config.timeline.windows_per_recording,
            seed=config.train.seed,
            cache=self.cache,
        )
        return self.make_loader(dataset, len(dataset), config.data.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader[FixedWindow]:
        """Returns the loader of the windows that ``mienet timeline`` would look at."""
        dataset = FixedWindows(self.validation, self.recording_format, cache=self.cache)
        return self.make_loader(dataset, len(dataset), self.config.data.batch_size, shuffle=False)


def read_recording_lists(data: DataConfig, seed: int) -> tuple[Recordings, Recordings, str]:
    """Returns the training and the validation recordings of a configuration.

    The third is a sentence on how validation was set apart; empty where it has a list.

    Raises:
        ConfigError: If no list is given, or nothing happens in the recordings.
        AnnotationError: If lists are bad.
        DatasetError, SplitError: If a dataset is damaged, or there are too few recordings.
    """
    root = local(data.root) if data.root else None
    if data.train:
        train_path, val_path = local(data.train), local(data.val) if data.val else None
        videos = root
    elif root is not None and is_prepared(root):
        lists = read_prepared(root).lists()
        if "train" not in lists:
            raise ConfigError(f"{root}: has no train.csv to train with")
        train_path, videos = lists["train"], None
        val_path = Path(data.val) if data.val else lists.get("val")
    else:
        given = f", as {root} is no dataset of them" if root is not None else ""
        raise ConfigError(
            f"no recordings given{given}: --data.root DATASET made by mienet prepare, or "
            "--data.train LIST with the columns path,label,start_seconds,end_seconds; labeled "
            f"clips are trained with: {command('train', 'small', '--data.root', root or 'VIDEOS')}"
        )
    training = read_recordings(train_path, videos=videos)
    if not training.phases and not training.events:
        raise ConfigError(f"{train_path}: nothing happens in these recordings, as they are labeled")
    if val_path is None:
        return _set_apart(training, data.val_fraction, seed)
    validation = read_recordings(
        val_path, videos=videos, phases=training.phases, events=training.events
    )
    return training, validation, ""


def _set_apart(
    recordings: Recordings, fraction: float, seed: int
) -> tuple[Recordings, Recordings, str]:
    """Returns the recordings in two parts, nobody in both, and a sentence on how."""
    subjects = [subjects_of(video) for video in recordings.videos]
    videos = [video.path for video in recordings.videos]
    joined = joined_groups([own or (path,) for own, path in zip(subjects, videos, strict=True)])
    groups, column, said = choose_groups(joined, videos, "subject" if any(subjects) else None)
    try:
        placed = split(
            *([0] * len(groups), [1 - fraction, fraction]),
            groups=groups,
            group_name=column or "video",
            seed=seed,
            what=("recording", "recordings"),
        )
    except SplitError as error:
        raise SplitError(f"{error}; or give recordings to validate with: --data.val") from error
    parts = (
        tuple(v for v, part in zip(recordings.videos, placed, strict=True) if part == wanted)
        for wanted in (0, 1)
    )
    kept, held_out = (replace(recordings, videos=videos) for videos in parts)
    return kept, held_out, said


def _label(*lists: Recordings) -> Iterator[list[LabeledRecording]]:
    """Yields the labeled recordings of each list, after all were read.

    Raises:
        AnnotationError: With every recording that cannot be used.
    """
    problems, found = [], []
    for recordings in lists:
        labeled = []
        for video in recordings.videos:
            try:
                labeled.append(label_recording(video, recordings.phases, recordings.events))
            except (ValueError, OSError) as error:
                problems.append(f"{video.source or video.path}: {error}")
        found.append(labeled)
    if problems:
        raise AnnotationError("recordings that cannot be used", problems)
    return iter(found)


def choose_format(config: RunConfig, recordings: Sequence[LabeledRecording]) -> RecordingFormat:
    """Returns how the network reads recordings, what is not said chosen from the training's.

    The frame rate is the middle one; a stride gives a short phase ``POSITIONS_IN_SHORT`` positions,
    but a second no fewer than ``LEAST_POSITIONS_PER_SECOND``.
    """
    rates = [r.frames_per_second for r in recordings if r.frames_per_second is not None]
    rate = config.timeline.frames_per_second or float(np.median(rates or [25.0]))
    stride = config.timeline.stride
    if stride is None:
        largest = max(1, int(rate / LEAST_POSITIONS_PER_SECOND))
        durations = [i.end_seconds - i.start_seconds for r in recordings for i in r.video.intervals]
        short = float(np.quantile(durations, SHORT)) if durations else float("inf")
        stride = max(1, round(min(short * rate / POSITIONS_IN_SHORT, largest)))
    return RecordingFormat(
        num_segments=config.model.num_segments,
        frames_per_segment=frames_per_segment(config.model.motion),
        stride=stride,
        frames_per_second=rate,
        short_side=config.data.short_side,
        crop_size=config.data.crop_size,
        deinterlace=config.data.deinterlace,
    )


def _flips(
    flip: bool | dict[str, str], phases: list[str], events: list[str]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Returns the mirror images of phases and of events, none of them last, or None."""
    if flip is False:
        return None
    pairs = flip if isinstance(flip, dict) else {}
    flip_labels(pairs, list(dict.fromkeys([*phases, *events])))  # refuses unknown names
    found = []
    for names in (phases, events):
        own = {a: b for a, b in pairs.items() if a in names and b in names}
        found.append((*(flip_labels(own, names) or ()), len(names)))
    return found[0], found[1]


def _duration_seconds(recording: LabeledRecording) -> float:
    return len(recording.labels) / (recording.frames_per_second or 25.0)
