"""Figures of clips with intervals, against scikit-learn and numbers worked out by hand."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_fscore_support, recall_score

from mienet.metrics.clip_figures import (
    class_figures,
    clip_figures,
    commonest_clip_figures,
    guessing_clip_figures,
)
from mienet.metrics.clips import wilson_interval

LABELS = np.array([0, 0, 0, 1, 1, 2])
PREDICTED = np.array([0, 0, 1, 1, 0, 2])


def random_case() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    labels = generator.integers(3, size=60)
    logits = generator.normal(size=(60, 4)) + 2 * np.eye(4)[labels]
    return labels, np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def test_figures_are_scikit_learn_s() -> None:
    labels, shares = random_case()
    found, predicted = clip_figures(labels, shares, range(60)), shares.argmax(1)
    assert found["mean_class_accuracy"].value == pytest.approx(
        recall_score(labels, predicted, labels=[0, 1, 2], average="macro")
    )
    assert found["mean_f1"].value == pytest.approx(
        f1_score(labels, predicted, labels=[0, 1, 2], average="macro")
    )


@pytest.mark.parametrize(("confidences", "right", "expected"), [
    # 15 bins: the last holds 0.95 and 1.0, off by 0.025 each; the others are alone in theirs.
    ([0.25, 0.5, 0.55, 0.9, 0.95, 1.0], [0, 1, 0, 1, 1, 1], (0.25 + 0.5 + 0.55 + 0.1 + 0.05) / 6),
    ([1.0, 1.0], [1, 1], 0.0),
    ([1.0, 1.0], [0, 0], 1.0),
])  # fmt: skip
def test_calibration_error_is_the_mean_gap_of_bins_weighted_by_answers(
    confidences: list[float], right: list[int], expected: float
) -> None:
    shares = np.repeat((1 - np.array(confidences)[:, None]) / 4, 5, axis=1)
    shares[:, 0] = confidences
    labels = 1 - np.array(right)  # the first class is always named
    assert clip_figures(labels, shares, range(len(right)))["ece"].value == pytest.approx(expected)


def test_classes_are_scikit_learn_s() -> None:
    labels, shares = random_case()
    predicted = shares.argmax(1)
    rows = class_figures(labels, predicted, 4, range(60))
    expected = precision_recall_fscore_support(labels, predicted, labels=range(3))
    for row, (precision, recall, f1, videos) in zip(
        rows, zip(*expected, strict=True), strict=False
    ):
        assert row.videos == videos
        figures = [row.precision.value, row.recall.value, row.f1.value]
        assert figures == pytest.approx([precision, recall, f1])


def test_intervals_of_shares_are_wilson_s_where_each_clip_is_a_group() -> None:
    recall = class_figures(LABELS, PREDICTED, 3, range(6))[0].recall
    assert (recall.value, recall.low, recall.high) == (2 / 3, *wilson_interval(2 / 3, 3))


def test_intervals_hold_their_figures() -> None:
    labels, shares = random_case()
    for figure in clip_figures(labels, shares, [i // 3 for i in range(60)]).values():
        assert figure.low <= figure.value <= figure.high
        assert figure.high - figure.low < 0.5


def test_resampling_groups_that_are_alike_changes_nothing() -> None:
    labels, shares = np.tile(LABELS, 5), np.tile(np.eye(3)[PREDICTED], (5, 1))
    figure = clip_figures(labels, shares, [i // 6 for i in range(30)])["mean_f1"]
    assert (figure.low, figure.high) == pytest.approx((figure.value, figure.value))


def test_one_group_has_no_interval() -> None:
    found = clip_figures(LABELS, np.eye(3)[PREDICTED], ["ann"] * 6)
    assert all(np.isnan(figure.low) for figure in found.values())


def test_a_class_that_is_nowhere_has_no_figures() -> None:
    row = class_figures(LABELS, PREDICTED, 4, range(6))[3]
    assert np.isnan([row.precision.value, row.recall.value, row.f1.value, row.f1.low]).all()


def test_simplest_answers() -> None:
    guessing, commonest = (
        guessing_clip_figures(LABELS, 3),
        commonest_clip_figures(LABELS, 3),
    )
    assert (guessing["top1"], guessing["top5"]) == (1 / 3, 1)
    assert guessing["mean_f1"] == pytest.approx((0.4 + 1 / 3 + 2 / 9) / 3)
    assert (commonest["top1"], commonest["mean_class_accuracy"]) == (0.5, 1 / 3)
    assert commonest["mean_f1"] == pytest.approx(
        f1_score(LABELS, np.zeros(6, int), average="macro", zero_division=0)
    )
