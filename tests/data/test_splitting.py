import numpy as np
import pytest

from mienet.data.splitting import SplitError, joined_groups, split


def test_every_class_is_split_by_the_fractions() -> None:
    labels = np.repeat([0, 1, 2], 20)
    placed = split(labels, [0.7, 0.15, 0.15])
    for label in range(3):
        assert np.bincount(placed[labels == label]).tolist() == [14, 3, 3]


def test_a_group_never_crosses_splits() -> None:
    generator = np.random.default_rng(0)
    groups, labels = generator.integers(0, 12, 200), generator.integers(0, 4, 200)
    placed = split(labels, [0.6, 0.2, 0.2], groups=groups)
    assert all(len(set(placed[groups == group])) == 1 for group in range(12))
    assert np.bincount(placed) / 200 == pytest.approx([0.6, 0.2, 0.2], abs=0.05)


def test_groups_of_all_classes_are_placed_so_that_every_split_has_all() -> None:
    # Athletes 0 to 5 jump, 6 to 8 fall: two jumpers and one faller must go to each small split.
    labels = [0] * 6 + [1] * 3
    placed = split(labels, [0.34, 0.33, 0.33], groups=range(9))
    assert sorted(np.bincount(placed[:6])) == [2, 2, 2]
    assert sorted(placed[6:]) == [0, 1, 2]


def test_the_seed_decides() -> None:
    labels = np.repeat([0, 1], 50)
    assert (split(labels, [0.5, 0.5], seed=1) == split(labels, [0.5, 0.5], seed=1)).all()
    assert (split(labels, [0.5, 0.5], seed=1) != split(labels, [0.5, 0.5], seed=2)).any()


@pytest.mark.parametrize("fractions", [[0.7, 0.2], [1.0], [1.2, -0.2], [0.7, 0.3, 0.0]])
def test_fractions_that_are_no_split_are_refused(fractions: list[float]) -> None:
    with pytest.raises(SplitError, match=r"add up to 1, such as 0\.7,0\.15,0\.15 .* got"):
        split([0, 1] * 10, fractions)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (["Ann", "Bo"], "2 athletes .* into 3; add videos of another athlete, or give .* 0.7,0.3$"),
        (["Ann", "Ann"], "1 athlete cannot be split into 3; add videos of another athlete$"),
    ],
)
def test_fewer_groups_than_splits_are_refused(groups: list[str], said: str) -> None:
    with pytest.raises(SplitError, match=said):
        split([0, 1] * 10, [0.6, 0.2, 0.2], groups=groups * 10, group_name="athlete")


def test_fewer_clips_than_splits_are_refused() -> None:
    with pytest.raises(SplitError, match=r"^1 clip cannot be split into 2; add videos$"):
        split([0], [0.5, 0.5])


def test_one_clip_of_a_class_goes_to_training() -> None:
    placed = split([0, 0, 0, 1], [0.5, 0.5], seed=0)
    assert placed[3] == 0
    assert sorted(placed[:3]) in ([0, 0, 1], [0, 1, 1])


def test_a_class_that_training_would_lack_is_named() -> None:
    # Two groups, each with a class of its own: one class cannot be in training.
    with pytest.raises(SplitError, match=r"no clip of (jump|fall) \(1 group"):
        split([0] * 5 + [1] * 5, [0.5, 0.5], groups=[0] * 5 + [1] * 5, classes=["jump", "fall"])


def test_no_split_is_left_empty() -> None:
    assert sorted(split([0] * 6, (0.7, 0.15, 0.15), groups=list("aabbcc"))) == [0, 0, 1, 1, 2, 2]


def test_groups_are_joined_by_what_items_share() -> None:
    groups = joined_groups(["a", "ab", "c", "bd", "e"])
    assert groups[0] == groups[1] == groups[3]
    assert len(set(groups)) == 3
