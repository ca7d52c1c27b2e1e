"""``mienet timeline`` with a model of clips: what it finds, in which windows, what it refuses."""

import json
from pathlib import Path

import pytest

import mienet
from tests.commands.timeline_runs import WINDOW, rows, run
from tests.conftest import WriteVideo


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


def test_where_nothing_is_found_nothing_is_written(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    (tmp_path / "empty").mkdir()
    out = tmp_path / "out"
    for videos in ([tmp_path / "broken.mp4"], [tmp_path / "empty"]):
        assert run(model, *videos, *WINDOW, "--out", out) == 1
        assert "Written" not in capsys.readouterr().out
    assert not out.exists()


@pytest.mark.parametrize(("option", "said"), [
    (["--window-seconds", "0"], "--window-seconds is 0; it must be a number above 0"),
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
    assert "give the lengths of windows with --window-seconds" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "said"), [
    (["--order", "free"], "a model of clips, which does not take --order: it was trained on"),
    (["--event-threshold", "0"], "does not take --event-threshold: it tells clips apart"),
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


def test_from_python_windows_need_not_be_given(model: Path, write_video: WriteVideo) -> None:
    with pytest.warns(UserWarning, match="windows of 0.5, 1 and 2 s"):
        found = mienet.load(model).timeline(write_video(num_frames=25))
    assert found.phases[-1].end_seconds == pytest.approx(1)
    with pytest.warns(UserWarning, match="windows of 0.5, 1 and 2 s"):
        (one,) = mienet.timeline(model, [write_video(num_frames=25)])
    assert one.timeline is not None
