import math

import pytest

from mienet.errors import MienetError
from mienet.metrics.events import (
    Event,
    EventComparison,
    average_precisions,
    compare_events,
    correct_events,
    mean_average_precision,
)


def compare(
    true: list[float], predicted: list[tuple[float, float]], tolerance_frames: float = 1
) -> EventComparison:
    """Compares events of one label: true frames; predicted frames and scores."""
    return compare_events(
        [Event("jump", frame) for frame in true],
        [Event("jump", frame, score) for frame, score in predicted],
        tolerance_frames=tolerance_frames,
    )


def precision(*videos: EventComparison) -> float:
    return average_precisions(videos)["jump"]


def test_average_precision_by_hand() -> None:
    # By score: found, not, found; precisions 1 and 2/3 at two of three true events.
    video = compare([10, 20, 30], [(10, 0.9), (50, 0.8), (21, 0.7)])
    assert precision(video) == pytest.approx((1 + 2 / 3) / 3)


def test_precision_counts_as_the_best_from_there_on() -> None:
    # Not, found, found: 1/2 and 2/3; the first counts as 2/3 as well.
    video = compare([10, 20], [(50, 0.9), (10, 0.8), (20, 0.7)])
    assert precision(video) == pytest.approx(2 / 3)


def test_scores_of_all_videos_are_put_in_order_together() -> None:
    videos = [compare([10], [(10, 0.5)]), compare([10], [(50, 0.9)])]
    assert precision(*videos) == pytest.approx(1 / 2 / 2)


@pytest.mark.parametrize(("tolerance_frames", "expected"), [(0, 0), (1, 0), (2, 1), (4, 1)])
def test_the_tolerance_is_reached_by_its_own_distance(
    tolerance_frames: int, expected: float
) -> None:
    assert precision(compare([10], [(12, 0.5)], tolerance_frames)) == expected


def test_an_event_is_found_once() -> None:
    video = compare([10], [(10, 0.9), (11, 0.8)])
    assert video["jump"].is_match.tolist() == [True, False]


def test_the_higher_score_chooses_first_and_its_nearest() -> None:
    # The surer one takes 12, so that the other must take 10, two frames off.
    video = compare([10, 12], [(12, 0.1), (12, 0.9)], tolerance_frames=2)
    assert video["jump"].is_match.tolist() == [True, True]


def test_of_equally_near_events_the_first_given_is_taken() -> None:
    # 11 takes 10, and nothing is left for 9.
    video = compare([10, 12], [(11, 0.9), (9, 0.8)])
    assert video["jump"].is_match.tolist() == [True, False]


def test_equal_scores_keep_the_order_given() -> None:
    assert precision(compare([10], [(50, 0.5), (10, 0.5)])) == 0.5
    assert precision(compare([10], [(10, 0.5), (50, 0.5)])) == 1


def test_events_of_a_label_at_the_same_frame_are_taken_together() -> None:
    video = compare([10, 10], [(10, 0.9), (10, 0.8)])
    assert precision(video) == 0.5


def test_labels_at_the_same_frame_are_apart() -> None:
    events = [Event("land", 5), Event("jump", 5)]
    assert average_precisions([compare_events(events, events[:1], tolerance_frames=0)]) == {
        "jump": 0,
        "land": 1,
    }


def test_the_mean_is_over_labels_with_true_events() -> None:
    video = compare_events([Event("jump", 5)], [Event("fall", 5)], tolerance_frames=0)
    assert mean_average_precision([video]) == 0


def test_false_alarms_in_a_video_without_events_count() -> None:
    videos = [compare([10], [(10, 0.5)]), compare([], [(10, 0.9)])]
    assert mean_average_precision(videos) == 0.5


def test_no_true_events_have_no_figures() -> None:
    videos = [compare([], [(10, 0.9)])]
    assert math.isnan(mean_average_precision(videos))
    assert math.isnan(correct_events(videos))


def test_predictions_outside_the_video_find_nothing() -> None:
    assert precision(compare([0], [(-5, 0.9), (0, 0.8)])) == 0.5


def test_correct_events_take_the_highest_score_of_each_event() -> None:
    # GolfDB: one prediction for one event; the near one has the lower score.
    assert correct_events([compare([10], [(11, 0.2), (40, 0.9)])]) == 0
    assert correct_events([compare([10], [(11, 0.9), (40, 0.2)])]) == 1


def test_correct_events_of_all_videos_are_counted_together() -> None:
    videos = [compare([10, 20, 30], [(10, 0.9), (31, 0.8)]), compare([10], [])]
    assert correct_events(videos) == 2 / 4


def test_each_video_may_have_its_tolerance() -> None:
    videos = [compare([10], [(14, 0.9)], tolerance) for tolerance in (1, 4)]
    assert correct_events(videos) == 1 / 2


def test_a_tolerance_below_zero_is_refused() -> None:
    with pytest.raises(MienetError, match="tolerance_frames must be at least 0, got -1"):
        compare([10], [], tolerance_frames=-1)


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(MienetError, match="event 'jump' has frame 3 and score nan"):
        Event("jump", 3, math.nan)
