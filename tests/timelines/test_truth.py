"""Annotations in seconds become labels of frames, and frames of events."""

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.timelines.truth import event_frames, frame_labels

BORDERS = np.arange(6) / 25
"""Of 5 frames, 40 ms each."""


def labels(*intervals: tuple[str, float, float], **video: object) -> list[int]:
    marks = tuple(Interval(*interval) for interval in intervals)
    annotated = AnnotatedVideo("a.mp4", marks, **video)  # type: ignore[arg-type]
    return frame_labels(annotated, BORDERS, ["up", "down"]).tolist()


def frames(*times: float) -> list[int]:
    events = tuple(Event("land", time) for time in times)
    return [f for _, f in event_frames(AnnotatedVideo("a.mp4", events=events), BORDERS, ["land"])]


def test_frames_in_no_phase_have_the_label_behind_the_last() -> None:
    assert labels(("up", 0.04, 0.12), ("down", 0.12, 0.16)) == [2, 0, 0, 1, 2]


def test_times_that_are_rounded_to_milliseconds_mean_the_same_frames() -> None:
    thirds = np.arange(5) / 30  # frame 1 begins at 0.03333, written as 0.034 or 0.033
    for start in (0.033, 0.034):
        video = AnnotatedVideo("a.mp4", (Interval("up", start, 0.1),))
        assert frame_labels(video, thirds, ["up"]).tolist() == [1, 0, 0, 1]


def test_frames_that_nobody_has_labeled_are_neither_phase_nor_background() -> None:
    assert labels(("up", 0, 0.2), unlabeled=((0.08, 0.2),)) == [0, 0, -1, -1, -1]


def test_other_labels_than_the_phases_do_not_count() -> None:
    assert labels(("walks", 0, 0.2), ("up", 0, 0.04)) == [0, 2, 2, 2, 2]


def test_two_subjects_in_one_phase_are_no_contradiction() -> None:
    both = (Interval("up", 0, 0.08, "ann"), Interval("up", 0.04, 0.12, "bo"))
    assert frame_labels(AnnotatedVideo("a.mp4", both), BORDERS, ["up"]).tolist() == [0, 0, 0, 1, 1]


def test_all_frames_of_two_phases_are_told_at_once() -> None:
    marks = (
        Interval("up", 0, 0.08, source="a.csv:2"),
        Interval("down", 0.04, 0.12, source="a.csv:3"),
        Interval("up", 0.08, 0.2, source="a.csv:4"),
    )
    with pytest.raises(MienetError) as caught:
        frame_labels(AnnotatedVideo("a.mp4", marks), BORDERS, ["up", "down"])
    assert "a.csv:3: 'down' (0.04 to 0.12 s) overlaps 'up' (0 to 0.08 s, a.csv:2)" in str(
        caught.value
    )
    assert "a.csv:4: 'up' (0.08 to 0.2 s) overlaps 'down'" in str(caught.value)


def test_what_is_outside_the_recording_is_refused() -> None:
    with pytest.raises(MienetError, match=r"'up' at 3 s is outside its video, which lasts 0\.2 s"):
        labels(("up", 0, 3))
    with pytest.raises(MienetError, match="'land' at 9 s is outside its video"):
        frames(9)


def test_an_event_is_in_the_frame_that_starts_nearest_to_it() -> None:
    assert frames(0.0, 0.05, 0.07, 0.2) == [0, 1, 2, 4]


def test_of_two_equally_near_frames_it_is_the_earlier() -> None:
    at_halves = np.array([0.0, 0.5, 1.0])
    video = AnnotatedVideo("a.mp4", events=(Event("land", 0.25),))
    assert event_frames(video, at_halves, ["land"]) == [(0, 0)]


def test_events_keep_their_kind_and_come_in_order() -> None:
    video = AnnotatedVideo("a.mp4", events=(Event("b", 0.12), Event("a", 0.04), Event("c", 0)))
    assert event_frames(video, BORDERS, ["a", "b"]) == [(0, 1), (1, 3)]


def test_times_of_a_variable_rate_are_those_of_the_frames() -> None:
    borders = np.array([0.0, 0.04, 0.5, 0.54])
    video = AnnotatedVideo("a.mp4", (Interval("up", 0.04, 0.5),), (Event("land", 0.4),))
    assert frame_labels(video, borders, ["up"]).tolist() == [1, 0, 1]
    assert event_frames(video, borders, ["land"]) == [(0, 2)]
