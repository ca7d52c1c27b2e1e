"""Opening a video file with FFmpeg, and which of its tracks is the video."""

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from mienet.errors import VideoError
from mienet.video.address import Place
from mienet.video.content import Content

REMEDY = "copy or export it again"

NAMES_OTHER_FILES = {
    *("concat", "hls", "applehttp", "dash", "webm_dash_manifest", "smoothstreaming", "imf"),
    *("sdp", "sap", "rtp", "rtsp", "image2", "image2pipe", "lavfi", "vobsub", "avisynth", "tty"),
}
"""Formats that read files or addresses named in the file, or in its name, and text drawn as
pictures: never opened."""

FORMATS = ",".join(sorted(av.formats_available - NAMES_OTHER_FILES))

NOT_THE_VIDEO = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


def open_container(content: Content) -> InputContainer:
    """Returns an open video file.

    Raises:
        VideoError: If FFmpeg cannot read it, or it only names other files.
    """
    path = content.path
    options = {"protocol_whitelist": content.protocols, "format_whitelist": FORMATS}
    try:
        return av.open(content.open(), options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        if _is_text(content):
            raise VideoError(
                f"{path}: cannot be read as a video: it is a text; if it is a playlist or a "
                "script, give the videos that it names, which are not opened"
            ) from error
        raise VideoError(
            f"{path}: cannot be read as a video ({cause(error)}): cut short, damaged, or "
            "not a video; play it, and export it again if that fails too"
        ) from error


def choose_track(container: InputContainer, path: Place) -> tuple[VideoStream, list[str]]:
    """Returns the default video track, or else the largest, and a note if there are several.

    Raises:
        VideoError: If there is none, or no decoder for it.
    """
    tracks = [s for s in container.streams.video if not s.disposition & NOT_THE_VIDEO]
    if not tracks:
        raise VideoError(
            f"{path}: no video stream in the file, perhaps sound alone; give the file "
            "that has the pictures"
        )
    readable = [track for track in tracks if track.codec_context is not None]
    if not readable:
        raise VideoError(f"{path}: no decoder for its video stream; export it as H.264")
    chosen = max(readable, key=_rank)
    if len(tracks) == 1:
        return chosen, []
    size = f"{chosen.codec_context.width}x{chosen.codec_context.height}"
    return chosen, [f"{len(tracks)} video tracks; read is track {chosen.index}, {size}"]


def _rank(track: VideoStream) -> tuple[bool, bool, int, int]:
    """Returns what makes a track the video: no single picture, the default, its size, its place."""
    pixels = track.codec_context.width * track.codec_context.height
    is_default = bool(track.disposition & Disposition.default)
    return track.frames != 1, is_default, pixels, -track.index


def check_is_decodable(container: InputContainer, content: Content) -> None:
    """Raises a ``VideoError`` for an animated WebP, which FFmpeg does not decode."""
    if container.format.name != "webp_pipe":
        return
    header = content.start(21)
    if header[12:16] == b"VP8X" and header[20] & 0b10:
        raise VideoError(
            f"{content.path}: an animated WebP, which the decoder cannot read; save it as GIF, "
            "APNG or MP4"
        )


def cause(error: Exception) -> str:
    """Returns FFmpeg's words for an error, without the path."""
    return getattr(error, "strerror", None) or str(error)


def _is_text(content: Content) -> bool:
    return b"\0" not in content.start(4096)
