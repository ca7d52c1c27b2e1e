"""Clips for PyTorch's loader: datasets for training and evaluation, and their order."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from mienet.annotations.records import AnnotationError, Annotations, VideoRecord
from mienet.data.clips import (
    Augmentation,
    ClipFormat,
    num_views,
    read_evaluation_clips,
    read_training_clip,
)
from mienet.data.intervals import frame_range
from mienet.data.sampling import ClipChoice
from mienet.data.transforms import CropChoice
from mienet.errors import MienetError
from mienet.main_guard import require_main_guard_unless_forked
from mienet.processors import MOST_READERS, num_processors
from mienet.progress import progress_bar
from mienet.video.frame_cache import FrameCache
from mienet.video.reader import open_video

WAITING_BYTES = 2 * 2**30
"""Pixels that loaders hold before the network takes them, as far as batches and workers allow."""


class Sample(NamedTuple):
    """One video's pixels, label and place in its list; batches of them look alike.

    Attributes:
        clips: uint8, ``(T, L, 3, S, S)`` in training and ``(views, T, L, 3, S, S)`` in evaluation.
        label: Index of the class, int64; -1 where it is not known.
        position: Index of the record, int64.
    """

    clips: Tensor
    label: Tensor
    position: Tensor


class TrainingDataset(Dataset[Sample]):
    """Random clips of labeled videos.

    An item is asked for by ``(pass, index)``, and its randomness depends on these and the seed
    alone: neither the number of workers nor that of processes changes a clip.

    Args:
        records: The videos, or parts of them.
        clip_format: The clips' shape.
        augmentation: What is changed at random.
        seed: Decides all that is random.
        cache: Where frames may be kept; they give the same clips.
    """

    def __init__(
        self,
        records: Sequence[VideoRecord],
        clip_format: ClipFormat,
        augmentation: Augmentation,
        *,
        seed: int,
        cache: FrameCache | None = None,
    ) -> None:
        self.records = records
        self.clip_format = clip_format
        self.augmentation = augmentation
        self.seed = seed
        self.cache = cache
        self.item_bytes = clip_format.clip_bytes

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, key: tuple[int, int]) -> Sample:
        number, index = key
        generator = np.random.default_rng([self.seed, number, index])
        clip, label = read_training_clip(
            self.records[index],
            self.clip_format,
            self.augmentation,
            generator,
            cache=self.cache,
        )
        return Sample(clip, torch.tensor(label), torch.tensor(index))


class EvaluationDataset(Dataset[Sample]):
    """The fixed views of videos, in their list's order; asked for as ``TrainingDataset`` is."""

    def __init__(
        self,
        records: Sequence[VideoRecord],
        clip_format: ClipFormat,
        *,
        clips: ClipChoice = "center",
        crops: CropChoice = "one",
        cache: FrameCache | None = None,
    ) -> None:
        self.records = records
        self.clip_format = clip_format
        self.cache = cache
        self.clips = clips
        self.crops = crops
        self.num_views = num_views(clip_format, clips=clips, crops=crops)
        self.item_bytes = self.num_views * clip_format.clip_bytes

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, key: tuple[int, int]) -> Sample:
        _, index = key
        record = self.records[index]
        views = read_evaluation_clips(
            record,
            self.clip_format,
            clips=self.clips,
            crops=self.crops,
            cache=self.cache,
        )
        label = -1 if record.label is None else record.label
        return Sample(views, torch.tensor(label), torch.tensor(index))


class BatchError(MienetError):
    """Clips that cannot be dealt to batches as asked for."""


class EpochBatches(Sampler[list[tuple[int, int]]]):
    """Batches of ``(pass, index)`` that show every clip equally often an epoch, over all processes.

    A pass shows each clip once; an epoch has one pass, or several. The clips are dealt to equally
    many batches in every process, whose sizes differ by one at the most. So no process waits for
    another, no clip is repeated to fill up the last batch, and there is no tiny last batch (which
    would upset batch-norm).

    Args:
        num_clips: Length of the dataset.
        batch_size: Most clips a batch.
        shuffle: Whether to draw a new order each epoch.
        seed: Decides the orders.
        rank: This process.
        world_size: Number of processes.
        weights: How often each clip is drawn, relatively, ``(num_clips,)``; the clips of a pass
            are then drawn with repetition. None shows each once.
        passes: Passes of an epoch, at least 1.

    Attributes:
        num_batches: Batches of each process.
        largest: Clips of the largest batch.

    Raises:
        BatchError: If there are no clips, or no such batches: 3 clips in batches of one cannot
            give 2 processes equally many.
    """

    def __init__(
        self,
        num_clips: int,
        batch_size: int,
        *,
        shuffle: bool,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        weights: NDArray[np.float64] | None = None,
        passes: int = 1,
    ) -> None:
        if batch_size < 1:
            raise BatchError(f"batch_size must be at least 1, got {batch_size}")
        if num_clips < world_size:
            raise BatchError(
                f"{num_clips} clip(s) cannot be shared out to {world_size} processes; use fewer "
                "devices or more clips"
            )
        self.num_clips = num_clips
        self.shuffle = shuffle
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self.weights = weights
        self.passes = passes
        shown = passes * num_clips
        self.num_batches = -(-shown // (batch_size * world_size))
        if self.num_batches * world_size > shown:
            raise BatchError(
                f"{shown} clips in batches of at most {batch_size} cannot be shared out to "
                f"{world_size} processes, equally many batches for each; use batches of at least "
                f"{batch_size + 1}, or a number of devices that {shown} is a multiple of"
            )
        self.largest = -(-shown // (self.num_batches * world_size))
        self.epoch = 0
        self.sampler = self  # where Lightning looks for set_epoch

    def set_epoch(self, epoch: int) -> None:
        """Chooses the order of the clips and their randomness; Lightning calls it each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.num_batches

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        first = self.epoch * self.passes
        shown = [
            (number, int(index))
            for number in range(first, first + self.passes)
            for index in self._order(number)
        ]
        batches = np.array_split(np.arange(len(shown)), self.num_batches * self.world_size)
        for batch in batches[self.rank :: self.world_size]:
            yield [shown[place] for place in batch]

    def _order(self, number: int) -> NDArray[np.int64]:
        """Returns the indices of a pass, counted from the first epoch's first."""
        order = np.arange(self.num_clips)
        generator = np.random.default_rng([self.seed, number])
        if self.weights is not None:
            return generator.choice(order, self.num_clips, p=self.weights / self.weights.sum())
        if self.shuffle:
            generator.shuffle(order)
        return order


def _limit_threads(worker_id: int) -> None:
    """Keeps a worker to one thread, since there are as many workers as CPUs."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def evaluation_loader(
    dataset: EvaluationDataset, batch_size: int, num_workers: int | None
) -> DataLoader[Sample]:
    """Returns a loader of all videos once, in order, ``batch_size`` views of them at once.

    One video's views stay together, so a batch holds at least one video.
    """
    videos_at_once = max(1, batch_size // dataset.num_views)
    return make_loader(
        dataset, EpochBatches(len(dataset), videos_at_once, shuffle=False), num_workers
    )


def make_loader(
    dataset: TrainingDataset | EvaluationDataset, batches: EpochBatches, num_workers: int | None
) -> DataLoader[Sample]:
    """Returns a loader whose workers outlive an epoch.

    Args:
        dataset: The clips.
        batches: Which clips make each batch.
        num_workers: Processes that read; None is one per processor, at most 16, and fewer where
            their batches would take more than ``WAITING_BYTES``.
    """
    fitting = max(1, WAITING_BYTES // (batches.largest * dataset.item_bytes))
    if num_workers is None:
        num_workers = min(num_processors(), MOST_READERS, fitting)
    if num_workers:
        require_main_guard_unless_forked()
    return DataLoader(
        dataset,
        batch_sampler=batches,
        num_workers=num_workers,
        prefetch_factor=min(2, max(1, fitting // num_workers)) if num_workers else None,
        worker_init_fn=_limit_threads,
        persistent_workers=num_workers > 0,
        pin_memory=torch.cuda.is_available(),
    )


def check_videos(records: Sequence[VideoRecord], *, progress: bool = True) -> None:
    """Opens every video once, without decoding, so that a broken one shows before training.

    Raises:
        AnnotationError: With every video that cannot be read or is shorter than its record says.
    """
    if problems := _video_problems(records, progress):
        raise AnnotationError("unreadable videos", problems)


@contextmanager
def with_unreadable(frame_pattern: str | None = None) -> Iterator[None]:
    """Adds to a list's bad rows, if it has some, what is wrong with the videos of the others.

    So all of it is told at once, and not the missing files first and the broken ones after those.

    Args:
        frame_pattern: Names of the images in folders of frames, in place of the list's own.
    """
    try:
        yield
    except AnnotationError as error:
        if not error.others:
            raise
        others = Annotations(error.others, []).with_frame_pattern(frame_pattern).records
        found = _video_problems(others, progress=True)
        raise AnnotationError("bad rows", [*error.problems, *found]) from None


def _video_problems(records: Sequence[VideoRecord], progress: bool) -> list[str]:
    """Returns what is wrong with each video that cannot be read, or not as far as it has to be."""

    def problem(record: VideoRecord) -> str | None:
        try:
            with open_video(record.path, frame_pattern=record.frame_pattern) as video:
                frame_range(record, video)
        except (ValueError, OSError) as error:
            message = str(error)
            return message if message.startswith(record.source) else f"{record.source}: {message}"
        return None

    with ThreadPoolExecutor() as pool:
        checked = pool.map(problem, records)
        bar = progress_bar(
            checked,
            total=len(records),
            description="Checking videos",
            unit="video",
            shown=progress,
        )
        return list(dict.fromkeys(found for found in bar if found is not None))
