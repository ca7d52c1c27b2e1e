import pytest
import torch
from torch.nn import functional

from mienet.models import PersistenceOfAppearance
from mienet.models.signed_motion import SignedMotion


@pytest.mark.parametrize("size", [(12, 10), (11, 10), (12, 9), (1, 1)])
def test_equals_the_difference_of_two_convolved_frames(size: tuple[int, int]) -> None:
    motion = SignedMotion().double()
    frames = torch.randn(2, 3, 4, 3, *size, dtype=torch.float64)
    each = functional.conv2d(frames.flatten(0, 2), motion.conv.weight, padding=3)
    each = each.squeeze(1).unflatten(0, (2, 3, 4))
    torch.testing.assert_close(motion(frames), each[:, :, :-1] - each[:, :, 1:])


def test_backwards_every_map_changes_its_sign_alone() -> None:
    frames = torch.randn(1, 2, 4, 3, 8, 8)
    motion = SignedMotion()
    torch.testing.assert_close(motion(frames.flip(2)), -motion(frames).flip(2))


def test_motion_maps_do_not_tell_one_direction_from_the_other() -> None:
    frames = torch.randn(1, 2, 4, 3, 8, 8)
    maps = PersistenceOfAppearance()
    torch.testing.assert_close(maps(frames.flip(2)), maps(frames).flip(2), rtol=1e-4, atol=1e-4)


def test_one_frame_is_refused() -> None:
    with pytest.raises(ValueError, match=r"L of at least 2, got \(1, 2, 1, 3, 8, 8\)"):
        SignedMotion()(torch.zeros(1, 2, 1, 3, 8, 8))
