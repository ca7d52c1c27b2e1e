"""What the server needs to know of a video's file, read in a process with limits.

Only this reads files that somebody has given: a hostile or broken one takes that process down and
not the server. What is known is kept, by the file's size and time of change.
"""

import contextlib
import io
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mienet.curation.pool import KeptProcess, LostError, PoolError
from mienet.curation.probe import file_signature
from mienet.errors import MienetError, VideoError, in_one_line
from mienet.files import Journal, write_whole
from mienet.server.places import Places
from mienet.server.playing import needs_copy
from mienet.server.refusal import RefusedError
from mienet.timelines.result import frame_borders
from mienet.video.reader import VideoFile
from mienet.video.timing import Seconds

VERSION = 2
"""Of what is kept; another one is read anew."""


@dataclass(frozen=True)
class Facts:
    """What a file holds, or why it cannot be used.

    Attributes:
        num_frames: Frames; 0 of a broken file.
        duration_seconds: When the last frame ends, from the start of the presentation.
        width: In pixels, of the upright frame with square pixels.
        height: Likewise.
        fps: Frames per second over the whole length; 0 of a single frame.
        needs_copy: Why browsers do not play it; empty if they do.
        problem: Why it cannot be used, without its name; empty if it can.
    """

    num_frames: int = 0
    duration_seconds: float = 0.0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    needs_copy: str = ""
    problem: str = ""


def read_facts(path: str) -> tuple[Facts, bytes]:
    """Returns what a file holds, and the borders of its frames in seconds, as NumPy's file.

    What is wrong with it is in ``problem``, and never raised.
    """
    try:
        with VideoFile(Path(path)) as video:
            seconds = video.timestamps_seconds
            if seconds is None:
                raise VideoError("has no times")
            borders = frame_borders(seconds, video.num_frames, None)
            (image,) = video.read([video.middle_keyframe])
        facts = Facts(
            video.num_frames,
            float(borders[-1]),
            image.shape[1],
            image.shape[0],
            _rate(seconds),
            needs_copy(Path(path)),
        )
    except VideoError as error:
        return Facts(problem=str(error).removeprefix(f"{path}: ")), b""
    except Exception as error:  # whatever it is, it is of this video alone
        problem = f"cannot be read ({type(error).__name__}: {in_one_line(error)})"
        return Facts(problem=problem), b""
    return facts, _as_file(borders)


class Prober:
    """What is known of the videos of a folder, and how it is found out.

    Args:
        places: Where the server keeps what it keeps.
        process: Reads files.
        most_frames: Of one video.
    """

    def __init__(self, places: Places, process: KeptProcess, most_frames: int) -> None:
        self.places, self.process, self.most_frames = places, process, most_frames
        self._beside: KeptProcess | None = None
        self._journal = Journal(places.frames / "facts.jsonl")
        self._known: dict[str, tuple[list[int], Facts]] = {}
        for entry in self._journal.entries():
            if entry.get("version") == VERSION:
                self._known[entry["video"]] = (entry["signature"], Facts(**entry["facts"]))

    def start(self) -> None:
        """Starts the process, so that the first who opens a video does not wait for that."""
        with contextlib.suppress(MienetError):
            self.process.run(len, "")

    def close(self) -> None:
        """Ends the processes that read, without waiting for what they read."""
        self.process.close()
        if self._beside is not None:
            self._beside.close()

    def known(self, video: str) -> Facts | None:
        """Returns what is known of a video, without reading it.

        None if it is new, has changed, or went just now.
        """
        signature, facts = self._known.get(video, ([], None))
        try:
            return facts if signature == self._signature(self.places.videos / video) else None
        except OSError:
            return None

    def last_signature(self, video: str) -> list[int] | None:
        """Returns the size and time of change that a video had when it was read last.

        Also of one that is gone; None of one that was never read.
        """
        known = self._known.get(video)
        return known[0] if known else None

    def facts(self, video: str) -> Facts:
        """Returns what a video holds; one that cannot be used says so in ``problem``.

        Raises:
            OSError: If it is not there.
        """
        return self.known(video) or self.probe(self.places.videos / video, as_video=video)

    def usable(self, video: str) -> Facts:
        """Returns what a video holds.

        Raises:
            RefusedError: If it cannot be used.
            OSError: If it is not there.
        """
        facts = self.facts(video)
        if facts.problem:
            raise RefusedError(409, f"{video}: {facts.problem}")
        return facts

    def borders(self, video: str) -> Seconds:
        """Returns when each frame begins, and the last one ends, in seconds, ``(num_frames + 1,)``.

        Raises:
            RefusedError: If the video cannot be used.
            OSError: If it is not there.
        """
        self.usable(video)
        kept = self._kept(video)
        try:
            borders: Seconds = np.load(kept, allow_pickle=False)
        except (FileNotFoundError, EOFError, ValueError):  # deleted, or cut by a power cut
            self.probe(self.places.videos / video, as_video=video)
            borders = np.load(kept, allow_pickle=False)
        return borders

    def look_at(self, videos: Iterable[str], stop: threading.Event) -> None:
        """Finds out what is not known yet of videos, until it is stopped; for a thread beside.

        It has a process of its own, so that nobody who opens a video waits for it.
        """
        beside = self._beside = KeptProcess(self.process.limit)
        try:
            for video in videos:
                if stop.is_set():
                    break
                with contextlib.suppress(OSError, PoolError):  # it went, or memory is short
                    if self.known(video) is None:
                        self.probe(self.places.videos / video, as_video=video, process=beside)
        finally:
            beside.close()

    def probe(
        self, path: Path, *, as_video: str | None, process: KeptProcess | None = None
    ) -> Facts:
        """Returns what a file holds; it is kept as that of a video, if it is named.

        Args:
            path: The file.
            as_video: The video's path below the folder.
            process: Reads it; None is the usual one.
        """
        signature = self._signature(path)
        try:
            facts, borders = (process or self.process).run(read_facts, str(path), str(path))
        except LostError as error:
            lost = Facts(problem=f"{error}; export it again")
            if as_video is not None:  # not kept: with the next server it may go well
                self._known[as_video] = (signature, lost)
            return lost
        if facts.num_frames > self.most_frames:
            accepted = f"accepted are {self.most_frames}: cut it into parts"
            facts = Facts(problem=f"it has {facts.num_frames} frames; {accepted}")
        if as_video is not None:
            self.keep(as_video, signature, facts, borders)
        return facts

    def keep(self, video: str, signature: list[int], facts: Facts, borders: bytes) -> None:
        """Keeps what was found out of a video."""
        if not facts.problem:
            self._kept(video).parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._kept(video), borders)
        self._known[video] = (signature, facts)
        self._journal.append(
            {"video": video, "version": VERSION, "signature": signature, "facts": asdict(facts)}
        )

    def _kept(self, video: str) -> Path:
        return self.places.frames / f"{video}.npy"

    def _signature(self, path: Path) -> list[int]:
        return [*file_signature(str(path))]


def _rate(seconds: Seconds) -> float:
    span = float(seconds[-1] - seconds[0])
    return round((len(seconds) - 1) / span, 4) if span > 0 else 0.0


def _as_file(borders: Seconds) -> bytes:
    file = io.BytesIO()
    np.save(file, borders, allow_pickle=False)
    return file.getvalue()
