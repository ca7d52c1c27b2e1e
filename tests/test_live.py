"""What is said of frames as they come, of windows of 3 positions every 2 frames."""

import numpy as np
import pytest
import torch

from mienet.live import LiveTimeline, _Peaks
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.video.geometry import Images
from tests.conftest import make_timeline_recognizer


@pytest.fixture(scope="module")
def model() -> NetworkTimelineRecognizer:
    return make_timeline_recognizer()


def moving(num_frames: int) -> list[Images]:
    generator = np.random.default_rng(0)
    return list(generator.integers(0, 255, (num_frames, 40, 48, 3), np.uint8))


def times_said(live: LiveTimeline, num_frames: int) -> list[tuple[int, float]]:
    """Returns at which frame something was said, and of which time; a frame is a second."""
    said = []
    for number, image in enumerate(moving(num_frames)):
        live.add(image, float(number))
        said += [(number, moment.time_seconds) for moment in live.look()]
    return said


def test_position_is_spoken_of_when_its_frames_are_there(model: NetworkTimelineRecognizer) -> None:
    said = times_said(LiveTimeline(model, 25.0, lag=0), 8)
    assert said == [(3, 0.0), (4, 1.0), (5, 2.0), (6, 3.0), (7, 4.0)]


def test_lag_waits_for_positions_that_follow(model: NetworkTimelineRecognizer) -> None:
    assert times_said(LiveTimeline(model, 25.0, lag=1), 7) == [(5, 0.0), (6, 1.0)]


def test_faster_camera_is_taken_in_steps(model: NetworkTimelineRecognizer) -> None:
    assert times_said(LiveTimeline(model, 50.0, lag=0), 9) == [(6, 0.0), (8, 2.0)]


def test_all_positions_that_came_meanwhile_are_spoken_of(model: NetworkTimelineRecognizer) -> None:
    live = LiveTimeline(model, 25.0, lag=0)
    for number, image in enumerate(moving(8)):
        live.add(image, float(number))
    assert [moment.time_seconds for moment in live.look()] == [0.0, 2.0, 4.0]


def test_end_speaks_of_the_positions_that_are_left(model: NetworkTimelineRecognizer) -> None:
    live = LiveTimeline(model, 25.0, lag=2)
    for number, image in enumerate(moving(8)):
        live.add(image, float(number))
    assert [moment.time_seconds for moment in live.look()] == [0.0]
    assert [moment.time_seconds for moment in live.end()] == [2.0, 4.0]


@pytest.mark.parametrize("lag", [0, 2])
def test_end_finds_an_event_at_the_last_position(
    model: NetworkTimelineRecognizer, monkeypatch: pytest.MonkeyPatch, lag: int
) -> None:
    outputs = torch.tensor([[0.2, 0.2, 0.6, share, 1 - share] for share in (0.1, 0.5, 0.9)])
    monkeypatch.setattr(model, "window_probabilities", lambda _: outputs.numpy()[None])
    monkeypatch.setattr(model, "event_thresholds", [0.5])
    live = LiveTimeline(model, 25.0, lag=lag)
    for number, image in enumerate(moving(8)):
        live.add(image, float(number))
    assert [event for moment in live.look() for event in moment.found] == []
    (event,) = live.end()[-1].found
    assert (event.time_seconds, event.confidence) == (4.0, pytest.approx(0.9))
    assert live.end() == []


def test_full_window_is_what_the_network_sees(model: NetworkTimelineRecognizer) -> None:
    live = LiveTimeline(model, 25.0, lag=0)
    for number, image in enumerate(moving(8)):
        live.add(image, float(number))
    squeezed = model.recording_format.squeezed(np.stack(moving(8)))
    window = torch.from_numpy(squeezed.transpose(0, 3, 1, 2).copy())[None]
    expected = model.parts(model.window_probabilities(window)[0])
    for moment, phases in zip(live.look(), expected.phases, strict=True):  # type: ignore[arg-type]
        np.testing.assert_allclose(moment.phases, phases, atol=1e-6)


def test_likeliest_phase_is_said_with_its_probability(model: NetworkTimelineRecognizer) -> None:
    live = LiveTimeline(model, 25.0, lag=0)
    for number, image in enumerate(moving(4)):
        live.add(image, float(number))
    (moment,) = live.look()
    assert moment.phases is not None
    best = int(moment.phases.argmax())
    assert (moment.phase, moment.confidence) == (
        ["dark", "light", None][best],
        pytest.approx(float(moment.phases[best])),
    )


def test_nothing_is_said_of_no_frames(model: NetworkTimelineRecognizer) -> None:
    assert LiveTimeline(model, 25.0).look() == []


def test_peak_is_found_when_the_next_is_lower() -> None:
    peaks = _Peaks(0.5)
    said = [peaks.add(*at) for at in [(0.0, 0.2), (1.0, 0.6), (2.0, 0.9), (3.0, 0.4), (4.0, 0.3)]]
    assert said == [None, None, None, (2.0, 0.9), None]


def test_second_peak_too_near_is_the_same_event() -> None:
    peaks = _Peaks(0.5)
    said = [peaks.add(*at) for at in [(0.0, 0.9), (0.1, 0.4), (0.15, 0.8), (0.2, 0.1)]]
    assert [peak for peak in said if peak] == [(0.0, 0.9)]


@pytest.mark.parametrize("lag", [-1, 3])
def test_lag_outside_the_window_is_an_error(model: NetworkTimelineRecognizer, lag: int) -> None:
    with pytest.raises(ValueError, match=f"lag must be at least 0 and below 3, got {lag}"):
        LiveTimeline(model, 25.0, lag=lag)
