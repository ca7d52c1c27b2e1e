"""Frames at given indices from a video, be it a file, at an address or a folder of frames.

A video's frames are counted by walking through its packets, which decodes nothing; the header is
not believed. Reading seeks to the keyframe before a wanted frame when that saves decoding, decodes
each frame at most once, and converts and resizes only the wanted ones.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

import av
import numpy as np
from av.video.frame import VideoFrame

from mienet.errors import VideoError as VideoError
from mienet.video.address import Address, Place, located
from mienet.video.container import (
    REMEDY,
    cause,
    check_is_decodable,
    choose_track,
    open_container,
)
from mienet.video.content import open_content
from mienet.video.deinterlacing import deinterlaced, with_neighbors
from mienet.video.frame_folder import FrameFolder as FrameFolder
from mienet.video.frame_folder import check_frame_pattern as check_frame_pattern
from mienet.video.frame_folder import check_indices, check_rising, of_one_size, stacked
from mienet.video.geometry import FrameConverter, is_plausible
from mienet.video.geometry import Images as Images
from mienet.video.geometry import resized as resized
from mienet.video.packets import INDICES, INTERLACED, Keyframe, PacketIndex, build_index
from mienet.video.timing import Seconds

INTERLACED_NOTE = "interlaced; to deinterlace it, choose --data.deinterlace true"


class Video(Protocol):
    """An open video.

    Attributes:
        num_frames: Frames that it really has.
        timestamps_seconds: When each frame is shown, counted as players count: from the start of
            the presentation, which is that of the sound if it starts before the pictures,
            ``(num_frames,)``; None for a folder of frames, which has no clock.
        notes: What is unusual, or had to be assumed, each in a few words.
    """

    num_frames: int
    timestamps_seconds: Seconds | None
    notes: list[str]

    @property
    def path(self) -> Place:
        """Returns the file, folder or address."""

    def read(self, indices: Sequence[int], *, short_side: int | None = None) -> Images:
        """Returns the frames at ``indices``, uint8 RGB ``(N, H, W, 3)``, upright.

        Args:
            indices: Frame numbers from 0, in any order, repeats allowed.
            short_side: Length of the shorter side in pixels after resizing, of the upright frame
                with square pixels; None keeps the size. Smaller frames are not enlarged: their
                crops are, in one go with resizing them.

        Raises:
            IndexError: If an index is outside the video.
            VideoError: If a frame cannot be decoded.
        """

    def frames_at(
        self, indices: Sequence[int], *, short_side: int | None = None
    ) -> Iterator[tuple[int, Images]]:
        """Yields the same frames as ``read``, one in memory at a time, in one pass.

        For those who look at more frames of a video than fit in memory.

        Args:
            indices: Frame numbers from 0, rising, such as ``range(0, video.num_frames, 5)``.
            short_side: As in ``read``.

        Yields:
            The number of a frame, and its pixels, uint8 RGB ``(H, W, 3)``.

        Raises:
            IndexError: If an index is outside the video.
            ValueError: If the indices do not rise.
            VideoError: At a frame that cannot be decoded or has another size than the first.
        """

    def __enter__(self) -> "Video": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def open_video(
    path: str | Path,
    *,
    frame_pattern: str | None = None,
    decode_threads: int = 1,
    deinterlace: bool = False,
) -> Video:
    """Returns an open video; use it in a ``with`` statement.

    Args:
        path: A video file of any container and codec that FFmpeg knows, the address of one at a
            store (``s3://...``, ``https://...``), or a folder of frames.
        frame_pattern: Names of the frames in a folder, such as ``img_{:05d}.png``. None takes the
            folder's numbered images, whatever their prefix and digits.
        decode_threads: Threads that decode one file; 0 takes as many as there are CPUs.
        deinterlace: Whether to deinterlace the frames of a file that are marked as interlaced.

    Raises:
        FileNotFoundError: If there is nothing at ``path``.
        VideoError: If it cannot be read, is cut short, or has no frames.
        MissingExtraError: If nothing is installed that reads from such an address.
    """
    path = located(path)
    if not isinstance(path, Address):
        if path.is_dir():
            return FrameFolder(path, frame_pattern=frame_pattern)
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such video file or folder of frames")
    return VideoFile(path, decode_threads=decode_threads, deinterlace=deinterlace)


class VideoFile:
    """A video file, here or at an address, decoded by FFmpeg; see ``Video`` for the interface."""

    def __init__(self, path: Place, *, decode_threads: int = 1, deinterlace: bool = False) -> None:
        self.path = path
        self._decode_threads = decode_threads
        self._deinterlace = deinterlace
        self._can_seek = True
        self._content = open_content(path)
        if self._content.size_bytes == 0:
            raise VideoError(f"{path}: the file is empty; {REMEDY}", kind="no frames")
        self._open()
        try:
            check_is_decodable(self._container, self._content)
            self._index = INDICES.get(self._content, self._build_index)
        except BaseException:
            self.__exit__()
            raise
        if self._stream.codec_context.pix_fmt == "pal8":
            self._can_seek = False  # AVI gives the colors once, with the first packet
        self.timestamps_seconds: Seconds | None = self._index.timestamps_seconds
        self.num_frames = len(self._index.timestamps_seconds)
        pixel_aspect = self._stream.sample_aspect_ratio
        self._converter = FrameConverter(pixel_aspect)
        self.to_image = self._converter.to_image
        self.notes = [*self._track_notes, *self._index.notes]
        if self._stream.codec_context.field_order in INTERLACED:
            self.notes.append(INTERLACED_NOTE)
        if pixel_aspect is not None and not is_plausible(pixel_aspect):
            self.notes.append(f"implausible pixel aspect ratio {pixel_aspect}; taken as square")

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
        self._container = open_container(self._content)
        try:
            self._stream, self._track_notes = choose_track(self._container, self.path)
        except VideoError:
            self._container.close()
            raise
        self._stream.thread_type = "SLICE" if self._decode_threads == 1 else "AUTO"
        self._stream.codec_context.thread_count = self._decode_threads

    def _build_index(self) -> PacketIndex:
        def decode() -> Iterator[VideoFrame]:
            self._reopen()
            return self._decode()

        keys = self._content.spare_samples(self._container, self._stream)
        index = build_index(self._content, self._container, self._stream, decode, keys)
        if keys is not None:
            self._reopen()
        return index

    def _reopen(self) -> None:
        self._container.close()
        self._open()

    def read(self, indices: Sequence[int], *, short_side: int | None = None) -> Images:
        """See ``Video.read``."""
        check_indices(self.path, indices, self.num_frames)
        wanted = np.unique(np.asarray(indices, dtype=np.int64)).tolist()
        return stacked(self.frames_at(wanted, short_side=short_side), indices)

    def frames_at(
        self, indices: Sequence[int], *, short_side: int | None = None
    ) -> Iterator[tuple[int, Images]]:
        """See ``Video.frames_at``."""
        check_indices(self.path, indices, self.num_frames)
        check_rising(indices)
        images = (
            (index, self.to_image(frame, short_side=short_side))
            for index, frame in self.decoded_at(indices)
        )
        return of_one_size(self.path, images)

    def decoded_at(self, wanted: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
        """Yields the wanted frames, given in rising order, as the decoder gives them, one by one.

        Raises:
            VideoError: At the first that cannot be decoded or is damaged.
        """
        if not self._deinterlace:
            return self._seek_to_each(wanted)
        needed = with_neighbors(wanted, self.num_frames)
        return deinterlaced(self._seek_to_each(needed), wanted)

    def _seek_to_each(self, wanted: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
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
        """Returns the last keyframe up to frame ``target``; None where decoding starts at 0."""
        if not self._can_seek:
            return None
        keys = self._index.keyframes
        before = bisect_right(keys, target, key=lambda key: key.number)
        return keys[before - 1] if before else None

    def _decode_from(self, key: Keyframe | None) -> Iterator[tuple[int, VideoFrame]]:
        """Yields numbered frames from a keyframe on, or from the start where seeking fails."""
        # MP4 seeks by the time of showing, other containers by that of decoding, which is earlier.
        for time in (key.pts, key.dts) if key is not None else ():
            try:
                self._container.seek(time, stream=self._stream, backward=True)
            except (av.FFmpegError, OSError):
                self._can_seek = False  # as in raw streams, which can be read from their start
                break
            frames = self._numbered(self._decode())
            first = next(frames, None)
            if key is not None and first is not None and first[0] <= key.number:
                yield first
                yield from frames
                return
        self._reopen()
        yield from self._numbered(self._decode())

    def _numbered(self, frames: Iterator[VideoFrame]) -> Iterator[tuple[int, VideoFrame]]:
        pts = self._index.pts
        for count, frame in enumerate(frames):
            if pts is None:
                yield count, frame
            elif frame.pts is not None:
                index = int(np.searchsorted(pts, frame.pts))
                if index < self.num_frames and pts[index] == frame.pts:
                    yield index, frame

    def _decode(self) -> Iterator[VideoFrame]:
        try:
            yield from self._container.decode(self._stream)  # type: ignore[misc]
        except av.FFmpegError as error:
            message = f"{self.path}: damaged data ({cause(error)}); {REMEDY}"
            raise VideoError(message, kind="damaged") from error

    def __enter__(self) -> "VideoFile":
        return self

    def __exit__(self, *exception: object) -> None:
        self._container.close()
        self._content.close()
