import torch
from torch.nn import functional

from mienet.models import TemporalAdaptive, TemporalShift


def test_shift_moves_an_eighth_each_way() -> None:
    features = torch.arange(1.0, 4.0).view(3, 1, 1, 1).expand(3, 8, 1, 1)  # value = segment
    shifted = TemporalShift(num_segments=3)(features)[:, :, 0, 0]
    assert shifted[:, 0].tolist() == [2, 3, 0]  # from the next segment
    assert shifted[:, 1].tolist() == [0, 1, 2]  # from the one before
    assert shifted[:, 2].tolist() == [1, 2, 3]


def test_tam_equals_a_depthwise_convolution_over_time() -> None:
    module = TemporalAdaptive(channels=4, num_segments=5).double().eval()
    features = torch.randn(2 * 5, 4, 3, 2, dtype=torch.float64)
    clips = features.view(2, 5, 4, 3, 2)
    pooled = clips.mean(dim=(-2, -1)).transpose(1, 2)  # (B, C, T)
    kernel = module.global_branch(pooled.reshape(8, 5)).view(8, 1, 3, 1)
    scaled = clips * module.local_branch(pooled).transpose(1, 2)[..., None, None]
    rows = scaled.permute(0, 2, 1, 3, 4).reshape(1, 8, 5, 6)
    mixed = functional.conv2d(rows, kernel, padding=(1, 0), groups=8)
    expected = mixed.view(2, 4, 5, 3, 2).transpose(1, 2).flatten(0, 1)
    torch.testing.assert_close(module(features), expected)
