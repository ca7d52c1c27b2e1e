import numpy as np
import pytest
import torch

from mienet.data import transforms
from mienet.data.transforms import Crop
from mienet.errors import MienetError


def test_multi_scale_crops_lie_within_the_image_and_distort_by_one_step() -> None:
    generator = np.random.default_rng(0)
    scales = (1.0, 0.875, 0.75, 0.66)
    crops = {transforms.multi_scale_crop(256, 340, scales, generator) for _ in range(3000)}
    sizes = [256, 224, 192, 168]
    for crop in crops:
        assert 0 <= crop.top <= 256 - crop.height
        assert 0 <= crop.left <= 340 - crop.width
        assert abs(sizes.index(crop.height) - sizes.index(crop.width)) <= 1


def test_thirteen_positions() -> None:
    generator = np.random.default_rng(0)
    crops = {transforms.multi_scale_crop(100, 140, (0.5,), generator) for _ in range(2000)}
    corners = {(0, 0), (0, 90), (50, 0), (50, 90), (25, 45)}
    assert len(crops) == 13
    assert corners <= {(crop.top, crop.left) for crop in crops}


def test_center_and_three_crops() -> None:
    assert transforms.evaluation_crops(40, 60, 32, "one") == [Crop(4, 14, 32, 32)]
    three = transforms.evaluation_crops(40, 60, 32, "three")
    assert [(crop.top, crop.left) for crop in three] == [(4, 0), (4, 14), (4, 28)]
    upright = transforms.evaluation_crops(60, 40, 32, "three")
    assert [(crop.top, crop.left) for crop in upright] == [(0, 4), (14, 4), (28, 4)]


def test_a_crop_larger_than_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match="crop of 64 pixels does not fit into 60x40"):
        transforms.evaluation_crops(40, 60, 64, "one")


def test_crop_takes_the_rectangle() -> None:
    images = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    cropped = transforms.crop_and_resize(images, Crop(1, 2, 2, 2), 2)
    assert (cropped == images[:, 1:3, 2:4]).all()


def test_brightness_is_a_factor_up_to_white() -> None:
    images = np.array([0, 10, 100, 200], np.uint8).reshape(1, 2, 2, 1).repeat(3, axis=-1)
    assert transforms.brighten(images, 1.5)[0, :, :, 0].ravel().tolist() == [0, 15, 150, 255]


def test_clip_keeps_segments_and_frames_apart() -> None:
    images = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    clip = transforms.to_clip(images, num_segments=3)
    assert clip.shape == (3, 2, 3, 2, 2)
    assert clip[:, :, 0, 0, 0].tolist() == [[0, 1], [2, 3], [4, 5]]


def test_normalize_by_hand() -> None:
    clips = torch.tensor([0, 128, 255], dtype=torch.uint8).view(1, 1, 1, 3, 1, 1)
    expected = [(0 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    torch.testing.assert_close(transforms.normalize(clips).ravel(), torch.tensor(expected))


def test_other_choices_of_crops_are_refused() -> None:
    with pytest.raises(MienetError, match="crops is 'five'; accepted are one and three"):
        transforms.evaluation_crops(32, 48, 32, "five")  # type: ignore[arg-type]
