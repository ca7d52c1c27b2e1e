import math

import pytest

from mienet.metrics.matching import match_times


@pytest.mark.parametrize(
    ("true", "predicted", "within", "expected"),
    [
        ([0, 4], [3, 7], 4, [(0, 3), (4, 7)]),  # two pairs, though 4 and 3 are nearer
        ([10], [3, 10], 8, [(10, 10)]),  # the nearest
        ([0, 1], [2, 1], 5, [(0, 1), (1, 2)]),  # in order of time, where sums are equal
        ([5], [50], 10, []),
        ([5], [50], math.inf, [(5, 50)]),
        ([3, 3], [3], 0, [(3, 3)]),
        ([], [3], 5, []),
        ([3], [], 5, []),
    ],
)
def test_pairs(
    true: list[float], predicted: list[float], within: float, expected: list[tuple[float, float]]
) -> None:
    assert list(zip(*match_times(true, predicted, within=within), strict=True)) == expected
