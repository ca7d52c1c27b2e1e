"""Pictures of timelines."""

from pathlib import Path

import numpy as np
import pytest

from mienet.rendering.timelines import draw_timeline, drawn_classes
from mienet.timelines.result import Timeline, make_timeline


def timeline(classes: list[str], likeliest: list[int]) -> Timeline:
    """Returns a timeline of a tenth of a second a frame."""
    probabilities = np.full((len(likeliest), len(classes)), 0.1, np.float32)
    probabilities[range(len(likeliest)), likeliest] = 0.9
    borders = np.arange(len(likeliest) + 1) / 10
    return make_timeline(Path("a.mp4"), classes, borders, probabilities)


def test_few_classes_are_all_drawn() -> None:
    assert drawn_classes(timeline(["up", "down"], [0, 0])) == [0, 1]


def test_of_many_classes_the_likeliest_are_drawn() -> None:
    drawn = drawn_classes(timeline([f"class {n}" for n in range(174)], [150, 3, 99]))
    assert len(drawn) == 20
    assert {150, 3, 99} <= set(drawn)


@pytest.mark.parametrize("classes", [["$x$", "down"], [f"class {n}" for n in range(174)]])
def test_a_picture_is_drawn(classes: list[str], tmp_path: Path) -> None:
    draw_timeline(timeline(classes, [0, 1, 1]), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
