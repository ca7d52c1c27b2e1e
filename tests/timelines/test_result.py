"""Probabilities over time become phases with the times of their frames."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mienet.timelines.result import frame_borders, make_timeline

BORDERS = np.arange(7) / 10
STEADY = np.array([[0.9, 0.1]] * 3 + [[0.2, 0.8]] * 3, np.float32)


def phases(probabilities: np.ndarray = STEADY, **options: object) -> list[tuple[object, ...]]:
    found = make_timeline(Path("a.mp4"), ["up", "down"], BORDERS, probabilities, **options)  # type: ignore[arg-type]
    return [
        (p.label, round(p.start_seconds, 6), round(p.end_seconds, 6), p.start_frame, p.end_frame)
        for p in found.phases
    ]


def test_phases_have_the_times_of_their_frames() -> None:
    assert phases() == [("up", 0.0, 0.3, 0, 3), ("down", 0.3, 0.6, 3, 6)]


def test_confidence_is_the_mean_probability() -> None:
    found = make_timeline(Path("a.mp4"), ["up", "down"], BORDERS, STEADY)
    assert [phase.confidence for phase in found.phases] == pytest.approx([0.9, 0.8])


def test_what_is_not_likely_enough_is_none_of_the_classes() -> None:
    assert phases(threshold=0.85) == [("up", 0.0, 0.3, 0, 3)]


def test_a_phase_lasts_its_minimum() -> None:
    flicker = STEADY.copy()
    flicker[1] = [0.3, 0.7]
    assert len(phases(flicker)) == 4
    assert phases(flicker, minimum_seconds=0.2) == phases()


def test_in_order_the_next_class_follows_and_the_first_one_the_last() -> None:
    probabilities = np.eye(3, dtype=np.float32)[[0, 0, 2, 2, 1, 0]]
    found = make_timeline(Path("a"), ["a", "b", "c"], BORDERS, probabilities, in_order=True)
    labels = [phase.label for phase in found.phases]
    assert all((b, a) in [("b", "a"), ("c", "b"), ("a", "c")] for a, b in pairwise(labels))


def test_plain_values_say_what_a_table_needs() -> None:
    content = make_timeline(Path("a.mp4"), ["up", "down"], BORDERS, STEADY).to_dict()
    assert content["duration_seconds"] == pytest.approx(0.6)
    assert content["phases"][1]["duration_seconds"] == pytest.approx(0.3)


def test_the_last_frame_lasts_as_long_as_is_usual() -> None:
    assert frame_borders(np.array([0.0, 0.1, 0.2, 0.5]), 4, None).tolist() == pytest.approx(
        [0.0, 0.1, 0.2, 0.5, 0.6]
    )


def test_the_camera_s_rate_gives_times_of_reality() -> None:
    assert frame_borders(np.arange(3) / 30, 3, 240).tolist() == [0, 1 / 240, 2 / 240, 3 / 240]


def test_without_any_clock_there_are_no_times() -> None:
    with pytest.raises(ValueError, match="no clock; say how many frames a second"):
        frame_borders(None, 3, None)
