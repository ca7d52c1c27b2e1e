"""Frames as they are taken: from a camera, a stream's address, or a file played as a stream."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from mienet.errors import VideoError
from mienet.video.container import cause
from mienet.video.geometry import Images
from mienet.video.reader import open_video

STREAM_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://", "rtmp://", "udp://")
STREAM_PROTOCOLS = "rtsp,rtsps,rtp,srtp,http,https,rtmp,udp,tcp,tls,crypto"
"""What a stream's address may lead to: never to a file of this computer."""
WAIT_SECONDS = 10
"""For an answer of a stream, or a frame of it."""
USUAL_RATE = 30.0
"""Frames per second of a camera or stream that does not say them."""


@dataclass(frozen=True)
class Taken:
    """A frame of a source.

    Attributes:
        image: uint8 RGB ``(H, W, 3)``, upright.
        time_seconds: When it was taken, from the first one.
        arrived: ``time.monotonic()`` when it came.
    """

    image: Images
    time_seconds: float
    arrived: float


@dataclass(frozen=True)
class Source:
    """Where frames come from.

    Attributes:
        frames_per_second: That it says it gives.
        frames: All frames, each yielded when it is taken.
    """

    frames_per_second: float
    frames: Iterator[Taken]


def open_source(source: str) -> Source:
    """Returns a source whose first frame is about to come.

    Args:
        source: A camera's number such as "0", a stream's address such as "rtsp://camera/1", or a
            video file, which is played at its own speed.

    Raises:
        FileNotFoundError: If it is none of these.
        VideoError: If it cannot be opened or gives no frames.
    """
    require_source(source)
    if source.isdecimal():
        return _camera(int(source))
    if source.lower().startswith(STREAM_SCHEMES):
        return _stream(source)
    return _file(Path(source))


def require_source(source: str) -> None:
    """Raises an error unless a text can be a source; none is opened.

    Raises:
        FileNotFoundError: If it is no camera's number, stream's address or file.
    """
    is_remote = source.isdecimal() or source.lower().startswith(STREAM_SCHEMES)
    if not is_remote and not Path(source).exists():
        schemes = ", ".join(scheme.removesuffix("://") for scheme in STREAM_SCHEMES)
        raise FileNotFoundError(
            f"{source}: no such file; give a camera's number such as 0, a video file, or a "
            f"stream's address ({schemes})"
        )


def _camera(number: int) -> Source:
    camera = cv2.VideoCapture(number)
    if not camera.isOpened():
        camera.release()
        raise VideoError(
            f"camera {number}: cannot be opened; check that it is plugged in and that no other "
            "program uses it, or give another number"
        )
    rate = camera.get(cv2.CAP_PROP_FPS)

    def frames() -> Iterator[Taken]:
        start = time.monotonic()
        try:
            while True:
                is_read, image = camera.read()
                if not is_read:
                    raise VideoError(f"camera {number}: gives no more frames; is it unplugged?")
                now = time.monotonic()
                rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
                yield Taken(rgb, now - start, now)
        finally:
            camera.release()

    return Source(rate if 0 < rate < 1000 else USUAL_RATE, frames())


def _stream(address: str) -> Source:
    options = {"protocol_whitelist": STREAM_PROTOCOLS, "rtsp_transport": "tcp"}
    try:
        container = av.open(address, options=options, timeout=WAIT_SECONDS)
        track = container.streams.video[0]
    except (av.FFmpegError, OSError, IndexError) as error:
        said = "no pictures in it" if isinstance(error, IndexError) else cause(error)
        raise VideoError(f"{address}: cannot be opened ({said}); try it in a player") from error
    rate = float(track.average_rate or track.guessed_rate or USUAL_RATE)

    def frames() -> Iterator[Taken]:
        start = time.monotonic()
        try:
            with container:
                for frame in container.decode(track):
                    now = time.monotonic()
                    image = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                    yield Taken(image, now - start, now)
        except (av.FFmpegError, OSError) as error:
            raise VideoError(f"{address}: the stream broke off ({cause(error)})") from error

    return Source(rate, frames())


def _file(path: Path) -> Source:
    video = open_video(path)
    times = video.timestamps_seconds
    if times is None:
        times = np.arange(video.num_frames) / USUAL_RATE
    last = float(times[-1] - times[0])
    rate = (len(times) - 1) / last if last > 0 else USUAL_RATE

    def frames() -> Iterator[Taken]:
        start = time.monotonic()
        with video:
            for number, image in video.frames_at(range(video.num_frames)):
                due = float(times[number] - times[0])
                time.sleep(max(0.0, start + due - time.monotonic()))
                yield Taken(image, due, time.monotonic())

    return Source(rate, frames())
