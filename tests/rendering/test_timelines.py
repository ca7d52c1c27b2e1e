"""Pictures of timelines."""

from pathlib import Path

import numpy as np
import pytest

from mienet.rendering.timelines import draw_timeline, drawn_classes, drawn_events
from mienet.timelines.result import Timeline, decode_timeline, make_timeline


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


def spotted(num_phases: int, num_events: int) -> Timeline:
    """Returns a timeline of two frames, with an event of each kind in the second."""
    phases = None if num_phases == 0 else np.full((2, num_phases + 1), 0.5, np.float32)
    events = np.array([[0.1], [0.9]], np.float32).repeat(num_events, axis=1)
    names = ([f"{what} {n}" for n in range(count)] for what, count in
             (("phase", num_phases), ("$event", num_events)))  # fmt: skip
    return decode_timeline(Path("a.mp4"), *names, np.arange(3) / 10, phases, events)


def test_of_many_kinds_of_events_twenty_are_drawn() -> None:
    assert len(drawn_events(spotted(1, 30))) == 20


@pytest.mark.parametrize(("num_phases", "num_events"), [(3, 2), (0, 1), (2, 0), (30, 30)])
def test_phases_and_events_are_drawn(num_phases: int, num_events: int, tmp_path: Path) -> None:
    draw_timeline(spotted(num_phases, num_events), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("classes", [["$x$", "down"], [f"class {n}" for n in range(174)]])
def test_a_picture_is_drawn(classes: list[str], tmp_path: Path) -> None:
    draw_timeline(timeline(classes, [0, 1, 1]), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_kill_while_it_is_drawn_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        assert list(tmp_path.iterdir()) == []
        raise KeyboardInterrupt

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", killed)
    with pytest.raises(KeyboardInterrupt):
        draw_timeline(timeline(["up"], [0, 0, 0]), tmp_path / "a.png")
