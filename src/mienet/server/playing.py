"""Which videos a browser plays as they are, by what a file says of itself: nothing is decoded."""

from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from mienet.video.container import choose_track, open_container
from mienet.video.content import LocalFile

PLAYED = {
    "mov": ("h264", "vp9", "av1"),
    "matroska": ("vp8", "vp9", "av1"),
}
"""Codecs that Chromium, Firefox and Safari all play, by FFmpeg's first name for the container."""

ENDINGS = {"mov": (".mp4", ".m4v", ".mov"), "matroska": (".webm",)}
"""Endings by which browsers are told the container's type."""

PIXELS = ("yuv420p", "yuvj420p")
"""8 bits, and colors at half the size: what computers' H.264 decoders take."""

MOST_LATE_SECONDS = 0.001
"""By which the first of a file's streams may start after 0. Chromium counts from 0 then, Firefox,
as we do, from that start."""

MOST_SIDE = 4096
"""Pixels of the longer side; H.264 decoders of graphics cards stop there."""


def needs_copy(path: Path) -> str:
    """Returns why a browser does not play a file; empty if it does.

    Quarter turns are the browser's own work, as cameras write them; mirrored and tilted pictures
    are not shown alike everywhere.

    Raises:
        VideoError: If it cannot be opened, or has no video track.
    """
    with open_container(LocalFile(path)) as container:
        stream, _ = choose_track(container, path)
        kind = container.format.name.split(",")[0]
        codec, pixels = stream.codec_context.name, stream.codec_context.pix_fmt
        size = max(stream.codec_context.width, stream.codec_context.height)
        num_tracks = len(container.streams.video)
        lacks_edits = kind == "mov" and _begins_behind_zero(container, stream)
        starts = (container.start_time or 0) / av.time_base
    if path.suffix.lower() not in ENDINGS.get(kind, ()):
        return f"browsers do not play {path.suffix.lower() or kind} files"
    if codec not in PLAYED[kind]:
        return f"not all browsers play {codec}"
    if pixels not in PIXELS:
        return f"not all browsers play {codec} with {pixels} pixels"
    if size > MOST_SIDE:
        return f"{size} pixels are more than browsers play smoothly"
    if num_tracks > 1:
        return "browsers may show another of its tracks"
    if lacks_edits:
        return "it has B-frames and no edit list, so that browsers show a wrong frame"
    if starts > MOST_LATE_SECONDS:
        return f"its times begin at {starts:.3f} s, which browsers count in different ways"
    return ""


def _begins_behind_zero(container: InputContainer, stream: VideoStream) -> bool:
    """Returns whether the first frame is decoded at 0 and shown later, which edit lists correct.

    Without one, as in MP4s that are written in fragments, Chromium seeks by the time of decoding:
    for a time shortly before a keyframe it shows that keyframe.
    """
    first = next((packet for packet in container.demux(stream) if packet.size), None)
    return first is not None and first.dts == 0 and (first.pts or 0) > 0
