"""The job ``transcode``: copies of videos that browsers play, the same frames at the same times.

H.264 in MP4, upright, square pixels, without sound; frame ``k`` of the copy is frame ``k`` of the
video, shown when that is shown, whatever its rate. The first frame is shown from the start, where
a video's sound may begin before its pictures.
"""

import os
import tempfile
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from mienet.errors import MienetError, naming
from mienet.files import sync_folder
from mienet.server.disk import is_full
from mienet.server.running_job import Running
from mienet.timelines.result import frame_borders
from mienet.video.geometry import Images
from mienet.video.reader import open_video

SHORT_SIDE = 720
"""Pixels of the shorter side; larger videos are made smaller, as decoding them takes a player's
time that seeking needs."""

KEYFRAME_EVERY = 15
"""Frames; a player that seeks decodes from a keyframe on."""

TIME_BASE = Fraction(1, 90_000)


def transcode(running: Running) -> dict[str, Any]:
    """Makes playable copies of the videos of a job; one that cannot be read is noted.

    Raises:
        OSError: If the disk is full, with the video's name.
    """
    failed = 0
    for video in running.job.videos:
        path, copy = running.places.videos / video, running.places.playable_copy(video)
        problem = ""
        try:
            if not is_copy(path, copy):
                write_playable(path, copy, partial(running.tell_video, video))
        except (MienetError, OSError) as error:
            if isinstance(error, OSError) and is_full(error):
                # It is not the video's fault, and may go well the next time.
                raise OSError(error.errno, error.strerror, video) from error
            problem = naming(video, error)
            failed += 1
        running.end_video(video, problem)
    return {"message": f"{failed} cannot be read" if failed else "", "failed": failed}


def is_copy(path: Path, copy: Path) -> bool:
    """Returns whether a copy is there and of the video as it is now: it has its time of change."""
    try:
        return copy.stat().st_mtime_ns == path.stat().st_mtime_ns
    except OSError:
        return False


def write_playable(
    path: Path, copy: Path, progress: Callable[[float], object] = lambda _: None
) -> None:
    """Writes the copy of a video; it is there whole or not at all, also after a power cut.

    Args:
        path: The video.
        copy: The file to write, which ends in .mp4.
        progress: Is told the share that is done, from 0 to 1.

    Raises:
        FileNotFoundError, VideoError: If the video cannot be read.
        OSError: If the copy cannot be written.
    """
    copy.parent.mkdir(parents=True, exist_ok=True)
    changed_ns = path.stat().st_mtime_ns
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".mienet-") as folder:
        # By its name, as FFmpeg reads the file again to move its index to the front.
        unfinished = Path(folder) / "copy.mp4"
        _encode(path, unfinished, progress)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        os.utime(unfinished, ns=(changed_ns, changed_ns))
        unfinished.replace(copy)
        sync_folder(copy.parent)


def _encode(path: Path, out: Path, progress: Callable[[float], object]) -> None:
    with (
        open_video(path, decode_threads=0) as video,
        av.open(str(out), "w", format="mp4", options={"movflags": "faststart"}) as container,
    ):
        borders = frame_borders(video.timestamps_seconds, video.num_frames, None)
        ticks = np.rint(borders * TIME_BASE.denominator).astype(np.int64)
        ticks[0] = 0
        # Without B-frames no edit list is needed, which players treat differently.
        options = {"crf": "21", "preset": "veryfast", "bf": "0"}
        stream = container.add_stream("libx264", options=options)
        stream.pix_fmt, stream.gop_size = "yuv420p", KEYFRAME_EVERY
        stream.codec_context.time_base = TIME_BASE
        for index, image in video.frames_at(range(video.num_frames), short_side=SHORT_SIDE):
            image = _even(image)
            if index == 0:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = int(ticks[index]), TIME_BASE
            frame.duration = int(ticks[index + 1] - ticks[index])
            container.mux(stream.encode(frame))
            progress(index / video.num_frames)
        container.mux(stream.encode())


def _even(image: Images) -> Images:
    """Returns an image with even sides, as H.264 wants them, stretched by a pixel at most."""
    height, width = image.shape[:2]
    size = (width + width % 2, height + height % 2)
    if size == (width, height):
        return np.ascontiguousarray(image)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
