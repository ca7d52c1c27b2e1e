"""Which moments of a recording are explained, on timelines made by hand."""

from pathlib import Path

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.explanations.moments import (
    MOST_MOMENTS,
    Moment,
    asked_moments,
    found_moments,
    likeliest_moment,
)
from mienet.explanations.outputs import Output
from mienet.timelines.result import Phase, Spotted, Timeline

DOWN, UP, TOUCH = Output(0, "down", False), Output(1, "up", False), Output(3, "touch", True)
OUTPUTS = [DOWN, UP, Output(2, "no phase", False), TOUCH, Output(4, "no event", True)]
BORDERS = np.arange(7) / 10
"""Of six frames, ten a second."""


def phase(label: str, start: int, end: int, confidence: float) -> Phase:
    times = start / 10, end / 10
    return Phase(label, *times, confidence=confidence, start_frame=start, end_frame=end)


def event(frame: int, confidence: float) -> Spotted:
    return Spotted("touch", frame / 10, confidence=confidence, frame=frame)


def timeline(phases: tuple[Phase, ...] = (), events: tuple[Spotted, ...] = ()) -> Timeline:
    down = np.array([0.6, 0.8, 0.3, 0.1, 0.1, 0.7], np.float32)
    touch = np.array([[0.1], [0.1], [0.2], [0.4], [0.3], [0.1]], np.float32)
    said = np.stack([down, 1 - down], axis=1)
    return Timeline(Path("a.mp4"), ["down", "up"], BORDERS, said, phases, ["touch"], touch, events)


def test_of_each_kind_of_event_the_surest_and_the_least_sure_are_explained() -> None:
    found = timeline((phase("down", 0, 6, 1.0),), (event(1, 0.7), event(3, 0.9), event(5, 0.8)))
    expected = [Moment(1, TOUCH, "the least sure of 3"), Moment(3, TOUCH, "the surest of 3")]
    assert found_moments(found, OUTPUTS) == expected


def test_without_events_phases_are_explained_where_they_are_likeliest() -> None:
    found = timeline((phase("down", 0, 2, 0.7), phase("up", 2, 5, 0.8), phase("down", 5, 6, 0.6)))
    assert found_moments(found, OUTPUTS) == [
        Moment(1, DOWN, "the surest of 2"),
        Moment(3, UP, "the only one"),
        Moment(5, DOWN, "the least sure of 2"),
    ]


def test_where_nothing_is_found_something_must_be_asked_for() -> None:
    with pytest.raises(MienetError, match=r"finds no phase and no event .* with --label, or when"):
        found_moments(timeline(), OUTPUTS)


def test_of_too_many_moments_the_later_ones_are_left_out_and_told() -> None:
    count = MOST_MOMENTS + 3
    names = [f"phase {index}" for index in range(count)]
    phases = tuple(
        Phase(name, index, index + 1, confidence=1.0, start_frame=index, end_frame=index + 1)
        for index, name in enumerate(names)
    )
    said = np.eye(count, dtype=np.float32)
    found = Timeline(Path("a.mp4"), names, np.arange(count + 1.0), said, phases)
    moments = found_moments(found, [Output(*pair, False) for pair in enumerate(names)])
    assert [moment.frame for moment in moments] == list(range(MOST_MOMENTS))
    assert moments[-1].reason.endswith("3 later moments are left out, ask for them with --at")


@pytest.mark.parametrize(("output", "frame"), [(DOWN, 1), (UP, 3), (TOUCH, 3)])
def test_a_label_is_explained_where_it_is_likeliest(output: Output, frame: int) -> None:
    assert likeliest_moment(timeline(), output).frame == frame


def test_asked_times_are_the_frames_that_begin_nearest() -> None:
    moments = asked_moments([0.0, 0.14, 0.16, 0.11, 0.6], BORDERS, UP)
    assert moments == [Moment(frame, UP) for frame in (0, 1, 2, 5)]


def test_times_outside_are_all_named() -> None:
    said = r"-1, 0.7 s is outside of the recording, which lasts from 0.00 to 0.60 s; give times"
    with pytest.raises(MienetError, match=said):
        asked_moments([-1.0, 0.3, 0.7], BORDERS, None)
