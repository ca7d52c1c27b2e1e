"""Frames of sources as they are taken."""

import time

import pytest

from mienet.errors import VideoError
from mienet.video.camera import open_source
from tests.conftest import WriteVideo


def test_file_gives_all_frames_at_their_times(write_video: WriteVideo) -> None:
    source = open_source(str(write_video(num_frames=4, times=[10, 12, 13, 16])))
    times = [frame.time_seconds for frame in source.frames]
    assert times == pytest.approx([0.0, 0.02, 0.03, 0.06], abs=1e-3)


def test_file_gives_frames_no_sooner_than_they_are_due(write_video: WriteVideo) -> None:
    source = open_source(str(write_video(num_frames=4, times=[0, 2, 3, 6])))
    start = time.monotonic()
    assert [frame.arrived - start >= frame.time_seconds for frame in source.frames] == [True] * 4


def test_file_says_its_rate(write_video: WriteVideo) -> None:
    source = open_source(str(write_video(num_frames=4, times=[0, 2, 4, 6])))
    assert source.frames_per_second == pytest.approx(50)


def test_what_is_no_source_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"x\.mp4: no such file; give a camera's number"):
        open_source("x.mp4")


def test_camera_that_is_not_there_is_an_error() -> None:
    with pytest.raises(VideoError, match="camera 93: cannot be opened; check that it is plugged"):
        open_source("93")


def test_stream_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(VideoError, match=r"rtsp://127\.0\.0\.1:9/a: cannot be opened"):
        open_source("rtsp://127.0.0.1:9/a")
