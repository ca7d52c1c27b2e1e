"""``mienet timeline`` with a model of whole recordings."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mienet.data.recording_format import RecordingFormat
from mienet.labeling.timeline_formats import read_timelines
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.result import Timeline, decode_timeline
from mienet.video.reader import open_video
from tests.commands.timeline_runs import rows, run
from tests.conftest import WriteVideo


class OfRecordings(NetworkTimelineRecognizer):
    """Stands in for a model of whole recordings: rising from the start, a peak in frame 5."""

    def __init__(self, phases: list[str], events: list[str]) -> None:
        torch.nn.Module.__init__(self)
        self.phases, self.events = phases, events
        self.recording_format = RecordingFormat(3, 1, 1, 25.0, 32, 32)
        self.asked: list[RecordingOptions] = []

    def timeline(self, path: Path, reading: RecordingOptions, *, progress: object) -> Timeline:
        self.asked.append(reading)
        with open_video(path) as video:
            borders = np.arange(video.num_frames + 1) / 25
        phases = np.full((len(borders) - 1, 2), [0.7, 0.3], np.float32) if self.phases else None
        events = np.zeros((len(borders) - 1, 1), np.float32) if self.events else None
        if events is not None:
            events[5] = 0.9
        found = (Path(path), self.phases, self.events, borders, phases, events)
        return decode_timeline(*found)


@pytest.fixture
def of_recordings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., OfRecordings]:
    """Lets a model's folder hold a model of recordings, with these phases and events."""

    def put(phases: list[str], events: list[str]) -> OfRecordings:
        recognizer = OfRecordings(phases, events)
        monkeypatch.setattr("mienet.workflows.timeline.load", lambda *_, **__: recognizer)
        return recognizer

    return put


def test_a_model_of_recordings_finds_phases_and_events(
    of_recordings: Callable[..., OfRecordings],
    model: Path,
    write_video: WriteVideo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    of_recordings(["rise"], ["top"])
    out = tmp_path / "out"
    assert run(model, write_video(num_frames=10), "--out", out, "--write", "json") == 0
    assert capsys.readouterr().out.splitlines()[1:3] == [
        "      0.00 to     0.40 s   70%  rise",
        "      0.20 s, event        90%  top",
    ]
    assert [row["frame"] for row in rows(out / "events.csv")] == ["5"]
    assert [row["kind"] for row in rows(out / "summary.csv")] == ["phase", "event"]
    (read,) = read_timelines(out / "json").videos
    assert [(mark.label, mark.time_seconds) for mark in read.events] == [("top", 0.2)]


def test_a_model_of_recordings_is_asked_with_the_options(
    of_recordings: Callable[..., OfRecordings], model: Path, write_video: WriteVideo
) -> None:
    recognizer = of_recordings(["rise"], ["top"])
    options = ["--order", "free", "--event-threshold", "0.3", "--minimum-seconds", "0.2"]
    options += ["--overlap", "0.1"]
    assert run(model, write_video(num_frames=6), *options) == 0
    assert run(model, write_video(num_frames=6)) == 0
    expected = RecordingOptions("free", 0.2, event_threshold=0.3, overlap=0.1)
    assert recognizer.asked == [expected, RecordingOptions()]


def test_a_model_of_recordings_resumes(
    of_recordings: Callable[..., OfRecordings],
    model: Path,
    write_video: WriteVideo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    recognizer, video = of_recordings([], ["top"]), write_video(num_frames=6)
    for _ in range(2):
        assert run(model, video, "--out", tmp_path / "out") == 0
    assert len(recognizer.asked) == 1
    assert run(model, video, "--out", tmp_path / "out", "--event-threshold", "0.1") == 1
    assert "of another model or of other options" in capsys.readouterr().err


@pytest.mark.parametrize(("names", "option", "said"), [
    ((["a"], []), ["--window-seconds", "1"], "a model of whole recordings, which does not take "
     "--window-seconds: it reads recordings in the windows that it was trained with"),
    ((["a"], []), ["--in-order"], "which phase follows which; --order is learned or"),
    ((["a"], []), ["--event-threshold", "0.5"], "no events, which does not take --event-threshold"),
    (([], ["b"]), ["--threshold", "0.5"], "no phases, which does not take --threshold"),
    ((["a"], ["b"]), ["--overlap", "1"], "--overlap must be from 0 to 0.9, got 1.0"),
    ((["a"], ["b"]), ["--event-threshold", "2"], "--event-threshold must be from 0 to 1"),
    ((["a"], ["b"]), ["--order", "strict"], "--order: strict is not accepted"),
])  # fmt: skip
def test_a_model_of_recordings_refuses_what_it_cannot_use(
    names: tuple[list[str], list[str]],
    option: list[str],
    said: str,
    of_recordings: Callable[..., OfRecordings],
    model: Path,
    write_video: WriteVideo,
    capsys: pytest.CaptureFixture[str],
) -> None:
    of_recordings(*names)
    with contextlib.suppress(SystemExit):
        assert run(model, write_video(num_frames=3), *option) == 1
    assert said in capsys.readouterr().err
