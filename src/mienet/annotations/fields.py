"""The fields of a list's row: labels, frames and seconds, each with what is accepted.

Every function takes the text of one field and raises ValueError for one that cannot be used; the
reader adds file and line.
"""

import math
import re
from collections.abc import Sequence

from mienet.annotations.spelling import alike

MOST_CLASSES = 100_000
"""Classes that labels given as numbers may stand for; a larger number is a slip."""
MOST_FRAMES = 1_000_000_000
MOST_SECONDS = 1e8
"""Some three years; a larger number is a slip."""
MOST_COMPARED = 1000
"""Classes among which one that looks alike is searched."""

Span = tuple[float | None, float | None, int | None, int | None]
"""Start and end in seconds, start and end in frames; None where a row does not say."""

NO_SPAN: Span = (None, None, None, None)

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""What lists and published files call training, validation and test."""

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d*)?)")


def label_index(text: str, count: int | None) -> int:
    """Returns a label given as a number from 0 to ``count - 1``; None accepts 100,000 classes."""
    index = whole_number(text, "label")
    most = (MOST_CLASSES if count is None else count) - 1
    if not 0 <= index <= most:
        hint = "; they count from 0: if yours count from 1, subtract 1 from each"
        hint = hint if count is not None and index == count else ""
        raise ValueError(f"label {_short(text)} is out of range: accepted are 0 to {most}{hint}")
    return index


def split_name(text: str) -> str:
    """Returns ``train``, ``val`` or ``test``."""
    if (name := SPLITS.get(text.strip().lower())) is None:
        raise ValueError(
            f"split {_short(text)!r}; accepted are {', '.join(dict.fromkeys(SPLITS.values()))}"
        )
    return name


def whole_number(text: str, name: str) -> int:
    """Returns a whole number."""
    try:
        if "_" not in text:
            return int(text)
    except ValueError:
        pass
    raise ValueError(f"{name} is not a whole number: {_short(text)!r}")


def frame_count(text: str) -> int:
    """Returns a number of frames, from 1."""
    count = whole_number(text, "num_frames")
    if not 1 <= count <= MOST_FRAMES:
        raise ValueError(f"num_frames must be at least 1{_most(count)}, got {_short(text)}")
    return count


def span(
    start_seconds: str,
    end_seconds: str,
    start_frame: str,
    end_frame: str,
    num_frames: str,
    *,
    separator: str = ",",
) -> Span:
    """Returns start and end in seconds, or in frames, from the fields that are filled.

    Args:
        start_seconds: As a number or as ``h:mm:ss``, with a point or a comma before the decimals.
        end_seconds: The same.
        start_frame: Counted from 0.
        end_frame: The first frame after the clip.
        num_frames: So many from the video's start, if no other time is given; beside an end it may
            be the number of all.
        separator: Of the list, as ``1,234`` means two things where fields are parted by commas.
    """
    if num_frames and (start_seconds or start_frame) and not (end_seconds or end_frame):
        raise ValueError(
            "gives a start and num_frames, which count from the video's start; give an end"
        )
    if start_seconds or end_seconds:
        if start_frame or end_frame:
            raise ValueError("gives both seconds and frames; one of them is enough")
        first = _seconds(start_seconds, "start_seconds", separator)
        last = _seconds(end_seconds, "end_seconds", separator)
        if last is not None and last <= (first or 0.0):
            raise ValueError(f"end_seconds {last} is not after start_seconds {first or 0.0}")
        return first, last, None, None
    if start_frame or end_frame:
        start, end = _frame(start_frame, "start_frame"), _frame(end_frame, "end_frame")
        if end is not None and end <= (start or 0):
            raise ValueError(f"end_frame {end} is not after start_frame {start or 0}")
        return None, None, start, end
    return (None, None, None, frame_count(num_frames)) if num_frames else NO_SPAN


def camera_rate(text: str) -> float:
    """Returns the frames per second at which a camera took a video, from ``capture_fps``.

    Raises:
        ValueError: If it is no number above 0, with what is accepted.
    """
    try:
        rate = decimal(text, "capture_fps")
    except ValueError:
        rate = 0.0
    if not 0 < rate < math.inf:
        raise ValueError(f"capture_fps is {text!r}; it must be a number above 0, or empty")
    return rate


def decimal(text: str, name: str) -> float:
    """Returns a number with a point, or a comma before one or two digits; three may be thousands.

    Raises:
        ValueError: If it is none.
    """
    if re.fullmatch(r"\d+,\d\d?", text):
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        hint = "; write it with a point" if "," in text else ""
        raise ValueError(f"{name} is not a number: {_short(text)!r}{hint}") from None


def is_whole_label(label: str) -> bool:
    """Returns whether a label can stand on one line of a list and of a terminal, and in a file."""
    return label == label.strip() and not _UNFIT.search(label)


def unknown_class(name: str, classes: Sequence[str]) -> str:
    """Returns the message for a class that is not among the known ones."""
    shown = ", ".join(map(repr, classes[:20])) + (" ..." if len(classes) > 20 else "")
    hint = alike(name, classes) if len(classes) <= MOST_COMPARED else ""
    return f"unknown class {_short(name)!r}; the {len(classes)} classes are {shown}{hint}"


def _seconds(text: str, column: str, separator: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text) if text.isdecimal() else _time(text.strip(), separator)
    except ValueError as error:
        raise ValueError(f"{column} is not a number: {_short(text)!r}{error}") from None
    if not 0 <= value <= MOST_SECONDS:
        most = f" and at most {MOST_SECONDS:.0f}" if value > 0 else ""
        raise ValueError(f"{column} must be at least 0{most}, got {_short(text)}")
    return value


def _time(text: str, separator: str) -> float:
    """Returns the seconds of ``1.5``, ``1,5`` or ``0:00:01,5``; ValueError says what to write."""
    if ":" in text and (clock := _CLOCK.fullmatch(text)):
        hours, minutes, seconds = int(clock[1] or 0), int(clock[2]), clock[3].replace(",", ".")
        if float(seconds) >= 60 or (clock[1] and minutes >= 60):
            raise ValueError("; minutes and seconds end at 59")
        return hours * 3600 + minutes * 60 + float(seconds)
    if "," in text and separator == "," and re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", text):
        raise ValueError("; it may mean thousands or decimals: write it with a point, or none")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise ValueError("")


def _frame(text: str, column: str) -> int | None:
    if not text:
        return None
    value = whole_number(text, column)
    if not 0 <= value <= MOST_FRAMES:
        raise ValueError(f"{column} must be at least 0{_most(value)}, got {_short(text)}")
    return value


def _most(value: int) -> str:
    return f" and at most {MOST_FRAMES}" if value > 0 else ""


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
