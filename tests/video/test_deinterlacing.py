from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from mienet.video.deinterlacing import with_neighbors
from mienet.video.reader import INTERLACED_NOTE, open_video

FORMATS = [
    ("a.mpg", "mpeg2video"),
    ("a.mkv", "mpeg2video"),
    ("a.mp4", "libx264"),
    ("a.ts", "libx264"),
]


def write_interlaced(path: Path, codec: str, num_frames: int = 12) -> Path:
    """Writes a bar that moves sideways between the even and the odd lines of every frame."""
    options = {"flags": "+ilme+ildct", "x264-params": "tff=1"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.bit_rate, stream.gop_size = 8_000_000, 5
        for index in range(num_frames):
            image = np.full((64, 96, 3), 40, np.uint8)
            for field in (0, 1):
                left = 6 * index + 3 * field
                image[field::2, left : left + 12] = 220
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def comb(image: np.ndarray) -> float:
    """Returns how much neighboring lines differ."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(float)
    return float(np.abs(np.diff(gray, axis=0)).mean())


@pytest.mark.parametrize(("name", "codec"), FORMATS)
def test_interlaced_video_is_noted_and_left_as_it_is(tmp_path: Path, name: str, codec: str) -> None:
    with open_video(write_interlaced(tmp_path / name, codec)) as video:
        assert INTERLACED_NOTE in video.notes
        assert comb(video.read([5])[0]) > 5


@pytest.mark.parametrize(("name", "codec"), FORMATS)
def test_a_deinterlaced_frame_is_the_same_whichever_are_asked_for(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = write_interlaced(tmp_path / name, codec)
    with open_video(path, deinterlace=True) as video:
        together = video.read(range(12))
        assert comb(together[5]) < 3
        for index in (0, 11, 5, 6, 1):
            np.testing.assert_array_equal(video.read([index])[0], together[index])
        some = [9, 2, 3, 4, 9]
        np.testing.assert_array_equal(video.read(some), together[some])


def test_frames_that_are_not_marked_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        noise = np.random.default_rng(0).integers(0, 256, (6, 64, 64, 3), dtype=np.uint8)
        for index, image in enumerate(noise):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_video(path) as plain, open_video(path, deinterlace=True) as video:
        assert video.notes == []
        np.testing.assert_array_equal(plain.read(range(6)), video.read(range(6)))


def test_a_frame_needs_both_its_neighbors() -> None:
    assert with_neighbors([0, 5, 6, 9], 10) == [0, 1, 4, 5, 6, 7, 8, 9]
