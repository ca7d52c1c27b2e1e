import numpy as np
import pytest

from mienet.metrics import class_counts, compute_metrics, label_ranks, metrics_of_counts, per_class


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
