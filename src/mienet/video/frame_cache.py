"""Small frames of videos, kept on disk so that each video is decoded once and not every epoch.

One file a video and size: its times, then all of its frames as they were read. A file is found by
what the video is (place, size, times of change) and how it was read, so that a changed video is
read anew. Files are written whole or not at all, and never changed: several runs may share a
folder, and a kill leaves nothing half-written.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import IO

import av
import numpy as np
from numpy.lib import format as npy

from mienet.files import TEMPORARY_PREFIX, whole_file
from mienet.video.frame_folder import check_indices
from mienet.video.geometry import Images
from mienet.video.reader import Video, open_video
from mienet.video.timing import Seconds

SUFFIX = ".frames"

FREE_BYTES = 2 * 2**30
"""Of the disk, which is left to others."""

LEFTOVER_SECONDS = 24 * 3600


def default_folder() -> Path:
    """Returns where a user's programs keep what they can make anew: ``~/.cache/mienet/frames``."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or "~/.cache"
    return Path(caches).expanduser() / "mienet" / "frames"


@dataclass(frozen=True)
class Reading:
    """A video and how it is read.

    Attributes:
        path: The file or folder of frames.
        short_side: Pixels of the shorter side of its frames.
        frame_pattern: Names of a folder's images; None for its numbered ones.
        deinterlace: Whether frames that are marked as interlaced are deinterlaced.
    """

    path: str
    short_side: int
    frame_pattern: str | None = None
    deinterlace: bool = False

    def open(self, *, decode_threads: int = 1) -> Video:
        """Returns the video itself, open."""
        return open_video(
            self.path,
            frame_pattern=self.frame_pattern,
            decode_threads=decode_threads,
            deinterlace=self.deinterlace,
        )

    def key(self) -> str:
        """Returns a name that no other reading has, nor this one once the video has changed.

        Raises:
            OSError: If the video is not there.
        """
        path = os.path.abspath(self.path)  # noqa: PTH100 (names a folder's link, not its target)
        facts = (path, _signature(path), self.short_side, self.frame_pattern, self.deinterlace)
        versions = (1, av.__version__)  # of this file's layout, and of what decodes
        return hashlib.sha256(
            repr((*versions, *facts)).encode("utf-8", "surrogateescape")
        ).hexdigest()


def open_kept(reading: "Reading", cache: "FrameCache | None", *, decode_threads: int = 1) -> Video:
    """Returns a video's kept frames, or the video itself where there are none; both give the same.

    Raises:
        FileNotFoundError, VideoError: As ``open_video`` does.
    """
    if cache is None:
        return reading.open(decode_threads=decode_threads)
    return cache.open(reading)


class KeptVideo:
    """A video whose small frames are on disk; see ``Video`` for the interface.

    Args:
        path: The video that the frames are of.
        file: The kept file.
        short_side: The only size in which there are frames.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is damaged.
    """

    def __init__(self, path: Path, file: Path, short_side: int) -> None:
        self.path = path
        self.notes: list[str] = []
        self._short_side = short_side
        with file.open("rb") as content:
            times: Seconds = npy.read_array(content, allow_pickle=False)
            npy.read_magic(content)
            shape, _, dtype = npy.read_array_header_1_0(content)
            self._frames = np.memmap(file, dtype, "r", content.tell(), shape)
        self.num_frames = shape[0]
        self.timestamps_seconds: Seconds | None = times if len(times) else None

    def read(self, indices: Sequence[int], *, short_side: int | None = None) -> Images:
        """See ``Video.read``; ``short_side`` is the kept one."""
        self._check(indices, short_side)
        return np.asarray(self._frames[np.asarray(indices, dtype=np.int64)])

    def frames_at(
        self, indices: Sequence[int], *, short_side: int | None = None
    ) -> Iterator[tuple[int, Images]]:
        """See ``Video.frames_at``; ``short_side`` is the kept one."""
        self._check(indices, short_side)
        return ((index, np.asarray(self._frames[index])) for index in indices)

    def _check(self, indices: Sequence[int], short_side: int | None) -> None:
        check_indices(self.path, indices, self.num_frames)
        if short_side != self._short_side:
            raise ValueError(f"kept are frames of short_side {self._short_side}, got {short_side}")

    def __enter__(self) -> "KeptVideo":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del self._frames


class Room:
    """Bytes that may still be taken; several threads may ask.

    Args:
        num_bytes: At the start.
    """

    def __init__(self, num_bytes: int) -> None:
        self.num_bytes = num_bytes
        self._lock = Lock()

    def take(self, num_bytes: int) -> bool:
        """Returns whether there is so much left, and takes it if so."""
        with self._lock:
            if num_bytes > self.num_bytes:
                return False
            self.num_bytes -= num_bytes
            return True


@dataclass(frozen=True)
class FrameCache:
    """A folder of kept frames, and how large it may become.

    Attributes:
        folder: Where files lie; made when it is needed.
        most_bytes: Of all files together.
    """

    folder: Path
    most_bytes: int

    def open(self, reading: Reading) -> Video:
        """Returns a video's kept frames, or the video itself where none are kept.

        Raises:
            FileNotFoundError, VideoError: As ``open_video`` does.
        """
        try:
            return KeptVideo(Path(reading.path), self._file(reading), reading.short_side)
        except (OSError, ValueError):
            return reading.open()

    def holds(self, reading: Reading) -> bool:
        """Returns whether a video's frames are kept, whole."""
        try:
            with KeptVideo(Path(reading.path), self._file(reading), reading.short_side):
                return True
        except (OSError, ValueError):
            return False

    def keep(self, reading: Reading, room: Room) -> bool:
        """Reads a video once and keeps its frames; returns whether there was room for them.

        Raises:
            FileNotFoundError, VideoError: If the video cannot be read.
            OSError: If the file cannot be written.
        """
        target = self._file(reading)
        with reading.open() as video:
            frames = video.frames_at(range(video.num_frames), short_side=reading.short_side)
            _, first = next(frames)
            times = video.timestamps_seconds
            if not room.take(video.num_frames * first.nbytes):
                return False
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole_file(target) as file:
                npy.write_array(file, np.zeros(0) if times is None else times)
                _write_header(file, (video.num_frames, *first.shape))
                file.write(np.ascontiguousarray(first).data)
                for _, image in frames:
                    file.write(np.ascontiguousarray(image).data)
        return True

    def files(self) -> dict[Path, int]:
        """Returns all kept files with their bytes, those that were not used for longest first.

        Files that another run deletes meanwhile are left out.
        """
        found = []
        for path in self.folder.glob(f"*{SUFFIX}"):
            with suppress(FileNotFoundError):
                status = path.stat()
                found.append((status.st_mtime_ns, path, status.st_size))
        return {path: num_bytes for _, path, num_bytes in sorted(found)}

    def num_bytes(self) -> int:
        """Returns the bytes of all kept files."""
        return sum(self.files().values())

    def make_room(self, readings: Iterable[Reading]) -> Room:
        """Returns the room left for more, after deleting old files that no reading needs.

        Those that are needed count as used now. Others go, the longest unused first, until half of
        the bound is free or none is left; so does what a killed program left half-written.
        """
        needed = {self._file(reading) for reading in readings}
        files = self.files()
        used = sum(files.values())
        for path, num_bytes in files.items():
            if path in needed:
                with suppress(FileNotFoundError):
                    os.utime(path)
            elif used > self.most_bytes // 2:
                used -= num_bytes
                path.unlink(missing_ok=True)
        self._delete_leftovers()
        self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free - FREE_BYTES
        return Room(max(0, min(self.most_bytes - used, free)))

    def delete(self) -> None:
        """Deletes all kept files."""
        for path in self.files():
            path.unlink(missing_ok=True)
        self._delete_leftovers()

    def _delete_leftovers(self) -> None:
        """Deletes what nobody has written to for a day and has no whole file's name."""
        for path in self.folder.glob(f"{TEMPORARY_PREFIX}*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - LEFTOVER_SECONDS:
                    path.unlink()

    def _file(self, reading: Reading) -> Path:
        return self.folder / f"{reading.key()}{SUFFIX}"


def _write_header(file: IO[bytes], shape: tuple[int, ...]) -> None:
    facts = {"shape": shape, "fortran_order": False, "descr": "|u1"}
    npy.write_array_header_1_0(file, facts)


def _signature(path: str) -> list[tuple[str, int, int, int]]:
    """Returns name, size and times of change of a file, or of everything in a folder."""
    if os.path.isdir(path):  # noqa: PTH112 (asked for every clip)
        with os.scandir(path) as entries:
            found = sorted((entry.name, entry.stat()) for entry in entries)
    else:
        found = [("", os.stat(path))]  # noqa: PTH116
    return [(name, of.st_size, of.st_mtime_ns, of.st_ctime_ns) for name, of in found]
