"""What annotated recordings say about their phases, and how a file keeps it."""

from dataclasses import replace

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo, Interval
from mienet.timelines.order import PhaseOrder, learn_order
from mienet.timelines.phases import decode_phases

PHASES = ["up", "flight", "down"]
UP, FLIGHT, DOWN, BACKGROUND = range(4)


def video(*marks: tuple[str, float, float], **about: object) -> AnnotatedVideo:
    intervals = tuple(Interval(*mark) for mark in marks)
    return replace(AnnotatedVideo("a.mp4", intervals, fps=25, duration_seconds=10), **about)  # type: ignore[arg-type]


JUMP = video(("up", 1, 2), ("flight", 2, 2.5), ("down", 2.5, 4))


def followers(order: PhaseOrder, label: int) -> list[int]:
    return np.flatnonzero(order.follows[label]).tolist()


def test_what_was_seen_to_follow_may_follow() -> None:
    order = learn_order([JUMP], PHASES)
    found = [followers(order, label) for label in range(4)]
    assert found == [[FLIGHT], [DOWN], [BACKGROUND], [UP]]


def test_a_phase_lasts_half_of_the_shortest_at_least_and_the_background_nothing() -> None:
    longer = video(("up", 1, 1.6), ("flight", 1.6, 2.4), ("down", 2.4, 4))
    assert learn_order([JUMP, longer], PHASES).least_seconds == pytest.approx((0.3, 0.25, 0.75, 0))


def test_phases_that_are_cut_off_say_nothing_of_durations() -> None:
    cut = video(("up", 0.01, 0.1), ("flight", 0.1, 9.9), ("down", 9.9, 9.99))
    assert learn_order([cut], PHASES).least_seconds == pytest.approx((0, 4.9, 0, 0))


def test_beside_what_nobody_has_labeled_nothing_is_seen() -> None:
    order = learn_order([replace(JUMP, unlabeled=((0.0, 1.0), (4.0, 5.0)))], PHASES)
    assert order.least_seconds == pytest.approx((0, 0.25, 0, 0))
    assert followers(order, DOWN) == [UP, FLIGHT, BACKGROUND]


def test_without_a_duration_the_last_phase_may_be_cut_off() -> None:
    order = learn_order([replace(JUMP, duration_seconds=None)], PHASES)
    assert order.least_seconds[DOWN] == 0


def test_what_is_never_seen_to_end_may_be_followed_by_anything() -> None:
    whole = video(("up", 0, 3), ("flight", 3, 6), ("down", 6, 10))
    order = learn_order([whole], PHASES)
    assert followers(order, UP) == [FLIGHT, BACKGROUND]
    assert followers(order, DOWN) == [UP, FLIGHT, BACKGROUND]
    assert followers(order, BACKGROUND) == [UP, FLIGHT, DOWN]


def test_a_gap_of_a_frame_may_hold_a_frame_of_background_or_none() -> None:
    order = learn_order([video(("up", 1, 2), ("flight", 2.04, 3), ("down", 3.2, 4))], PHASES)
    assert followers(order, UP) == [FLIGHT, BACKGROUND]
    assert followers(order, FLIGHT) == [BACKGROUND]


def test_a_repeated_sequence_is_decoded_though_training_showed_it_once() -> None:
    order = learn_order([video(("up", 0, 3), ("flight", 3, 6), ("down", 6, 10))], PHASES)
    labels = [UP, FLIGHT, DOWN, UP, FLIGHT, DOWN, BACKGROUND]
    found = decode_phases(np.eye(4)[labels], follows=order.follows)
    assert found.tolist() == labels


def test_other_labels_do_not_count() -> None:
    other = replace(JUMP, intervals=(*JUMP.intervals, Interval("talk", 0, 9)))
    assert learn_order([other], PHASES).to_json() == learn_order([JUMP], PHASES).to_json()


def test_a_file_gives_the_same_order() -> None:
    order = learn_order([JUMP], PHASES)
    assert PhaseOrder.from_json(order.to_json(), 3).to_json() == order.to_json()


GOOD = {"least_seconds": [0.5, 0], "follows": [[False, True], [True, False]]}


@pytest.mark.parametrize(("content", "said"), [
    ([], "order is list; accepted: an object with exactly least_seconds and follows"),
    (GOOD | {"more": 1}, "accepted: an object with exactly least_seconds and follows"),
    (GOOD | {"least_seconds": [1]}, "order.least_seconds must have 2 numbers"),
    (GOOD | {"least_seconds": [-1, 0]}, r"least_seconds\[0\] is '-1'; accepted: a number from 0"),
    (GOOD | {"least_seconds": [True, 0]}, r"least_seconds\[0\] is 'True'"),
    (GOOD | {"least_seconds": [float("nan"), 0]}, r"least_seconds\[0\] is 'nan'"),
    (GOOD | {"follows": [[True, True]]}, "order.follows must have 2 rows of 2 values"),
    (GOOD | {"follows": [[True, 1], [True, True]]}, "other values than true and false"),
])  # fmt: skip
def test_a_stranger_s_file_is_not_believed(content: object, said: str) -> None:
    with pytest.raises(MienetError, match=said):
        PhaseOrder.from_json(content, 1)
