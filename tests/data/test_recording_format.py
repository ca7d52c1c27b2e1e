"""Windows of positions over a recording: where they lie, and that none of it is left out."""

from itertools import pairwise

import numpy as np
import pytest

from mienet.data.recording_format import (
    RecordingFormat,
    window_around,
    window_indices,
    window_starts,
)


def reading(stride: int = 2, num_segments: int = 4, rate: float = 25.0) -> RecordingFormat:
    return RecordingFormat(num_segments, 4, stride, rate, 96, 96)


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("num_steps", [1, 2, 5, 7, 8, 30, 31, 100])
def test_windows_reach_from_the_first_step_to_the_last(num_steps: int, stride: int) -> None:
    made = reading(stride)
    starts = window_starts(num_steps, made)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] + made.span >= num_steps
    assert all(later <= start + made.span for start, later in pairwise(starts))


def test_with_a_stride_of_two_every_step_is_a_position_of_some_window() -> None:
    made = reading(2)
    starts = window_starts(28, made)
    positions = {start + 2 * position for start in starts for position in range(4)}
    assert set(range(2, 26)) <= positions


def test_a_window_takes_neighboring_frames_from_each_position_and_repeats_the_ends() -> None:
    found = window_indices(-2, 6, reading(2), 3)
    assert found.tolist() == [[0, 0, 0, 1], [1, 2, 3, 4], [4, 5, 5, 5], [5, 5, 5, 5]]


@pytest.mark.parametrize(("rate", "step"), [(10, 1), (25, 1), (30, 1), (50, 2), (240, 10)])
def test_fast_recordings_are_taken_in_steps_of_several_frames(rate: float, step: int) -> None:
    assert reading().step_of(rate) == step


def test_a_recording_without_a_clock_is_taken_frame_by_frame() -> None:
    assert reading().step_of(None) == 1


def test_a_whole_picture_is_squeezed() -> None:
    image = np.zeros((1, 40, 80, 3), np.uint8)
    image[:, :, 40:] = 200
    squeezed = reading().squeezed(image)
    assert squeezed.shape == (1, 96, 96, 3)
    assert squeezed[0, :, :40].max() == 0
    assert squeezed[0, :, 56:].min() == 200


@pytest.mark.parametrize(("name", "value"), [("stride", 0), ("frames_per_second", 0.0)])
def test_numbers_out_of_range_are_named(name: str, value: float) -> None:
    options = vars(reading()) | {name: value}
    with pytest.raises(ValueError, match=name):
        RecordingFormat(**options)


@pytest.mark.parametrize("num_steps", [1, 3, 7, 8, 20])
def test_a_window_around_a_step_has_it_as_a_position_and_lies_within(num_steps: int) -> None:
    made = reading(2)
    for step in range(num_steps):
        start, position = window_around(step, num_steps, made)
        assert start + 2 * position == step and 0 <= position < 4
        assert 0 <= start <= max(num_steps - made.span, 1)


def test_a_step_is_the_middle_position_but_near_the_ends() -> None:
    found = [window_around(step, 20, reading(2)) for step in (0, 3, 10, 18, 19)]
    assert found == [(0, 0), (1, 1), (6, 2), (12, 3), (13, 3)]
