import pytest
import torch
from torch import nn

from mienet.models import mie_net, tanet, tsm
from mienet.models.folding import fold_batch_norm
from mienet.models.network import SegmentNetwork


def with_statistics(network: SegmentNetwork) -> SegmentNetwork:
    """Gives every batch-norm statistics and scales that are not the neutral ones."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for tensor in (module.running_mean, module.bias):
                nn.init.normal_(tensor, std=0.2)
            for tensor in (module.running_var, module.weight):
                nn.init.uniform_(tensor, 0.5, 1.5)
    nn.init.normal_(network.head.weight)
    return network.eval()


@pytest.mark.parametrize(
    ("builder", "backbone"), [(mie_net, "resnet50"), (tanet, "resnet18"), (tsm, "resnet18")]
)
@torch.inference_mode()
def test_folding_keeps_the_logits(builder, backbone) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    network = with_statistics(builder(3, backbone, num_segments=2)).double()
    clips = torch.randn(2, 2, network.frames_per_segment, 3, 32, 32, dtype=torch.float64)
    expected = network(clips)
    fold_batch_norm(network)
    torch.testing.assert_close(network(clips), expected)


def test_no_batch_norm_after_a_convolution_is_left() -> None:
    network = mie_net(3, "resnet50", num_segments=2).eval()
    fold_batch_norm(network)
    assert not [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]


def test_a_network_in_training_is_refused() -> None:
    with pytest.raises(ValueError, match="folded in eval mode alone"):
        fold_batch_norm(mie_net(3, "resnet18", num_segments=2).train())
