import pytest
import torch

from mienet.models import AdaptiveFusion


def test_gate_and_shares_by_hand() -> None:
    fusion = AdaptiveFusion()
    with torch.no_grad():
        fusion.weights.copy_(torch.tensor([0.0, torch.log(torch.tensor(3.0))]))  # shares 1/4, 3/4
    rgb = torch.zeros(1, 1, 3, 2, 2)
    rgb[0, 0, 0] = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    motion = torch.full((1, 1, 3, 2, 2), -2.5)
    fused = fusion(rgb, motion)
    # Channel 0 has mean 2.5 - 2.5 = 0, so a gate of 1/2; the others -2.5.
    torch.testing.assert_close(fused[0, 0, 0], rgb[0, 0, 0] / 2 / 4)
    torch.testing.assert_close(fused[0, 0, 3], motion[0, 0, 0] / 2 * 3 / 4)
    gate = torch.sigmoid(torch.tensor(-2.5))
    torch.testing.assert_close(fused[0, 0, 4], motion[0, 0, 1] * gate * 3 / 4)


def test_scalars_start_at_one_and_learn() -> None:
    fusion = AdaptiveFusion()
    assert fusion.weights.tolist() == [1.0, 1.0]
    fusion(torch.randn(1, 2, 3, 4, 4), torch.rand(1, 2, 3, 4, 4)).square().sum().backward()
    assert fusion.weights.grad is not None
    assert (fusion.weights.grad != 0).all()


def test_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got \(1, 2, 3, 4, 4\) and \(1, 2, 2, 4, 4\)"):
        AdaptiveFusion()(torch.zeros(1, 2, 3, 4, 4), torch.zeros(1, 2, 2, 4, 4))
