import numpy as np

from mienet.metrics.event_errors import event_errors
from mienet.metrics.events import Event
from mienet.metrics.recordings import RecordingLabels


def labels(true: list[int], shown: list[int], unlabeled: slice = slice(0)) -> RecordingLabels:
    frames = np.zeros(50, dtype=np.int64)
    frames[unlabeled] = -1
    events = [[Event("land", frame) for frame in some] for some in (true, shown)]
    return RecordingLabels(np.arange(51) / 25, frames, frames, *events)


def said(found: RecordingLabels) -> list[tuple[str, int, int | None]]:
    errors = event_errors(found, ["land"], tolerance_frames=2)
    return [(error.kind, error.frame, error.nearest_frames) for error in errors]


def test_too_far_off_is_missed_and_invented() -> None:
    assert said(labels([10, 30], [12, 33])) == [("missed", 30, 3), ("invented", 33, -3)]


def test_of_two_near_one_the_second_is_invented() -> None:
    assert said(labels([10], [10, 11])) == [("invented", 11, -1)]


def test_none_of_the_other_side() -> None:
    (error,) = event_errors(labels([25], []), ["land"], tolerance_frames=2)
    assert (error.kind, error.seconds, error.nearest_frames) == ("missed", 1.0, None)


def test_events_where_nobody_labeled_do_not_count() -> None:
    assert said(labels([], [5, 40], slice(0, 10))) == [("invented", 40, None)]
