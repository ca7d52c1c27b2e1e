import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.metrics.selection import error_bound, select, selections

SCORES = np.arange(100) / 100


def wrong_from(first: int, last: int) -> np.ndarray:
    """Returns which of 100 answers are right: all but those at these places."""
    return ~((np.arange(100) >= first) & (np.arange(100) <= last))


def test_the_bound_without_a_mistake_is_the_rate_that_is_unlikely_to_show_none() -> None:
    # (1 - rate)^10 = 0.05
    assert error_bound(0, 10, 0.95) == pytest.approx(1 - 0.05**0.1)


def test_the_bound_with_mistakes_is_clopper_and_pearsons() -> None:
    # P(at most 1 of 2 wrong) = 1 - rate^2 = 0.05
    assert error_bound(1, 2, 0.95) == pytest.approx(0.95**0.5)


def test_nothing_is_known_where_all_are_wrong() -> None:
    assert error_bound(3, 3, 0.95) == error_bound(0, 0, 0.95) == 1


def test_the_threshold_that_answers_most_is_taken() -> None:
    found = select(SCORES, wrong_from(0, 9), 0.05)
    assert (found.threshold, found.answered, found.wrong) == (0.095, 90, 0)
    assert found.error_bound == pytest.approx(1 - (0.05 / 3) ** (1 / 90))


def test_more_is_left_unanswered_to_keep_a_rate() -> None:
    found = select(SCORES, wrong_from(10, 24), 0.06)
    assert (found.threshold, found.answered, found.wrong) == (0.245, 75, 0)


def test_answers_of_one_score_are_given_together() -> None:
    assert [one.answered for one in selections(np.ones(8), np.ones(8, np.bool_))] == [8, 8, 8]


def test_a_rate_that_too_few_clips_can_show_is_refused_with_one_that_they_can() -> None:
    # 9 of 10 clips, none of them wrong: 1 - (0.05 / 3)^(1/9) = 0.366
    with pytest.raises(MienetError, match=r"10 validation clips, 0 of them wrong.*36\.6%.*0\.37"):
        select(SCORES[:10], np.ones(10, np.bool_), 0.05)


def test_the_rate_that_is_offered_is_accepted() -> None:
    assert select(SCORES[:10], np.ones(10, np.bool_), 0.37).answered == 9


def test_without_clips_nothing_is_offered() -> None:
    with pytest.raises(MienetError, match=r"^no error rate can .* 100\.0%; train with more"):
        select(SCORES[:0], np.ones(0, np.bool_), 0.05)


def test_scores_and_answers_have_to_be_equally_many() -> None:
    with pytest.raises(MienetError, match="got 2 for 3 answers"):
        selections(np.ones(2), np.ones(3, np.bool_))
