from fractions import Fraction

import pytest

from mienet.video.timing import complete, in_seconds, is_rising, presentation_start, usual_step


@pytest.mark.parametrize(
    ("times", "filled", "derived"),
    [
        ([0, 40, 80], [0, 40, 80], []),
        ([None, 40, 80], [0, 40, 80], [0]),
        ([0, 40, None], [0, 40, 80], [2]),
        ([0, None, None, 120], [0, 40, 80, 120], [1, 2]),
        ([0, 40, 40, 120], [0, 40, 80, 120], [2]),  # the second is the wrong one ...
        ([0, 80, 80, 120], [0, 40, 80, 120], [1]),  # ... here the first
        ([0, 40, 40, 40, 160], [0, 40, 80, 120, 160], [2, 3]),
        ([0, 40, 9000, 120, 160], [0, 40, 80, 120, 160], [2]),
        ([0, 40, -7, 120, 160], [0, 40, 80, 120, 160], [2]),
        ([0, 40, 80, 0, 40, 80], [0, 40, 80, 120, 160, 200], [3, 4, 5]),
        ([None, None, 300, 400], [220, 260, 300, 400], [0, 1]),
        ([None, None], [0, 40], [0, 1]),
        ([], [], []),
    ],
)
def test_times_that_fit_are_kept_and_others_are_derived(
    times: list[int | None], filled: list[float], derived: list[int]
) -> None:
    assert complete(times, 40) == (filled, derived)


def test_uneven_times_are_kept_as_they_are() -> None:
    times = [0, 3, 50, 51, 400]
    assert complete(times, 40) == (times, [])


def test_seconds_are_decimal_fractions_from_the_start_of_the_presentation() -> None:
    # 90 kHz, sound from 1.4 s, pictures from 2.4 s.
    times = [216_000 + 3600 * index for index in range(40)]
    seconds = in_seconds(times, Fraction(1, 90_000), 1.4)
    assert seconds[[0, 13]].tolist() == [1.0, 1.52]


def test_a_start_that_differs_by_rounding_is_the_first_frame() -> None:
    # A third of a second, which FFmpeg rounds to a millionth.
    assert in_seconds([1, 2], Fraction(1, 3), 0.333333).tolist() == [0.0, 0.333333]


@pytest.mark.parametrize(
    ("container", "first", "start"),
    [
        (None, 5.0, 5.0),
        (0.0, 1.0, 0.0),
        (1.4, 2.4, 1.4),
        (-0.023, 1.0, 0.0),  # the silence that a sound codec needs ahead
        (-0.08, -0.08, -0.08),
        (-2.0, 0.0, -2.0),
        (1.0, 0.96, 0.96),
    ],
)
def test_the_presentation_starts_with_its_first_stream(
    container: float | None, first: float, start: float
) -> None:
    assert presentation_start(container, first) == start


def test_the_usual_step_is_the_median_of_those_known() -> None:
    assert usual_step([0, 40, None, 120, 160, 160, 1000]) == 40
    assert usual_step([None, 7, None]) is None


def test_times_rise_if_each_is_known_and_later() -> None:
    assert is_rising([1, 2, 5])
    assert not is_rising([1, 1])
    assert not is_rising([1, None, 3])
