"""Videos at the addresses of stores, read in blocks by range requests.

fsspec and its drivers alone open connections; FFmpeg is given bytes. An MP4's table of samples says
where its frames are and when they are shown, so that walking its packets needs none of their bytes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import IO, Any, cast

from av.container import InputContainer
from av.video.stream import VideoStream

from mienet.errors import MienetError, MissingExtraError, VideoError, in_one_line
from mienet.video.address import Address, Signature

BLOCK_BYTES, MOST_BLOCKS = 2**19, 16
"""Bytes of one request, and requests whose bytes are kept: 8 MiB of an open video."""

DRIVERS_OF_EXTRA = ("http", "https", "s3", "s3a")
"""Schemes whose drivers the extra ``remote`` brings."""

CHANGE_TAGS = ("etag", "contentmd5", "generation", "lastmodified", "mtime", "modified", "created")
"""What stores say of a file that another one in its place would not have; the first is taken."""

TABLED_CODECS = ("h264", "hevc", "vp9", "av1", "mpeg4")
"""Codecs each of whose samples in an MP4 is one packet, whatever is in it."""

Span = tuple[int, int]
"""The first of some bytes of a file, and the first behind them."""


def file_system(address: Address) -> tuple[Any, str]:
    """Returns fsspec's file system of an address, and what the file is called there.

    Raises:
        MissingExtraError: If no driver of the scheme is installed.
        VideoError: If there is none, or the address is of several, one in the other.
    """
    scheme = address.partition("://")[0].lower()
    if "::" in address:
        raise VideoError(f"{address}: an address in another, which is not opened; give one alone")
    try:
        import fsspec

        return cast(tuple[Any, str], fsspec.url_to_fs(address.url))
    except ImportError as error:
        if scheme in DRIVERS_OF_EXTRA:
            raise MissingExtraError(f"{address}: reading it", "remote", error) from error
        raise MienetError(f"{address}: needs a driver ({in_one_line(error)})") from error
    except ValueError as error:
        raise VideoError(
            f"{address}: {in_one_line(error)}; known are those of fsspec, such as s3, https, gs "
            "and abfs"
        ) from None
    except Exception as error:  # drivers have errors of their own
        raise _unreadable(address, error) from None


def file_facts(address: Address) -> tuple[int, str]:
    """Returns a file's bytes, and what its store says of its content; empty if it says nothing.

    Raises:
        MissingExtraError, VideoError: As ``file_system``, and if the file is not there or its store
            cannot be read.
    """
    return _facts(address, *file_system(address))


def _facts(address: Address, system: Any, name: str) -> tuple[int, str]:
    try:
        info = system.info(name)
    except Exception as error:
        raise _unreadable(address, error) from None
    if info["type"] != "file":
        raise VideoError(
            f"{address}: a folder, and folders at stores are not read; name its videos in a list, "
            "an address in each row"
        )
    if info["size"] is None or info.get("partial") is False:
        lacking = "say how long it is" if info["size"] is None else "send parts of it"
        raise VideoError(f"{address}: its server does not {lacking}; download it, give the file")
    said = {re.sub("[-_]", "", name.lower()): value for name, value in info.items()}
    return info["size"], str(next((said[tag] for tag in CHANGE_TAGS if said.get(tag)), ""))


class RemoteFile:
    """The content of a video at an address; see ``Content`` for the interface.

    Args:
        address: Where.

    Raises:
        MissingExtraError, VideoError: As ``file_facts``.
    """

    protocols = ""  # FFmpeg opens nothing itself

    def __init__(self, address: Address) -> None:
        self.path = address
        system, name = file_system(address)
        self.size_bytes, tag = _facts(address, system, name)
        self.signature: Signature = (str(address), self.size_bytes, tag)
        try:
            self._file: IO[bytes] = system.open(
                name,
                block_size=BLOCK_BYTES,
                cache_type="blockcache",
                cache_options={"maxblocks": MOST_BLOCKS},
                size=self.size_bytes,
            )
        except Exception as error:
            raise _unreadable(address, error) from None
        self._reader = self.open()

    def open(self) -> "BlockReader":
        """Returns what FFmpeg reads, from the start; the last one is not to be used any more."""
        self._reader = BlockReader(self.path, self._file, self.size_bytes)
        return self._reader

    def start(self, num_bytes: int) -> bytes:
        """Returns the first bytes."""
        return self.open().read(num_bytes)

    def spare_samples(self, container: InputContainer, stream: VideoStream) -> set[int] | None:
        """See ``Content``; of an MP4 whose table lists all samples, of some codecs."""
        keys = {entry.timestamp for entry in stream.index_entries if entry.is_keyframe}
        codec = stream.codec_context.name
        # An MP4 in pieces has many tables, between its samples.
        is_tabled = container.format.name.startswith("mov") and stream.frames > 0
        # A table may call all samples keyframes where nothing is known of them.
        if not is_tabled or codec not in TABLED_CODECS or 1 < len(keys) == stream.frames:
            return None
        entries = [e for each in container.streams for e in each.index_entries]
        self._reader.spared = joined((entry.pos, entry.pos + entry.size) for entry in entries)
        return keys

    def close(self) -> None:
        """Frees the blocks."""
        self._file.close()


class BlockReader:
    """A file for FFmpeg. What cannot be read is a ``VideoError``, and never the end of the file.

    Attributes:
        name: By which FFmpeg may tell the format.
        spared: Bytes for which zeros are given, rising and apart.
    """

    def __init__(self, address: Address, file: IO[bytes], size_bytes: int) -> None:
        self.name = address.name
        self.spared: list[Span] = []
        self._address = address
        self._file = file
        self._size_bytes = size_bytes
        self._position = 0
        self._has_failed = False

    def read(self, num_bytes: int) -> bytes:
        """Returns the next bytes, perhaps fewer than asked; none at the end alone."""
        start, end = self._position, min(self._position + num_bytes, self._size_bytes)
        if end <= start or self._has_failed:  # FFmpeg asks again before PyAV raises the error
            return b""
        place = bisect_right(self.spared, start, key=lambda span: span[0])
        if place and start < self.spared[place - 1][1]:
            content = bytes(min(end, self.spared[place - 1][1]) - start)
        else:
            next_spared = self.spared[place][0] if place < len(self.spared) else end
            content = self._fetched(start, min(end, next_spared))
        self._position = start + len(content)
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        """Goes to a byte counted from the start, from here, or from the end; returns which."""
        self._position = offset + (0, self._position, self._size_bytes)[whence]
        return self._position

    def tell(self) -> int:
        """Returns the number of the next byte."""
        return self._position

    def _fetched(self, start: int, end: int) -> bytes:
        try:
            self._file.seek(start)
            content = self._file.read(end - start)
        except Exception as error:
            self._has_failed = True
            raise _unreadable(self._address, error, f"at byte {start}") from None
        if len(content) != end - start:
            self._has_failed = True
            raise VideoError(
                f"{self._address}: its store sent {len(content)} of the {end - start} bytes from "
                f"{start}: it changed meanwhile, or the connection was lost; try again"
            )
        return content


def joined(spans: Iterable[Span]) -> list[Span]:
    """Returns the bytes of all spans as spans that rise and do not touch.

    >>> joined([(5, 9), (1, 3), (3, 4), (6, 7)])
    [(1, 4), (5, 9)]
    """
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _unreadable(address: Address, error: Exception, where: str = "") -> VideoError:
    """Returns the error of a driver in its words, without the address's secrets.

    To be raised from None, as a driver's own error may hold them.
    """
    # fsspec's driver of HTTP says of all that it is not there, and keeps the reason beside it.
    known = error.__cause__ if isinstance(error, FileNotFoundError) else None
    status, message = getattr(known, "status", None), getattr(known, "message", "")
    if isinstance(error, FileNotFoundError) and (known is None or status == 404):
        said = f" ({status} {message})" if status else ""
        return VideoError(
            f"{address}: there is no such video at its store{said}; compare the address with the "
            "store's own list",
            kind="missing",
        )
    text = f"{status} {message}" if status else in_one_line(known or error)
    text = re.sub(r"[\w+.-]+://\S+", "the address", text) or type(known or error).__name__
    place = f" {where}" if where else ""
    return VideoError(
        f"{address}: cannot be read{place} ({text}); see whether the address is right, whether you "
        "may read it, and whether the connection holds"
    )
