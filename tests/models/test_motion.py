import pytest
import torch
from torch import Tensor

from mienet.models import PersistenceOfAppearance


def textbook(frames: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """PA as published: one convolution a frame, then distances between neighbours."""
    features = torch.nn.functional.conv2d(frames.flatten(0, 2), weight, bias, padding=3)
    features = features.unflatten(0, frames.shape[:3])
    difference = features[:, :, :-1] - features[:, :, 1:] + 1e-6
    return (difference**2).sum(dim=3).sqrt()


def test_equals_the_textbook_formula_whatever_the_bias() -> None:
    motion = PersistenceOfAppearance().double()
    frames = torch.randn(2, 3, 4, 3, 12, 10, dtype=torch.float64)
    bias = torch.randn(8, dtype=torch.float64)
    expected = textbook(frames, motion.conv.weight, bias)
    torch.testing.assert_close(motion(frames), expected, rtol=1e-10, atol=1e-12)


def test_gradient_equals_that_of_the_textbook_formula() -> None:
    motion = PersistenceOfAppearance().double()
    frames = torch.randn(1, 1, 3, 3, 8, 8, dtype=torch.float64)
    weight = motion.conv.weight.detach().clone().requires_grad_()
    textbook(frames, weight, torch.zeros(8, dtype=torch.float64)).sum().backward()
    motion(frames).sum().backward()
    torch.testing.assert_close(motion.conv.weight.grad, weight.grad)


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
