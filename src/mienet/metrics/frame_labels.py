"""One label for each frame of a video: what phases are compared as.

Labels are text or whole numbers. An interval (a phase) is a run of frames with the same label;
intervals never overlap, and two of the same label that touch are one.
Letters: ``N`` frames of a video.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError

Label = str | int
FrameLabels = Sequence[str] | Sequence[int] | NDArray[Any]
LabelArray = NDArray[np.str_] | NDArray[np.int64]


def label_pair(one: FrameLabels, other: FrameLabels) -> tuple[LabelArray, LabelArray]:
    """Returns two labelings of the same video as ``(N,)`` arrays of text or of whole numbers.

    Raises:
        MienetError: If there is no frame, their lengths differ, or the labels are of other kinds.
    """
    first, second = _label_array(one), _label_array(other)
    if len(first) != len(second):
        raise MienetError(
            f"the two labelings of a video have {len(first)} and {len(second)} frames; both must "
            "have one label for each frame of the video"
        )
    if first.dtype.kind != second.dtype.kind:
        raise MienetError(
            f"one labeling has labels such as {first[0].item()!r}, the other such as "
            f"{second[0].item()!r}; write both as text, or both as numbers"
        )
    return first, second


def _label_array(labels: FrameLabels) -> LabelArray:
    array = np.asarray(labels)
    if array.ndim != 1 or len(array) == 0:
        raise MienetError(
            f"frame labels of shape {array.shape} cannot be compared; give one label for each "
            "frame, and at least one frame"
        )
    if array.dtype.kind == "O" and all(isinstance(label, str) for label in array):
        return array.astype(np.str_)
    if array.dtype.kind == "U":
        return array
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    raise MienetError(
        f"frame labels of type {array.dtype}, such as {array[0]!r}, cannot be compared; "
        "give text or whole numbers"
    )


def change_frames(labels: LabelArray) -> NDArray[np.int64]:
    """Returns the frames whose label differs from the frame before; the first frame is not one."""
    return np.flatnonzero(labels[1:] != labels[:-1]) + 1


def runs(labels: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Returns ``(label, start, end)`` of every run of equal labels; ``end`` is behind the last.

    For example 2, 2, 0: (2, 0, 2) and (0, 2, 3).
    """
    starts = [0, *change_frames(labels).tolist()]
    return [(int(labels[a]), a, b) for a, b in zip(starts, [*starts[1:], len(labels)], strict=True)]


def usual_frames(seconds: float, borders_seconds: NDArray[np.float64]) -> int:
    """Returns how many frames of the usual duration come nearest to a time, at least 1.

    Args:
        seconds: The time.
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``.
    """
    usual_seconds = float(np.median(np.diff(borders_seconds)))
    return max(1, round(seconds / usual_seconds)) if usual_seconds > 0 else 1


def nearest_frames(
    seconds: Sequence[float], borders_seconds: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Returns how many frames from each on come nearest to ``K`` times, at least 1, ``(N, K)``.

    Frames count with the durations that they have, which differ in videos of a variable rate.

    Args:
        seconds: The times, ``(K,)``.
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``, rising.
    """
    starts, middles = borders_seconds[:-1], (borders_seconds[:-1] + borders_seconds[1:]) / 2
    ends = [np.searchsorted(middles, starts + one) for one in seconds]
    return np.maximum(np.stack(ends, axis=1) - np.arange(len(starts))[:, None], 1)


def is_foreground(labels: LabelArray, background: Collection[Label]) -> NDArray[np.bool_]:
    """Returns which of ``(N,)`` labels are none of the background's.

    Raises:
        MienetError: If ``background`` is a text, or its labels are of another kind.
    """
    if isinstance(background, str):
        raise MienetError(
            f"background must be a collection of labels, got the text {background!r}; "
            f"write ({background!r},), or () for none"
        )
    if not background:
        return np.ones(len(labels), np.bool_)
    ignored = np.array(list(background))
    if (ignored.dtype.kind == "U") != (labels.dtype.kind == "U"):
        raise MienetError(
            f"background holds labels such as {ignored[0].item()!r}, the video such as "
            f"{labels[0].item()!r}; write both as text, or both as numbers"
        )
    return ~np.isin(labels, ignored)


def labels_from_intervals(
    intervals: Iterable[tuple[str, float, float]],
    frame_seconds: NDArray[np.float64],
    *,
    background: str,
) -> NDArray[np.str_]:
    """Returns the label of each frame, ``(N,)``, from intervals in seconds.

    A frame belongs to the interval in which it begins: ``start <= seconds < end``.

    Args:
        intervals: Label, start and end of each, in seconds.
        frame_seconds: When each frame begins, ``(N,)``, increasing.
        background: Label of the frames in no interval.

    Raises:
        MienetError: If an interval ends before it starts, or two overlap.
    """
    labels = np.full(len(frame_seconds), background, dtype=object)
    previous: tuple[str, float, float] | None = None
    for label, start, end in sorted(intervals, key=lambda interval: interval[1:]):
        if not start <= end:
            raise MienetError(f"{label} ends at {end:g} s, before its start at {start:g} s")
        if previous is not None and start < previous[2]:
            raise MienetError(
                f"{previous[0]} ({previous[1]:g} to {previous[2]:g} s) and {label} ({start:g} to "
                f"{end:g} s) overlap; a frame has one label, so compare each layer of labels alone"
            )
        first, last = np.searchsorted(frame_seconds, [start, end])
        labels[first:last] = label
        previous = label, start, end
    return labels.astype(np.str_)
