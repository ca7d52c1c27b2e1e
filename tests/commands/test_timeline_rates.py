"""``mienet timeline`` of slow motion: by an option, or by a column of a list."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.timeline_runs import WINDOW, rows, run
from tests.conftest import WriteVideo, make_timeline_recognizer


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
    ("a.mp4,250\n", ["--write", "elan", "--out", "out"], "leave --write out, or these"),
])  # fmt: skip
def test_rates_of_a_list_that_cannot_be_used(
    cells: str, options: list[object], said: str, model: Path, write_video: WriteVideo,
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write_video("a.mp4", num_frames=6)
    (tmp_path / "list.csv").write_text(f"path,capture_fps\n{cells}")
    assert run(model, tmp_path / "list.csv", *WINDOW, *options) == 1
    assert said in capsys.readouterr().err


def test_frames_that_are_left_out_are_told(
    write_video: WriteVideo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_timeline_recognizer().save(tmp_path / "model")
    assert run(tmp_path / "model", write_video(num_frames=25), "--capture-fps", "250") == 0
    said = capsys.readouterr()
    assert "of 250 frames per second every 10th is looked at" in said.out + said.err
