import pytest
import torch
from torch.nn import functional

from mienet.models import DoublePoolingTemporalAttention


def test_equals_the_formula_written_out() -> None:
    module = DoublePoolingTemporalAttention(channels=8, num_segments=3).double().eval()
    features = torch.randn(2 * 3, 8, 5, 4, dtype=torch.float64)
    state = module.state_dict()
    scaled = []
    for clip in features.reshape(2, 3, 8, 5, 4):
        x = clip.mean(dim=(-2, -1)).T  # (C, T)
        project = state["project.weight"][:, :, 0]
        y = x + (project @ x) * (project @ x.mean(dim=1, keepdim=True))
        hidden = functional.conv1d(y[None], state["excite.0.weight"], padding=1)
        hidden = functional.relu(hidden / (1 + 1e-5) ** 0.5)  # batch-norm at its start
        attention = functional.conv1d(hidden, state["excite.3.weight"]).sigmoid()[0]  # (C, T)
        scaled.append(clip * attention.T[:, :, None, None])
    torch.testing.assert_close(module(features), torch.cat(scaled), rtol=1e-10, atol=1e-12)


def test_clips_do_not_see_each_other() -> None:
    module = DoublePoolingTemporalAttention(channels=8, num_segments=4).eval()
    one, other = torch.randn(4, 8, 3, 3), torch.randn(4, 8, 3, 3)
    torch.testing.assert_close(module(torch.cat([one, other]))[:4], module(one))


def test_channels_must_be_a_multiple_of_four() -> None:
    with pytest.raises(ValueError, match="multiple of 4, got 6"):
        DoublePoolingTemporalAttention(channels=6, num_segments=3)
