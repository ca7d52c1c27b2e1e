"""Which videos to label next: the most doubtful, and not all of the same people."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Suggestion:
    """A video that is worth labeling.

    Attributes:
        video: Its path below the folder.
        reason: Why, in words.
    """

    video: str
    reason: str


def suggest(
    doubts: Iterable[tuple[str, float | None]], labeled: Iterable[str], number: int
) -> list[Suggestion]:
    """Returns the videos that a model would learn most from, the first of all first.

    A video counts for its doubt, shared out over those of its group that are labeled or chosen
    already. Where nothing is predicted, the doubt is the same for all, and groups alone count.

    Args:
        doubts: The videos without labels, each with the doubt of its prediction, from 0 to 1, or
            None without one.
        labeled: Those with labels, finished or begun.
        number: Of suggestions at most.
    """
    left = dict(doubts)
    seen = Counter(map(group_of, labeled))
    has_groups = len({*seen, *map(group_of, left)}) > 1
    is_predicted = any(doubt is not None for doubt in left.values())
    chosen: list[Suggestion] = []
    while left and len(chosen) < number:

        def worth(video: str) -> float:
            doubt = left[video]
            # What is not predicted, beside others that are, comes after them.
            return (0.0 if is_predicted else 1.0) if doubt is None else doubt

        best = max(left, key=lambda video: (worth(video) / (1 + seen[group_of(video)]), video))
        said = _said(left.pop(best))
        if has_groups:
            group = group_of(best)
            said += f"; of the videos {group}... {seen[group] or 'none'} labeled or chosen before"
        chosen.append(Suggestion(best, said))
        seen[group_of(best)] += 1
    return chosen


def group_of(video: str) -> str:
    """Returns what a video probably shares with others: its folder, and how its name begins.

    >>> group_of("day 1/ann_2.mp4"), group_of("day 1/ann-03.mov"), group_of("GX010042.MP4")
    ('day 1/ann', 'day 1/ann', 'GX')
    """
    folder, slash, name = video.rpartition("/")
    start = re.match(r"[^\W\d_]*", name)
    return f"{folder}{slash}{start[0] if start else ''}"


def _said(doubt: float | None) -> str:
    return "nothing is predicted of it" if doubt is None else f"the model doubts {doubt:.0%} of it"
