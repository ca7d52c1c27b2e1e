"""What a run trains and validates with, whatever a video's labels are: cache, readers, batches."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lightning.pytorch import LightningDataModule
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from mienet.annotations.discovery import Ignored
from mienet.annotations.records import VideoRecord
from mienet.config import DataConfig, RunConfig
from mienet.data.decode_once import Kept, all_kept, keep_frames
from mienet.data.loading import EpochBatches, make_loader
from mienet.training.threads import Shares, share_processors
from mienet.video.frame_cache import FrameCache, Reading, default_folder


class TrainingVideos(LightningDataModule, ABC):
    """The training and validation videos of a configuration.

    Attributes:
        config: All options.
        classes: Names of what is told apart.
        ignored: What lies in the folders and is no video.
        cache: Where small frames are kept; None keeps none.
        readers: Processes that read videos; None is as many as fit.
    """

    classes: list[str]

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self.config = config
        self.ignored: list[Ignored] = []
        self.cache = frame_cache(config.data)
        self.readers = config.data.num_workers

    @property
    @abstractmethod
    def all_records(self) -> list[VideoRecord]:
        """Returns training and validation videos."""

    @abstractmethod
    def reading_of(self, record: VideoRecord) -> Reading:
        """Returns how a record's video is read."""

    @abstractmethod
    def lists(self) -> dict[str, str]:
        """Returns the CSV files of training and validation videos by name."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """Returns what ``run.json`` tells of the videos."""

    @abstractmethod
    def summary(self) -> list[str]:
        """Returns lines on the videos, for the screen."""

    @abstractmethod
    def verdict(self, score: float) -> str:
        """Returns the line that ends a training, of the score of the model that is kept."""

    def keep_frames(self) -> Kept | None:
        """Decodes every video once and keeps its small frames; None where none are to be kept.

        Raises:
            AnnotationError: With every video that is damaged.
        """
        if self.cache is None:
            return None
        return keep_frames(self.cache, self.all_records, self.reading_of)

    def share_processors(self, *, on_cpu: bool, processes: int) -> Shares:
        """Returns how many processes read, of which the loaders take note, and threads compute."""
        kept = self.cache is not None and all_kept(self.cache, self.all_records, self.reading_of)
        wanted = self.config.data.num_workers
        shares = share_processors(wanted, on_cpu=on_cpu, processes=processes, frames_are_kept=kept)
        self.readers = shares.readers
        return shares

    def make_loader(
        self,
        dataset: Dataset[Any],
        num_items: int,
        batch_size: int,
        *,
        shuffle: bool,
        weights: NDArray[np.float64] | None = None,
        passes: int = 1,
    ) -> DataLoader[Any]:
        """Returns a loader of this process's batches; arguments as ``EpochBatches``'."""
        trainer = self.trainer
        batches = EpochBatches(
            num_items,
            batch_size,
            shuffle=shuffle,
            seed=self.config.train.seed,
            rank=trainer.global_rank if trainer else 0,
            world_size=trainer.world_size if trainer else 1,
            weights=weights,
            passes=passes,
        )
        return make_loader(dataset, batches, self.readers)  # type: ignore[arg-type]


def frame_cache(data: DataConfig) -> FrameCache | None:
    """Returns where a configuration keeps small frames, or None if it keeps none."""
    if not data.cache_gigabytes:
        return None
    folder = Path(data.cache).expanduser() if data.cache else default_folder()
    return FrameCache(folder, int(data.cache_gigabytes * 1e9))


def counted(values: Sequence[object], word: str) -> str:
    """Returns how many there are, such as "1 phase" and "2 phases"."""
    return f"{len(values)} {word}{'' if len(values) == 1 else 's'}"
