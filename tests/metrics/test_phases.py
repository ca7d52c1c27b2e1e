"""Phases written as one letter for each frame; ``-`` is background."""

import math

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.metrics.phases import (
    PhaseComparison,
    compare_phases,
    edit_score,
    frame_accuracy,
    segmental_f1,
)


def compare(true: str, predicted: str) -> PhaseComparison:
    return compare_phases(list(true), list(predicted), background=("-",))


def f1(true: str, predicted: str, overlap: float = 0.5) -> float:
    return segmental_f1([compare(true, predicted)], overlap)


def test_frame_accuracy_counts_frames_of_all_videos_and_background() -> None:
    assert frame_accuracy([compare("aa--", "aa--"), compare("aaaaaa", "aa----")]) == 6 / 10


def test_edit_score_is_the_mean_over_videos() -> None:
    # a b against a c b: one insertion of three; then both right.
    videos = [compare("aaabbb", "aacbbb"), compare("a", "a")]
    assert edit_score(videos) == pytest.approx((2 / 3 + 1) / 2)


def test_edit_score_replaces_a_phase_at_the_cost_of_one() -> None:
    assert compare("aabbcc", "aaddcc").edit == pytest.approx(2 / 3)


def test_edit_score_moves_a_phase_at_the_cost_of_two() -> None:
    assert compare("abc", "bca").edit == pytest.approx(1 / 3)


@pytest.mark.parametrize(("true", "predicted"), [("aabb", "----"), ("----", "aabb")])
def test_phases_on_one_side_alone_score_nothing(true: str, predicted: str) -> None:
    assert (compare(true, predicted).edit, f1(true, predicted)) == (0, 0)


def test_no_phases_are_right_in_order_and_have_no_f1() -> None:
    assert compare("---", "---").edit == 1
    assert math.isnan(f1("---", "---"))


def test_background_counts_where_it_is_none() -> None:
    comparison = compare_phases([0, 0, 1], [0, 0, 1], background=())
    assert (comparison.num_predicted, len(comparison.reached)) == (2, 2)


def test_phases_apart_by_background_stay_two() -> None:
    assert compare("aa-aa", "aaaaa").edit == 0.5


def test_f1_counts_an_overlap_that_is_just_reached() -> None:
    # 2 frames in common of 4: an overlap of exactly 0.5.
    assert f1("aa--", "aaaa", 0.5) == 1
    assert f1("aa--", "aaaa", 0.51) == 0


def test_f1_takes_a_phase_in_pieces_for_one_right_and_one_wrong() -> None:
    # Overlaps 0.5 and 0.25 with the same true phase: 1 correct of 1 true and 2 predicted.
    assert f1("aaaaaaaa", "aaaa-bba", 0.1) == pytest.approx(2 / (1 + 3))


def test_f1_holds_a_prediction_against_its_best_phase_alone() -> None:
    # One prediction over both true phases: overlaps 3/6 and 2/6; the second stays missed.
    assert f1("aaa-aa", "aaaaaa", 0.25) == pytest.approx(2 / 3)


def test_f1_takes_the_first_of_two_predictions_that_reach_the_overlap() -> None:
    comparison = compare("aaaaaa", "aa-aaa")
    assert comparison.reached.tolist() == [0.5]
    assert segmental_f1([comparison], 0.25) == pytest.approx(2 / 3)


def test_f1_adds_up_the_intervals_of_all_videos() -> None:
    videos = [compare("aabbcc", "aabbcc"), compare("a", "b")]
    assert segmental_f1(videos, 0.5) == 2 * 3 / 8  # the mean over videos would be 1/2


def test_a_video_of_one_frame() -> None:
    assert (compare("a", "a").edit, f1("a", "a", 1.0)) == (1, 1)


@pytest.mark.parametrize("overlap", [0, 50])
def test_an_overlap_in_percent_is_refused(overlap: float) -> None:
    with pytest.raises(MienetError, match=f"got {overlap}; F1@50 is an overlap of 0.5"):
        segmental_f1([], overlap)


def test_no_videos_have_no_figures() -> None:
    assert np.isnan([frame_accuracy([]), edit_score([]), segmental_f1([], 0.5)]).all()
