"""What a model says about a video, or why it says nothing; as values."""

from dataclasses import dataclass
from typing import Any

from mienet.video.address import Place

NONE_OF_THESE = "none of these"
"""The answer where a clip is not familiar enough as what it is taken for."""

PART_COLUMNS = ("start_seconds", "end_seconds", "start_frame", "end_frame")
"""What says which part of a video a result is about."""


@dataclass(frozen=True)
class Prediction:
    """What a network says about one video.

    Attributes:
        path: The video, or its address.
        classes: Names of all classes, the likeliest first.
        probabilities: Their probabilities, in [0, 1], summing to 1.
        start_seconds: Where the part of the video starts that this is about; None for its start.
        end_seconds: Where it ends; None for the video's end.
        start_frame: The same in frames, counted from 0.
        end_frame: The first frame after the part.
        familiarity: How like the training clips of the likeliest class it is, from -1 to 1; None
            for models that do not know.
        is_answered: Whether that is enough for an answer; None where no error rate is asked for.
    """

    path: Place
    classes: list[str]
    probabilities: list[float]
    start_seconds: float | None = None
    end_seconds: float | None = None
    start_frame: int | None = None
    end_frame: int | None = None
    familiarity: float | None = None
    is_answered: bool | None = None

    @property
    def answer(self) -> str:
        """Returns the likeliest class, or that it is none of these."""
        return NONE_OF_THESE if self.is_answered is False else self.classes[0]

    def to_dict(self) -> dict[str, Any]:
        """Returns it as JSON values: path, part of the video, classes, and no problem.

        With the answer and the familiarity where an error rate is asked for.
        """
        ranked = zip(self.classes, self.probabilities, strict=True)
        classes = [{"name": name, "probability": probability} for name, probability in ranked]
        answer: dict[str, Any] = {}
        if self.is_answered is not None:
            answer = {"predicted": self.answer, "familiarity": self.familiarity}
        return _place(self) | answer | {"classes": classes, "problem": None}


@dataclass(frozen=True)
class FailedVideo:
    """A video, or a list of some, that gave no prediction.

    Attributes:
        path: What cannot be used.
        problem: Why, and what to do.
        start_seconds: The part of the video, as in ``Prediction``.
        end_seconds: Its end.
        start_frame: The same in frames.
        end_frame: The frame after its last.
    """

    path: Place
    problem: str
    start_seconds: float | None = None
    end_seconds: float | None = None
    start_frame: int | None = None
    end_frame: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Returns it as JSON values: path, part of the video, no classes, and the problem."""
        return _place(self) | {"classes": [], "problem": self.problem}


Result = Prediction | FailedVideo


def _place(result: Result) -> dict[str, Any]:
    """Returns the video of a result, and the part of it that it is about unless that is all."""
    part = {name: getattr(result, name) for name in PART_COLUMNS}
    there = {name: value for name, value in part.items() if value is not None}
    return {"path": str(result.path)} | there
