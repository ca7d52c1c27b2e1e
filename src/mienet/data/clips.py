"""The way from a video to the clips that a network sees, for training and for everything after it.

Shapes: ``T`` segments, ``L`` frames per segment, ``S`` pixels of the square crop.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mienet.annotations.records import VideoRecord
from mienet.data import sampling, transforms
from mienet.data.intervals import frame_range
from mienet.data.sampling import ClipChoice, Indices
from mienet.data.transforms import CropChoice
from mienet.options import Range, checked, option_name
from mienet.video.frame_cache import FrameCache, Reading, open_kept
from mienet.video.reader import Images, Video

PART_BYTES = 128 * 2**20
"""Views of a video that are read at once: 7 clips of 3 crops of 8 x 4 frames at 256 pixels."""


@dataclass(frozen=True)
class ClipFormat:
    """How a network reads a video; saved with every checkpoint.

    Attributes:
        num_segments: ``T``.
        frames_per_segment: ``L``: 1 without motion maps, 4 with them.
        short_side: Length of the frames' shorter side in pixels before cropping.
        crop_size: ``S``, at most ``short_side``.
        deinterlace: Whether frames that are marked as interlaced are deinterlaced.
        frame_stride: Frames from one of a segment's frames to the next. A departure: the authors'
            are neighbors (1), in which slow movements leave little.
    """

    num_segments: int
    frames_per_segment: int
    short_side: int
    crop_size: int
    deinterlace: bool = False
    frame_stride: int = 1

    def __post_init__(self) -> None:
        counts = ("num_segments", "frames_per_segment", "short_side", "crop_size", "frame_stride")
        for name in counts:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.crop_size > self.short_side:
            raise ValueError(
                f"{option_name('crop_size')} must be at most {option_name('short_side')} "
                f"({self.short_side}), got {self.crop_size}"
            )

    @property
    def clip_shape(self) -> tuple[int, ...]:
        """Returns the shape of a clip, ``(T, L, 3, S, S)``."""
        return self.num_segments, self.frames_per_segment, 3, self.crop_size, self.crop_size

    @property
    def segment_span(self) -> int:
        """Returns the frames from a segment's first to its last, both included."""
        return (self.frames_per_segment - 1) * self.frame_stride + 1

    @property
    def clip_bytes(self) -> int:
        """Returns the bytes of one uint8 clip ``(T, L, 3, S, S)``."""
        return self.num_segments * self.frames_per_segment * 3 * self.crop_size**2


@dataclass(frozen=True)
class Augmentation:
    """What training changes at random, alike for all frames of a clip.

    Attributes:
        scales: Sizes of the random crop as parts of the short side, in falling order.
        flip_labels: For each class the label of its mirror image (its own, or that of the class it
            swaps with); None never flips.
        brightness: Largest change of brightness, as a part: 0.4 is a factor of 0.6 to 1.4.
    """

    scales: tuple[float, ...]
    flip_labels: tuple[int, ...] | None
    brightness: float


def num_views(clip_format: ClipFormat, *, clips: ClipChoice, crops: CropChoice) -> int:
    """Returns how many views ``read_evaluation_clips`` gives of a video, whatever its length."""
    num_clips, size = len(clip_indices(1, clip_format, clips)), clip_format.crop_size
    return num_clips * len(transforms.evaluation_crops(size, size, size, crops))


def clip_indices(
    num_frames: int, clip_format: ClipFormat, clips: ClipChoice = "center"
) -> list[Indices]:
    """Returns the frames of every clip to look at in evaluation, each ``(T, L)``.

    Raises:
        MienetError: If there is no such choice of clips.
    """
    starts = sampling.evaluation_starts(
        num_frames, clip_format.num_segments, clip_format.segment_span, clips
    )
    return [_frame_indices(one, clip_format, num_frames) for one in starts]


@checked(decode_threads=Range(least=0))
def read_evaluation_clips(
    record: VideoRecord,
    clip_format: ClipFormat,
    *,
    clips: ClipChoice = "center",
    crops: CropChoice = "one",
    decode_threads: int = 1,
    cache: FrameCache | None = None,
) -> Tensor:
    """Returns the views of a video to average over, uint8 ``(views, T, L, 3, S, S)``.

    Raises:
        FileNotFoundError: If the video is not there.
        VideoError: If it cannot be read.
    """
    parts = iterate_evaluation_clips(
        record, clip_format, clips=clips, crops=crops, decode_threads=decode_threads, cache=cache
    )
    return torch.cat(list(parts))


def iterate_evaluation_clips(
    record: VideoRecord,
    clip_format: ClipFormat,
    *,
    clips: ClipChoice = "center",
    crops: CropChoice = "one",
    decode_threads: int = 1,
    cache: FrameCache | None = None,
) -> Iterator[Tensor]:
    """Yields the views that ``read_evaluation_clips`` returns, few enough at once for any memory.

    A part is of ``PART_BYTES``, or of one clip if that is larger.
    """
    source = reading(record, clip_format)
    with open_kept(source, cache, decode_threads=decode_threads) as video:
        first, num_frames = frame_range(record, video)
        indices = clip_indices(num_frames, clip_format, clips)
        crops_bytes = clip_format.clip_bytes * (3 if crops == "three" else 1)
        at_once = max(1, PART_BYTES // crops_bytes)
        for begin in range(0, len(indices), at_once):
            part = indices[begin : begin + at_once]
            # One reading for all clips of a part: frames that they share are decoded once.
            images = _read(video, np.concatenate(part), first, clip_format.short_side)
            yield _views(np.split(images, len(part)), clip_format, crops)


def center_views(clip: Images, clip_format: ClipFormat) -> Tensor:
    """Returns the center crop of a clip's images ``(T * L, H, W, 3)`` as ``(1, T, L, 3, S, S)``."""
    return _views([clip], clip_format, "one")


def _views(clips: Sequence[Images], clip_format: ClipFormat, crops: CropChoice) -> Tensor:
    """Returns every crop of every clip, uint8 ``(views, T, L, 3, S, S)``."""
    size = clip_format.crop_size
    height, width = clips[0].shape[1:3]
    # Of a video smaller than short_side, the same part of the picture.
    side = round(min(height, width) * size / clip_format.short_side)
    rectangles = transforms.evaluation_crops(height, width, side, crops)
    views = [
        transforms.to_clip(
            transforms.crop_and_resize(clip, rectangle, size), clip_format.num_segments
        )
        for clip in clips
        for rectangle in rectangles
    ]
    return torch.stack(views)


def reading(record: VideoRecord, clip_format: ClipFormat) -> Reading:
    """Returns how a record's video is read for clips of a format."""
    return Reading(
        record.path, clip_format.short_side, record.frame_pattern, clip_format.deinterlace
    )


def read_training_clip(
    record: VideoRecord,
    clip_format: ClipFormat,
    augmentation: Augmentation,
    generator: np.random.Generator,
    *,
    cache: FrameCache | None = None,
) -> tuple[Tensor, int]:
    """Returns a random clip, uint8 ``(T, L, 3, S, S)``, and its label, which a flip may change.

    Args:
        record: The video, or a part of it.
        clip_format: The clip's shape.
        augmentation: What is changed at random.
        generator: Decides all that is random.
        cache: Where frames may be kept; they give the same clip.

    Raises:
        FileNotFoundError: If the video is not there.
        ValueError: If the record has no label.
        VideoError: If the video cannot be read.
    """
    if record.label is None:
        raise ValueError(f"{record.source}: training needs a label")
    source = reading(record, clip_format)
    with open_kept(source, cache) as video:
        first, num_frames = frame_range(record, video)
        starts = sampling.random_starts(
            num_frames, clip_format.num_segments, clip_format.segment_span, generator
        )
        indices = _frame_indices(starts, clip_format, num_frames)
        images = _read(video, indices, first, clip_format.short_side)
    height, width = images.shape[1:3]
    crop = transforms.multi_scale_crop(height, width, augmentation.scales, generator)
    images = transforms.crop_and_resize(images, crop, clip_format.crop_size)
    if augmentation.brightness:
        change = generator.uniform(-augmentation.brightness, augmentation.brightness)
        images = transforms.brighten(images, 1 + change)
    label = record.label
    if augmentation.flip_labels is not None and generator.random() < 0.5:
        images, label = images[:, :, ::-1], augmentation.flip_labels[label]
    return transforms.to_clip(images, clip_format.num_segments), label


def _frame_indices(starts: Indices, clip_format: ClipFormat, num_frames: int) -> Indices:
    length, stride = clip_format.frames_per_segment, clip_format.frame_stride
    return sampling.frame_indices(starts, length, num_frames, stride)


def _read(video: Video, indices: Indices, first: int, short_side: int) -> Images:
    flat: Sequence[int] = (indices.ravel() + first).tolist()
    return video.read(flat, short_side=short_side)
