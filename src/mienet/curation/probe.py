"""What is really in a video, found by reading all of it; and a memory of what was found.

Frames are counted, not believed; unless it must be quick, each is decoded as well, since a damaged
frame in the middle of a file shows in no other way.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mienet.curation.pool import Jobs, run_jobs
from mienet.data.copies import content_digest
from mienet.errors import in_one_line
from mienet.files import Journal
from mienet.video.address import Address
from mienet.video.geometry import tilt_note
from mienet.video.reader import (
    INTERLACED_NOTE,
    FrameFolder,
    Images,
    Video,
    VideoError,
    VideoFile,
    open_video,
)

PROBE_VERSION = 3
"""Changes whenever a video would be probed with another outcome; others are probed again."""

LOOK_PIXELS = 16
"""Side of the small gray picture by which two videos are seen to be alike."""


@dataclass(frozen=True)
class Probe:
    """What was found in one video.

    Attributes:
        path: The file or folder of frames.
        size_bytes: Of the file, or of all images in the folder.
        modified_ns: When it, or an image, was last changed, in nanoseconds since 1970.
        decoded: Whether every frame was decoded, not only counted.
        problem: What is wrong with it; empty if nothing is. Then the rest is not known.
        problem_kind: Its kind, as its error says it; see ``VideoError``.
        codec: Such as h264; for a folder the images' ending.
        width: Pixels, upright.
        height: Likewise.
        rotation_degrees: How far a player has to turn the frames, counter-clockwise.
        num_frames: Counted.
        duration_seconds: From the start of the presentation to the end of the last frame; 0 for a
            folder.
        frames_per_second: On average; 0 for a folder or a single frame.
        variable_rate: Whether some frames stand for more than one and a half times the usual time.
        fingerprint: Of the content; alike only in copies.
        look: The middle keyframe as 16x16 gray levels, in hexadecimal digits.
        notes: What is unusual, or had to be assumed; see ``Video``.
        frame_pattern: Names of the images in a folder, if they were told.
        version: ``PROBE_VERSION`` when it was made.
    """

    path: str
    size_bytes: int
    modified_ns: int
    decoded: bool
    problem: str = ""
    problem_kind: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    rotation_degrees: int = 0
    num_frames: int = 0
    duration_seconds: float = 0.0
    frames_per_second: float = 0.0
    variable_rate: bool = False
    fingerprint: str = ""
    look: str = ""
    notes: list[str] = field(default_factory=list)
    frame_pattern: str | None = None
    version: int = PROBE_VERSION


def probe_video(path: str, *, decode: bool = True, frame_pattern: str | None = None) -> Probe:
    """Returns what is in a video; what is wrong with it is in ``problem``, and never raised."""
    try:
        size_bytes, modified_ns = file_signature(path)
    except (OSError, ValueError):  # a ValueError for a name with a NUL
        return Probe(path, 0, 0, decode, f"{path}: no such video", "missing")
    nothing = Probe(path, size_bytes, modified_ns, decode, frame_pattern=frame_pattern)
    try:
        with open_video(path, frame_pattern=frame_pattern) as video:
            if isinstance(video, FrameFolder):
                return replace(nothing, **_folder_facts(video, decode))
            if isinstance(video, VideoFile):
                return replace(nothing, **_file_facts(video, decode))
            raise TypeError(f"unknown kind of video: {type(video).__name__}")
    except VideoError as error:
        return replace(nothing, problem=str(error), problem_kind=error.kind)
    except MemoryError:
        message = f"{path}: a frame does not fit in memory"
        return replace(nothing, problem=message, problem_kind="unreadable")
    except Exception as error:  # whatever it is, it is of this video alone
        message = f"{path}: cannot be read ({type(error).__name__}: {in_one_line(error)})"
        return replace(nothing, problem=message, problem_kind="unreadable")


PROBES = "probes.jsonl"
"""What is remembered of videos, in the folder that a check or a preparation writes to."""


class ProbeCache:
    """Probes of earlier runs; a video that has changed since is probed again."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)
        self._known: dict[str, Probe] = {}
        lines = self._journal.read()
        paths = [line.get("path", "") for line in lines]
        # A run that was killed after its last video leaves all lines, in the order of its work.
        self._is_tidy = not self._journal.has_cut_lines and paths == sorted(set(paths))
        for line in lines:
            with contextlib.suppress(TypeError, KeyError):  # written by another version
                if line["version"] == PROBE_VERSION:
                    self._known[line["path"]] = Probe(**line)
        self._is_tidy = self._is_tidy and len(self._known) == len(lines)

    def get(self, path: str, *, decode: bool, frame_pattern: str | None = None) -> Probe | None:
        """Returns what is known of a video, if it has not changed, and was read in the same way."""
        probe = self._known.get(path)
        if probe is None or (decode and not probe.decoded) or probe.frame_pattern != frame_pattern:
            return None
        try:
            same = file_signature(path) == (probe.size_bytes, probe.modified_ns)
        except (OSError, ValueError):
            return None
        return probe if same else None

    def add(self, probe: Probe) -> None:
        """Writes one down, unless the video is not there."""
        if probe.modified_ns:
            self._known[probe.path] = probe
            self._journal.append(asdict(probe))
            self._is_tidy = False

    def tidy(self) -> None:
        """Rewrites the file in the order of paths, each once, unless it is so."""
        if not self._is_tidy:
            self._journal.rewrite(asdict(self._known[path]) for path in sorted(self._known))
            self._is_tidy = True


def probe_videos(
    paths: Sequence[str],
    cache: ProbeCache,
    *,
    decode: bool = True,
    frame_patterns: Mapping[str, str] | None = None,
    jobs: Jobs = None,
) -> dict[str, Probe]:
    """Returns what is in every video, by path; in parallel, and only what is not known yet.

    Args:
        paths: Video files or folders of frames.
        cache: What is known; it grows with each video.
        decode: Whether to decode every frame, rather than count packets.
        frame_patterns: Names of the images in a folder of frames, by its path.
        jobs: Processes, and where; see ``run_jobs``.
    """
    patterns = frame_patterns or {}
    unique = list(dict.fromkeys(paths))
    known = {
        path: cache.get(path, decode=decode, frame_pattern=patterns.get(path)) for path in unique
    }
    found = {path: probe for path, probe in known.items() if probe is not None}
    left = [(path, patterns.get(path)) for path in unique if path not in found]
    function = partial(_probe, decode=decode)

    def lost(video: tuple[str, str | None], reason: str) -> Probe:
        path, pattern = video
        message = f"{path}: {reason}; export it again"
        if not Path(path).exists():  # it went meanwhile
            return Probe(path, 0, 0, decode, message, "missing")
        return Probe(
            path, *file_signature(path), decode, message, "unreadable", frame_pattern=pattern
        )

    for (path, _), probe in run_jobs(
        function,
        left,
        jobs=jobs,
        description="Reading videos",
        already_done=len(found),
        lost=lost,
        path_of=lambda video: video[0],
    ):
        if probe is not None:
            cache.add(probe)
            found[path] = probe
    cache.tidy()
    return {path: found[path] for path in unique}


def _probe(video: tuple[str, str | None], *, decode: bool) -> Probe:
    """Returns ``probe_video`` of a path and its frame pattern, as one thing to hand out."""
    path, frame_pattern = video
    return probe_video(path, decode=decode, frame_pattern=frame_pattern)


def file_signature(path: str) -> tuple[int, int]:
    """Returns size and time of change, by which a video is known to be the same.

    Raises:
        OSError: If it is not there.
    """
    status = os.stat(path)  # noqa: PTH116 (Path costs more than the call on 10,000 videos)
    if not stat.S_ISDIR(status.st_mode):
        return status.st_size, status.st_mtime_ns
    with os.scandir(path) as entries:
        images = [entry.stat() for entry in entries]
    changes = [status.st_mtime_ns, *(image.st_mtime_ns for image in images)]
    return sum(image.st_size for image in images), max(changes)


def video_signature(path: str) -> tuple[int, int | str]:
    """Returns ``file_signature``, or of an ``Address`` its size and what its store says of it.

    Raises:
        OSError, VideoError: If it is not there, or cannot be asked for.
    """
    if isinstance(path, Address):
        from mienet.video.remote import file_facts

        return file_facts(path)
    return file_signature(path)


def _file_facts(video: VideoFile, decode: bool) -> dict[str, Any]:
    middle = video.middle_keyframe
    size: tuple[int, int] | None = None
    is_interlaced = False
    for index, frame in video.decoded_at(range(video.num_frames) if decode else [middle]):
        is_interlaced = is_interlaced or frame.interlaced_frame
        size = _same_size(video, index, (frame.width, frame.height), size)
        if index == middle:
            image, rotation = video.to_image(frame), round(frame.rotation)
            tilt = tilt_note(frame)
    times = video.timestamps_seconds
    steps = np.diff(times) if times is not None else np.zeros(0)
    usual = float(np.median(steps)) if len(steps) else 0.0
    span = float(times[-1] - times[0]) + usual if times is not None else 0.0
    start = float(times[0]) if times is not None else 0.0
    return {
        "codec": video.codec,
        "width": image.shape[1],
        "height": image.shape[0],
        "rotation_degrees": rotation,
        "num_frames": video.num_frames,
        "duration_seconds": round(start + span, 6),
        "frames_per_second": round(video.num_frames / span, 4) if span else 0.0,
        "variable_rate": bool(len(steps) and steps.max() > 1.5 * usual),
        "fingerprint": content_digest(str(video.path)),
        "look": _look(image),
        "notes": [*_with_interlacing(video.notes, is_interlaced), *filter(None, [tilt])],
    }


def _with_interlacing(notes: list[str], is_interlaced: bool) -> list[str]:
    """Returns a video's notes, with that on interlacing if only its frames told of it."""
    is_new = is_interlaced and INTERLACED_NOTE not in notes
    return [*notes, INTERLACED_NOTE] if is_new else notes


def _folder_facts(folder: FrameFolder, decode: bool) -> dict[str, Any]:
    middle = folder.num_frames // 2
    size: tuple[int, int] | None = None
    for index in range(folder.num_frames) if decode else [middle]:
        (found,) = folder.read([index])
        size = _same_size(folder, index, (found.shape[1], found.shape[0]), size)
        if index == middle:
            image = found
    # Sizes and one image: to read all of them would take as long as to decode them.
    digest = hashlib.blake2b(folder.files[middle].read_bytes(), digest_size=16)
    for file in folder.files:
        digest.update(b"%d " % file.stat().st_size)
    return {
        "codec": folder.files[0].suffix.removeprefix("."),
        "width": image.shape[1],
        "height": image.shape[0],
        "num_frames": folder.num_frames,
        "fingerprint": digest.hexdigest(),
        "look": _look(image),
    }


def _same_size(
    video: Video, index: int, size: tuple[int, int], usual: tuple[int, int] | None
) -> tuple[int, int]:
    """Returns a frame's width and height, if they are those of the frames before it."""
    if usual is not None and size != usual:
        raise VideoError(
            f"{video.path}: frame {index} has {size[0]}x{size[1]} pixels, those before it "
            f"{usual[0]}x{usual[1]}; a video's frames must be of one size",
            kind="damaged",
        )
    return size


def _look(image: Images) -> str:
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (LOOK_PIXELS, LOOK_PIXELS), interpolation=cv2.INTER_AREA)
    return bytes(np.asarray(small, dtype=np.uint8)).hex()
