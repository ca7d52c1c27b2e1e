"""Frames at given indices from a video file or a folder of frames, behind one interface.

A video's frames are counted by walking through its packets, which decodes nothing; the header is
not believed. Reading seeks to the keyframe before a wanted frame when that saves decoding, decodes
each frame at most once, and converts and resizes only the wanted ones.
"""

import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Protocol

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from mienet.errors import VideoError as VideoError

Images = NDArray[np.uint8]
"""RGB images, ``(N, H, W, 3)``."""

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
VIDEO_SUFFIXES = (
    ".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".mts",
    ".m2ts", ".ts", ".3gp", ".ogv",
)  # fmt: skip


REMEDY = "copy or export it again"


class Video(Protocol):
    """An open video.

    Attributes:
        path: The file or folder.
        num_frames: Frames that it really has.
        timestamps_seconds: When each frame is shown, counted from the first, ``(num_frames,)``;
            None for a folder of frames, which has no clock.
    """

    path: Path
    num_frames: int
    timestamps_seconds: NDArray[np.float64] | None

    def read(self, indices: Sequence[int], *, short_side: int | None = None) -> Images:
        """Returns the frames at ``indices``, uint8 RGB ``(N, H, W, 3)``, upright.

        Args:
            indices: Frame numbers from 0, in any order, repeats allowed.
            short_side: Length of the shorter side in pixels after resizing; None keeps the size.
                Smaller frames are not enlarged: their crops are, in one go with resizing them.

        Raises:
            IndexError: If an index is outside the video.
            VideoError: If a frame cannot be decoded.
        """

    def __enter__(self) -> "Video": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def open_video(
    path: str | Path, *, frame_pattern: str | None = None, decode_threads: int = 1
) -> Video:
    """Returns an open video; use it in a ``with`` statement.

    Args:
        path: A video file of any container and codec that FFmpeg knows, or a folder of frames.
        frame_pattern: Names of the frames in a folder, such as ``img_{:05d}.png``. None takes the
            folder's numbered images, whatever their prefix and digits.
        decode_threads: Threads that decode one file; 0 takes as many as there are processors.

    Raises:
        FileNotFoundError: If there is nothing at ``path``.
        VideoError: If it cannot be read, is cut short, or has no frames.
    """
    path = Path(path)
    if path.is_dir():
        return FrameFolder(path, frame_pattern=frame_pattern)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such video file or folder of frames")
    return VideoFile(path, decode_threads=decode_threads)


class Keyframe(NamedTuple):
    """A frame at which decoding can start: its number, and its times in the stream's units."""

    number: int
    pts: int
    dts: int


class VideoFile:
    """A video file, decoded by FFmpeg; see ``Video`` for the interface."""

    def __init__(self, path: Path, *, decode_threads: int = 1) -> None:
        self.path = path
        self._decode_threads = decode_threads
        self._reformatter, self._resizer = VideoReformatter(), VideoReformatter()
        if path.stat().st_size == 0:
            raise VideoError(f"{path}: the file is empty; {REMEDY}", kind="no frames")
        self._open()
        try:
            self._index_packets()
        except BaseException:
            self._container.close()
            raise
        self.num_frames = len(self._pts)
        time_base = float(self._stream.time_base or 1)
        self.timestamps_seconds: NDArray[np.float64] | None = (self._pts - self._pts[0]) * time_base

    @property
    def codec(self) -> str:
        """Returns the name of the stream's codec, such as h264."""
        return str(self._stream.codec_context.name)

    @property
    def middle_keyframe(self) -> int:
        """Returns a frame near the middle that can be read alone, or the first frame."""
        key = self._keyframe_before(self.num_frames // 2)
        return key.number if key is not None else 0

    def _open(self) -> None:
        try:
            self._container = av.open(str(self.path))
        except (av.FFmpegError, OSError) as error:
            raise VideoError(
                f"{self.path}: cannot be read as a video ({_cause(error)}): cut short, damaged, or "
                "not a video; play it, and export it again if that fails too"
            ) from error
        streams = [s for s in self._container.streams.video if not _is_cover(s)]
        if not streams:
            self._container.close()
            raise VideoError(
                f"{self.path}: no video stream in the file, perhaps sound alone; give the file "
                "that has the pictures"
            )
        self._stream = streams[0]
        if self._stream.codec_context is None:
            self._container.close()
            raise VideoError(f"{self.path}: no decoder for its video stream; export it as H.264")
        self._stream.thread_type = "SLICE" if self._decode_threads == 1 else "AUTO"
        self._stream.codec_context.thread_count = self._decode_threads

    def _index_packets(self) -> None:
        """Notes when every frame is shown and where decoding can start, without decoding."""
        pts: list[int | None] = []
        keys: list[tuple[int, int]] = []
        end_seconds = 0.0
        count = 0
        try:
            for packet in self._container.demux():
                if packet.size == 0:
                    continue
                if packet.pts is not None and packet.time_base is not None:
                    end = (packet.pts + (packet.duration or 0)) * float(packet.time_base)
                    end_seconds = max(end_seconds, end)
                if packet.stream_index != self._stream.index:
                    continue
                count += 1
                if packet.is_corrupt:
                    raise VideoError(
                        f"{self.path}: frame {count - 1} is damaged or cut short; {REMEDY}",
                        kind="cut short",
                    )
                if packet.is_discard:
                    continue  # an edit list hides this frame
                pts.append(packet.pts)
                if packet.is_keyframe and packet.pts is not None:
                    keys.append((packet.pts, packet.pts if packet.dts is None else packet.dts))
        except av.FFmpegError as error:
            raise VideoError(
                f"{self.path}: unreadable after frame {count - 1} ({_cause(error)}); {REMEDY}"
            ) from error
        # Some containers (raw streams, old AVI) give no times: then frames are found by counting.
        times = [time for time in pts if time is not None]
        self._timed = bool(keys) and len(set(times)) == len(pts)
        if self._timed:
            self._check_length(times, end_seconds)
        else:
            times, keys = list(range(self._count_by_decoding())), []
        if not times:
            raise VideoError(
                f"{self.path}: no frames in the video stream; {REMEDY}", kind="no frames"
            )
        self._pts = np.sort(np.array(times, dtype=np.int64))
        self._keys = [
            Keyframe(int(np.searchsorted(self._pts, shown)), shown, decoded)
            for shown, decoded in sorted(keys)
        ]

    def _check_length(self, pts: list[int], end_seconds: float) -> None:
        """Compares what is in the file with what its header promises."""
        # An MP4 whose index points past the end of the file.
        size = self.path.stat().st_size
        entries = list(self._stream.index_entries)
        lost = sum(entry.pos + entry.size > size for entry in entries)
        if lost:
            raise VideoError(
                f"{self.path}: cut short: {len(entries) - lost} of {len(entries)} frames are in "
                "the file; copy or export it again",
                kind="cut short",
            )
        # Headers that tell a length which does not shrink with the file; less than a frame is
        # rounding. AVI counts in frames, the last of which may stand for several.
        kind = self._container.format.name
        time_base = float(self._stream.time_base or 1)
        promised_seconds = 0.0
        if kind == "avi":
            promised_seconds = self._stream.frames * time_base
        elif "matroska" in kind:
            promised_seconds = (self._container.duration or 0) / av.time_base
        frame_seconds = (max(pts) - min(pts)) * time_base / (len(pts) - 1) if len(pts) > 1 else 1.0
        if end_seconds < promised_seconds - 0.9 * frame_seconds:
            raise VideoError(
                f"{self.path}: cut short: ends after {end_seconds:.1f} of "
                f"{promised_seconds:.1f} seconds; {REMEDY}",
                kind="cut short",
            )

    def _count_by_decoding(self) -> int:
        self._reopen()
        return sum(1 for _ in self._decode())

    def _reopen(self) -> None:
        self._container.close()
        self._open()

    def read(self, indices: Sequence[int], *, short_side: int | None = None) -> Images:
        """See ``Video.read``."""
        _check_indices(self.path, indices, self.num_frames)
        wanted = np.unique(np.asarray(indices, dtype=np.int64))
        images: dict[int, Images] = {}
        for index, frame in self.frames_at(wanted.tolist()):
            images[index] = self.to_image(frame, short_side=short_side)
        return _stacked(self.path, images, indices)

    def frames_at(self, wanted: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
        """Yields the wanted frames, given in rising order, as they are decoded, one at a time.

        Raises:
            VideoError: At the first that cannot be decoded or is damaged.
        """
        decoder: Iterator[tuple[int, VideoFrame]] | None = None
        position = start = -1  # the last frame decoded, and that which decoding started for
        for target in wanted:
            key = self._keyframe_before(target)
            if decoder is None or (key is not None and key.number > position + 1):
                decoder, start = self._decode_from(key), 0 if key is None else key.number
            frame = None
            for position, frame in decoder:
                # A frame that others were predicted from damages them; those before the keyframe,
                # which lack what they were predicted from, are not wanted.
                if frame.is_corrupt and position >= start:
                    raise VideoError(
                        f"{self.path}: frame {position} is damaged; {REMEDY}", kind="damaged"
                    )
                if position >= target:
                    break
            if position != target or frame is None:
                raise VideoError(
                    f"{self.path}: frame {target} of {self.num_frames} cannot be decoded; the file "
                    "is damaged there: copy or export it again",
                    kind="damaged",
                )
            yield target, frame

    def _keyframe_before(self, target: int) -> Keyframe | None:
        """Returns the last keyframe up to frame ``target``."""
        before = bisect_right(self._keys, self._pts[target], key=lambda key: key.pts)
        return self._keys[before - 1] if before else None

    def _decode_from(self, key: Keyframe | None) -> Iterator[tuple[int, VideoFrame]]:
        """Yields numbered frames from a keyframe on, or from the start where seeking fails."""
        # MP4 seeks by the time of showing, other containers by that of decoding, which is earlier.
        for time in (key.pts, key.dts) if key is not None else ():
            self._container.seek(time, stream=self._stream, backward=True)
            frames = self._numbered(self._decode())
            first = next(frames, None)
            if key is not None and first is not None and first[0] <= key.number:
                yield first
                yield from frames
                return
        self._reopen()
        yield from self._numbered(self._decode())

    def _numbered(self, frames: Iterator[VideoFrame]) -> Iterator[tuple[int, VideoFrame]]:
        for count, frame in enumerate(frames):
            if not self._timed:
                yield count, frame
            elif frame.pts is not None:
                index = int(np.searchsorted(self._pts, frame.pts))
                if index < self.num_frames and self._pts[index] == frame.pts:
                    yield index, frame

    def _decode(self) -> Iterator[VideoFrame]:
        try:
            yield from self._container.decode(self._stream)  # type: ignore[misc]
        except av.FFmpegError as error:
            message = f"{self.path}: damaged data ({_cause(error)}); {REMEDY}"
            raise VideoError(message, kind="damaged") from error

    def to_image(
        self,
        frame: VideoFrame,
        *,
        short_side: int | None = None,
        channels: Literal["rgb24", "bgr24"] = "rgb24",
    ) -> Images:
        """Returns a decoded frame as uint8 ``(H, W, 3)``, upright; see ``Video.read``."""
        turns = round(frame.rotation / 90) % 4
        height, width = resized(frame.height, frame.width, short_side)
        if width % 2 and width != frame.width:
            # FFmpeg's way to an odd width takes the same pixels half the time through planes.
            frame = self._scaled(self._resizer, frame, width, height, "gbrp")
        image = self._scaled(self._reformatter, frame, width, height, channels).to_ndarray()
        return np.asarray(np.rot90(image, turns) if turns else image, dtype=np.uint8)

    @staticmethod
    def _scaled(
        reformatter: VideoReformatter, frame: VideoFrame, width: int, height: int, form: str
    ) -> VideoFrame:
        """Returns a frame of other pixels; on one thread, as more cost as much to start."""
        return reformatter.reformat(
            frame, width=width, height=height, format=form, interpolation="BILINEAR", threads=1
        )

    def __enter__(self) -> "VideoFile":
        return self

    def __exit__(self, *exception: object) -> None:
        self._container.close()


class FrameFolder:
    """A folder of numbered images; see ``Video`` for the interface.

    Raises:
        VideoError: If there are no such images, or a number is missing between the first and last.
    """

    def __init__(self, path: Path, *, frame_pattern: str | None = None) -> None:
        self.path = path
        self.timestamps_seconds: NDArray[np.float64] | None = None
        self.files = _numbered_images(path, frame_pattern)
        self.num_frames = len(self.files)

    def read(self, indices: Sequence[int], *, short_side: int | None = None) -> Images:
        """See ``Video.read``."""
        _check_indices(self.path, indices, self.num_frames)
        images = {index: self._read_one(int(index), short_side) for index in sorted(set(indices))}
        return _stacked(self.path, images, indices)

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
        height, width = resized(image.shape[0], image.shape[1], short_side)
        if (height, width) != image.shape[:2]:
            shrinks = height < image.shape[0]
            image = cv2.resize(
                image,
                (width, height),
                interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
            )
        return np.asarray(image, dtype=np.uint8)

    def __enter__(self) -> "FrameFolder":
        return self

    def __exit__(self, *exception: object) -> None:
        pass


def has_frames(path: Path) -> bool:
    """Returns whether a folder holds images, and so is one video rather than a folder of them."""
    return any(entry.name.lower().endswith(IMAGE_SUFFIXES) for entry in os.scandir(path))


def resized(height: int, width: int, short_side: int | None) -> tuple[int, int]:
    """Returns height and width with the shorter one at most ``short_side`` pixels, shape kept."""
    if short_side is None or min(height, width) <= short_side:
        return height, width
    scale = short_side / min(height, width)
    return max(round(height * scale), 1), max(round(width * scale), 1)


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
    for entry in os.scandir(folder):
        match = re.fullmatch(r"(.*?)(\d+)(\.[^.]+)", entry.name)
        if match is None or match[3].lower() not in IMAGE_SUFFIXES:
            continue
        number = int(match[2])
        if frame_pattern is not None and frame_pattern.format(number) != entry.name:
            continue
        found.setdefault(match[1] + "*" + match[3], {})[number] = folder / entry.name
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
    """Returns whether a JPEG lacks its end, which decoders fill with grey and a warning."""
    return content.startswith(b"\xff\xd8") and b"\xff\xd9" not in content[-4096:]


def _stacked(path: Path, images: dict[int, Images], indices: Sequence[int]) -> Images:
    """Returns the images at the indices as one array, or says which has another size."""
    first = next(iter(images), 0)
    for index, image in images.items():
        if image.shape != images[first].shape:
            (height, width), (other_height, other_width) = image.shape[:2], images[first].shape[:2]
            raise VideoError(
                f"{path}: frame {index} has {width}x{height} pixels, frame {first} "
                f"{other_width}x{other_height}; a video's frames must be of one size"
            )
    return np.stack([images[int(index)] for index in indices])


def _check_indices(path: Path, indices: Sequence[int], num_frames: int) -> None:
    outside = [int(index) for index in indices if not 0 <= index < num_frames]
    if outside:
        raise IndexError(f"{path}: has frames 0 to {num_frames - 1}, asked for {outside}")


def _is_cover(stream: av.VideoStream) -> bool:
    """Returns whether a stream is a still picture attached to a sound file."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _cause(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
