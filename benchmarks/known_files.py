"""Files of a known recording that are unlike what a camera writes first, and what is true of them.

Each function takes a recording that was drawn (``make_recording``) and writes another file of it
beside it.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from mienet.synthetic.recordings import MadeRecording
from mienet.video.reader import open_video

SLOWER = 8
"""A camera of 240 frames per second and a file of 30."""
HIDDEN_SECONDS = 0.48
SOUND_RATE, SOUND_BLOCK = 48_000, 1024


def slow_motion(made: MadeRecording) -> MadeRecording:
    """Returns a file that is shown eight times slower; what is true of it is in reality's time."""
    path = beside(made.path, "slow")
    with av.open(str(path), "w") as out:
        for packet in copied(made.path, out):
            packet.pts, packet.dts = SLOWER * packet.pts, SLOWER * packet.dts
            packet.duration *= SLOWER
            out.mux(packet)
    return replace(made, path=path)


def with_edit_list(made: MadeRecording) -> MadeRecording:
    """Returns an MP4 whose edit list starts it later, as a phone's cut without encoding does."""
    path = beside(made.path, "cut")
    with av.open(str(path), "w") as out:
        for packet in copied(made.path, out):
            shift = round(HIDDEN_SECONDS / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            out.mux(packet)
    return MadeRecording(
        path,
        made.frame_seconds[made.frame_seconds >= HIDDEN_SECONDS - 1e-6] - HIDDEN_SECONDS,
        tuple(
            (label, max(0.0, start - HIDDEN_SECONDS), end - HIDDEN_SECONDS)
            for label, start, end in made.phases
            if end > HIDDEN_SECONDS
        ),
        tuple((label, t - HIDDEN_SECONDS) for label, t in made.events if t >= HIDDEN_SECONDS),
    )


def interlaced(made: MadeRecording) -> MadeRecording:
    """Returns a file of half as many frames, each of the lines of two, the upper ones first."""
    path = beside(made.path, "interlaced")
    with open_video(made.path) as video:
        images = video.read(list(range(video.num_frames // 2 * 2)))
    woven = images[::2].copy()
    woven[:, 1::2] = images[1::2, 1::2]
    step = float(made.frame_seconds[2] - made.frame_seconds[0])
    with av.open(str(path), "w") as out:
        options = {"flags": "+ilme+ildct", "x264-params": "tff=1"}
        stream = out.add_stream("libx264", rate=round(1 / step), options=options)
        stream.height, stream.width = woven.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for image in woven:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode())
    return replace(made, path=path, frame_seconds=made.frame_seconds[: 2 * len(woven) : 2])


def with_longer_sound(made: MadeRecording) -> MadeRecording:
    """Returns a file whose sound goes on for three seconds behind the last frame."""
    path = beside(made.path, "sound")
    seconds = float(made.frame_seconds[-1]) + 3
    with av.open(str(path), "w") as out:
        sound = out.add_stream("aac", rate=SOUND_RATE, layout="mono")
        for packet in copied(made.path, out):
            out.mux(packet)
        for start in range(0, round(seconds * SOUND_RATE), SOUND_BLOCK):
            silence = np.zeros((1, SOUND_BLOCK), np.float32)
            block = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            block.sample_rate, block.pts = SOUND_RATE, start
            block.time_base = Fraction(1, SOUND_RATE)
            out.mux(sound.encode(block))
        out.mux(sound.encode())
    return replace(made, path=path)


def broken_in_the_middle(made: MadeRecording) -> MadeRecording:
    """Returns a file with 2 % of its bytes, in the middle, put to zero."""
    content = bytearray(made.path.read_bytes())
    middle, size = len(content) // 2, len(content) // 50
    content[middle : middle + size] = bytes(size)
    return written(made, "broken", bytes(content))


def cut_short(made: MadeRecording) -> MadeRecording:
    """Returns the first 60 % of the bytes, as a copy that was stopped."""
    content = made.path.read_bytes()
    return written(made, "short", content[: len(content) * 6 // 10])


def written(made: MadeRecording, name: str, content: bytes) -> MadeRecording:
    path = beside(made.path, name)
    path.write_bytes(content)
    return replace(made, path=path)


def beside(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}_{name}{path.suffix}")


def copied(path: Path, out: av.container.OutputContainer) -> Iterator[av.Packet]:
    """Yields the packets of a video for a stream like its own in another file."""
    with av.open(str(path)) as container:
        source = container.streams.video[0]
        target = out.add_stream_from_template(source)
        for packet in container.demux(source):
            if packet.dts is not None:
                packet.stream = target
                yield packet
