import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mienet.errors import MienetError
from mienet.metrics.agreement import Kappa, cohens_kappa, compare_agreement


def kappa(first: str, second: str, tolerance_frames: int = 0) -> Kappa:
    comparison = compare_agreement(list(first), list(second), tolerance_frames=tolerance_frames)
    return cohens_kappa([comparison])


def test_kappa_by_hand() -> None:
    # 3 of 4 agree; chance is (2/4)(1/4) + (2/4)(3/4) = 1/2.
    assert kappa("aabb", "abbb") == Kappa(0.5, 0.5)


def test_kappa_is_scikit_learns() -> None:
    first, second = np.random.default_rng(0).integers(0, 4, (2, 200))
    comparison = compare_agreement(first, second, tolerance_frames=0)
    assert cohens_kappa([comparison]).mean == pytest.approx(cohen_kappa_score(first, second))


def test_a_boundary_within_the_tolerance_agrees() -> None:
    assert kappa("aaabbb", "aabbbb", 1) == Kappa(1, 1)


def test_with_tolerance_it_matters_whose_frames_count() -> None:
    # The second's only c is nowhere in the first; all of the first's frames have their label near.
    assert kappa("aaaabbbb", "aacabbbb", 1) == Kappa(1, pytest.approx(1 - 8 / 36))


def test_frames_of_all_videos_count_together() -> None:
    videos = [compare_agreement(["a"], [label], tolerance_frames=0) for label in "ab"]
    assert cohens_kappa(videos).mean == 0  # the first alone has no kappa


def test_the_same_single_label_has_no_kappa() -> None:
    assert math.isnan(kappa("aaa", "aaa").mean)


def test_a_tolerance_below_zero_is_refused() -> None:
    with pytest.raises(MienetError, match="tolerance_frames must be at least 0, got -1"):
        kappa("a", "a", -1)
