"""``mienet timeline``: tables, pictures, resuming, and what it refuses."""

import contextlib
import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import mienet
from mienet.cli import main
from mienet.labeling.timeline_formats import read_timelines
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.result import Timeline, decode_timeline
from mienet.video.reader import open_video
from tests.conftest import WriteVideo

WINDOW = ["--window-seconds", "0.2", "0.4", "--stride-seconds", "0.2"]


def run(*arguments: object) -> int:
    return main(["timeline", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_phases_of_a_recording_cover_it(
    model: Path, write_video: WriteVideo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video(num_frames=25)
    assert run(model, video, *WINDOW, "--out", tmp_path / "out") == 0
    found = rows(tmp_path / "out/phases.csv")
    assert (float(found[0]["start_seconds"]), float(found[-1]["end_seconds"])) == (0, 1)
    assert str(video) in capsys.readouterr().out
    summary = rows(tmp_path / "out/summary.csv")
    assert sum(float(row["total_seconds"]) for row in summary) == pytest.approx(1, abs=1e-3)
    assert (tmp_path / "out/video.png").read_bytes().startswith(b"\x89PNG")


def test_a_recording_that_cannot_be_read_does_not_stop_the_others(
    model: Path, write_video: WriteVideo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    good = write_video(num_frames=6)
    assert run(model, tmp_path / "broken.mp4", good, *WINDOW) == 1
    told = capsys.readouterr()
    assert "broken.mp4" in told.err
    assert str(good) in told.out


def test_the_same_command_goes_on_where_it_stopped(
    model: Path, write_video: WriteVideo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = write_video("a.mp4", num_frames=6), write_video("b.mp4", num_frames=7)
    out = ["--out", tmp_path / "out"]
    assert run(model, first, *WINDOW, *out) == 0
    capsys.readouterr()
    assert run(model, first, second, *WINDOW, *out) == 0
    told = capsys.readouterr().out
    assert f"{first}, done before" in told
    assert f"{second}, done before" not in told
    assert {row["path"] for row in rows(tmp_path / "out/phases.csv")} == {str(first), str(second)}


def test_a_changed_recording_is_computed_anew(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    for num_frames in (6, 10):
        video = write_video(num_frames=num_frames)
        assert run(model, video, *WINDOW, "--out", tmp_path / "out") == 0
    assert rows(tmp_path / "out/phases.csv")[-1]["end_frame"] == "10"


def test_timelines_of_other_options_are_not_mixed(
    model: Path, write_video: WriteVideo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video(num_frames=6)
    assert run(model, video, *WINDOW, "--out", tmp_path / "out") == 0
    assert run(model, video, *WINDOW, "--in-order", "--out", tmp_path / "out") == 1
    assert "another model or of other options; give another --out" in capsys.readouterr().err


def test_a_folder_of_frames_needs_the_camera_s_rate(
    model: Path, write_frames: Callable[[str, int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    frames = write_frames("frames", 5)
    assert run(model, frames, *WINDOW) == 1
    assert "has no clock; say how many frames a second it has" in capsys.readouterr().err
    assert run(model, frames, *WINDOW, "--capture-fps", 100) == 0
    assert "0.05 s" in capsys.readouterr().out


def test_slow_motion_has_the_times_of_reality(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    video = write_video(num_frames=25)
    assert run(model, video, *WINDOW, "--capture-fps", "250", "--out", tmp_path / "out") == 0
    assert float(rows(tmp_path / "out/phases.csv")[-1]["end_seconds"]) == pytest.approx(0.1)


def test_a_list_says_who_is_in_recordings_and_how_fast_the_camera_was(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_video(name, num_frames=25)
    (tmp_path / "list.csv").write_text("path,Subject,capture_fps\na.mp4,S1,250\nb.mp4,S1,\n")
    listed = tmp_path / "list.csv"
    assert run(model, listed, "--window-seconds", 0.1, "--out", tmp_path / "out") == 0
    ends = {row["path"]: float(row["end_seconds"]) for row in rows(tmp_path / "out/phases.csv")}
    assert list(ends.values()) == pytest.approx([0.1, 1.0])
    found = rows(tmp_path / "out/subjects.csv")
    assert {(row["subject"], row["recordings"]) for row in found} == {("S1", "2")}
    assert sum(float(row["total_seconds"]) for row in found) == pytest.approx(1.1, abs=1e-3)


def test_another_rate_of_the_camera_is_computed_anew(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    write_video("a.mp4", num_frames=25)
    for rate, seconds in ((250, 0.1), (50, 0.5)):
        (tmp_path / "list.csv").write_text(f"path,capture_fps\na.mp4,{rate}\n")
        given = ["--window-seconds", 0.1, "--out", tmp_path / "out"]
        assert run(model, tmp_path / "list.csv", *given) == 0
        assert float(rows(tmp_path / "out/phases.csv")[-1]["end_seconds"]) == pytest.approx(seconds)


@pytest.mark.parametrize(("cells", "options", "said"), [
    ("a.mp4,fast\na.mp4,0\n", [], "list.csv:3: capture_fps is '0'; it must be a number above 0"),
    ("a.mp4,250\na.mp4,50\n", [], "list.csv:3: capture_fps is 50; another row has 250"),
    ("a.mp4,250\n", ["--capture-fps", 9], "list.csv:2 has a column capture_fps; leave one out"),
    ("a.mp4,250\n", ["--write", "elan", "--out", "out"], "leave --write out, or capture_fps"),
])  # fmt: skip
def test_rates_of_a_list_that_cannot_be_used(
    cells: str, options: list[object], said: str, model: Path, write_video: WriteVideo,
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write_video("a.mp4", num_frames=6)
    (tmp_path / "list.csv").write_text(f"path,capture_fps\n{cells}")
    assert run(model, tmp_path / "list.csv", *WINDOW, *options) == 1
    assert said in capsys.readouterr().err


def test_recordings_of_one_name_have_pictures_of_their_own(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    days = [write_video(f"{day}/x/jump.mp4", num_frames=5) for day in ("monday", "tuesday")]
    out = tmp_path / "out"
    for videos in ([days[0]], [days[1]], days):  # also in separate runs
        assert run(model, *videos, *WINDOW, "--out", out) == 0
    assert sorted(path.name for path in out.glob("*.png")) == ["jump.png", "jump_2.png"]


def test_what_an_earlier_run_did_not_draw_is_drawn(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    video, out = write_video(num_frames=5), tmp_path / "out"
    for options in ([], ["--overlay"]):
        assert run(model, video, *WINDOW, "--out", out, *options) == 0
    assert (out / "video_phases.mp4").exists()


@pytest.mark.parametrize(("option", "said"), [
    (["--window-seconds", "0"], "window_seconds is 0; it must be a number above 0"),
    (["--window-seconds", "1", "--threshold", "2"], "threshold"),
    (["--window-seconds", "1", "--minimum-seconds", "-1"], "minimum"),
])  # fmt: skip
def test_impossible_options_are_named(
    model: Path,
    write_video: WriteVideo,
    option: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(model, write_video(num_frames=3), *option) == 1
    assert said in capsys.readouterr().err


def test_what_is_kept_is_plain(model: Path, write_video: WriteVideo, tmp_path: Path) -> None:
    run(model, write_video(num_frames=5), *WINDOW, "--out", tmp_path / "out")
    (line,) = (tmp_path / "out/timelines.jsonl").read_text().splitlines()
    assert json.loads(line)["timeline"]["phases"][0]["start_frame"] == 0


@pytest.mark.parametrize("program", ["boris", "elan", "label-studio", "srt", "csv", "json"])
def test_labels_for_other_programs_are_those_found(
    program: str, model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(model, write_video(num_frames=25), *WINDOW, "--out", out, "--write", program) == 0
    (read,) = read_timelines(out / program, fps=25).videos
    found = rows(out / "phases.csv")
    assert [mark.label for mark in read.intervals] == [row["label"] for row in found]
    starts = [float(row["start_seconds"]) for row in found]
    assert [mark.start_seconds for mark in read.intervals] == pytest.approx(starts, abs=1e-3)


@pytest.mark.parametrize(("options", "said"), [
    (["--write", "excel", "--out", "out"], "'excel' is not accepted; choose from boris, elan"),
    (["--write", "elan"], "need a folder; give one with --out"),
    (["--write", "elan", "--out", "out", "--capture-fps", "9"], "leave --write out"),
])  # fmt: skip
def test_labels_that_cannot_be_written_are_refused_first(
    options: list[str],
    said: str,
    model: Path,
    write_video: WriteVideo,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(model, write_video(num_frames=3), *WINDOW, *options) == 1
    assert said in capsys.readouterr().err


def test_phases_are_drawn_over_the_recording(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(model, write_video(num_frames=25), *WINDOW, "--out", out, "--overlay") == 0
    with open_video(out / "video_phases.mp4") as video:
        assert video.num_frames == 25
        assert video.timestamps_seconds is not None
        assert video.timestamps_seconds[-1] == pytest.approx(0.96, abs=1e-3)
        image = video.read([24])[0]
    assert image.shape[1] == 320
    assert image[:150].mean() == pytest.approx(20 + 4 * 24, abs=3)  # the recording itself
    assert image[-7, -40:, 0].std() > 0  # the bar, with the cursor at its end


def test_probabilities_of_every_frame_are_written(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    video, out = write_video(num_frames=10), tmp_path / "out"
    run(model, video, *WINDOW, "--out", out)
    run(model, video, *WINDOW, "--out", out, "--probabilities")  # computes what is missing
    written = rows(out / "video_probabilities.csv")
    assert [row["time_seconds"] for row in written[:2]] == ["0.0000", "0.0400"]
    assert len(written) == 10
    for row in written:
        assert float(row["fall"]) + float(row["rise"]) == pytest.approx(1, abs=2e-4)


def test_probabilities_need_a_folder(
    model: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(model, write_video(num_frames=2), *WINDOW, "--probabilities") == 1
    assert "tables of probabilities need a folder; give one with --out" in capsys.readouterr().err


def test_without_lengths_windows_are_usual_ones_and_it_says_why(
    model: Path, write_video: WriteVideo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(model, write_video(num_frames=25), "--out", tmp_path / "out") == 0
    assert (
        "note: windows of 0.5, 1 and 2 s, since the model came without" in capsys.readouterr().err
    )
    (line,) = (tmp_path / "out/timelines.jsonl").read_text().splitlines()
    assert json.loads(line)["windows"]["window_seconds"] == [0.5, 1, 2]


def test_windows_are_as_long_as_the_run_s_clips(
    model: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / "train.csv").write_text("path,label,start_seconds,end_seconds\ngone.mp4,fall,1,1.4\n")
    assert run(model, write_video(num_frames=25)) == 0
    assert "note: windows of 0.4 s, median and quartiles" in capsys.readouterr().err


def test_lengths_in_reality_are_not_guessed(
    model: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(model, write_video(num_frames=3), "--capture-fps", "240") == 1
    assert "give the lengths of windows as window_seconds, too" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "said"), [
    (["--order", "free"], "a model of clips, which does not take order: it was trained on single"),
    (["--event-threshold", "0"], "does not take event_threshold: it tells clips apart"),
])  # fmt: skip
def test_a_model_of_clips_refuses_what_it_cannot_use(
    option: list[str],
    said: str,
    model: Path,
    write_video: WriteVideo,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(model, write_video(num_frames=3), *option) == 1
    assert said in capsys.readouterr().err


class OfRecordings(NetworkTimelineRecognizer):
    """Stands in for a model of whole recordings: rising from the start, a peak in frame 5."""

    def __init__(self, phases: list[str], events: list[str]) -> None:
        torch.nn.Module.__init__(self)
        self.phases, self.events = phases, events
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
     "window_seconds: it reads recordings in the windows that it was trained with"),
    ((["a"], []), ["--in-order"], "in_order: it has learned which phase follows which"),
    ((["a"], []), ["--event-threshold", "0.5"], "no events, which does not take event_threshold"),
    (([], ["b"]), ["--threshold", "0.5"], "no phases, which does not take threshold"),
    ((["a"], ["b"]), ["--overlap", "1"], "overlap must lie in [0, 0.9], got 1.0"),
    ((["a"], ["b"]), ["--event-threshold", "2"], "event_threshold must lie in [0, 1], got 2.0"),
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


def test_from_python_windows_need_not_be_given(model: Path, write_video: WriteVideo) -> None:
    with pytest.warns(UserWarning, match="windows of 0.5, 1 and 2 s"):
        found = mienet.load(model).timeline(write_video(num_frames=25))
    assert found.phases[-1].end_seconds == pytest.approx(1)
    with pytest.warns(UserWarning, match="windows of 0.5, 1 and 2 s"):
        (one,) = mienet.timeline(model, [write_video(num_frames=25)])
    assert one.timeline is not None
