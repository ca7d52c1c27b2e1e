"""What the readers of annotated videos share: one file's text, its videos, and what is wrong.

A reader adds what it finds to a ``Reading``; what cannot be used becomes a problem, with its place,
and reading goes on, so that all of them are told at once.
"""

import gzip
import math
import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from mienet.annotations.fields import MOST_SECONDS, SPLITS, camera_rate
from mienet.annotations.json_lists import parse_json
from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import Table, decode_text
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval, Mark, Timelines, start_of
from mienet.labeling.video_names import VideoNames
from mienet.labeling.xml_files import parse_xml

MOST_BYTES = 1 << 30
"""Of one file, unpacked: some ten million rows."""

Number = float | Decimal


def as_written(text: str) -> Decimal:
    """Returns a number exactly as it is written, or infinite or 0 where a float would be.

    For 1e999999999 ``int`` would write out a billion digits.
    """
    number = float(text)
    return Decimal(text) if 1e-300 < abs(number) < 1e300 else Decimal(number)


class VideoDraft:
    """A video whose marks are being read; see ``AnnotatedVideo`` for its attributes."""

    def __init__(self, reading: "Reading", name: str, observation: str, source: str) -> None:
        self.reading, self.name, self.observation = reading, name, observation
        self.source = source
        self.fps: float | None = None
        self.duration_seconds: float | None = None
        self.capture_fps: float | None = None
        self.marks: list[Mark] = []
        self.unlabeled: list[tuple[float, float]] = []
        self.splits: set[str] = set()

    def add(
        self,
        label: object,
        start: Number,
        end: Number | None,
        source: str,
        *,
        subject: str = "",
        tier: str = "",
        annotator: str = "",
        modifiers: Iterable[str] = (),
        confidence: float | None = None,
    ) -> None:
        """Adds an interval, or without an end an event; what cannot be one is a problem.

        Args:
            label: What happens, a text or number; None is no label. White space around it is taken
                off.
            start: In seconds from the video's start.
            end: The same; None for an event.
            source: Where it stands.
            subject: As the other arguments: see ``Interval``.
            tier: See there.
            annotator: See there.
            modifiers: See there; notes of several lines become one line.
            confidence: See there.
        """
        label, subject = "" if label is None else str(label).strip(), subject.strip()
        first = float(start) + 0.0
        last = None if end is None else float(end)
        if problem := _wrong(label, first, last):
            self.reading.problem(source, problem)
            return
        if confidence is not None and not 0 <= confidence <= 1:
            self.reading.problem(source, f"confidence must be from 0 to 1, got {confidence:g}")
            return
        notes = tuple(" ".join(text.split()) for text in modifiers)
        rest = (subject, tier, annotator, notes, confidence, source)
        self.marks.append(
            Event(label, first, *rest) if last is None else Interval(label, first, last, *rest)
        )

    def set_capture_fps(self, text: str, source: str) -> bool:
        """Takes how fast the camera was, and returns whether it is a rate, and the only one."""
        try:
            rate = camera_rate(text)
        except ValueError as error:
            self.reading.problem(source, str(error))
            return False
        if self.capture_fps not in (None, rate):
            known = f"the rows before have {self.capture_fps:g}"
            self.reading.problem(source, f"capture_fps is {text}; {known}")
        elif self.capture_fps is None and self.marks:
            known = "the rows before of that video have none; give it in its first"
            self.reading.problem(source, f"capture_fps is {text}; {known}")
        else:
            self.capture_fps = self.fps = rate
            return True
        return False

    def add_split(self, said: object) -> None:
        """Takes what a row or file calls the video's split; None and nothing say none."""
        if text := "" if said is None else str(said).strip():
            self.splits.add(SPLITS.get(text.lower(), text))

    def finish(self) -> AnnotatedVideo:
        """Returns the video with its marks in the order of time."""
        self.marks.sort(key=start_of)
        return AnnotatedVideo(
            self.name,
            tuple(mark for mark in self.marks if isinstance(mark, Interval)),
            tuple(mark for mark in self.marks if isinstance(mark, Event)),
            "",
            self.fps,
            self.duration_seconds,
            self.observation,
            tuple(self.unlabeled),
            self.source,
            self.capture_fps,
            ", ".join(sorted(self.splits)),
        )


def _wrong(label: str, start: float, end: float | None) -> str:
    """Returns what is wrong with a mark, or ``""``."""
    if not label:
        return "no label"
    if not math.isfinite(start) or (end is not None and not math.isfinite(end)):
        return f"{label!r} has no time"
    if max(start, end or 0) > MOST_SECONDS:
        return f"{label!r} at {max(start, end or 0):g} s: no video lasts that long"
    if start < 0:
        return f"{label!r} at {start:g} s is outside its video: before its start"
    if end is not None and end < start:
        return f"{label!r} has a negative duration: from {start:g} to {end:g} s"
    if end == start:
        return f"{label!r} lasts 0 s, at {start:g} s; an event has no end"
    return ""


class Reading:
    """One file of annotations as it is being read.

    Args:
        path: The file.
        fps: Frames per second of what is counted in frames; None where they are to be found.
        videos: The videos that names may mean, where they are known.
    """

    def __init__(
        self, path: Path, *, fps: float | None = None, videos: VideoNames | None = None
    ) -> None:
        self.path = path
        self.fps = fps
        self.videos = videos
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.last = str(path)
        """The source that was asked for last: where reading is."""
        self._lengths: dict[str, Decimal] = {}
        self._without_rate: set[str] = set()
        self._drafts: dict[tuple[str, str], VideoDraft] = {}

    def video(self, name: str, *, observation: str = "", source: str = "") -> VideoDraft:
        """Returns the draft of a video, a new one if nothing was said about it before."""
        key = (name, observation)
        if key not in self._drafts:
            self._drafts[key] = VideoDraft(self, name, observation, source or str(self.path))
        return self._drafts[key]

    @property
    def drafts(self) -> tuple[VideoDraft, ...]:
        """What was read of each video, in each observation, so far."""
        return tuple(self._drafts.values())

    def problem(self, source: str, what: str) -> None:
        """Adds something that cannot be used and is left out."""
        self.problems.append(f"{source}: {what}")

    def note(self, what: str) -> None:
        """Adds something that a person should know, once."""
        note = f"{self.path}: {what}"
        if note not in self.notes:
            self.notes.append(note)

    def at(self, where: int | str, what: str = "") -> str:
        """Returns the source of a line and what is on it, or of an annotation in words."""
        place = f"{self.path}:{where}" if isinstance(where, int) else f"{self.path}: {where}"
        self.last = f"{place}: {what}" if what else place
        return self.last

    def rate(self, video: VideoDraft, *, of_video: bool = True) -> float | None:
        """Returns the frames per second of a video whose annotations count frames, and notes it.

        What was given counts before what the file states, which the draft has, and that before the
        video's own. Where nothing says it, that is a problem, told once, and the answer is None.

        Args:
            video: The video.
            of_video: Whether the program counts the frames of the video itself.
        """
        stated = video.fps
        if self.fps is not None:
            if stated is not None and not math.isclose(self.fps, stated, rel_tol=1e-4):
                self.note(
                    f"{video.name}: read at {self.fps:g} frames per second, as given, not at "
                    f"{stated:g}, as written"
                )
            video.fps = self.fps
        elif stated is None and video.name not in self._without_rate:
            try:
                video.fps = self._find_rate(video.name, of_video=of_video)
            except ValueError as error:
                self._without_rate.add(video.name)
                self.problem(video.source, str(error))
        return video.fps

    def _find_rate(self, name: str, *, of_video: bool) -> float:
        if of_video and self.videos is not None:
            return video_clock(self.videos.find(name))[0]
        where = ", or the folder of the videos" if of_video else ", as the program was set to"
        raise ValueError(
            f"the times of {name!r} are numbers of frames; give the frames per second, such as "
            f"--fps 25 (in Python fps=25){where}"
        )

    def is_there(self, name: str) -> bool:
        """Returns whether a name means a video; False where files are not known."""
        try:
            return self.videos is not None and bool(self.videos.find(name))
        except ValueError:
            return False

    def length(self, name: str) -> Decimal | None:
        """Returns how long a video's file lasts, in seconds; None where files are not known.

        Raises:
            ValueError: If there is no such video, or it cannot be read.
        """
        if self.videos is None:
            return None
        if name not in self._lengths:
            self._lengths[name] = Decimal(video_clock(self.videos.find(name))[1])
        return self._lengths[name]

    def content(self) -> bytes:
        """Returns the file's bytes, unpacked if it ends in ``.gz``.

        Raises:
            AnnotationError: If it is too large, or damaged.
        """
        if self.path.suffix.lower() != ".gz":
            return self.path.read_bytes()
        try:
            with gzip.open(self.path) as file:
                content = file.read(MOST_BYTES + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise AnnotationError("unreadable list", [f"{self.path}: {error}"]) from error
        if len(content) > MOST_BYTES:
            problem = f"{self.path}: unpacks to more than {MOST_BYTES >> 20} MB"
            raise AnnotationError("unreadable list", [problem])
        return content

    def text(self) -> str:
        """Returns the file's text, in whichever of the usual encodings it is.

        Raises:
            AnnotationError: If it is no text.
        """
        text, encoding = decode_text(self.path, self.content())
        if encoding == "cp1252":
            self.note("not UTF-8; read as Windows writes it (cp1252): look at accents and umlauts")
        return text

    def json(self) -> Any:
        """Returns the file's JSON, numbers with decimals as ``Decimal``, as they are written.

        Raises:
            AnnotationError: If it is no JSON.
        """
        return parse_json(self.path, self.text(), parse_float=as_written)

    def xml(self) -> Element:
        """Returns the root of the file's XML.

        Raises:
            AnnotationError: If it is no XML, or defines a document type.
        """
        return parse_xml(self.path, self.content())

    def rows(self, table: Table) -> Iterator[tuple[str, dict[str, str]]]:
        """Yields the source and the fields of each row, by the columns' names in small letters.

        White space around a field is taken off.
        A row of another length than the header is a problem.
        """
        header = [name.lower() for name in table.header]
        for line, row in table.rows:
            source = self.at(line)
            if len(row) == len(header):
                yield source, dict(zip(header, map(str.strip, row), strict=True))
            else:
                self.problem(source, f"has {len(row)} fields, the header {len(header)}")

    def finish(self) -> Timelines:
        """Returns what was read."""
        videos = tuple(draft.finish() for draft in self._drafts.values())
        return Timelines(videos, tuple(self.problems), tuple(self.notes))


def video_clock(video: Path) -> tuple[float, float]:
    """Returns the frames per second of a video, over its whole length, and its length in seconds.

    Raises:
        ValueError: If it has no clock, as a folder of images, or a single frame.
        VideoError: If it cannot be read.
    """
    from mienet.video.reader import open_video

    with open_video(video) as opened:
        times = opened.timestamps_seconds
        if times is None or len(times) < 2 or times[-1] <= times[0]:
            raise ValueError(f"{video}: has no frame rate; give it, fps=25")
        fps = float((len(times) - 1) / (times[-1] - times[0]))
        return fps, float(times[-1]) + 1 / fps
