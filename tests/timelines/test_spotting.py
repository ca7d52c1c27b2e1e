"""Peaks of probabilities become events, and thresholds those that find most of them."""

import numpy as np
import pytest
from scipy.signal import find_peaks  # type: ignore[import-untyped]

from mienet.timelines.spotting import Spot, find_events, tune_thresholds


def frames(column: list[float], **options: object) -> list[int]:
    found = find_events(np.array(column)[:, None], **options)  # type: ignore[arg-type]
    return [spot.frame for spot in found]


def test_events_are_peaks() -> None:
    assert frames([0.1, 0.6, 0.2, 0.3, 0.1, 0.7]) == [1, 3, 5]


def test_the_first_frame_may_be_one() -> None:
    assert frames([0.9, 0.2, 0.1]) == [0]


def test_a_plateau_s_middle_is_one() -> None:
    assert frames([0.1, 0.8, 0.8, 0.8, 0.1, 0.5, 0.5]) == [2, 5]


def test_where_nothing_is_likely_there_is_none() -> None:
    assert frames([0.0, 0.0, 0.0]) == []
    assert frames([]) == []


def test_of_near_peaks_the_highest_stays() -> None:
    near = [0.5, 0.1, 0.9, 0.1, 0.6]
    assert frames(near, apart_frames=2) == [0, 2, 4]
    assert frames(near, apart_frames=3) == [2]


def test_how_near_depends_on_the_frame() -> None:
    assert frames([0.5, 0.1, 0.9, 0.1, 0.6], apart_frames=[3, 3, 2, 2, 1]) == [2, 4]


def test_at_a_steady_rate_the_same_stay_as_scipy_keeps() -> None:
    column = np.random.default_rng(0).random(300)
    kept = find_peaks(np.pad(column, 1, constant_values=-1), distance=7)[0] - 1
    assert frames(column.tolist(), apart_frames=7) == kept.tolist()


def test_each_label_has_its_threshold_and_peaks_of_its_own() -> None:
    probabilities = np.array([[0.1, 0.3], [0.4, 0.4], [0.1, 0.3]])
    assert find_events(probabilities, [0.5, 0.4], apart_frames=9) == [Spot(1, 1, 0.4)]
    assert find_events(probabilities) == [Spot(0, 1, 0.4), Spot(1, 1, 0.4)]


@pytest.mark.parametrize(("shape", "apart", "said"), [
    ((3,), 1, r"must be \(N, E\), got \(3,\)"),
    ((3, 1), 0, "apart_frames must be at least 1, got 0"),
])  # fmt: skip
def test_impossible_arguments_are_named(shape: tuple[int, ...], apart: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        find_events(np.ones(shape), apart_frames=apart)


def tuned(scores: dict[int, float], true: list[int], tolerance: float = 1) -> float:
    spots = [Spot(0, frame, score) for frame, score in scores.items()]
    (threshold,) = tune_thresholds(
        [spots], [[(0, frame) for frame in true]], 1, tolerance_frames=tolerance
    )
    return float(threshold)


def test_the_threshold_is_midway_between_what_is_right_and_what_is_not() -> None:
    assert tuned({10: 0.9, 20: 0.8, 30: 0.2}, [10, 21]) == pytest.approx(0.5)


def test_if_all_are_right_it_is_half_of_the_lowest() -> None:
    assert tuned({10: 0.9, 20: 0.8}, [10, 20]) == pytest.approx(0.4)


def test_outside_of_the_tolerance_nothing_is_found() -> None:
    assert tuned({10: 0.9}, [12]) == 0.5


def test_of_equally_good_ranges_the_widest_counts() -> None:
    # F1 is 2/3 above 0.8 (1 of 1, 2 true), 1/2 above 0.7, 2/5 above 0.6, 2/3 above 0.
    scores = {10: 0.9, 20: 0.8, 30: 0.7, 40: 0.6}
    assert tuned(scores, [10, 40]) == pytest.approx(0.3)


def test_videos_count_together() -> None:
    # At most 0.4: 2 right of 3, F1 4/5; above 0.4: F1 2/3; above 0.6: 0.
    videos = [[Spot(0, 5, 0.7)], [Spot(0, 5, 0.6)], [Spot(0, 5, 0.4)]]
    true = [[], [(0, 5)], [(0, 5)]]
    assert tune_thresholds(videos, true, 1, tolerance_frames=0).tolist() == pytest.approx([0.2])


def test_without_events_to_learn_from_it_is_a_half() -> None:
    assert tune_thresholds([[Spot(0, 5, 0.7)]], [[]], 2, tolerance_frames=0).tolist() == [0.5, 0.5]
