"""``mienet timeline`` with a folder of before: what is computed, drawn and mixed."""

from pathlib import Path

import pytest

from tests.commands.timeline_runs import WINDOW, rows, run
from tests.conftest import WriteVideo


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
