"""What archives say of clips and of recordings: lines of a table, by ``predict`` and ``timeline``.

Both kinds of answers travel to other processes, which open the model themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from mienet.annotations.records import AnnotationError, VideoRecord
from mienet.errors import MienetError
from mienet.prediction import FailedVideo
from mienet.rendering.results import CsvColumns
from mienet.rendering.timeline_tables import MARK_COLUMNS, mark_lines
from mienet.video.address import located
from mienet.workflows.predict import part_of, prepare_work
from mienet.workflows.timeline import Found, prepare_timelines


class Recording(NamedTuple):
    """A recording of a list, and what the list says of it.

    Attributes:
        path: Where.
        subject: Who is in it; empty if nobody is named.
        rate: Frames per second at which the camera took it; None is the file's clock.
    """

    path: str
    subject: str = ""
    rate: float | None = None


Item = VideoRecord | Recording


class Answers(Protocol):
    """What is said of each item of a list."""

    @property
    def checkpoint(self) -> str:
        """Returns the model."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Returns what it is asked with."""

    @property
    def at_once(self) -> int:
        """Returns how many items a process is given at once."""

    @property
    def header(self) -> str:
        """Returns the table's first line."""

    def key(self, item: Any) -> Sequence[Any]:
        """Returns what tells an item from others, as JSON values."""

    def open(self) -> Callable[[Sequence[Any]], list[str]]:
        """Opens the model and returns what gives the lines of each item."""

    def lost(self, item: Any, reason: str) -> str:
        """Returns the line of an item that ends the process that reads it."""


@dataclass(frozen=True)
class ClipAnswers:
    """The classes of clips, as ``predict`` finds them; see ``Answers``."""

    checkpoint: str
    options: Mapping[str, Any]
    columns: CsvColumns
    at_once: int = 10

    @property
    def header(self) -> str:
        """See ``Answers``."""
        return self.columns.header()

    def key(self, item: VideoRecord) -> Sequence[Any]:
        """See ``Answers``."""
        return [item.path, part_of(item), item.frame_pattern]

    def open(self) -> Callable[[Sequence[VideoRecord]], list[str]]:
        """See ``Answers``."""
        work = prepare_work(self.checkpoint, [], **self.options)

        def answer(records: Sequence[VideoRecord]) -> list[str]:
            results = replace(work, records=list(records)).results()
            return [self.columns.line(result.to_dict()) for _, result in results]

        return answer

    def lost(self, item: VideoRecord, reason: str) -> str:
        """See ``Answers``."""
        failed = FailedVideo(located(item.path), f"{item.path}: {reason}", **part_of(item))
        return self.columns.line(failed.to_dict())


@dataclass(frozen=True)
class TimelineAnswers:
    """The phases and events of recordings, as ``timeline`` finds them; see ``Answers``."""

    checkpoint: str
    options: Mapping[str, Any]
    at_once: int = 1  # as one may take minutes
    header: str = ",".join(MARK_COLUMNS) + "\n"

    def key(self, item: Recording) -> Sequence[Any]:
        """See ``Answers``."""
        return item

    def open(self) -> Callable[[Sequence[Recording]], list[str]]:
        """See ``Answers``."""
        work = prepare_timelines(self.checkpoint, [], **self.options)

        def answer(recording: Recording) -> str:
            path, rate = recording.path, recording.rate
            one = replace(work, paths=[path], rates={} if rate is None else {path: rate})
            try:
                (found,) = one.results()
            except Exception as error:  # what is wrong with one does not stop the others
                found = Found(located(path), None, f"{path}: {type(error).__name__}: {error}")
            return mark_lines(path, recording.subject, found.timeline, found.problem)

        return lambda recordings: [answer(recording) for recording in recordings]

    def lost(self, item: Recording, reason: str) -> str:
        """See ``Answers``."""
        return mark_lines(item.path, item.subject, None, f"{item.path}: {reason}")


def clips_of(
    checkpoint: str, videos: str | Path, options: Mapping[str, Any]
) -> tuple[list[VideoRecord], ClipAnswers, list[str]]:
    """Returns the clips of a list, what is said of them, and notes; errors as ``prepare_work``'s.

    Raises:
        MienetError: If the list cannot be read, too.
    """
    work = prepare_work(checkpoint, [videos], **options)
    _require_readable([failed.problem for failed in work.failed])
    columns = CsvColumns(
        work.recognizer.classes,
        has_parts=any(map(part_of, work.records)),
        has_answers=work.selection is not None,
    )
    return work.records, ClipAnswers(checkpoint, options, columns), work.notes


def recordings_of(
    checkpoint: str, videos: str | Path, options: Mapping[str, Any]
) -> tuple[list[Recording], TimelineAnswers, list[str]]:
    """Returns the same of recordings; errors as ``prepare_timelines``'s, and as ``clips_of``'s."""
    work = prepare_timelines(checkpoint, [videos], **options)
    _require_readable(work.problems)
    items = [
        Recording(path, work.subjects.get(path, ""), work.rates.get(path)) for path in work.paths
    ]
    return items, TimelineAnswers(checkpoint, options), work.notes


def _require_readable(problems: Sequence[str]) -> None:
    """Raises an error if a list, or rows of it, cannot be read, with what is wrong with each."""
    if len(problems) > 1:
        raise AnnotationError("bad rows", problems)
    if problems:
        raise MienetError(problems[0])
