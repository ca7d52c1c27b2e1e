from pathlib import Path

import numpy as np
import pytest

from mienet.metrics.events import Event
from mienet.metrics.recording_figures import overall_figures
from mienet.metrics.recordings import RecordingLabels, compare_recording
from mienet.rendering.report.strips import draw_strips, list_event_errors, video_url
from mienet.rendering.report.transitions import transition_plot
from mienet.rendering.timeline_evaluation import EvaluatedRecording, TimelineEvaluation


def evaluation_of(labels: RecordingLabels) -> TimelineEvaluation:
    compared = compare_recording(labels, 1, ["land"], tolerance_frames=2)
    figures = overall_figures([compared], ["ann"], tolerance_frames=2)
    recordings = [EvaluatedRecording("v/a.mp4", "ann", labels, compared)]
    return TimelineEvaluation(Path("test.csv"), ("up",), ("land",), recordings, figures, 1, True, 2)


@pytest.fixture
def evaluation() -> TimelineEvaluation:
    """Four seconds: up in the second one, found 2 frames late; land at 3 s, found at 2 s."""
    true, predicted = np.ones(100, np.int64), np.ones(100, np.int64)
    true[25:50], predicted[27:50] = 0, 0
    events = ([Event("land", 75)], [Event("land", 50)])
    return evaluation_of(RecordingLabels(np.arange(101) / 25, true, predicted, *events))


def test_bands_are_in_percent_of_the_recording(evaluation: TimelineEvaluation) -> None:
    (strip,) = draw_strips(evaluation, Path("page.html"))
    assert [(band.left, band.width) for band in strip.true] == [(0, 25), (25, 25), (50, 50)]
    assert [(band.left, band.width) for band in strip.wrong] == [(25, 2)]
    assert strip.true[1].title == "up, 1.00 to 2.00 s"


def test_marks_say_what_is_wrong(evaluation: TimelineEvaluation) -> None:
    (strip,) = draw_strips(evaluation, Path("page.html"))
    assert [(mark.at, mark.title) for mark in strip.true_marks] == [(75, "land, 3.00 s: missed")]
    assert [(mark.at, mark.title) for mark in strip.shown_marks] == [(50, "land, 2.00 s: invented")]


def test_errors_lead_to_their_strip(evaluation: TimelineEvaluation) -> None:
    found = [(one.anchor, one.at, one.error.kind) for one in list_event_errors(evaluation)]
    assert found == [("recording-1", 0.5, "invented"), ("recording-1", 0.75, "missed")]


def test_long_recordings_are_drawn_at_so_many_moments() -> None:
    true = np.tile([0, 1], 5000)
    (strip,) = draw_strips(
        evaluation_of(RecordingLabels(np.arange(10001) / 25, true, true)), Path("page.html")
    )
    assert len(strip.true) <= 2000
    assert sum(band.width for band in strip.true) == pytest.approx(100, abs=0.5)


def test_videos_are_named_from_the_page_on(tmp_path: Path) -> None:
    (tmp_path / "a b#?.mp4").write_bytes(b"")
    page = tmp_path / "pages/page.html"
    assert video_url(str(tmp_path / "a b#?.mp4"), page) == "../a%20b%23%3F.mp4"
    assert video_url(str(tmp_path), page) is None


def test_boundaries_lie_by_how_late_they_are(evaluation: TimelineEvaluation) -> None:
    plot = transition_plot(evaluation)
    assert [tick.text for tick in plot.ticks] == ["-100", "-50", "0", "+50", "+100"]
    begins, ends = plot.lanes
    assert (begins.before, begins.after, begins.dots) == ("up", "(background)", ((50, 15),))
    assert ends.dots == ((pytest.approx(50 + 47 * 0.8), 15),)
    assert ends.says.startswith("median 80 ms late")
