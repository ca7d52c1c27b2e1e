import pytest
import torch

from mienet.models import pan_lite
from mienet.models.consensus import VariousTimescaleAggregation
from mienet.models.folding import fold_batch_norm
from tests.conftest import WIDTH


@pytest.mark.parametrize("num_segments", [2, 4, 6, 8, 12])
def test_vap_equals_dilated_max_pooling(num_segments: int) -> None:
    module = VariousTimescaleAggregation(num_segments).double()
    torch.nn.init.normal_(module.weigh[0].weight)
    torch.nn.init.normal_(module.weigh[2].weight)
    features = torch.randn(3, num_segments, 5, dtype=torch.float64)
    vectors = []
    for step in (2**level for level in range(num_segments.bit_length() - 1)):
        pool = torch.nn.MaxPool1d(num_segments // step, stride=1, dilation=step)
        vectors.append(pool(features.transpose(1, 2)).transpose(1, 2))  # (B, step, F)
    pooled = torch.cat(vectors, dim=1)
    hidden = (pooled.mean(dim=2) @ module.weigh[0].weight.T).relu()
    weights = (hidden @ module.weigh[2].weight.T).softmax(dim=1)
    expected = (pooled * weights[..., None]).sum(dim=1)
    torch.testing.assert_close(module(features)[:, 0], expected)


@pytest.mark.parametrize("num_segments", [1, 5, 7, 10])
def test_segments_that_vap_cannot_deal_out_are_refused(num_segments: int) -> None:
    with pytest.raises(ValueError, match=f"vap aggregates 2, 3, 4, 6, .*, got {num_segments}"):
        VariousTimescaleAggregation(num_segments)


def test_a_clip_is_classified_by_its_aggregate() -> None:
    network = pan_lite(3, "resnet18", num_segments=4, consensus="vap").eval()
    clips = torch.randn(2, 4, 4, 3, 32, 32)
    aggregate = network.consensus(network.features(clips))  # (B, 1, F)
    assert aggregate.shape == (2, 1, 8 * WIDTH)
    torch.testing.assert_close(network(clips), network.head(aggregate[:, 0]))


def test_vap_survives_folding() -> None:
    network = pan_lite(3, "resnet18", num_segments=4, consensus="vap").double().eval()
    torch.nn.init.normal_(network.head.weight)
    clips = torch.randn(1, 4, 4, 3, 32, 32, dtype=torch.float64)
    expected = network(clips)
    fold_batch_norm(network)
    torch.testing.assert_close(network(clips), expected)
