"""A video of frames as they are taken, which is whole up to where it was cut off."""

import threading
from fractions import Fraction
from pathlib import Path
from queue import Full, Queue

import av
import numpy as np

from mienet.errors import in_one_line
from mienet.video.camera import Taken
from mienet.video.geometry import Images

TIME_BASE = Fraction(1, 90_000)
MOST_WAITING = 60
"""Frames that wait for the encoder; more would fill the memory."""


class Recorder:
    """Writes frames to an MP4 beside what takes them.

    The file is in fragments, so that it can be read however the program ends. One without frames
    is deleted in the end.

    Args:
        path: The file; it must not be there.

    Attributes:
        written: Frames that the encoder was given.
        dropped: Frames that came faster than they could be written.
        problem: Why it stopped writing; empty if it did not.

    Raises:
        FileExistsError: If the file is there.
        OSError: If it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        path.open("xb").close()
        self.path = path
        self.written = self.dropped = 0
        self.problem = ""
        self._frames: Queue[Taken | None] = Queue(MOST_WAITING)
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._thread.start()

    def add(self, frame: Taken) -> None:
        """Takes the next frame, without waiting for the one before to be written."""
        try:
            self._frames.put_nowait(frame)
        except Full:
            self.dropped += 1

    @property
    def is_open(self) -> bool:
        """Whether frames are still taken."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Writes what waits, and ends the file; again, it does nothing."""
        with self._closing:
            if not self._thread.is_alive():
                return
            self._frames.put(None)
            self._thread.join()
            if not self.written:
                self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        try:
            self._encode()
        except Exception as error:  # whatever it is: who waits for the file's end must not hang
            self.problem = in_one_line(error)
            while self._frames.get() is not None:
                self.dropped += 1

    def _encode(self) -> None:
        fragments = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
        with av.open(str(self.path), "w", format="mp4", options=fragments) as container:
            options = {"crf": "20", "preset": "ultrafast", "g": "30"}
            stream = container.add_stream("libx264", options=options)
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = TIME_BASE
            first: float | None = None
            ticks = -1
            while (taken := self._frames.get()) is not None:
                image = _even(taken.image)
                if first is None:
                    first = taken.time_seconds
                    stream.height, stream.width = image.shape[:2]
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                # Two frames may not have one time, however fast they came.
                ticks = max(ticks + 1, round((taken.time_seconds - first) / TIME_BASE))
                frame.pts, frame.time_base = ticks, TIME_BASE
                container.mux(stream.encode(frame))
                self.written += 1
            if first is not None:
                container.mux(stream.encode())


def _even(image: Images) -> Images:
    """Returns an image with even sides, as H.264 wants them."""
    height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    return np.ascontiguousarray(image[:height, :width])
