"""Probabilities over time become phases with the times of their frames."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mienet.timelines.order import PhaseOrder
from mienet.timelines.result import Timeline, decode_timeline, frame_borders, make_timeline

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


def test_a_minimum_counts_the_seconds_of_frames_that_last_differently() -> None:
    # 6 frames of 0.1 s, then 20 of 0.02 s: down for 0.2 s in the first, for 0.04 s in the others.
    borders = np.concatenate([np.arange(6) / 10, 0.6 + np.arange(21) / 50])
    labels = np.zeros(26, dtype=int)
    labels[2:4] = labels[12:14] = 1
    likely = np.eye(2, dtype=np.float32)[labels]
    found = make_timeline(Path("a"), ["up", "down"], borders, likely, minimum_seconds=0.15)
    assert [(p.label, p.start_frame, p.end_frame) for p in found.phases] == [
        ("up", 0, 2), ("down", 2, 4), ("up", 4, 26),
    ]  # fmt: skip


def test_in_order_the_next_class_follows_and_the_first_one_the_last() -> None:
    probabilities = np.eye(3, dtype=np.float32)[[0, 0, 2, 2, 1, 0]]
    found = make_timeline(Path("a"), ["a", "b", "c"], BORDERS, probabilities, in_order=True)
    labels = [phase.label for phase in found.phases]
    assert all((b, a) in [("b", "a"), ("c", "b"), ("a", "c")] for a, b in pairwise(labels))


def test_plain_values_say_what_a_table_needs() -> None:
    content = make_timeline(Path("a.mp4"), ["up", "down"], BORDERS, STEADY).to_dict()
    assert content["duration_seconds"] == pytest.approx(0.6)
    assert content["first_seconds"] == 0
    assert content["phases"][1]["duration_seconds"] == pytest.approx(0.3)


def decoded(labels: list[int], events: object = None, **options: object) -> Timeline:
    """Returns what probabilities of 0.8 of these labels give; 2 is the background."""
    probabilities = np.full((len(labels), 3), 0.1, np.float32)
    probabilities[range(len(labels)), labels] = 0.8
    borders = np.arange(len(labels) + 1) / 10
    spotted = None if events is None else np.array(events, np.float32)
    return decode_timeline(
        Path("a"), ["up", "down"], ["hit"], borders, probabilities, spotted, **options
    )  # type: ignore[arg-type]


def spans(timeline: Timeline) -> list[tuple[str, int, int]]:
    return [(phase.label, phase.start_frame, phase.end_frame) for phase in timeline.phases]


def test_background_is_no_phase() -> None:
    assert spans(decoded([2, 0, 0, 2, 1])) == [("up", 1, 3), ("down", 4, 5)]


def test_a_learned_order_and_its_durations_hold() -> None:
    labels = [2, 1, 2, 0, 0, 0, 1, 1]
    follows = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], bool)  # up, down, background
    order = PhaseOrder((0.2, 0.2, 0.0), follows)
    assert spans(decoded(labels, order=order)) == [("up", 3, 6), ("down", 6, 8)]
    assert spans(decoded(labels))[0] == ("down", 1, 2)


def test_a_minimum_holds_for_phases_and_not_for_the_background() -> None:
    found = decoded([0, 0, 2, 0, 0, 1, 0, 0], minimum_seconds=0.2)
    assert spans(found) == [("up", 0, 2), ("up", 3, 8)]


def test_events_have_the_time_of_their_frame_and_the_confidence_of_their_peak() -> None:
    found = decoded([2, 2, 2, 2], [[0.1], [0.7], [0.2], [0.4]])
    ((label, frame, seconds),) = [(e.label, e.frame, e.time_seconds) for e in found.events]
    assert (label, frame, seconds) == ("hit", 1, 0.1)
    assert found.events[0].confidence == pytest.approx(0.7)


def test_events_of_one_label_are_apart() -> None:
    peaks = [[0.6], [0.1], [0.7], [0.1]]
    found = decoded([2] * 4, peaks, apart_seconds=0.3)
    assert [event.frame for event in found.events] == [2]


def test_events_are_as_far_apart_in_seconds_where_the_rate_varies() -> None:
    # Frames of 0.1 s and then of 0.4 s: of two frames on, only the first pair is within 0.3 s.
    borders = np.array([0, 0.1, 0.2, 0.3, 0.7, 1.1, 1.5])
    peaks = np.array([[0.6], [0.1], [0.7], [0.1], [0.8], [0.1]], np.float32)
    found = decode_timeline(Path("a"), [], ["hit"], borders, None, peaks, apart_seconds=0.3)
    assert [event.frame for event in found.events] == [2, 4]


def test_a_model_of_events_alone_finds_no_phases() -> None:
    probabilities = np.array([[0.1], [0.9]], np.float32)
    found = decode_timeline(Path("a"), [], ["hit"], np.arange(3) / 10, None, probabilities)
    content = found.to_dict()
    assert (content["num_frames"], content["phases"]) == (2, [])
    assert content["events"][0]["time_seconds"] == 0.1


def test_the_last_frame_lasts_as_long_as_is_usual() -> None:
    assert frame_borders(np.array([0.0, 0.1, 0.2, 0.5]), 4, None).tolist() == pytest.approx(
        [0.0, 0.1, 0.2, 0.5, 0.6]
    )


def test_the_camera_s_rate_gives_times_of_reality() -> None:
    assert frame_borders(np.arange(3) / 30, 3, 240).tolist() == [0, 1 / 240, 2 / 240, 3 / 240]


def test_without_any_clock_there_are_no_times() -> None:
    with pytest.raises(ValueError, match="no clock; say how many frames a second"):
        frame_borders(None, 3, None)
