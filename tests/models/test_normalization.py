"""Normalization by a window's own statistics, against NumPy's."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mienet.models import mie_net
from mienet.models.normalization import WindowNorm2d, normalize_by_window
from mienet.models.pretrained import load_pretrained
from mienet.models.resnet import ResNet

EPSILON = 1e-5


@pytest.fixture
def norm() -> WindowNorm2d:
    """Returns a norm of windows of 3 segments and 4 channels that scales and shifts."""
    torch.manual_seed(0)
    norm = WindowNorm2d(4, num_segments=3)
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    nn.init.normal_(norm.bias)
    return norm


@torch.no_grad()
def test_each_window_is_normalized_by_its_own_mean_and_variance(norm: WindowNorm2d) -> None:
    features = torch.randn(6, 4, 5, 5) * 3 + 1
    windows = features.numpy().reshape(2, 3, 4, 5, 5)
    mean = windows.mean(axis=(1, 3, 4), keepdims=True)
    deviation = np.sqrt(windows.var(axis=(1, 3, 4), keepdims=True) + EPSILON)
    scale, shift = (p.numpy()[:, None, None] for p in (norm.weight, norm.bias))
    expected = ((windows - mean) / deviation * scale + shift).reshape(6, 4, 5, 5)
    np.testing.assert_allclose(norm(features).numpy(), expected, atol=1e-5)


@torch.no_grad()
def test_use_computes_what_training_does(norm: WindowNorm2d) -> None:
    features = torch.randn(6, 4, 5, 5)
    assert torch.equal(norm.train()(features), norm.eval()(features))


@torch.no_grad()
def test_what_is_beside_a_window_does_not_change_it(norm: WindowNorm2d) -> None:
    features = torch.randn(6, 4, 5, 5)
    assert torch.equal(norm(features)[3:], norm(features[3:]))


@pytest.mark.filterwarnings("ignore::UserWarning")
@torch.no_grad()
def test_an_exported_norm_computes_the_same(norm: WindowNorm2d) -> None:
    features = torch.randn(6, 4, 5, 5) * 3 + 1
    exported = torch.export.export(norm.eval(), (features,)).module()
    torch.testing.assert_close(exported(features), norm(features))


def test_batch_norms_in_time_stay() -> None:
    network = mie_net(2, "resnet18", num_segments=2, normalization="window")
    kinds = {type(m) for m in network.modules() if "Norm" in type(m).__name__}
    assert kinds == {WindowNorm2d, nn.BatchNorm1d}


def test_weights_of_batch_norm_are_a_start(tmp_path: Path) -> None:
    torch.save(ResNet("resnet18").state_dict(), tmp_path / "imagenet.pth")
    network = mie_net(2, "resnet18", normalization="window")
    report = load_pretrained(network, tmp_path / "imagenet.pth")
    assert "backbone.layer4.1.bn2.bias" in report.loaded
    assert report.unused == []


def test_the_number_of_segments_is_the_networks() -> None:
    module = nn.Sequential(nn.BatchNorm2d(4))
    normalize_by_window(module, 3)
    assert isinstance(module[0], WindowNorm2d)
    assert (module[0].num_features, module[0].num_segments) == (4, 3)
