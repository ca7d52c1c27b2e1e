"""Labels frame by frame: MS-TCN's ``groundTruth`` files, DeepEthogram's tables, FERAL's JSON.

None says the frame rate. Neighboring bouts of one label cannot be told apart.
"""

import csv
import io
import re
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import find_separator, first_line, numbered_lines, split_fields
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading
from mienet.labeling.video_names import stem

BACKGROUND = ("background", "none", "SIL", "action_start", "action_end")
"""What the datasets call frames in which nothing happens."""
OTHER = "other"
"""What FERAL calls them."""
_ENDING = re.compile(r"_(labels|predictions)\.csv$", re.IGNORECASE)

Value = TypeVar("Value", bound=Hashable)


def runs(values: Sequence[Value]) -> Iterator[tuple[Value, int, int]]:
    """Yields each value with the place where it starts and the first behind it."""
    start = 0
    for value, group in groupby(values):
        end = start + sum(1 for _ in group)
        yield value, start, end
        start = end


def looks_like_frame_list(name: str, start: str) -> bool:
    """Returns whether a text file has one word a line, some of them several times in a row."""
    lines = start.split("\n")[:-1] if len(start) > 60_000 else start.split("\n")
    words = [line.strip() for line in lines if line.strip()]
    if not name.endswith(".txt") or any(re.search(r"[\s/\\,;]", word) for word in words):
        return False
    return len(set(words)) < len(words) and stem(words[0]) == words[0]


def read_frame_list(reading: Reading) -> None:
    """Adds the runs of a file of MS-TCN; frames of the background are gaps."""
    video = reading.video(reading.path.stem)
    labels = [line.strip() for _, line in numbered_lines(reading.text().rstrip())]
    fps = reading.rate(video)
    if fps is None:
        return
    video.duration_seconds = len(labels) / fps
    left_out = sorted(set(BACKGROUND) & set(labels))
    if left_out:
        reading.note(f"frames of {', '.join(left_out)} are those in which nothing happens")
    for label, start, end in runs(labels):
        if label not in BACKGROUND:
            video.add(label, start / fps, end / fps, reading.at(start + 1))


def looks_like_frame_table(name: str, start: str) -> bool:
    """Returns whether a table has a column without a name and a column for each behavior."""
    first = first_line(start).lower()
    fields = split_fields(first, find_separator(first))
    is_named = _ENDING.search(name) is not None
    return fields[:1] == [""] and len(fields) > 1 and (is_named or fields[1] == "background")


def read_frame_table(reading: Reading) -> None:
    """Adds the runs of every behavior in a table of DeepEthogram.

    Rows of -1 are stretches that nobody has labeled.

    Raises:
        AnnotationError: If its frames are not 0, 1, 2, ..., so that rows do not tell them.
    """
    name = _ENDING.sub("", reading.path.name)
    video = reading.video(stem(name.removesuffix(".csv")))
    fps = reading.rate(video)
    text = reading.text()
    separator = find_separator(first_line(text))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    header, rows = rows[0], [row for row in rows[1:] if row]
    cells: list[list[float]] = []
    expected, misnumbered = 0, []
    for place, row in enumerate(rows):
        source = reading.at(place + 2)
        try:
            values = [float(cell) for cell in row[1:]]
            if len(row) != len(header) or set(values) - {0, 1, -1}:
                raise ValueError
            frame = int(row[0])
        except ValueError:
            what = f"expected the frame and {len(header) - 1} cells of 0, 1 or -1"
            reading.problem(source, f"{what}, got {','.join(row)[:60]}")
            values, frame = [-1] * (len(header) - 1), expected
        if frame != expected:
            what = f"is frame {frame}, expected {expected}: a row a frame, counted from 0"
            misnumbered.append(f"{source}: {what}")
        expected = frame + 1
        cells.append(values)
    if misnumbered:
        raise AnnotationError("bad frames", misnumbered)
    if fps is None:
        return
    video.duration_seconds = len(cells) / fps
    for column, label in enumerate(header[1:]):
        if label.strip() in BACKGROUND:
            continue
        for value, start, end in runs([row[column] for row in cells]):
            if value == 1:
                video.add(label, start / fps, end / fps, reading.at(start + 2))
    for is_unlabeled, start, end in runs([-1 in row for row in cells]):
        if is_unlabeled:
            video.unlabeled.append((start / fps, end / fps))
            reading.note(f"frames {start} to {end - 1} are not labeled")


def looks_like_feral(name: str, start: str) -> bool:
    """Returns whether a file is FERAL's: names of classes, and their numbers frame by frame."""
    return start.lstrip().startswith("{") and '"class_names"' in start and '"labels"' in start


def read_feral(reading: Reading) -> None:
    """Adds the runs of all videos; the class "other" is that in which nothing happens."""
    content = reading.json()
    names = {int(key): str(name) for key, name in content["class_names"].items()}
    splits = content.get("splits") or {}
    for file, frames in content["labels"].items():
        source = reading.at(f"labels of {file!r}")
        video = reading.video(file, source=source)
        for name in (name for name, files in splits.items() if file in files):
            video.add_split(name)
        fps = reading.rate(video)
        if fps is None:
            continue
        video.duration_seconds = len(frames) / fps
        if content.get("is_multilabel"):
            columns = {key: [row[key] for row in frames] for key in names}
        else:
            columns = {key: [int(label == key) for label in frames] for key in names}
            if unknown := sorted(set(frames) - set(names)):
                reading.problem(source, f"classes {unknown} have no names")
        for key, values in columns.items():
            for value, start, end in runs(values):
                if value and names[key] != OTHER:
                    video.add(names[key], start / fps, end / fps, source)


MS_TCN = TimelineFormat("labels of MS-TCN, one a frame", looks_like_frame_list, read_frame_list)
DEEPETHOGRAM = TimelineFormat("a table of DeepEthogram", looks_like_frame_table, read_frame_table)
FERAL = TimelineFormat("labels of FERAL", looks_like_feral, read_feral)
