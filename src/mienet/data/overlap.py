"""Which clips show what others show: parts of one video that overlap, also in copies of it."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from mienet.annotations.records import VideoRecord
from mienet.data.copies import Content, originals

Ends = tuple[float, float, float, float]
"""Start and end in seconds, start and end in frames; without a limit where a record has none."""


def overlapping(
    clips: Sequence[VideoRecord],
    known: Sequence[VideoRecord],
    contents: Mapping[str, Content] = MappingProxyType({}),
) -> list[bool]:
    """Returns of each clip whether some of it is in one of those that are known.

    A part in seconds and one in frames of the same video count as overlapping: which frames the
    seconds are is not looked up.

    Args:
        clips: The clips in question.
        known: Those that they may overlap with.
        contents: What was noted of their videos; see ``originals``.
    """
    real = originals((clip.path for clip in clips), (clip.path for clip in known), contents)
    own = originals((clip.path for clip in known), ())
    parts: dict[str, list[Ends]] = defaultdict(list)
    for clip in known:
        parts[own[clip.path]].append(_ends(clip))
    spans = {path: np.array(ends).T for path, ends in parts.items()}  # (4, parts)
    found = []
    for clip in clips:
        there = spans.get(real[clip.path])
        if there is None:
            found.append(False)
            continue
        starts, ends = there[[0, 2]], there[[1, 3]]
        start_seconds, end_seconds, start_frame, end_frame = _ends(clip)
        begins_before = starts < np.array([[end_seconds], [end_frame]])
        ends_behind = ends > np.array([[start_seconds], [start_frame]])
        found.append(bool((begins_before & ends_behind).all(axis=0).any()))
    return found


def _ends(clip: VideoRecord) -> Ends:
    start_seconds, end_seconds, start_frame, end_frame = clip[2:6]
    return (
        -math.inf if start_seconds is None else start_seconds,
        math.inf if end_seconds is None else end_seconds,
        -math.inf if start_frame is None else start_frame,
        math.inf if end_frame is None else end_frame,
    )
