import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from mienet.video.geometry import (
    Orientation,
    is_plausible,
    orientation_from_matrix,
    resized,
    square_size,
    tilt_degrees,
)
from mienet.video.reader import open_video

ONE = 1 << 16
PICTURE = np.arange(6, dtype=np.uint8).reshape(2, 3)
"""Two rows of three pixels, told apart by their numbers."""

EIGHT = [
    ((1, 0, 0, 1), [[0, 1, 2], [3, 4, 5]]),
    ((-1, 0, 0, 1), [[2, 1, 0], [5, 4, 3]]),
    ((1, 0, 0, -1), [[3, 4, 5], [0, 1, 2]]),
    ((-1, 0, 0, -1), [[5, 4, 3], [2, 1, 0]]),
    ((0, 1, -1, 0), [[3, 0], [4, 1], [5, 2]]),  # a quarter turn clockwise
    ((0, -1, 1, 0), [[2, 5], [1, 4], [0, 3]]),
    ((0, 1, 1, 0), [[0, 3], [1, 4], [2, 5]]),
    ((0, -1, -1, 0), [[5, 2], [4, 1], [3, 0]]),
]
"""What a display matrix's a, b, c, d makes of the picture."""


def matrix(a: float, b: float, c: float, d: float) -> list[int]:
    a, b, c, d = (round(number * ONE) for number in (a, b, c, d))
    return [a, b, 0, c, d, 0, 0, 0, 1 << 30]


@pytest.mark.parametrize(("numbers", "shown"), EIGHT)
def test_every_display_matrix_turns_and_mirrors(
    numbers: tuple[int, int, int, int], shown: list[list[int]]
) -> None:
    orientation = orientation_from_matrix(np.array(matrix(*numbers), dtype=np.int32))
    image = np.repeat(PICTURE[:, :, None], 3, axis=2)
    assert orientation.apply(image)[:, :, 0].tolist() == shown


def test_a_slight_turn_is_none() -> None:
    slight = np.array([65_000, 8_000, 0, -8_000, 65_000, 0, 0, 0, 1 << 30], dtype=np.int32)
    assert orientation_from_matrix(slight) == Orientation()


@pytest.mark.parametrize("degrees", [0, 7, 30, 45])
def test_the_tilt_against_the_nearest_quarter_turn(degrees: int) -> None:
    for quarter in range(4):
        cos, sin = (part(math.radians(degrees + 90 * quarter)) for part in (math.cos, math.sin))
        display = np.array(matrix(cos, sin, -sin, cos)).astype(np.int32)
        assert tilt_degrees(display) == pytest.approx(degrees, abs=0.01)


WriteStill = Callable[..., Path]


@pytest.fixture
def write_still(tmp_path: Path) -> WriteStill:
    """Writes a lossless video of three frames: a bright disc of 40 pixels, left above."""

    def write(
        name: str,
        codec: str = "ffv1",
        *,
        display: list[int] | None = None,
        pixel_aspect: Fraction | None = None,
        pixel_format: str = "yuv444p",
    ) -> Path:
        image = np.zeros((96, 144, 3), np.uint8)
        cv2.circle(image, (34, 30), 20, (230, 230, 230), -1)
        with av.open(str(tmp_path / name), "w") as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 144, 96, pixel_format
            stream.bit_rate = 8_000_000
            if display:
                stream.set_display_matrix(display)
            if pixel_aspect:
                stream.codec_context.sample_aspect_ratio = pixel_aspect
            for index in range(3):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts = index
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return tmp_path / name

    return write


def disc(image: np.ndarray) -> tuple[float, float, int, int]:
    """Returns center and size of the disc, as fractions of the picture and in pixels."""
    rows, columns = np.nonzero(image.mean(axis=2) > 115)
    height, width = image.shape[:2]
    return (
        columns.mean() / width,
        rows.mean() / height,
        int(np.ptp(columns)) + 1,
        int(np.ptp(rows)) + 1,
    )


@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
@pytest.mark.parametrize(("numbers", "shown"), EIGHT)
def test_files_are_shown_upright(
    write_still: WriteStill, name: str, numbers: tuple[int, int, int, int], shown: list[list[int]]
) -> None:
    path = write_still(name, "libx264", display=matrix(*numbers))
    with open_video(path) as video:
        (image,) = video.read([1])
    where = np.array(shown)
    assert image.shape[:2] == ((96, 144) if where.shape == (2, 3) else (144, 96))
    x, y, _, _ = disc(image)
    rows, columns = np.nonzero(where == 0)
    assert (x < 0.5, y < 0.5) == (columns[0] == 0, rows[0] == 0)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mkv", "libx264", "yuv420p"),
        ("a.mov", "mpeg4", "yuv420p"),
        ("a.ts", "libx264", "yuv420p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.h264", "libx264", "yuv420p"),
        ("a.mpg", "mpeg2video", "yuv420p"),
    ],
)
@pytest.mark.parametrize("aspect", [Fraction(32, 27), Fraction(8, 9)])
def test_pixels_are_made_square(
    write_still: WriteStill, name: str, codec: str, pixel_format: str, aspect: Fraction
) -> None:
    path = write_still(name, codec, pixel_aspect=aspect, pixel_format=pixel_format)
    with open_video(path) as video:
        image, small = video.read([1])[0], video.read([1], short_side=48)[0]
    for shown in (image, small):
        assert shown.shape[1] / shown.shape[0] == pytest.approx(1.5 * aspect, rel=0.02)
    _, _, width, height = disc(image)
    assert width / height == pytest.approx(float(aspect), abs=0.05)
    assert min(small.shape[:2]) == 48


def test_turned_pixels_are_square_too(write_still: WriteStill) -> None:
    path = write_still("a.mp4", "libx264", display=matrix(0, 1, -1, 0), pixel_aspect=Fraction(2, 1))
    with open_video(path) as video:
        assert video.read([1]).shape == (1, 288, 96, 3)
        assert video.read([1], short_side=32).shape == (1, 96, 32, 3)


def test_square_sizes_are_stretched_never_shrunk() -> None:
    assert square_size(576, 720, Fraction(16, 11)) == (576, 1047)
    assert square_size(480, 720, Fraction(8, 9)) == (540, 720)
    assert square_size(480, 720, None) == (480, 720)


def test_an_absurd_pixel_aspect_is_not_believed() -> None:
    assert square_size(480, 720, Fraction(1000, 1)) == (480, 720)
    assert not is_plausible(Fraction(1, 1000))


def test_resized_keeps_the_shape() -> None:
    assert resized(240, 320, 120) == (120, 160)
    assert resized(320, 240, 120) == (160, 120)
    assert resized(240, 320, None) == (240, 320)


def test_resized_never_enlarges() -> None:
    assert resized(240, 320, 256) == (240, 320)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [("a.mkv", "ffv1", "bgr0"), ("a.mov", "png", "rgb24"), ("a.mp4", "libx264rgb", "rgb24")],
)
@pytest.mark.parametrize("short_side", [None, 60, 37])
def test_a_file_and_a_folder_of_its_frames_give_the_same_pixels(
    tmp_path: Path, name: str, codec: str, pixel_format: str, short_side: int | None
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 81, 121, 3), dtype=np.uint8)
    (tmp_path / "frames").mkdir()
    with av.open(str(tmp_path / name), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 121, 81, pixel_format
        for index, image in enumerate(noise):
            cv2.imwrite(str(tmp_path / f"frames/{index:03d}.png"), image[:, :, ::-1])
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_video(tmp_path / name) as file, open_video(tmp_path / "frames") as folder:
        one = file.read(range(3), short_side=short_side).astype(int)
        other = folder.read(range(3), short_side=short_side).astype(int)
    assert np.abs(one - other).max() <= 1
