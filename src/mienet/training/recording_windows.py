"""Windows of labeled recordings for PyTorch's loader: random ones to learn, fixed ones to test.

Letters: ``N`` frames of a recording, ``M`` steps, ``T`` positions of a window, ``L`` frames of a
position, ``W`` frames of a window, ``S`` pixels, ``K`` phases, ``E`` kinds of events.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from mienet.annotations.records import VideoRecord
from mienet.data import transforms
from mienet.data.recording_format import (
    RecordingFormat,
    count_steps,
    rate_of,
    read_window,
    window_indices,
    window_starts,
)
from mienet.labeling.timelines import AnnotatedVideo
from mienet.timelines.result import frame_borders
from mienet.timelines.truth import UNLABELED, event_frames, frame_labels
from mienet.video.frame_cache import FrameCache, open_kept
from mienet.video.reader import open_video

BEYOND = 8
"""A window of so many may reach over an end of its recording, so that ends are learned, too."""


@dataclass(frozen=True)
class LabeledRecording:
    """A recording with what is known of each of its frames.

    Attributes:
        video: As it was annotated.
        frames_per_second: Over its whole length; None without a clock.
        labels: Phase of each frame, ``K`` for none, -1 where nobody has labeled it, ``(N,)``.
        events: Label and frame of each event.
    """

    video: AnnotatedVideo
    frames_per_second: float | None
    labels: NDArray[np.int64]
    events: list[tuple[int, int]]

    @property
    def record(self) -> VideoRecord:
        """Returns the video's file as other code knows videos."""
        return VideoRecord(self.video.path, None, source=self.video.source or self.video.path)


def label_recording(
    video: AnnotatedVideo, phases: Sequence[str], events: Sequence[str]
) -> LabeledRecording:
    """Returns what is known of each frame of an annotated video.

    Raises:
        FileNotFoundError, VideoError: If it cannot be read.
        MienetError: If it has no clock and no stated rate, or its marks do not fit it.
        ValueError: If it is a folder of frames whose rate is not stated.
    """
    with open_video(video.path) as opened:
        stated = video.fps if opened.timestamps_seconds is None else None
        taken = video.capture_fps or stated
        borders = frame_borders(opened.timestamps_seconds, opened.num_frames, taken)
        rate = taken or rate_of(opened)
    known = replace(video, fps=rate, duration_seconds=float(borders[-1]))
    return LabeledRecording(
        known,
        rate,
        frame_labels(video, borders, phases),
        event_frames(video, borders, events),
    )


@dataclass(frozen=True)
class WindowAugmentation:
    """What training changes at random, alike for all frames of a window.

    Attributes:
        scales: Sizes of the random crop as parts of each side, in falling order.
        flip_phases: For each phase, and last for none, that of its mirror image; None never flips.
        flip_events: Likewise for events.
        brightness: Largest change of brightness, as a part.
    """

    scales: tuple[float, ...]
    flip_phases: tuple[int, ...] | None
    flip_events: tuple[int, ...] | None
    brightness: float


class WindowSample(NamedTuple):
    """A window to learn from; batches look alike.

    Attributes:
        clips: uint8, ``(T, L, 3, S, S)``.
        phases: Of each position, int64 ``(T,)``; ``K`` is none, -1 does not count.
        events: Likewise, ``E`` is none.
    """

    clips: Tensor
    phases: Tensor
    events: Tensor


class FixedWindow(NamedTuple):
    """A window to test with; batches look alike.

    Attributes:
        frames: uint8, ``(W, 3, S, S)``.
        recording: Index of its recording, int64.
        start: Its first step, int64.
    """

    frames: Tensor
    recording: Tensor
    start: Tensor


class TrainingWindows(Dataset[WindowSample]):
    """Random windows, asked for as ``TrainingDataset`` is: by ``(epoch, index)``.

    The stride differs from window to window, so that movements come at several speeds.

    Args:
        recordings: What to learn from.
        reading: How the network reads a recording.
        augmentation: What is changed at random.
        num_events: ``E``.
        event_radius: Positions around an event that count as the event.
        windows: How many an epoch draws from each; None is as many as cover it.
        seed: Decides all that is random.
        cache: Where frames may be kept; they give the same windows.
    """

    def __init__(
        self,
        recordings: Sequence[LabeledRecording],
        reading: RecordingFormat,
        augmentation: WindowAugmentation,
        *,
        num_events: int,
        event_radius: int,
        windows: int | None,
        seed: int,
        cache: FrameCache | None,
    ) -> None:
        self.recordings = recordings
        self.reading = reading
        self.augmentation = augmentation
        self.num_events = num_events
        self.event_radius = event_radius
        self.seed = seed
        self.cache = cache
        self.item_bytes = reading.window_bytes
        self.strides = speeds(reading.stride)
        counts = [windows or self._to_cover(recording) for recording in recordings]
        self.owners = np.repeat(np.arange(len(recordings)), counts)

    def _to_cover(self, recording: LabeledRecording) -> int:
        steps = len(recording.labels) / self.reading.step_of(recording.frames_per_second)
        return max(1, round(steps / self.reading.span))

    def __len__(self) -> int:
        return len(self.owners)

    def __getitem__(self, key: tuple[int, int]) -> WindowSample:
        epoch, index = key
        generator = np.random.default_rng([self.seed, epoch, index])
        recording = self.recordings[self.owners[index]]
        step = self.reading.step_of(recording.frames_per_second)
        num_steps = count_steps(len(recording.labels), step)
        stride = int(generator.choice(self.strides))
        span = (self.reading.num_segments - 1) * stride + 1
        beyond = span // BEYOND
        latest = max(num_steps - span, 0) + beyond
        start = int(generator.integers(-beyond, latest + 1))
        steps = window_indices(start, num_steps, self.reading, stride)
        positions = start + stride * np.arange(self.reading.num_segments)
        phases, events = self._targets(recording, positions, step, stride)
        images = self._images(recording, steps * step)
        height, width = images.shape[1:3]
        change = self.augmentation
        crop = transforms.whole_frame_crop(height, width, change.scales, generator)
        images = transforms.crop_and_resize(images, crop, self.reading.crop_size)
        if change.brightness:
            factor = 1 + generator.uniform(-change.brightness, change.brightness)
            images = transforms.brighten(images, factor)
        if change.flip_phases is not None and generator.random() < 0.5:
            images = images[:, :, ::-1]
            phases = _mirrored(phases, change.flip_phases)
            events = _mirrored(events, change.flip_events or ())
        clip = transforms.to_clip(images, self.reading.num_segments)
        return WindowSample(clip, torch.from_numpy(phases), torch.from_numpy(events))

    def _images(self, recording: LabeledRecording, frames: NDArray[np.int64]) -> NDArray[np.uint8]:
        source = self.reading.reading(recording.video.path)
        with open_kept(source, self.cache) as video:
            return video.read(frames.ravel().tolist(), short_side=self.reading.short_side)

    def _targets(
        self, recording: LabeledRecording, positions: NDArray[np.int64], step: int, stride: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Returns the phase and the event of every position, ``(T,)`` each."""
        frames = positions * step
        inside = (frames >= 0) & (frames < len(recording.labels))
        phases = np.full(len(frames), UNLABELED)
        phases[inside] = recording.labels[frames[inside]]
        events = np.where(phases == UNLABELED, UNLABELED, self.num_events)
        nearest = np.full(len(frames), np.inf)
        for label, frame in recording.events:
            distances = np.abs(frames - frame) / (step * stride)
            here = (np.round(distances) <= self.event_radius) & (distances < nearest)
            here &= phases != UNLABELED
            events[here], nearest[here] = label, distances[here]
        return phases, events


def speeds(stride: int) -> list[int]:
    """Returns the strides of training: a middle one, and those up to half as far again.

    >>> speeds(1), speeds(2), speeds(4)
    ([1, 2], [1, 2, 3], [2, 3, 4, 5, 6])
    """
    change = max(1, stride // 2)
    return list(range(max(1, stride - change), stride + change + 1))


class FixedWindows(Dataset[FixedWindow]):
    """The windows that ``frame_outputs`` looks at, of all recordings.

    Args:
        recordings: What to test with.
        reading: How the network reads a recording.
        cache: Where frames may be kept.
    """

    def __init__(
        self,
        recordings: Sequence[LabeledRecording],
        reading: RecordingFormat,
        *,
        cache: FrameCache | None,
    ) -> None:
        self.recordings = recordings
        self.reading = reading
        self.cache = cache
        self.item_bytes = reading.window_steps * 3 * reading.crop_size**2
        self.windows = [
            (number, start)
            for number, recording in enumerate(recordings)
            for start in window_starts(self.num_steps(recording), reading)
        ]

    def num_steps(self, recording: LabeledRecording) -> int:
        """Returns the steps of a recording."""
        step = self.reading.step_of(recording.frames_per_second)
        return count_steps(len(recording.labels), step)

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, key: tuple[int, int]) -> FixedWindow:
        _, index = key
        number, start = self.windows[index]
        recording = self.recordings[number]
        step = self.reading.step_of(recording.frames_per_second)
        source = self.reading.reading(recording.video.path)
        with open_kept(source, self.cache) as video:
            frames = read_window(video, start, step, self.reading)
        return FixedWindow(frames, torch.tensor(number), torch.tensor(start))


def _mirrored(labels: NDArray[np.int64], mirror: Sequence[int]) -> NDArray[np.int64]:
    """Returns labels under their mirror images' numbers; -1 stays."""
    table = np.array([*mirror, UNLABELED])
    return table[labels]
