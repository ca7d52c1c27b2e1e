"""Clips as other cameras would have seen them; all frames of a clip alike."""

import pytest
import torch
from torch import Tensor

from mienet.training import distortions
from mienet.training.distortions import distort_clips

BOUNDS = ("TURN", "ZOOM", "STRETCH", "ASIDE", "COLOR", "CONTRAST")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch):
    """Returns what leaves one kind of distortion, drawn at its upper bound."""

    def keep(name: str, most: float) -> None:
        for bound in BOUNDS:
            monkeypatch.setattr(distortions, bound, most if bound == name else 0.0)
        monkeypatch.setattr(torch, "rand", torch.ones)

    return keep


def corner(height: int = 8, width: int = 8) -> Tensor:
    """Returns a clip (1, 1, 2, 3, H, W), black but for a white upper left quarter."""
    clip = torch.zeros(1, 1, 2, 3, height, width, dtype=torch.uint8)
    clip[..., : height // 2, : width // 2] = 255
    return clip


def test_no_strength_leaves_the_clips() -> None:
    clips = corner()
    assert distort_clips(clips, 0) is clips


def test_without_any_distortion_the_pixels_stay(only) -> None:
    only("TURN", 0.0)
    assert torch.equal(distort_clips(corner(), 1.0), corner())


def test_a_quarter_turn_moves_the_corner(only) -> None:
    only("TURN", torch.pi / 2)
    turned = distort_clips(corner(), 1.0)[0, 0, 0, 0]
    assert turned.tolist() in [torch.rot90(corner()[0, 0, 0, 0], k).tolist() for k in (1, -1)]


def test_a_shift_is_a_part_of_the_side(only) -> None:
    only("ASIDE", 0.25)
    shifted = distort_clips(corner(), 1.0)[0, 0, 0, 0]
    assert (shifted > 0).sum() == 2 * 2  # 2 of 8 pixels aside, both ways: of 4x4 a 2x2 is left


def test_a_zoom_multiplies_lengths(only) -> None:
    only("ZOOM", 0.6931471805599453)  # from twice as far
    clip = torch.zeros(1, 1, 1, 1, 16, 16, dtype=torch.uint8)
    clip[..., 4:12, 4:12] = 200
    zoomed = distort_clips(clip, 1.0)[..., 2:14, 2:14]  # without what the borders mirror
    assert (zoomed > 100).sum() == 4 * 4


def test_colors_are_multiplied(only) -> None:
    only("COLOR", 0.5)
    clip = torch.full((1, 1, 1, 3, 4, 4), 100, dtype=torch.uint8)
    assert distort_clips(clip, 1.0).unique().tolist() == [165]  # 100 * e**0.5


def test_contrast_moves_values_from_their_mean(only) -> None:
    only("CONTRAST", 0.6931471805599453)
    clip = torch.tensor([90, 110], dtype=torch.uint8).view(1, 1, 1, 1, 1, 2)
    assert distort_clips(clip, 1.0).flatten().tolist() == [80, 120]


def test_pixels_are_placed_alike_in_mixed_precision(only) -> None:
    only("TURN", 0.2)
    clip = torch.arange(64 * 64).remainder(251).view(1, 1, 1, 1, 64, 64).to(torch.uint8)
    exact = distort_clips(clip, 1.0)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(distort_clips(clip, 1.0), exact)


def test_strength_scales_the_bounds(only) -> None:
    only("COLOR", 1.0)
    clip = torch.full((1, 1, 1, 3, 4, 4), 100, dtype=torch.uint8)
    assert distort_clips(clip, 0.5).unique().tolist() == [165]


def test_frames_of_a_clip_are_distorted_alike_and_clips_apart() -> None:
    torch.manual_seed(0)
    first, second = distort_clips(corner().repeat(2, 3, 1, 1, 1, 1), 1.0)
    assert len(first.flatten(0, 1).unique(dim=0)) == 1
    assert not torch.equal(first, second)
