"""Which videos to label next: the most doubtful, and not all alike.

A video is worth its doubt times how new it is: unlike what is labeled or chosen before. What is
alike is told by features where a model gives them [1], and else by names: the videos of a folder
whose names begin alike are probably of the same people.

[1] Sener and Savarese, Active learning for convolutional neural networks: a core-set approach,
    ICLR 2018, choose what is far from all that is labeled; doubts are by the margin between the
    two likeliest classes (Scheffer, Decomain and Wrobel, Active hidden Markov models for
    information extraction, IDA 2001). The product of both is ours.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Suggestion:
    """A video that is worth labeling.

    Attributes:
        video: Its path below the folder.
        reason: Why, in words.
    """

    video: str
    reason: str


class Novelty(Protocol):
    """How new videos are, as some are chosen."""

    def of(self, video: str) -> float:
        """Returns how unlike a video is to all that is labeled or chosen, from 0 to 1."""

    def said(self, video: str) -> str:
        """Returns the same in words; empty where it says nothing."""

    def take(self, video: str) -> None:
        """Counts a video as chosen."""


class NovelNames:
    """Tells by names: the worth of a group's videos is shared out over those labeled or chosen.

    Args:
        videos: All that may be chosen.
        labeled: Those with labels, finished or begun.
    """

    def __init__(self, videos: Iterable[str], labeled: Iterable[str]) -> None:
        self._seen = Counter(map(group_of, labeled))
        self._has_groups = len({*self._seen, *map(group_of, videos)}) > 1

    def of(self, video: str) -> float:
        """Returns 1 for a new group, a half for one of which there is one video, and so on."""
        return 1 / (1 + self._seen[group_of(video)])

    def said(self, video: str) -> str:
        """Returns how many of the video's group there are; nothing where there is one group."""
        if not self._has_groups:
            return ""
        group = group_of(video)
        return f"of the videos {group}... {self._seen[group] or 'none'} labeled or chosen before"

    def take(self, video: str) -> None:
        """Counts a video as chosen."""
        self._seen[group_of(video)] += 1


class NovelFeatures:
    """Tells by features: 1 less the largest cosine to those of a labeled or chosen video.

    Args:
        directions: Of each video, of length 1, ``(D,)``.
        labeled: Those of labeled videos, ``(N, D)``.
    """

    def __init__(
        self, directions: Mapping[str, NDArray[np.float32]], labeled: NDArray[np.float32]
    ) -> None:
        self._directions = directions
        self._nearest = {
            video: float((labeled @ own).max(initial=-1)) for video, own in directions.items()
        }

    def of(self, video: str) -> float:
        """Returns 0 for a video that is labeled, 1 for one with nothing in common with any."""
        return min(1.0, max(0.0, 1 - self._nearest[video]))

    def said(self, video: str) -> str:
        """Returns how like the most alike labeled or chosen video it is."""
        return f"familiarity {self._nearest[video]:.2f} with what is labeled or chosen before"

    def take(self, video: str) -> None:
        """Counts a video as chosen."""
        chosen = self._directions[video]
        for other, own in self._directions.items():
            self._nearest[other] = max(self._nearest[other], float(own @ chosen))


def suggest(
    doubts: Iterable[tuple[str, float | None]], novelty: Novelty, number: int
) -> list[Suggestion]:
    """Returns the videos that a model would learn most from, the first of all first.

    Where nothing is predicted, the doubt is the same for all, and novelty alone counts.

    Args:
        doubts: The videos without labels, each with the doubt of its prediction, from 0 to 1, or
            None without one.
        novelty: How new each is.
        number: Of suggestions at most.
    """
    left = dict(doubts)
    is_predicted = any(doubt is not None for doubt in left.values())
    chosen: list[Suggestion] = []
    while left and len(chosen) < number:

        def worth(video: str) -> float:
            doubt = left[video]
            # What is not predicted, beside others that are, comes after them.
            return (0.0 if is_predicted else 1.0) if doubt is None else doubt

        best = max(left, key=lambda video: (worth(video) * novelty.of(video), video))
        said = [_said(left.pop(best)), novelty.said(best)]
        chosen.append(Suggestion(best, "; ".join(filter(None, said))))
        novelty.take(best)
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
