"""Copies for browsers: which videos need one, and that frames and times are the same."""

from pathlib import Path

import av
import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.server.playing import needs_copy
from mienet.server.transcoding import is_copy, write_playable
from mienet.server.work import Worker
from mienet.video.reader import open_video
from tests.conftest import WriteVideo, video_writer
from tests.server.lab import Lab

UNEVEN = [0, 4, 9, 10, 17, 30, 31, 55, 60, 61]
"""Hundredths of a second."""


def test_a_copy_has_the_same_frames_at_the_same_times(
    write_video: WriteVideo, tmp_path: Path
) -> None:
    path = write_video("a.avi", 10, codec="mpeg4")
    uneven = write_video("b.mkv", 10, times=UNEVEN)
    for video in (path, uneven):
        write_playable(video, tmp_path / "copies/copy.mp4")
        with open_video(video) as old, open_video(tmp_path / "copies/copy.mp4") as new:
            np.testing.assert_allclose(new.timestamps_seconds, old.timestamps_seconds, atol=1e-4)
            # Neighbors differ by 4 levels, of which conversions take 1.
            means = [images.read(range(10)).mean(axis=(1, 2, 3)) for images in (old, new)]
            np.testing.assert_allclose(*means, atol=1)


def test_a_copy_plays_in_browsers(write_video: WriteVideo, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    write_playable(write_video("a.avi", 4, codec="mpeg4"), copy)
    assert needs_copy(copy) == ""
    with av.open(str(copy)) as container:
        assert (container.streams.video[0].codec_context.name, len(container.streams)) == (
            "h264",
            1,
        )
    start = copy.read_bytes()
    assert start.index(b"moov") < start.index(b"mdat")


def test_a_copy_is_upright_with_even_sides(write_video: WriteVideo, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    write_playable(write_video(num_frames=2, size=(48, 30), rotation=90), copy)
    with av.open(str(copy)) as container:
        context = container.streams.video[0].codec_context
        assert (context.width, context.height) == (30, 48)


@pytest.mark.parametrize(
    ("name", "codec", "reason"),
    [
        ("a.mp4", "libx264", ""),
        ("a.mov", "libx264", ""),
        ("a.mkv", "libx264", "browsers do not play .mkv files"),
        ("a.avi", "mpeg4", "browsers do not play .avi files"),
        ("a.mp4", "mpeg4", "not all browsers play mpeg4"),
    ],
)
def test_what_browsers_play(write_video: WriteVideo, name: str, codec: str, reason: str) -> None:
    assert needs_copy(write_video(name, 2, codec=codec)) == reason


def test_pixels_of_ten_bits_need_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "ten.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p10le"
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert needs_copy(path) == "not all browsers play h264 with yuv420p10le pixels"


def test_a_copy_of_a_changed_video_is_none(write_video: WriteVideo, tmp_path: Path) -> None:
    video, copy = write_video(num_frames=2), tmp_path / "copy.mp4"
    write_playable(video, copy)
    assert is_copy(video, copy)
    write_video(num_frames=3)
    assert not is_copy(video, copy)


def test_nothing_is_left_of_a_copy_that_failed(tmp_path: Path) -> None:
    (tmp_path / "broken.avi").write_bytes(b"no video")
    with pytest.raises(MienetError, match=r"broken\.avi"):
        write_playable(tmp_path / "broken.avi", tmp_path / "copies/broken.mp4")
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_copy_that_does_not_fit_is_not_there_and_tried_again(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lab = Lab(tmp_path)
    video_writer(tmp_path)("a.avi", 4, codec="mpeg4")
    number = lab.jobs.add("transcode", videos=["a.avi"])
    request.getfixturevalue("full_disk")
    job = lab.jobs.take("copies")
    assert job
    Worker(lab.places, "copies").do(job)
    ended = lab.jobs.described(number)
    assert (ended["state"], ended["videos"][0]["problem"]) == ("failed", "")
    assert ended["message"] == (
        "a.avi: no space left on device; make room on its disk, and try again"
    )
    assert list(lab.places.playable.iterdir()) == []
