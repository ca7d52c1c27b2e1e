"""What to label next: doubt counts, shared out over groups."""

from mienet.curation.suggestions import suggest


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
