"""What a model of clips gets wrong, as pictures on a report's page."""

import base64
from dataclasses import dataclass

import numpy as np

from mienet.progress import progress_bar
from mienet.rendering.evaluation_files import Evaluation
from mienet.rendering.looping_clips import LoopingClip, looping_clip
from mienet.rendering.report.words import share
from mienet.rendering.thumbnails import thumbnail
from mienet.video_parts import part_in_words

MOST_MISTAKES = 60
MOST_PAIRS = 6


@dataclass(frozen=True)
class Pictured:
    """A clip with its picture.

    Attributes:
        path: The video.
        label: Its class.
        predicted: What the model says it is.
        confidence: How sure it is.
        details: Its part of the video, and who is in it; may be empty.
        moving: The picture's URL; empty if it cannot be read.
        still: The same for those who want nothing to move; empty for a picture that does not.
    """

    path: str
    label: str
    predicted: str
    confidence: str
    details: str
    moving: str
    still: str


@dataclass(frozen=True)
class ConfusedPair:
    """One class that is taken for another.

    Attributes:
        label: The class.
        predicted: What it is taken for.
        count: How often.
        total: How many clips of the class there are.
        wrong: The most confident of these mistakes.
        right: A clip of the other class that is recognized; None if there is none.
    """

    label: str
    predicted: str
    count: int
    total: int
    wrong: Pictured
    right: Pictured | None


def picture_mistakes(evaluation: Evaluation) -> list[Pictured]:
    """Returns the mistakes as moving pictures, the most confident first, at most 60."""
    places = evaluation.mistakes()[:MOST_MISTAKES]
    bar = progress_bar(places, description="Drawing mistakes", unit="clip")
    return [_pictured(evaluation, place, looping_clip(evaluation.records[place])) for place in bar]


def confused_pairs(evaluation: Evaluation) -> list[ConfusedPair]:
    """Returns the pairs that are confused most often, at most 6, with a clip of each."""
    predicted = evaluation.probabilities.argmax(axis=1)
    confidences = evaluation.probabilities.max(axis=1)
    pairs: dict[tuple[int, int], list[int]] = {}
    for place in evaluation.mistakes():
        pair = (int(evaluation.labels[place]), int(predicted[place]))
        pairs.setdefault(pair, []).append(place)
    found = []
    for (label, taken), places in sorted(pairs.items(), key=lambda item: -len(item[1])):
        right = np.flatnonzero((evaluation.labels == taken) & (predicted == taken))
        best = int(right[confidences[right].argmax()]) if len(right) else None
        found.append(
            ConfusedPair(
                evaluation.classes[label],
                evaluation.classes[taken],
                len(places),
                int((evaluation.labels == label).sum()),
                _still(evaluation, places[0]),
                None if best is None else _still(evaluation, best),
            )
        )
        if len(found) == MOST_PAIRS:
            break
    return found


def _still(evaluation: Evaluation, place: int) -> Pictured:
    return _pictured(evaluation, place, LoopingClip(b"", thumbnail(evaluation.records[place])))


def _pictured(evaluation: Evaluation, place: int, clip: LoopingClip) -> Pictured:
    shares, record = evaluation.probabilities[place], evaluation.records[place]
    subject = evaluation.groups[place] if evaluation.group_by else ""
    part = part_in_words(*record[2:6])
    moving = _url(clip.moving, "webp")
    still = _url(clip.still, "jpeg")
    return Pictured(
        record.path,
        evaluation.classes[evaluation.labels[place]],
        evaluation.classes[shares.argmax()],
        share(float(shares.max())),
        ", ".join(filter(None, (part, subject))),
        moving or still,
        still if moving else "",
    )


def _url(content: bytes, form: str) -> str:
    return f"data:image/{form};base64,{base64.b64encode(content).decode()}" if content else ""
