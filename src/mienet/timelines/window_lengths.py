"""How long the windows of a model of clips are, where nobody says: as the clips it learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mienet.annotations.readers import read_csv
from mienet.annotations.records import VideoRecord
from mienet.data.intervals import frame_range
from mienet.errors import MienetError
from mienet.options import option_name
from mienet.timelines.result import frame_borders
from mienet.video.reader import open_video

USUAL_SECONDS = (0.5, 1.0, 2.0)
"""Where nothing is known of the clips."""

MOST_CLIPS = 50
"""Clips whose durations are looked at, evenly over the list: some have to be opened for it."""


@dataclass(frozen=True)
class WindowLengths:
    """Lengths of windows in seconds, from short to long, and why these, in a sentence."""

    seconds: tuple[float, ...]
    reason: str


def choose_lengths(training_list: Path | None) -> WindowLengths:
    """Returns quartiles and median of the durations of training clips, or else usual lengths.

    Args:
        training_list: The list that a run keeps of its clips; None, or one that is not there, where
            a model came without.
    """
    if training_list is None or not training_list.is_file():
        where = f", {training_list}" if training_list else ""
        return _usual(f"the model came without the list of its training clips{where}")
    try:
        records = read_csv(training_list, must_exist=False, is_of_run=True).records
    except (MienetError, OSError) as error:
        return _usual(f"{training_list} cannot be read ({str(error).splitlines()[0]})")
    places = np.linspace(0, len(records) - 1, min(MOST_CLIPS, len(records))).round().astype(int)
    durations = [seconds for place in places if (seconds := _duration(records[place]))]
    if not durations:
        return _usual(f"no clip of {training_list} has a known duration")
    quartiles = np.quantile(durations, (0.25, 0.5, 0.75))
    lengths = tuple(sorted({max(0.001, round(float(seconds), 3)) for seconds in quartiles}))
    tried = (
        f"{len(durations)} of {len(places)} clips"
        if len(durations) < len(places)
        else (f"{len(places)} clips")
    )
    reason = (
        f"windows of {_in_words(lengths)} s, median and quartiles of the durations of {tried} that "
        f"the model was trained on ({training_list}); give other lengths with "
        f"{option_name('window_seconds')}"
    )
    return WindowLengths(lengths, reason)


def _usual(why: str) -> WindowLengths:
    reason = (
        f"windows of {_in_words(USUAL_SECONDS)} s, since {why}; give about the lengths of the "
        f"clips that it was trained on with {option_name('window_seconds')}"
    )
    return WindowLengths(USUAL_SECONDS, reason)


def _duration(record: VideoRecord) -> float | None:
    """Returns how long a clip is in seconds; None if its video cannot be opened or has no clock."""
    if record.start_seconds is not None and record.end_seconds is not None:
        return record.end_seconds - record.start_seconds
    try:
        with open_video(Path(record.path), frame_pattern=record.frame_pattern) as video:
            if video.timestamps_seconds is None:
                return None
            start, num_frames = frame_range(record, video)
            borders = frame_borders(video.timestamps_seconds, video.num_frames, None)
    except (MienetError, OSError):
        return None
    return float(borders[start + num_frames] - borders[start])


def _in_words(lengths: Sequence[float]) -> str:
    *others, last = [f"{seconds:g}" for seconds in lengths]
    return f"{', '.join(others)} and {last}" if others else last
