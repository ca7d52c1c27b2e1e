"""The contact sheet and the video of an explanation: what is in them, on which scale."""

import io
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from mienet.explanations.explanation import Explanation, Place
from mienet.rendering.explanation import (
    DPI,
    PAGE_INCHES,
    bar_charts,
    blended,
    explanation_png,
    fusion_sentence,
    picture_rows,
    pictured_columns,
    scaled,
    title,
    window_sentence,
)
from mienet.rendering.explanation_video import SIDE, video_frames, write_explanation_video

MADE = Explanation(
    label="rise",
    probability=0.75,
    likeliest="rise",
    frames=np.full((2, 4, 8, 8, 3), 100, np.uint8),
    motion=np.ones((2, 3, 8, 8), np.float32),
    heat=np.array([[[0.0, 4.0]], [[2.0, 0.0]]], np.float32),
    masking=np.array([0.5, -0.25], np.float32),
    attention=np.array([0.4, 0.6], np.float32),
    fusion_shares=np.array([0.25, 0.75], np.float32),
    fusion_gates=np.full((2, 3), 0.5, np.float32),
)
OF_IMAGES_ALONE = replace(MADE, motion=None, attention=None, fusion_shares=None, fusion_gates=None)
MOMENTS = ["0.10 s", "0.50 s"]


def of_window(count: int, position: int, *, is_event: bool = True) -> Explanation:
    """Returns an explanation of a position of a window, with a map of its own at each."""
    return replace(
        OF_IMAGES_ALONE,
        frames=np.tile(
            np.arange(count, dtype=np.uint8)[:, None, None, None, None], (1, 4, 8, 8, 3)
        ),
        heat=np.ones((count, 1, 1), np.float32),
        masking=np.zeros(count, np.float32),
        place=Place(position, is_event, 2),
    )


def times(count: int) -> list[str]:
    return [f"{index}.00 s" for index in range(count)]


def test_the_title_names_the_likeliest_class_where_another_is_explained() -> None:
    assert title(MADE, MOMENTS) == "Why “rise”?   75.0%"
    other = replace(MADE, probability=0.2, likeliest="fall")
    assert title(other, MOMENTS) == "Why “rise”?   20.0%; likeliest is “fall”"


def test_the_title_of_a_moment_says_when_and_what_is_named_there() -> None:
    event = of_window(2, 1)
    assert title(event, MOMENTS) == "Why event “rise” at 0.50 s?   75.0%"
    phase = replace(of_window(2, 0, is_event=False), likeliest="no phase")
    assert title(phase, MOMENTS) == "Why phase “rise” at 0.10 s?   75.0%; named there: “no phase”"


def test_of_a_window_the_positions_around_one_are_pictured() -> None:
    columns = [pictured_columns(of_window(10, position)) for position in (0, 5, 9)]
    assert columns == [range(7), range(2, 9), range(3, 10)]
    (_, images), _ = picture_rows(of_window(10, 5))
    assert [int(image.max()) for image in images] == [2, 3, 4, 5, 6, 7, 8]


def test_the_window_is_said_with_what_is_pictured() -> None:
    assert window_sentence(MADE, MOMENTS) == ""
    said = "Seen in a window of 2 positions from 0.10 s to 0.50 s"
    assert window_sentence(of_window(2, 0), MOMENTS) == said
    said = window_sentence(of_window(10, 0), times(10))
    assert said.endswith("10 positions from 0.00 s to 9.00 s; the 7 pictured ones are shaded below")


@pytest.fixture(scope="module")
def window_sheet() -> Image.Image:
    """Returns the sheet of the sixth of ten positions."""
    return Image.open(io.BytesIO(explanation_png(of_window(10, 5), "jump.mp4", times(10))))


def test_the_position_that_is_explained_is_framed(window_sheet: Image.Image) -> None:
    pixels = np.asarray(window_sheet.convert("RGB")).astype(int)
    framed = np.abs(pixels - [0xC2, 0x41, 0x0C]).sum(axis=2) < 8
    columns = np.flatnonzero(framed[: len(framed) // 2].any(axis=0)) / pixels.shape[1]
    # The fourth of the seven pictures, between the labels and the right margin.
    assert 0.5 < columns.min() < columns.max() < 0.7


def test_a_sheet_of_a_window_is_as_wide_as_a_page(window_sheet: Image.Image) -> None:
    assert window_sheet.width == PAGE_INCHES * DPI


def test_segments_share_one_scale() -> None:
    assert scaled(MADE.heat).tolist() == [[[0, 1]], [[0.5, 0]]]


def test_nothing_stays_nothing() -> None:
    assert not scaled(np.zeros((2, 2), np.float32)).any()


def test_each_place_of_coarse_maps_is_a_rectangle() -> None:
    image = blended(MADE.frames[0, 0], np.array([[0.0, 1.0]], np.float32), "inferno")
    assert len(np.unique(image[:, :4].reshape(-1, 3), axis=0)) == 1
    assert image[0, 4].mean() > 2 * image[0, 3].mean()


def test_what_a_network_lacks_has_no_row() -> None:
    assert [len(picture_rows(made)) for made in (MADE, OF_IMAGES_ALONE)] == [3, 2]
    assert [len(bar_charts(made, MOMENTS)) for made in (MADE, OF_IMAGES_ALONE)] == [3, 1]
    assert fusion_sentence(OF_IMAGES_ALONE) == ""
    assert fusion_sentence(MADE).startswith("Fusion weighs the image 25% and motion 75%")


def test_a_long_name_makes_the_sheet_no_wider() -> None:
    short, long = (
        Image.open(io.BytesIO(explanation_png(MADE, name, MOMENTS))) for name in ("a", "$a" * 200)
    )
    assert short.size == long.size
    right = np.asarray(long.convert("L"))[:, -8:]
    assert (right == 255).all()


def test_the_video_shows_each_frame_beside_its_maps(tmp_path: Path) -> None:
    write_explanation_video(MADE, MOMENTS, tmp_path / "why.mp4")
    with av.open(str(tmp_path / "why.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 2 * 4
    assert frames[0].shape[1] == 3 * SIDE
    assert abs(float(frames[0][:SIDE, :SIDE].mean()) - 100) < 2


def test_frames_that_positions_share_are_shown_once() -> None:
    shown = [int(image[0, 0, 0]) for image in video_frames(of_window(3, 1), times(3))]
    assert shown == [0, 0, 1, 1, 2, 2]
