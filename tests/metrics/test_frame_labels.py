import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.metrics.frame_labels import (
    is_foreground,
    label_pair,
    labels_from_intervals,
    nearest_frames,
    runs,
    usual_frames,
)


def test_labelings_of_other_lengths_are_refused() -> None:
    with pytest.raises(MienetError, match="have 2 and 3 frames"):
        label_pair(["a", "a"], ["a", "a", "b"])


def test_labelings_of_other_kinds_are_refused() -> None:
    with pytest.raises(MienetError, match="'a', the other such as 1; write both as text"):
        label_pair(["a"], [1])


def test_no_frames_are_refused() -> None:
    with pytest.raises(MienetError, match="at least one frame"):
        label_pair([], [])


@pytest.mark.parametrize("labels", [np.array([0.5]), np.array(["a", None], dtype=object)])
def test_labels_that_are_no_labels_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(MienetError, match="give text or whole numbers"):
        label_pair(labels, labels)


def test_text_in_tables_is_text() -> None:
    first, _ = label_pair(np.array(["a", "bc"], dtype=object), ["a", "bc"])
    assert first.tolist() == ["a", "bc"]


def test_background_as_text_is_refused() -> None:
    with pytest.raises(MienetError, match=r"write \('background',\)"):
        is_foreground(np.array(["a"]), "background")


def test_background_of_another_kind_is_refused() -> None:
    with pytest.raises(MienetError, match="background holds labels such as 'none'"):
        is_foreground(np.array([1]), ("none",))


def test_a_frame_belongs_to_the_interval_in_which_it_begins() -> None:
    intervals = [("land", 0.3, 0.4), ("fly", 0.1, 0.3)]
    times = np.array([0.0, 0.1, 0.25, 0.3, 0.45])  # a variable rate
    labels = labels_from_intervals(intervals, times, background="-")
    assert labels.tolist() == ["-", "fly", "fly", "land", "-"]


def test_overlapping_intervals_are_refused() -> None:
    with pytest.raises(MienetError, match=r"fly \(0 to 2 s\) and land \(1 to 3 s\) overlap"):
        labels_from_intervals([("land", 1, 3), ("fly", 0, 2)], np.arange(4.0), background="-")


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(MienetError, match="fly ends at 1 s, before its start at 2 s"):
        labels_from_intervals([("fly", 2, 1)], np.arange(4.0), background="-")


def test_runs_are_of_equal_neighbors() -> None:
    assert runs(np.array([2, 2, 0, 1, 1])) == [(2, 0, 2), (0, 2, 3), (1, 3, 5)]


def test_usual_frames_are_of_the_middle_duration() -> None:
    borders = np.array([0.0, 0.1, 0.2, 0.3, 0.9])
    assert [usual_frames(seconds, borders) for seconds in (0.24, 0.26, 0.01)] == [2, 3, 1]
    assert usual_frames(1.0, np.zeros(3)) == 1


def test_nearest_frames_are_of_the_durations_that_frames_have() -> None:
    # From 0.2 s on, 0.3 s come to 0.5 s, which is nearest to the border at 0.6 s, 2 frames on.
    borders = np.array([0.0, 0.1, 0.2, 0.3, 0.6])
    assert nearest_frames([0.12, 0.3], borders).tolist() == [[1, 3], [1, 2], [1, 2], [1, 1]]
