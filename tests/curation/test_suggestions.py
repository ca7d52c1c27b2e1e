"""What to label next: doubt counts, shared out over groups."""

from collections.abc import Sequence

import numpy as np
import pytest

from mienet.curation.suggestions import NovelFeatures, NovelNames, Suggestion
from mienet.curation.suggestions import suggest as suggest_by


def suggest(
    doubts: Sequence[tuple[str, float | None]], labeled: Sequence[str], number: int
) -> list[Suggestion]:
    return suggest_by(doubts, NovelNames([video for video, _ in doubts], labeled), number)


def test_the_most_doubtful_come_first() -> None:
    doubts = [("a1.mp4", 0.1), ("b1.mp4", 0.5), ("c1.mp4", 0.3)]
    assert [one.video for one in suggest(doubts, [], 2)] == ["b1.mp4", "c1.mp4"]


def test_not_all_are_of_one_group() -> None:
    # The second of ann counts half: 0.3.
    doubts = [("ann_1.mp4", 0.7), ("ann_2.mp4", 0.6), ("bo_1.mp4", 0.4)]
    assert [one.video for one in suggest(doubts, [], 3)] == ["ann_1.mp4", "bo_1.mp4", "ann_2.mp4"]


def test_what_is_labeled_counts_for_its_group() -> None:
    doubts = [("ann_1.mp4", 0.6), ("bo_1.mp4", 0.4)]
    assert [one.video for one in suggest(doubts, ["ann_3.mp4"], 1)] == ["bo_1.mp4"]


def test_what_is_not_predicted_comes_after_what_is() -> None:
    assert [one.video for one in suggest([("z.mp4", None), ("a.mp4", 0.1)], [], 2)] == [
        "a.mp4",
        "z.mp4",
    ]


def test_without_predictions_each_group_has_its_turn() -> None:
    doubts = [(name, None) for name in ("ann_1.mp4", "ann_2.mp4", "bo_1.mp4")]
    chosen = [one.video for one in suggest(doubts, [], 2)]
    assert {name.split("_")[0] for name in chosen} == {"ann", "bo"}


def test_a_reason_is_given() -> None:
    doubts = [("day 1/ann_1.mp4", 0.34), ("day 2/bo_1.mp4", 0.01)]
    (one,) = suggest(doubts, ["day 1/ann_2.mp4"], 1)
    assert one.reason == (
        "the model doubts 34% of it; of the videos day 1/ann... 1 labeled or chosen before"
    )


def test_groups_are_not_spoken_of_where_there_is_one() -> None:
    (one,) = suggest([("1.mp4", 0.34), ("2.mp4", 0.1)], ["3.mp4"], 1)
    assert one.reason == "the model doubts 34% of it"


AXES = np.eye(3, dtype=np.float32)


def test_of_two_clips_alike_the_second_comes_after_one_of_another_kind() -> None:
    features = {"a.mp4": AXES[0], "b.mp4": AXES[0], "c.mp4": AXES[1]}
    doubts = [("a.mp4", 0.9), ("b.mp4", 0.8), ("c.mp4", 0.1)]
    found = suggest_by(doubts, NovelFeatures(features, AXES[2:]), 3)
    assert [one.video for one in found] == ["a.mp4", "c.mp4", "b.mp4"]
    assert found[2].reason.endswith("familiarity 1.00 with what is labeled or chosen before")


def test_a_clip_is_as_new_as_it_is_unlike_the_most_alike_labeled_one() -> None:
    half = (AXES[0] + AXES[1]) / np.sqrt(2, dtype=np.float32)
    novelty = NovelFeatures({"a.mp4": half, "b.mp4": AXES[2]}, AXES[:2])
    assert novelty.of("a.mp4") == pytest.approx(1 - 0.5**0.5)
    assert novelty.of("b.mp4") == 1
