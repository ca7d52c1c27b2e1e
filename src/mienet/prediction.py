"""What a model says about a video, or why it says nothing; as values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

PART_COLUMNS = ("start_seconds", "end_seconds", "start_frame", "end_frame")
"""What says which part of a video a result is about."""


@dataclass(frozen=True)
class Prediction:
    """What a network says about one video.

    Attributes:
        path: The video.
        classes: Names of all classes, the likeliest first.
        probabilities: Their probabilities, in [0, 1], summing to 1.
        start_seconds: Where the part of the video starts that this is about; None for its start.
        end_seconds: Where it ends; None for the video's end.
        start_frame: The same in frames, counted from 0.
        end_frame: The first frame after the part.
    """

    path: Path
    classes: list[str]
    probabilities: list[float]
    start_seconds: float | None = None
    end_seconds: float | None = None
    start_frame: int | None = None
    end_frame: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Returns it as JSON values: path, part of the video, classes, and no problem."""
        ranked = zip(self.classes, self.probabilities, strict=True)
        classes = [{"name": name, "probability": probability} for name, probability in ranked]
        return _place(self) | {"classes": classes, "problem": None}


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

    path: Path
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
