import pytest
import torch
from torch import Tensor

from mienet.models import PersistenceOfAppearance
from mienet.models.motion import place_in_blocks


def textbook(frames: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """PA as published: one convolution a frame, then distances between neighbors."""
    features = torch.nn.functional.conv2d(frames.flatten(0, 2), weight, bias, padding=3)
    features = features.unflatten(0, frames.shape[:3])
    difference = features[:, :, :-1] - features[:, :, 1:] + 1e-6
    return (difference**2).sum(dim=3).sqrt()


@pytest.mark.parametrize("size", [(12, 10), (11, 10), (12, 9), (1, 1)])
def test_equals_the_textbook_formula_whatever_the_bias(size: tuple[int, int]) -> None:
    motion = PersistenceOfAppearance().double()
    frames = torch.randn(2, 3, 4, 3, *size, dtype=torch.float64)
    bias = torch.randn(8, dtype=torch.float64)
    expected = textbook(frames, motion.conv.weight, bias)
    torch.testing.assert_close(motion(frames), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", [(8, 8), (7, 5)])
def test_gradients_equal_those_of_the_textbook_formula(size: tuple[int, int]) -> None:
    motion = PersistenceOfAppearance().double()
    frames = torch.randn(1, 1, 3, 3, *size, dtype=torch.float64, requires_grad=True)
    inputs = [frames, motion.conv.weight]
    maps = textbook(frames, motion.conv.weight, torch.zeros(8, dtype=torch.float64))
    weights = torch.randn_like(maps)  # a plain sum would not see maps that changed places
    expected = torch.autograd.grad((maps * weights).sum(), inputs)
    actual = torch.autograd.grad((motion(frames) * weights).sum(), inputs)
    torch.testing.assert_close(actual, expected)


def test_kernels_in_a_block_are_the_kernel_at_four_places() -> None:
    kernels = place_in_blocks(torch.tensor([[[[5.0]]]]))  # (F, C, K, K) = (1, 1, 1, 1)
    assert kernels.tolist() == [
        [[[5, 0], [0, 0]]],
        [[[0, 5], [0, 0]]],
        [[[0, 0], [5, 0]]],
        [[[0, 0], [0, 5]]],
    ]


def test_still_frames_give_the_distance_of_epsilon() -> None:
    frames = torch.randn(1, 1, 1, 3, 8, 8).expand(1, 1, 4, 3, 8, 8)
    maps = PersistenceOfAppearance()(frames)
    torch.testing.assert_close(maps, torch.full((1, 1, 3, 8, 8), 8**0.5 * 1e-6))


def test_gradient_is_finite_where_nothing_moves_in_float16() -> None:
    motion = PersistenceOfAppearance().half()
    motion(torch.zeros(1, 1, 4, 3, 8, 8, dtype=torch.float16)).sum().backward()
    assert motion.conv.weight.grad is not None
    assert motion.conv.weight.grad.isfinite().all()


def test_small_start_for_pan_lite() -> None:
    weight = PersistenceOfAppearance(weight_std=0.001).conv.weight
    assert 0.0008 < weight.std() < 0.0012


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(B, T, L, 3, H, W\).*got \(2, 3, 8, 8\)"):
        PersistenceOfAppearance()(torch.zeros(2, 3, 8, 8))


def test_segments_that_share_frames_share_their_maps() -> None:
    motion = PersistenceOfAppearance().double()
    frames = torch.randn(2, 7, 3, 8, 8, dtype=torch.float64)
    segments = torch.stack([frames[:, start : start + 4] for start in range(4)], dim=1)
    between = motion.between_neighbors(frames)
    assert between.shape == (2, 6, 8, 8)
    expected = torch.stack([between[:, start : start + 3] for start in range(4)], dim=1)
    torch.testing.assert_close(motion(segments), expected)
