"""Labeled clips, and what all lists of them share: rows, and their errors."""

import contextlib
import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from mienet.annotations.discovery import Ignored
from mienet.annotations.spelling import AbsentVideoError, none_there
from mienet.errors import MienetError

MOST_SHOWN = 200


class VideoRecord(NamedTuple):
    """One labeled clip: a video or a part of it; a tuple, as there may be 200,000 of them.

    Attributes:
        path: The video file or the folder of frames.
        label: Index of the class; None where it is not known.
        start_seconds: Where the clip starts in the video; None for the video's start.
        end_seconds: Where it ends; None for the video's end.
        start_frame: The same in frames, counted from 0.
        end_frame: The first frame after the clip.
        source: Where the record stands, such as ``train.csv:12``, for messages.
        extra: What the list's other columns say, in the order of ``Annotations.columns``.
        frame_pattern: Names of the images if the video is a folder of frames, such as
            ``img_{:05d}.png``; None takes the folder's numbered images.
    """

    path: str
    label: int | None
    start_seconds: float | None = None
    end_seconds: float | None = None
    start_frame: int | None = None
    end_frame: int | None = None
    source: str = ""
    extra: tuple[str, ...] = ()
    frame_pattern: str | None = None


@dataclass(frozen=True)
class Annotations:
    """The records of one list, the names of all classes by index, and of its other columns.

    Where they come from folders, ``ignored`` names what else lies there, and ``empty_folders`` the
    class folders without videos.
    """

    records: list[VideoRecord]
    classes: list[str]
    columns: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    empty_folders: tuple[str, ...] = ()

    def with_frame_pattern(self, frame_pattern: str | None) -> "Annotations":
        """Returns the same clips, the images of whose folders are named so; None changes none."""
        if frame_pattern is None:
            return self
        records = [record._replace(frame_pattern=frame_pattern) for record in self.records]
        return replace(self, records=records)


class AnnotationError(MienetError):
    """Bad rows of a list or bad files of a dataset.

    Attributes:
        problems: One line for each.
        first: The first of these, and how many there are more.
        others: The list's good rows.
    """

    def __init__(
        self, summary: str, problems: Sequence[str], others: Sequence[VideoRecord] = ()
    ) -> None:
        self.problems = list(problems)
        self.others = list(others)
        self.first = self.problems[:MOST_SHOWN]
        if len(self.problems) > MOST_SHOWN:
            self.first.append(f"... and {len(self.problems) - MOST_SHOWN} more")
        heading = f"{summary} ({len(self.problems)}); fix them and run the command again:"
        super().__init__("\n  ".join([heading, *self.first]))


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Spares the search for reference cycles, a third of the time, as records have none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse_rows(
    path: Path, rows: Iterable[tuple[int, Any]], parse: Callable[[Any, str], VideoRecord]
) -> list[VideoRecord]:
    """Returns the parsed rows, or raises one error with every row that ``parse`` refuses.

    Args:
        path: The list, for messages.
        rows: Line numbers and what stands there.
        parse: Turns what stands there and its source (``list.csv:12``) into a record; raises
            ValueError for a bad row.

    Raises:
        AnnotationError: With every bad row, or if there are none at all; where there are several,
            and no video of any is there, with that alone.
    """
    records, problems = [], []
    absent: list[AbsentVideoError] = []
    name = str(path)
    for line, row in rows:
        source = f"{name}:{line}"
        try:
            records.append(parse(row, source))
        except ValueError as error:
            problems.append(f"{source}: {error}")
            absent += [error] if isinstance(error, AbsentVideoError) else []
    if 1 < len(absent) == len(problems) and not records:
        said = none_there(len(absent), absent[0].path, absent[0].folder)
        advice = "say where they are (--root; of a training --data.root; in a sweep's plan root)"
        raise AnnotationError("no videos", [f"{path}: {said}, or {advice}"])
    if not records and not problems:
        problems.append(f"{path}: no rows")
    if problems:
        raise AnnotationError("bad rows", problems, records)
    return records
