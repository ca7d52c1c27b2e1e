import io

import numpy as np
import pytest
from PIL import Image

from mienet.annotations.records import VideoRecord
from mienet.rendering.looping_clips import looping_clip
from tests.conftest import WriteVideo, frame_number


def test_a_clip_moves_from_its_start_to_its_end(write_video: WriteVideo) -> None:
    path = str(write_video("a.mp4", num_frames=40))
    clip = looping_clip(VideoRecord(path, 0, start_frame=10, end_frame=30))
    image = Image.open(io.BytesIO(clip.moving))
    assert (image.format, image.info["loop"]) == ("WEBP", 0)
    numbers = []
    for frame in (0, image.n_frames - 1):
        image.seek(frame)
        numbers.append(frame_number(np.asarray(image.convert("RGB"))))
    assert numbers == pytest.approx([10, 29], abs=2)  # alike frames are put together
    assert Image.open(io.BytesIO(clip.still)).format == "JPEG"


def test_a_clip_of_one_frame(write_video: WriteVideo) -> None:
    path = str(write_video("a.mp4", num_frames=1))
    assert Image.open(io.BytesIO(looping_clip(VideoRecord(path, 0)).moving)).size == (48, 32)


def test_what_cannot_be_read_has_no_picture() -> None:
    assert looping_clip(VideoRecord("nowhere.mp4", 0)).moving == b""
