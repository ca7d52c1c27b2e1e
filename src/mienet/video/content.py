"""The bytes of a video, wherever they are: what they are known by, and what FFmpeg opens."""

from pathlib import Path
from typing import Any, Protocol

from av.container import InputContainer
from av.video.stream import VideoStream

from mienet.video.address import Address, Place, Signature
from mienet.video.remote import RemoteFile


class Content(Protocol):
    """The bytes of a video.

    Attributes:
        protocols: Those by which FFmpeg itself may open files.
        size_bytes: How many they are.
        signature: What tells them from any others.
    """

    protocols: str
    size_bytes: int
    signature: Signature

    @property
    def path(self) -> Place:
        """Returns where they are, for messages."""

    def open(self) -> Any:
        """Returns what FFmpeg opens: a name, or a file to read."""

    def start(self, num_bytes: int) -> bytes:
        """Returns the first of them."""

    def spare_samples(self, container: InputContainer, stream: VideoStream) -> set[int] | None:
        """Gives an open container zeros for its samples from now on, where that is worth it.

        Packets are then told as they would be, but hold nothing, so that which are keyframes
        cannot be seen: returned are the times at which these are decoded, in the stream's unit.
        Decoding needs what ``open`` returns next. None: all is as it was.
        """

    def close(self) -> None:
        """Frees what is kept open."""


class LocalFile:
    """A file of this computer; see ``Content`` for the interface.

    Raises:
        OSError: If it is not there.
    """

    protocols = "file"

    def __init__(self, path: Path) -> None:
        self.path = path
        status = path.stat()
        self.size_bytes = status.st_size
        self.signature: Signature = (str(path.absolute()), status.st_size, status.st_mtime_ns)

    def open(self) -> str:
        """Returns its name behind "file:": any is a name then, such as "12:30.mp4"."""
        return f"file:{self.path.absolute()}"

    def start(self, num_bytes: int) -> bytes:
        """See ``Content``."""
        with self.path.open("rb") as file:
            return file.read(num_bytes)

    def spare_samples(self, container: InputContainer, stream: VideoStream) -> set[int] | None:
        """Returns None: a disk is fast."""
        return None

    def close(self) -> None:
        """Does nothing."""


def open_content(path: Place) -> Content:
    """Returns the bytes of a video.

    Raises:
        OSError: If there is no such file.
        MissingExtraError, VideoError: If an address cannot be read.
    """
    return RemoteFile(path) if isinstance(path, Address) else LocalFile(path)
