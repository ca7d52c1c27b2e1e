"""A folder of numbered images, read as a video."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame

from mienet.errors import VideoError
from mienet.video.address import Place
from mienet.video.endings import IMAGE_SUFFIXES
from mienet.video.geometry import FrameConverter, Images, resized
from mienet.video.timing import Seconds


class FrameFolder:
    """A folder of numbered images; see ``Video`` for the interface.

    Raises:
        VideoError: If there are no such images, or a number is missing between the first and last.
    """

    def __init__(self, path: Path, *, frame_pattern: str | None = None) -> None:
        self.path = path
        self.timestamps_seconds: Seconds | None = None
        self.notes: list[str] = []
        self._converter = FrameConverter()
        self.files = _numbered_images(path, frame_pattern)
        self.num_frames = len(self.files)

    def read(self, indices: Sequence[int], *, short_side: int | None = None) -> Images:
        """See ``Video.read``."""
        check_indices(self.path, indices, self.num_frames)
        return stacked(self.frames_at(sorted(set(indices)), short_side=short_side), indices)

    def frames_at(
        self, indices: Sequence[int], *, short_side: int | None = None
    ) -> Iterator[tuple[int, Images]]:
        """See ``Video.frames_at``."""
        check_indices(self.path, indices, self.num_frames)
        check_rising(indices)
        images = ((int(index), self._read_one(int(index), short_side)) for index in indices)
        return of_one_size(self.path, images)

    def _read_one(self, index: int, short_side: int | None) -> Images:
        file = self.files[index]
        content = file.read_bytes()
        image = None
        if content and not _is_cut_jpeg(content):
            image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
        if image is None:
            raise VideoError(
                f"{file}: frame {index} is not a whole, readable image; extract it again",
                kind="damaged",
            )
        pixels: Images = np.asarray(image, dtype=np.uint8)
        if resized(pixels.shape[0], pixels.shape[1], short_side) == pixels.shape[:2]:
            return pixels
        frame = VideoFrame.from_ndarray(pixels, "rgb24")
        return self._converter.to_image(frame, short_side=short_side)

    def __enter__(self) -> "FrameFolder":
        return self

    def __exit__(self, *exception: object) -> None:
        pass


def check_frame_pattern(pattern: str) -> None:
    """Raises a ``VideoError`` if a pattern does not give every number a name of its own."""
    try:
        names = {pattern.format(number) for number in (1, 2, 99)}
    except (IndexError, KeyError, ValueError):
        names = set()
    if len(names) < 3 or "/" in pattern or not pattern.lower().endswith(IMAGE_SUFFIXES):
        raise VideoError(
            "a frame pattern needs one number and an image's ending, such as img_{:05d}.jpg; got "
            f"{pattern!r}"
        )


def _numbered_images(folder: Path, frame_pattern: str | None) -> list[Path]:
    if frame_pattern is not None:
        check_frame_pattern(frame_pattern)
    found: dict[str, dict[int, Path]] = {}
    doubled = []
    for entry in os.scandir(folder):
        match = re.fullmatch(r"(.*?)(\d+)(\.[^.]+)", entry.name)
        if match is None or match[3].lower() not in IMAGE_SUFFIXES:
            continue
        number = int(match[2])
        if frame_pattern is not None and frame_pattern.format(number) != entry.name:
            continue
        series = found.setdefault(match[1] + "*" + match[3], {})
        if (other := series.setdefault(number, folder / entry.name)).name != entry.name:
            doubled.append(" and ".join(sorted((other.name, entry.name))))
    if not found:
        names = f"images named {frame_pattern}" if frame_pattern else "numbered images"
        raise VideoError(
            f"{folder}: no {names} in the folder, and no videos directly in it", kind="no frames"
        )
    if len(found) > 1:
        raise VideoError(
            f"{folder}: several series of images ({', '.join(sorted(found))}); choose one with "
            "--data.frame_pattern, such as img_{:05d}.jpg"
        )
    if doubled:
        shown = ", ".join(sorted(doubled)[:10]) + (" ..." if len(doubled) > 10 else "")
        raise VideoError(
            f"{folder}: images of the same number: {shown}; delete one of each, or choose one "
            "series with --data.frame_pattern, such as img_{:05d}.jpg"
        )
    files = next(iter(found.values()))
    first, last = min(files), max(files)
    if missing := sorted(set(range(first, last + 1)) - files.keys()):
        shown = ", ".join(map(str, missing[:10])) + (" ..." if len(missing) > 10 else "")
        raise VideoError(
            f"{folder}: {len(missing)} missing frame(s) between {first} and {last}: {shown}; "
            "extract the video again",
            kind="cut short",
        )
    return [files[number] for number in sorted(files)]


def _is_cut_jpeg(content: bytes) -> bool:
    """Returns whether a JPEG lacks its end, which decoders fill with gray and a warning."""
    return content.startswith(b"\xff\xd8") and b"\xff\xd9" not in content[-4096:]


def of_one_size(path: Place, images: Iterable[tuple[int, Images]]) -> Iterator[tuple[int, Images]]:
    """Yields numbered images, or says which has another size than the first."""
    first: tuple[int, Images] | None = None
    for index, image in images:
        first = first or (index, image)
        if image.shape != first[1].shape:
            (height, width), (other_height, other_width) = image.shape[:2], first[1].shape[:2]
            raise VideoError(
                f"{path}: frame {index} has {width}x{height} pixels, frame {first[0]} "
                f"{other_width}x{other_height}; a video's frames must be of one size"
            )
        yield index, image


def stacked(images: Iterable[tuple[int, Images]], indices: Sequence[int]) -> Images:
    """Returns the images at the indices, in their order, as one array."""
    by_index = dict(images)
    return np.stack([by_index[int(index)] for index in indices])


def check_rising(indices: Sequence[int]) -> None:
    """Raises a ``ValueError`` that names the first index that is not above the one before it."""
    for before, index in pairwise(indices):
        if index <= before:
            raise ValueError(f"indices must rise, got {index} behind {before}; sort them")


def check_indices(path: Place, indices: Sequence[int], num_frames: int) -> None:
    """Raises an ``IndexError`` that names the indices outside a video."""
    outside = [int(index) for index in indices if not 0 <= index < num_frames]
    if outside:
        raise IndexError(f"{path}: has frames 0 to {num_frames - 1}, asked for {outside}")
