import math

import numpy as np
import pytest

from mienet.metrics.clips import (
    class_counts,
    compute_metrics,
    compute_reference,
    grouped_interval,
    label_ranks,
    metrics_of_counts,
    per_class,
    wilson_interval,
)


def test_metrics_by_hand() -> None:
    # Seven classes; class 0 twice (one right), class 1 once (right), class 2 once, ranked sixth.
    probabilities = np.full((4, 7), 0.01)
    probabilities[0, 0] = probabilities[2, 1] = 0.9
    probabilities[1, 3], probabilities[1, 0] = 0.8, 0.1
    probabilities[3] = [0.3, 0.2, 0.01, 0.15, 0.12, 0.11, 0.0]
    metrics = compute_metrics(np.array([0, 0, 1, 2]), probabilities)
    assert metrics.num_videos == 4
    assert metrics.top1 == 0.5
    assert metrics.top5 == 0.75
    assert metrics.mean_class_accuracy == pytest.approx((0.5 + 1 + 0) / 3)


def test_top5_of_few_classes_is_one() -> None:
    assert compute_metrics(np.array([0, 1]), np.array([[0.1, 0.9], [0.6, 0.4]])).top5 == 1


def test_per_class_by_hand() -> None:
    labels = np.array([0, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    assert per_class(labels, probabilities, ["a", "b"]) == [
        {"class": "a", "videos": 2, "correct": 1, "precision": 1.0, "recall": 0.5, "f1": 0.6667},
        {"class": "b", "videos": 1, "correct": 1, "precision": 0.5, "recall": 1.0, "f1": 0.6667},
    ]


def test_a_class_that_is_not_there_and_one_that_is_not_answered_have_nothing_to_measure() -> None:
    rows = per_class(np.array([0, 1]), np.array([[0.9, 0.1, 0], [0.9, 0.1, 0]]), ["a", "b", "c"])
    figures = [[row["precision"], row["recall"], row["f1"]] for row in rows]
    np.testing.assert_equal(figures, [[0.5, 1, 0.6667], [math.nan, 0, 0], [math.nan] * 3])


def test_among_equals_the_first_class_comes_first() -> None:
    probabilities = np.array([[0.4, 0.4, 0.2]] * 3)
    assert label_ranks(np.array([0, 1, 2]), probabilities).tolist() == [0, 1, 2]


def test_ties_decide_top5_as_they_decide_top1() -> None:
    # Six equally likely classes: the sixth is not among the first five.
    metrics = compute_metrics(np.arange(6), np.full((6, 6), 1 / 6))
    assert (metrics.top1, metrics.top5) == (1 / 6, 5 / 6)


def test_a_predicted_class_without_clips_does_not_count() -> None:
    metrics = compute_metrics(np.array([0, 1]), np.array([[0.9, 0.1, 0], [0, 0.1, 0.9]]))
    assert metrics.mean_class_accuracy == 0.5


def test_counts_of_parts_add_up() -> None:
    generator = np.random.default_rng(0)
    labels, probabilities = generator.integers(7, size=40), generator.random((40, 7))
    parts = class_counts(labels[:13], probabilities[:13])
    parts = parts + class_counts(labels[13:], probabilities[13:])
    assert metrics_of_counts(parts) == compute_metrics(labels, probabilities)


def test_wilson_of_half_of_ten() -> None:
    # z² = 3.8415: middle 0.5, half z √(0.25/10 + z²/400) / (1 + z²/10) = 0.3659/1.3841
    low, high = wilson_interval(0.5, 10)
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)


def test_all_right_is_not_certain() -> None:
    low, high = wilson_interval(1, 20)
    assert (low, high) == (pytest.approx(1 / (1 + 3.841459 / 20)), 1)


def test_clips_of_their_own_are_counted_each() -> None:
    assert grouped_interval([True] * 5 + [False] * 5, range(10)) == wilson_interval(0.5, 10)


def test_groups_that_are_wholly_right_or_wrong_count_as_fewer_than_themselves() -> None:
    # 4 groups of 5: squares 4 x 2.5² = 25, variance 25 x 4/3 / 400 = 1/12, so that 0.25 / (1/12) =
    # 3 clips would vary as much; times (1.96 / 3.182446)², Student's t of 3 degrees.
    correct = [True] * 10 + [False] * 10
    groups = [index // 5 for index in range(20)]
    expected = wilson_interval(0.5, 3 * (1.959964 / 3.182446) ** 2)
    assert grouped_interval(correct, groups) == pytest.approx(expected, abs=1e-6)


def test_groups_all_alike_count_as_no_more_than_their_clips() -> None:
    # In each of 10 groups 3 of 4 are right: nothing varies between them.
    correct = [True, True, True, False] * 10
    groups = [index // 4 for index in range(40)]
    assert grouped_interval(correct, groups) == wilson_interval(0.75, 10)


def test_groups_all_alike_are_told_in_spite_of_rounding() -> None:
    # One of 49 in each: 1 / 49 * 49 is a little below 1.
    correct = ([True] + [False] * 48) * 2
    groups = [index // 49 for index in range(98)]
    assert grouped_interval(correct, groups) == wilson_interval(1 / 49, 2)


def test_one_group_has_no_interval() -> None:
    assert grouped_interval([True, False], ["anna", "anna"]) is None


def test_always_the_commonest_class_is_no_better_than_its_share() -> None:
    labels = np.array([0] * 10 + [1] * 9)
    found = compute_reference(labels, np.tile([0.6, 0.3, 0.1], (19, 1)), range(19))
    assert (found.commonest_class, found.commonest_share) == (0, 10 / 19)
    assert (found.chance, found.most_predicted_share) == (1 / 3, 1)
    assert (found.takes_nearly_all, found.beats_commonest) == (True, False)


def test_a_class_that_is_alone_may_take_all_predictions() -> None:
    found = compute_reference(np.zeros(30, np.int64), np.tile([0.9, 0.1], (30, 1)), range(30))
    assert not found.takes_nearly_all
