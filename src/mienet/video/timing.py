"""When each frame is shown: arithmetic on the times that a file gives, some of which may be wrong.

Times are whole numbers in a stream's own unit until the end; files and decoders are not known here.
"""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]

MOST_PRIMING_SECONDS = 0.1
"""Sound that starts less than this before zero does so for its codec's sake."""


def complete(times: Sequence[int | None], step: float) -> tuple[list[float], list[int]]:
    """Returns a rising time for every frame, and which frames' own times could not be kept.

    A time is kept if it fits in the order of the others. A frame without one lies evenly between
    its neighbors, or ``step`` from the first or last that has one: with a step of 40,
    ``[None, 40, 80, 80, 160]`` gives ``[0, 40, 80, 120, 160]`` and ``[0, 3]``.

    Args:
        times: In the order in which frames are shown; None where there is none.
        step: Usual time between two frames, above 0.
    """
    kept = _at_their_places(times, _longest_rise(times))
    derived = sorted(set(range(len(times))) - kept.keys())
    if not kept:
        return [index * step for index in range(len(times))], derived
    places = sorted(kept)
    filled = np.interp(np.arange(len(times)), places, [kept[place] for place in places])
    first, last = places[0], places[-1]
    for index in derived:
        if index < first:
            filled[index] = kept[first] - (first - index) * step
        elif index > last:
            filled[index] = kept[last] + (index - last) * step
    return filled.tolist(), derived


def _longest_rise(times: Sequence[int | None]) -> list[int]:
    """Returns places of the most times that rise strictly; the earliest ones among equals."""
    tails: list[int] = []  # the smallest time that ends a rise of each length ...
    places: list[int] = []  # ... and where it stands
    before: dict[int, int | None] = {}
    for place, time in enumerate(times):
        if time is None:
            continue
        length = bisect_left(tails, time)
        if length < len(tails) and tails[length] == time:
            continue
        before[place] = places[length - 1] if length else None
        tails[length:] = [time, *tails[length + 1 :]]
        places[length:] = [place, *places[length + 1 :]]
    rise = []
    last = places[-1] if places else None
    while last is not None:
        rise.append(last)
        last = before[last]
    return rise[::-1]


def _at_their_places(times: Sequence[int | None], rise: Sequence[int]) -> dict[int, int]:
    """Returns the kept times by frame; of frames that share one, the best fitting has it.

    In ``[0, 80, 80, 120]`` the second 80 is the right one: its neighbor took its time early.
    """
    kept: dict[int, int] = {}
    for order, place in enumerate(rise):
        time = times[place]
        assert time is not None
        end = place
        while end + 1 < len(times) and times[end + 1] == time:
            end += 1
        if end > place and 0 < order < len(rise) - 1:
            before, after = rise[order - 1], rise[order + 1]
            known = [float(times[before] or 0), float(times[after] or 0)]
            fitting = np.interp(range(place, end + 1), [before, after], known)
            place += int(np.argmin(np.abs(fitting - time)))
        kept[place] = time
    return kept


def in_seconds(
    times: Sequence[float], unit: Fraction, container_seconds: float | None = None
) -> Seconds:
    """Returns times in seconds from the start of the presentation, to a millionth.

    Args:
        times: In the stream's unit, rising; at least one.
        unit: That unit in seconds.
        container_seconds: See ``presentation_start``; known to a millionth itself, so that a first
            frame as near to it lies at 0.
    """
    first = float(times[0]) * float(unit)
    late = first - presentation_start(container_seconds, first)
    if late < 2e-6:
        late = 0.0
    relative = (np.asarray(times, dtype=np.float64) - times[0]) * float(unit)
    # Decimal fractions, so that a frame at 1.52 seconds is found by the number 1.52.
    return np.round(relative + late, 6)


def presentation_start(container_seconds: float | None, first_seconds: float) -> float:
    """Returns the time from which players count: when the first of a file's streams starts.

    A little before zero is not counted, unless the pictures start there too: sound codecs need a
    few silent samples ahead, of which MP4 and Matroska tell in different ways.

    Args:
        container_seconds: When the first stream starts, as FFmpeg says it; None if it cannot.
        first_seconds: When the first frame is shown.
    """
    if container_seconds is None:
        return first_seconds
    if -MOST_PRIMING_SECONDS < container_seconds < 0:
        return min(0.0, first_seconds)
    return min(container_seconds, first_seconds)


def usual_step(times: Sequence[int | None]) -> float | None:
    """Returns the median time between neighboring frames; None if it cannot be told."""
    pairs = pairwise(times)
    steps = [later - sooner for sooner, later in pairs if sooner is not None and later is not None]
    rising = [step for step in steps if step > 0]
    return float(np.median(rising)) if rising else None


def is_rising(times: Sequence[int | None]) -> bool:
    """Returns whether every frame has a time, each later than that of the frame before."""
    known = [time for time in times if time is not None]
    return len(known) == len(times) and all(a < b for a, b in pairwise(known))
