"""Recordings of frames as they are taken."""

from pathlib import Path

import numpy as np
import pytest

from mienet.rendering.recorder import Recorder
from mienet.video.camera import Taken
from mienet.video.reader import open_video

TIMES = [5.0, 5.04, 5.1, 5.2]


def record(path: Path, *, is_ended: bool = True) -> Recorder:
    recorder = Recorder(path)
    for number, time_seconds in enumerate(TIMES):
        recorder.add(Taken(np.full((49, 65, 3), 60 * number, np.uint8), time_seconds, 0.0))
    if is_ended:
        recorder.close()
    return recorder


def test_frames_keep_their_times(tmp_path: Path) -> None:
    record(tmp_path / "a.mp4")
    with open_video(tmp_path / "a.mp4") as video:
        assert video.timestamps_seconds is not None
        assert video.timestamps_seconds.tolist() == pytest.approx([0.0, 0.04, 0.1, 0.2], abs=1e-3)


def test_frames_are_those_that_were_seen(tmp_path: Path) -> None:
    record(tmp_path / "a.mp4")
    with open_video(tmp_path / "a.mp4") as video:
        means = video.read(range(4)).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(means, [0, 60, 120, 180], atol=3)


def test_other_recording_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("mine")
    with pytest.raises(FileExistsError):
        Recorder(tmp_path / "a.mp4")


def test_recording_of_nothing_ends(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4")
    recorder.close()
    assert recorder.problem == ""


def test_recording_without_frames_is_deleted(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4")
    recorder.close()
    recorder.close()  # again, as who watches and who stops both do
    assert not (tmp_path / "a.mp4").exists()


def test_frame_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4")
    for number in range(100):
        recorder.add(Taken(np.zeros((48, 64, 7), np.uint8), number / 100, 0.0))
    recorder.close()
    assert "Unexpected numpy array shape" in recorder.problem
