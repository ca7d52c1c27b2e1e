"""What annotated recordings say about their phases: which follows which, and how long each lasts.

A frame is of one of ``K`` phases or of the background, which has the last index, ``K``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo

LEAST_SHARE = 0.5
"""Of the shortest duration that was seen, which a phase lasts at least: others may be shorter."""

LONGEST_FRAME_SECONDS = 0.1
"""Of a video whose frame rate is not known. A gap of a frame may be one of rounding."""

LONGEST_SECONDS = 1e6

MOST_SHOWN = 5

UNLABELED = -1
"""Of a stretch that nobody has labeled."""


@dataclass(frozen=True, eq=False)
class PhaseOrder:
    """What is known of ``K`` phases and the background, the last of each.

    Attributes:
        least_seconds: What each lasts at least, ``K + 1``; 0 where nothing is known.
        follows: Whether the second may follow the first, ``(K + 1, K + 1)``.
    """

    least_seconds: tuple[float, ...]
    follows: NDArray[np.bool_]

    def to_json(self) -> dict[str, Any]:
        """Returns it as JSON values."""
        return {"least_seconds": list(self.least_seconds), "follows": self.follows.tolist()}

    @classmethod
    def from_json(cls, content: object, num_phases: int) -> "PhaseOrder":
        """Returns what ``to_json`` gave, for ``num_phases`` phases and the background.

        Raises:
            MienetError: With all that is wrong: the key, its value, and what is accepted.
        """
        if problems := order_problems(content, num_phases):
            raise MienetError("; ".join(problems))
        assert isinstance(content, dict)
        return cls(
            tuple(map(float, content["least_seconds"])), np.array(content["follows"], np.bool_)
        )


def order_problems(content: object, num_phases: int) -> list[str]:
    """Returns what is wrong with the order of phases in a model's file, which may be a stranger's.

    Args:
        content: The JSON value.
        num_phases: The model's phases, without the background.
    """
    count = num_phases + 1
    keys = ("least_seconds", "follows")
    if not isinstance(content, dict) or set(content) != set(keys):
        what = sorted(map(str, content)) if isinstance(content, dict) else type(content).__name__
        return [f"order is {what}; accepted: an object with exactly {' and '.join(keys)}"]
    problems = []
    seconds, follows = content["least_seconds"], content["follows"]
    if not isinstance(seconds, list) or len(seconds) != count:
        problems.append(f"order.least_seconds must have {count} numbers: phases and background")
    else:
        problems += [
            f"order.least_seconds[{index}] is {str(value)[:60]!r}; accepted: a number from 0 to "
            f"{LONGEST_SECONDS:g}"
            for index, value in enumerate(seconds)
            if not _is_seconds(value)
        ][:MOST_SHOWN]
    is_square = (
        isinstance(follows, list)
        and [len(row) if isinstance(row, list) else None for row in follows] == [count] * count
    )
    if not is_square:
        problems.append(f"order.follows must have {count} rows of {count} values")
    elif not all(isinstance(value, bool) for row in follows for value in row):
        problems.append("order.follows has other values than true and false")
    return problems


def _is_seconds(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= LONGEST_SECONDS  # type: ignore[operator]


def learn_order(videos: Sequence[AnnotatedVideo], phases: Sequence[str]) -> PhaseOrder:
    """Returns which phase follows which in annotated videos, and half of the shortest durations.

    Only what is there to see counts: not the duration of a phase that the video's start or end, or
    a stretch that nobody has labeled, cuts off, and not what follows there. Without its
    ``duration_seconds``, a video may have ended with its last phase. What is never seen to end may
    be followed by anything, and what is never seen to begin may follow anything; so that a
    recording that goes on longer than those of training has a likeliest sequence too.

    Args:
        videos: With all their intervals; those of other labels do not count.
        phases: ``K`` names.
    """
    count = len(phases) + 1
    background = count - 1
    follows = np.zeros((count, count), np.bool_)
    shortest = np.full(count, math.inf)
    for video in videos:
        frame_seconds = _frame_seconds(video)
        stretches = list(_stretches(video, phases, frame_seconds))
        for (before, *_), (after, *_) in pairwise(stretches):
            if UNLABELED not in (before, after):
                follows[before, after] = True
        for (before, *_), (label, start, end), (after, *_) in zip(
            stretches, stretches[1:], stretches[2:], strict=False
        ):
            if UNLABELED in (before, label, after):
                continue
            shortest[label] = min(shortest[label], end - start)
            if label == background and end - start <= frame_seconds:
                follows[before, after] = True  # there may be no frame in the gap
    np.fill_diagonal(follows, False)
    never_ends, never_begins = ~follows.any(axis=1), ~follows.any(axis=0)
    follows[never_ends] = True
    follows[:, never_begins] = True
    np.fill_diagonal(follows, False)  # staying is no change
    least = np.where(np.isfinite(shortest), LEAST_SHARE * shortest, 0.0)
    least[background] = 0.0
    return PhaseOrder(tuple(least.tolist()), follows)


def _stretches(
    video: AnnotatedVideo, phases: Sequence[str], frame_seconds: float
) -> Iterator[tuple[int, float, float]]:
    """Yields label, start and end of all stretches of a video, gaps as background."""
    indices = {label: index for index, label in enumerate(phases)}
    known = [
        (interval.start_seconds, interval.end_seconds, indices[interval.label])
        for interval in video.intervals
        if interval.label in indices
    ]
    known += [(start, end, UNLABELED) for start, end in video.unlabeled]
    at = 0.0
    for start, end, label in sorted(known):
        # At the video's start a frame's gap is one of rounding.
        if start - at > (frame_seconds if at == 0 else 0):
            yield len(phases), at, start
        yield label, start, end
        at = max(at, end)
    if video.duration_seconds is not None and video.duration_seconds - at > frame_seconds:
        yield len(phases), at, video.duration_seconds


def _frame_seconds(video: AnnotatedVideo) -> float:
    # Times in tables are rounded to a millisecond or so.
    return 1.01 / video.fps if video.fps else LONGEST_FRAME_SECONDS
