"""The frames of a video file: how many, when each is shown, and where decoding can start.

All packets are read once, which decodes nothing, and the header is not believed. Only where their
times cannot be right is the video decoded, to see in which order its frames come.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from mienet.errors import VideoError
from mienet.video.address import Place, Signature
from mienet.video.container import REMEDY, cause
from mienet.video.content import Content
from mienet.video.timing import Seconds, complete, in_seconds, is_rising, usual_step

USUAL_RATE = Fraction(25)
"""Frames per second of a stream that says nothing about it; FFmpeg's own assumption."""

NO_TIMESTAMPS = 0x80
"""FFmpeg's flag of raw streams: their times are counted, not read."""

SHOWING_TIMES = ("mov", "matroska", "mpegts", "mpeg", "flv", "ogg", "nut", "gif", "apng")
"""Containers that say when a frame is shown; others may only say when it is decoded."""

FIRST_KEYFRAME_ALONE = ("apng",)
"""Codecs all of whose packets are called keyframes although they change the picture before."""

INTERLACED = (2, 3, 4, 5)
"""FFmpeg's field orders with two moments in one frame."""

MOST_SLOWED = 4
"""How much slower than encoded an MP4 may be whose edit list hides frames; else its time scale is
false."""

MOST_CODEC_RATE = 960
"""Frames per second that an encoder may have noted; more are ticks of its clock, as encoders of
variable rates note them."""

MATROSKA_ROUNDING_SECONDS = 0.002
"""By which a Matroska file's length may be off, as its clock has milliseconds."""

SMALLEST_FRAME_BYTES = 8
"""An MPEG-4 packet below this says only that its frame came with the packet before."""

MOST_FILES_KEPT, MOST_FRAMES_KEPT = 256, 2_000_000
"""Files whose indices are kept in memory, and frames of all of them, about 16 bytes each."""


class Keyframe(NamedTuple):
    """A frame at which decoding can start: its number, and its times in the stream's units."""

    number: int
    pts: int
    dts: int


@dataclass(frozen=True)
class PacketIndex:
    """What reading the packets of a file tells.

    Attributes:
        timestamps_seconds: When each frame is shown, ``(num_frames,)``.
        pts: The times by which decoded frames are told apart, rising, ``(num_frames,)``; None if
            they are told apart only by counting from the first.
        keyframes: Where decoding can start.
        notes: What is unusual, each in a few words.
    """

    timestamps_seconds: Seconds
    pts: NDArray[np.int64] | None
    keyframes: list[Keyframe]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Source:
    """What a file says of itself, noted before it is read.

    Attributes:
        path: The file.
        size_bytes: Its length.
        kind: FFmpeg's first name for its format.
        codec: Of the stream.
        unit: Seconds that one step of the stream's times takes.
        rate: Frames per second, if it says so.
        codec_rate: Frames per second as the encoder noted it; 0 if it did not.
        start_seconds: When the first of its streams starts, if it says so.
        length_seconds: How long the file or stream is, if that does not shrink when it is cut.
        is_raw: Whether it has no times at all, and FFmpeg counts.
        has_b_frames: Whether frames may be stored in another order than they are shown.
        is_interlaced: Whether a packet may be half a frame.
        num_samples: Frames that its sample table counts; 0 without one.
        entries: Frames that its sample table lists: where each ends, in bytes.
    """

    path: Place
    size_bytes: int
    kind: str
    codec: str
    unit: Fraction
    rate: Fraction | None
    codec_rate: Fraction
    start_seconds: float | None
    length_seconds: float
    is_raw: bool
    has_b_frames: bool
    is_interlaced: bool
    num_samples: int
    entries: list[int]


def _describe(content: Content, container: InputContainer, stream: VideoStream) -> _Source:
    kind = container.format.name.split(",")[0]
    unit = stream.time_base or Fraction(1)
    length = 0.0
    if kind == "avi":  # it counts in frames, the last of which may stand for several
        length = stream.frames * float(unit)
    elif kind in ("matroska", "asf"):
        length = (container.duration or 0) / av.time_base
    elif kind == "mxf":
        length = (stream.duration or 0) * float(unit)
    start = container.start_time
    return _Source(
        path=content.path,
        size_bytes=content.size_bytes,
        kind=kind,
        codec=stream.codec_context.name,
        unit=unit,
        rate=stream.average_rate or stream.guessed_rate,
        codec_rate=stream.codec_context.framerate or Fraction(0),
        start_seconds=None if start is None else start / av.time_base,
        length_seconds=length,
        is_raw=bool(container.format.flags & NO_TIMESTAMPS),
        has_b_frames=stream.codec_context.has_b_frames,
        is_interlaced=stream.codec_context.field_order in INTERLACED,
        num_samples=stream.frames if kind == "mov" else 0,
        entries=[entry.pos + entry.size for entry in stream.index_entries],
    )


@dataclass
class _Packets:
    """Times of one stream's packets, in the order of the file."""

    pts: list[int | None] = field(default_factory=list)
    dts: list[int | None] = field(default_factory=list)
    keys: list[tuple[int, int]] = field(default_factory=list)
    hidden: int = 0
    empty: int = 0
    end_seconds: float = 0.0

    @property
    def known(self) -> list[int]:
        """Returns the times of showing that there are."""
        return [time for time in self.pts if time is not None]

    @property
    def decoded_at(self) -> list[int]:
        """Returns the times of decoding that there are, rising."""
        return sorted(time for time in self.dts if time is not None)

    def add(self, packet: "Packet[Stream]", *, is_keyframe: bool) -> None:
        """Notes a frame's packet, unless an edit list hides the frame."""
        if packet.is_discard:
            self.hidden += 1
            return
        self.empty += packet.size < SMALLEST_FRAME_BYTES
        self.pts.append(packet.pts)
        self.dts.append(packet.dts)
        if is_keyframe and packet.pts is not None:
            self.keys.append((packet.pts, packet.pts if packet.dts is None else packet.dts))


def build_index(
    content: Content,
    container: InputContainer,
    stream: VideoStream,
    decode: Callable[[], Iterator[VideoFrame]],
    keys: Set[int] | None = None,
) -> PacketIndex:
    """Returns the index of a stream, by reading all packets.

    Args:
        content: The file.
        container: Just opened.
        stream: One of its streams.
        decode: Opens the file anew and yields all frames, for streams whose times are not right.
        keys: When its keyframes are decoded; None if the packets say it.

    Raises:
        VideoError: If the file is damaged, cut short, or has no frames.
    """
    path = content.path
    source = _describe(content, container, stream)
    packets = _read(path, container, stream.index, keys)
    _check_counts(source, packets)
    _check_length(source, packets)
    notes = _oddities(source, packets)
    times = packets.known
    # FFmpeg counts a raw stream's times up, in the order of its packets or in another.
    is_timed = bool(packets.keys) and len(set(times)) == len(packets.pts) and not source.is_raw
    shown: list[int | None] = [*sorted(times)] if is_timed else []
    if not is_timed or _is_doubtful(source, packets):
        shown = [frame.pts for frame in decode()]
        is_timed = is_timed and is_rising(shown) and set(times).issuperset(shown)
        if len(shown) != len(packets.pts):
            notes.append(f"{len(packets.pts)} packets hold {len(shown)} frames")
    if not shown:
        raise VideoError(f"{path}: no frames in the video stream; {REMEDY}", kind="no frames")
    clock, noted = _clock(source, packets, shown)
    seconds = in_seconds(clock, source.unit, source.start_seconds)
    pts = np.array(shown, dtype=np.int64) if is_timed else None
    return PacketIndex(seconds, pts, _keyframes(source, packets, pts), (*notes, *noted))


def _read(
    path: Place, container: InputContainer, stream_index: int, keys: Set[int] | None
) -> _Packets:
    """Returns the times of all packets of a stream, and when the last of the file ends."""
    packets = _Packets()
    count = 0
    try:
        for packet in container.demux():
            if packet.size == 0:
                continue
            if packet.pts is not None and packet.time_base is not None:
                end = (packet.pts + (packet.duration or 0)) * float(packet.time_base)
                packets.end_seconds = max(packets.end_seconds, end)
            if packet.stream_index != stream_index:
                continue
            count += 1
            if packet.is_corrupt:
                raise VideoError(
                    f"{path}: frame {count - 1} is damaged or cut short; {REMEDY}",
                    kind="cut short",
                )
            is_keyframe = packet.is_keyframe if keys is None else packet.dts in keys
            packets.add(packet, is_keyframe=is_keyframe)
    except av.FFmpegError as error:
        raise VideoError(
            f"{path}: unreadable after frame {count - 1} ({cause(error)}); {REMEDY}"
        ) from error
    return packets


def _keyframes(source: _Source, packets: _Packets, pts: NDArray[np.int64] | None) -> list[Keyframe]:
    """Returns where decoding can start; nowhere but at the first frame without times."""
    if pts is None or source.codec in FIRST_KEYFRAME_ALONE:
        return []
    known = set(pts.tolist())
    return [
        Keyframe(int(np.searchsorted(pts, shown)), shown, decoded)
        for shown, decoded in sorted(packets.keys)
        if shown in known
    ]


def _is_doubtful(source: _Source, packets: _Packets) -> bool:
    """Returns whether a stream may have other frames, or in another order, than its packets say.

    - AVI, ASF and others have one time for a packet, which may be that of decoding. Where times
      fall, FFmpeg has put B-frames right.
    - A packet of interlaced H.264 may be a field, half a frame.
    - Old MPEG-4 encoders put two frames in one packet, and nothing in the next.
    - MXF has its times from a table at its end, which a cut file lacks.
    """
    if source.is_interlaced and source.codec in ("h264", "hevc"):
        return True
    if source.codec == "mpeg4" and packets.empty:
        return True
    if source.kind == "mxf":
        return True
    return source.kind not in SHOWING_TIMES and source.has_b_frames and is_rising(packets.pts)


def _clock(
    source: _Source, packets: _Packets, shown: list[int | None]
) -> tuple[list[float], list[str]]:
    """Returns when each frame is shown, in the stream's unit, and what had to be assumed."""
    usual = float(1 / (source.rate or USUAL_RATE) / source.unit)
    decoded_at = packets.decoded_at
    if source.is_raw or (all(time is None for time in shown) and not decoded_at):
        rate = float(source.rate or USUAL_RATE)
        note = f"no times in the file; {rate:g} frames per second are assumed"
        return [index * usual for index in range(len(shown))], [note]
    # AVI has one time for a packet, that of decoding; FFmpeg's times of showing come a frame late.
    is_by_decoding = source.kind in ("avi", "asf") or not (
        source.kind in SHOWING_TIMES or is_rising(shown)
    )
    if is_by_decoding and len(shown) == len(decoded_at) == len(set(decoded_at)):
        return [float(time) for time in decoded_at], []
    clock, derived = complete(shown, usual_step(shown) or usual)
    if not derived:
        return clock, []
    named = ", ".join(map(str, derived[:10])) + (" ..." if len(derived) > 10 else "")
    return clock, [f"{len(derived)} frame(s) without a time of their own ({named}): derived"]


def _check_counts(source: _Source, packets: _Packets) -> None:
    """Compares the packets with the frames that the file's sample table lists."""
    entries = source.entries
    # An MP4 whose index points past the end of the file.
    lost = sum(end > source.size_bytes for end in entries)
    if source.kind == "mov":
        lost = max(lost, len(entries) - len(packets.pts) - packets.hidden)
    if lost > 0:
        raise VideoError(
            f"{source.path}: cut short: {len(entries) - lost} of {len(entries)} frames are in "
            "the file; copy or export it again",
            kind="cut short",
        )
    is_too_slow = bool(
        source.rate and MOST_SLOWED * source.rate < source.codec_rate <= MOST_CODEC_RATE
    )
    if (len(packets.pts) <= 1 or is_too_slow) and _hidden(source, packets) > 1:
        raise VideoError(
            f"{source.path}: its edit list leaves {len(packets.pts)} of {source.num_samples} "
            f"frames, so its time scale or edit list is wrong; {REMEDY}",
            kind="damaged",
        )


def _oddities(source: _Source, packets: _Packets) -> list[str]:
    """Returns notes on what a file states of its length that may be meant so, or may not."""
    notes = []
    if hidden := _hidden(source, packets):
        notes.append(f"an edit list hides {hidden} of {hidden + len(packets.pts)} frames")
    if source.kind == "asf" and not source.length_seconds:  # as FFmpeg gives none then
        notes.append("the header tells another size of the file: cut short, or recorded live")
    return notes


def _hidden(source: _Source, packets: _Packets) -> int:
    """Returns how many frames of the sample table are not shown, by the edit list."""
    return max(source.num_samples - len(packets.pts), packets.hidden)


def _check_length(source: _Source, packets: _Packets) -> None:
    """Compares when the packets end with the length that the header promises."""
    times = packets.known
    frame_seconds = float(1 / (source.rate or USUAL_RATE))
    end_seconds = packets.end_seconds if times else len(packets.pts) * frame_seconds
    if len(times) > 1:
        frame_seconds = float((max(times) - min(times)) * source.unit) / (len(times) - 1)
    # Less than a frame is rounding; ASF does not say how long a frame lasts, and counts some more.
    tolerated_frames = 5.9 if source.kind == "asf" else 0.9
    tolerated = tolerated_frames * frame_seconds
    if source.kind == "matroska":
        tolerated += MATROSKA_ROUNDING_SECONDS
    if end_seconds < source.length_seconds - tolerated:
        raise VideoError(
            f"{source.path}: cut short: ends after {end_seconds:.1f} of "
            f"{source.length_seconds:.1f} seconds; {REMEDY}",
            kind="cut short",
        )


class IndexCache:
    """Indices of the files read last, so that many parts of one video walk its packets once."""

    def __init__(self) -> None:
        self._indices: OrderedDict[Signature, PacketIndex] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, content: Content, build: Callable[[], PacketIndex]) -> PacketIndex:
        """Returns the index of a file, known by its signature, or builds it."""
        key = content.signature
        with self._lock:
            known = self._indices.get(key)
            if known is not None:
                self._indices.move_to_end(key)
                return known
        index = build()
        with self._lock:
            self._indices[key] = index
            while len(self._indices) > MOST_FILES_KEPT or self._frames_kept() > MOST_FRAMES_KEPT:
                self._indices.popitem(last=False)
        return index

    def _frames_kept(self) -> int:
        return sum(len(index.timestamps_seconds) for index in self._indices.values())


INDICES = IndexCache()
"""Those of this process."""
