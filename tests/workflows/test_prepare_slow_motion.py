"""Recordings whose camera was faster than their files say: the lists count seconds of reality."""

from dataclasses import replace
from pathlib import Path

import pytest

from mienet.curation.probe import Probe
from mienet.curation.recording_problems import as_clips
from mienet.data.manifest import read_prepared
from mienet.data.recordings import read_recordings
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from tests.workflows.recordings import HEADER, TAKES, marks_csv, rows_of, six_jumps

pytestmark = pytest.mark.usefixtures("same_process", "no_charts")

TIMES = {"up": (0.0, 0.012), "down": (0.012, 0.024)}
"""Of what lasts ten times as long in the files."""


def listed(tmp_path: Path) -> list[AnnotatedVideo]:
    return list(read_recordings(read_prepared(tmp_path / "out").lists()["train"]).videos)


def times_of(video: AnnotatedVideo) -> dict[str, tuple[float, float]]:
    return {
        i.label: (pytest.approx(i.start_seconds), pytest.approx(i.end_seconds))
        for i in video.intervals
    }


def test_marks_become_seconds_of_reality(tmp_path, videos, prepare, capsys) -> None:
    source = marks_csv(six_jumps(videos))
    assert prepare(source, "--split", "1", "--capture-fps", 250) == 0
    assert len(listed(tmp_path)) == 6
    for video in listed(tmp_path):
        assert (video.capture_fps, times_of(video)) == (250, TIMES)


def test_a_table_of_reality_is_taken_as_it_is(tmp_path, videos, prepare) -> None:
    folder = six_jumps(videos)
    rows = rows_of(*TAKES).replace("0.12", "0.012").replace("0.24", "0.024").splitlines()
    text = HEADER.strip() + ",capture_fps\n" + "".join(f"{row},250\n" for row in rows)
    (folder / "marks.csv").write_text(text)
    assert prepare(folder / "marks.csv", "--split", "1") == 0
    assert {video.capture_fps for video in listed(tmp_path)} == {250}
    assert times_of(listed(tmp_path)[0]) == TIMES


def test_names_tell_how_fast_the_camera_was(tmp_path, videos, prepare) -> None:
    names = ("ann_250", "bo_25")
    folder = videos(*(f"{name}.mp4" for name in names))
    (folder / "marks.csv").write_text(HEADER + rows_of(*names, subjects=False))
    arguments = ["--split", "1", "--paths", "{subject}_{capture_fps}"]
    assert prepare(folder / "marks.csv", *arguments) == 0
    fast, slow = sorted(listed(tmp_path), key=lambda video: video.path)
    assert times_of(fast) == TIMES
    assert slow.intervals[1].end_seconds == pytest.approx(0.24)


def test_a_mark_behind_the_end_of_reality_is_refused(tmp_path, videos, prepare, capsys) -> None:
    source = marks_csv(six_jumps(videos), "ann_1.mp4,late,0.6,,ann\n")
    assert prepare(source, "--split", "1", "--capture-fps", 250) == 1
    assert "'late' at 0.06 s is outside its video, which lasts 0.032 s" in capsys.readouterr().err


def test_folders_of_frames_need_the_camera_s_rate(tmp_path, write_frames, prepare, capsys) -> None:
    for name in ("ann_1", "bo_1"):
        write_frames(f"v/{name}", 12)
    marks = tmp_path / "v/marks.csv"
    marks.write_text(HEADER + rows_of("ann_1", "bo_1").replace(".mp4", ""))
    assert prepare(marks, "--split", "1") == 1
    assert "say how fast the camera was (--capture-fps 25" in capsys.readouterr().err
    assert prepare(marks, "--split", "1", "--capture-fps", 25) == 0
    assert {video.capture_fps for video in listed(tmp_path)} == {25}


def test_it_is_said_once(videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    (folder / "marks.csv").write_text(
        "path,label,start_seconds,end_seconds,capture_fps\nann_1.mp4,up,0,0.01,250\n"
        "ann_1.mp4,top,0.01,,\n"
    )
    assert prepare(folder / "marks.csv", "--split", "1", "--capture-fps", 250) == 1
    assert "marks.csv:2 has a column capture_fps; leave one out" in capsys.readouterr().err


def test_pictures_are_of_the_frames_that_are_marked() -> None:
    marked = AnnotatedVideo("a", (Interval("up", 0.1, 0.2),), (Event("top", 0.15),), path="a")
    probe = Probe("a", 1, 1, True, num_frames=30, frames_per_second=250.0, duration_seconds=0.12)
    for rate, parts in ((None, [(0.1, 0.2, None, None), (0.15, 0.154, None, None)]),
                        (100, [(None, None, 10, 20), (None, None, 15, 16)])):  # fmt: skip
        video = replace(marked, capture_fps=rate)
        clips = as_clips({"all": [video]}, ["up"], ["top"], {"a": probe})["all"].records
        assert [
            (c.start_seconds, c.end_seconds, c.start_frame, c.end_frame) for c in clips
        ] == parts
