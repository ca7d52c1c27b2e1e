"""The likeliest phases among those that are allowed, against trying all of them."""

from itertools import pairwise, product

import numpy as np
import pytest

from mienet.metrics.frame_labels import runs
from mienet.timelines.phases import decode_phases


def is_allowed(labels: tuple[int, ...], lengths: np.ndarray, follows: np.ndarray) -> bool:
    """Returns whether phases inside last long enough, and follow what they may follow."""
    found = runs(np.array(labels))
    inner = found[1:-1]
    return all(end - start >= lengths[start, label] for label, start, end in inner) and all(
        follows[before[0], after[0]] for before, after in pairwise(found)
    )


@pytest.mark.parametrize("is_even", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_it_finds_what_trying_all_finds(seed: int, is_even: bool) -> None:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet([0.5] * 3, 7)
    lengths = np.tile(generator.integers(1, 4, 3), (7, 1))
    if not is_even:  # some positions last longer; what begins later does not end earlier
        ends = np.maximum.accumulate(np.arange(7)[:, None] + generator.integers(1, 5, (7, 3)))
        lengths = ends - np.arange(7)[:, None]
    follows = generator.random((3, 3)) < 0.7
    allowed = [p for p in product(range(3), repeat=7) if is_allowed(p, lengths, follows)]
    scores = [np.log(np.maximum(probabilities[range(7), p], 1e-6)).sum() for p in allowed]
    found = decode_phases(probabilities, lengths[0] if is_even else lengths, follows=follows)
    assert tuple(found) in allowed
    assert np.log(np.maximum(probabilities[range(7), found], 1e-6)).sum() == pytest.approx(
        max(scores)
    )


def test_without_limits_each_position_is_its_likeliest() -> None:
    probabilities = np.random.default_rng(0).dirichlet([1, 1, 1, 1], 50)
    assert np.array_equal(decode_phases(probabilities), probabilities.argmax(axis=1))


def test_a_flicker_is_no_phase() -> None:
    probabilities = np.array([[0.9, 0.1]] * 4 + [[0.2, 0.8]] + [[0.9, 0.1]] * 4)
    assert decode_phases(probabilities, 2).tolist() == [0] * 9


def test_a_phase_cut_by_the_video_s_end_may_be_short() -> None:
    probabilities = np.array([[0.9, 0.1]] * 4 + [[0.1, 0.9]])
    assert decode_phases(probabilities, 3).tolist() == [0, 0, 0, 0, 1]


def test_one_position_and_one_label_work() -> None:
    assert decode_phases(np.array([[0.2, 0.8]]), 5).tolist() == [1]
    assert decode_phases(np.ones((3, 1)), 2).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("probabilities", "lengths", "said"), [
    (np.zeros((0, 2)), 1, r"\(N, K\), not empty, got \(0, 2\)"),
    (np.ones(3), 1, r"got \(3,\)"),
    (np.ones((3, 2)), 0, "at least 1, got 0"),
])  # fmt: skip
def test_impossible_arguments_are_named(probabilities: np.ndarray, lengths: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decode_phases(probabilities, lengths)
