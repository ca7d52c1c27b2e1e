"""The contact sheet and the video of an explanation: what is in them, on which scale."""

import io
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from PIL import Image

from mienet.explanations.explanation import Explanation
from mienet.rendering.explanation import (
    bar_charts,
    blended,
    explanation_png,
    fusion_sentence,
    picture_rows,
    scaled,
    title,
)
from mienet.rendering.explanation_video import SIDE, write_explanation_video

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


def test_the_title_names_the_likeliest_class_where_another_is_explained() -> None:
    assert title(MADE) == "Why “rise”?   75.0%"
    other = replace(MADE, probability=0.2, likeliest="fall")
    assert title(other) == "Why “rise”?   20.0%; likeliest is “fall”"


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
    assert [len(bar_charts(made)) for made in (MADE, OF_IMAGES_ALONE)] == [3, 1]
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
