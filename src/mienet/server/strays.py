"""Labels whose video is not there: it was renamed or moved, or has gone.

A video is known by its path below the folder. Under another one it would be new, and what somebody
labeled in it out of sight; its size and time of change, which a move keeps, tell that it is the
same. Nothing follows by itself: a person is told, and says so.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mienet.server.label_files import NEW, LabelFiles
from mienet.server.library import Listed
from mienet.server.probing import Prober
from mienet.server.signatures import signature_of
from mienet.video.endings import VIDEO, kind_of


@dataclass(frozen=True)
class Stray:
    """Labels whose video is not there.

    Attributes:
        video: The path below the folder that they are of.
        now: Where the video is now; None where that is not known.
    """

    video: str
    now: str | None


def find_strays(labels: LabelFiles, prober: Prober, listed: Sequence[Listed]) -> list[Stray]:
    """Returns the labels whose video is not there, sorted.

    A video is where another one is that has no labels, and the size and time of change that the
    lost one had when it was read last, if both are alone with these.

    Args:
        labels: The labels of the folder.
        prober: What is known of its videos, also of those that went.
        listed: The videos that there are.
    """
    there = {one.video for one in listed}
    labeled = [video for video in labels.videos() if kind_of(video) == VIDEO]
    lost = {video: prober.last_signature(video) for video in labeled if video not in there}
    if not lost:
        return []
    new = [one.video for one in listed if not one.problem and labels.read(one.video).state == NEW]
    signatures = {video: signature_of(labels.places.videos / video) for video in new}
    places = {tuple(found): video for video, found in signatures.items() if found}
    shared = Counter(tuple(s) for s in (*lost.values(), *signatures.values()) if s)
    return [
        Stray(video, places.get(tuple(then)) if then and shared[tuple(then)] == 2 else None)
        for video, then in sorted(lost.items())
    ]
