"""What a server is started with, and what it takes at most."""

from dataclasses import dataclass, field
from pathlib import Path

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Limits:
    """What one request may ask for, so that no mistake and no stranger fills memory or disk.

    Attributes:
        body_bytes: Of a request that is read into memory, such as labels.
        upload_bytes: Of one uploaded video, which is streamed to the disk.
        uploads_at_once: Uploads under way at the same time.
        upload_seconds: Time of one upload, from its first byte to its last.
        name_bytes: Of a video's path below the folder, in UTF-8.
        marks: Phases and events of one video.
        probe_seconds: Time to read one video's packets.
        probe_memory_bytes: Memory of the process that does.
        frames: Frames of one video, ten hours at 30 frames per second.
    """

    body_bytes: int = 32 << 20
    upload_bytes: int = 20 << 30
    uploads_at_once: int = 8
    upload_seconds: float = 4 * 3600
    name_bytes: int = 1000
    marks: int = 20_000
    probe_seconds: float = 120
    probe_memory_bytes: int = 1 << 30
    frames: int = 1_080_000


@dataclass(frozen=True)
class Settings:
    """What a server is started with.

    Attributes:
        folder: The videos, absolute, links followed; what the server keeps is in ``mienet/`` there.
        model: A run's or model's folder or file to begin with; None to label from nothing.
        host: The address that it listens at.
        port: The port; 0 takes a free one.
        token: What a browser must know; empty at an address that only this computer reaches.
        camera: What is watched live: a camera's number, a stream's address or a file; empty for
            nothing.
        error_rate: When the model of clips to begin with answers "none of these", as
            ``mienet predict --error-rate``; None always answers a class.
        limits: See ``Limits``.
    """

    folder: Path
    model: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""
    camera: str = ""
    error_rate: float | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def is_local(self) -> bool:
        """Whether only this computer can reach the server."""
        return self.host in LOCAL_HOSTS
