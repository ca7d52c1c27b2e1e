import itertools

import pytest
import torch

from mienet.models import (
    DoublePoolingTemporalAttention,
    SegmentNetwork,
    TemporalShift,
    dptam,
    mie_net,
    mie_net_plus,
    pan_lite,
    tanet,
    tsm,
    tsn,
)
from tests.conftest import WIDTH

BUILDERS = (tsn, tsm, tanet, pan_lite, dptam, mie_net, mie_net_plus)


@pytest.mark.parametrize(("motion", "temporal", "consensus"), [
    *itertools.product(
        ("none", "concat", "adaptive", "signed"),
        ("none", "shift", "tam", "dptam", "shift_dptam"),
        ("mean",),
    ),
    ("concat", "shift", "vap"),
])  # fmt: skip
def test_every_parameter_gets_a_gradient(motion: str, temporal: str, consensus: str) -> None:
    network = SegmentNetwork(
        3,
        backbone="resnet18",
        motion=motion,
        temporal=temporal,
        num_segments=4,
        consensus=consensus,
        head_std=1.0,
    )
    if consensus == "vap":  # so that its ReLU lets some of every row through
        torch.nn.init.uniform_(network.consensus.weigh[0].weight)
    clips = torch.randn(2, 4, network.frames_per_segment, 3, 32, 32)
    torch.nn.functional.cross_entropy(network(clips), torch.tensor([0, 2])).backward()
    dead = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert dead == []


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("backbone", ["resnet18", "resnet34", "resnet50", "resnet101"])
def test_builders_work_on_every_resnet(builder, backbone: str) -> None:
    network = builder(5, backbone, num_segments=2)
    assert network(torch.zeros(2, 2, network.frames_per_segment, 3, 64, 64)).shape == (2, 5)


def shifted_blocks(network: SegmentNetwork) -> list[list[int]]:
    """Returns, for every stage, the blocks that shift."""
    stages = (getattr(network.backbone, f"layer{stage}") for stage in (1, 2, 3, 4))
    return [
        [index for index, block in enumerate(stage) if isinstance(block.shift, TemporalShift)]
        for stage in stages
    ]


def test_shift_and_dptam_go_together_in_every_block() -> None:
    with torch.device("meta"):
        network = SegmentNetwork(2, backbone="resnet18", temporal="shift_dptam")
    assert shifted_blocks(network) == [[0, 1]] * 4
    kinds = [type(module) for module in network.modules()]
    assert kinds.count(DoublePoolingTemporalAttention) == 8


def test_shift_adds_no_weights_to_dptam() -> None:
    with torch.device("meta"):
        one, other = (
            SegmentNetwork(2, backbone="resnet18", temporal=name).state_dict()
            for name in ("dptam", "shift_dptam")
        )
    assert {n: w.shape for n, w in one.items()} == {n: w.shape for n, w in other.items()}


@pytest.mark.parametrize("builder", [tsm, pan_lite])
def test_resnet101_shifts_every_second_block(builder) -> None:
    with torch.device("meta"):
        network = builder(2, "resnet101")
    assert shifted_blocks(network) == [[0, 2], [0, 2], list(range(0, 23, 2)), [0, 2]]
    assert network.options["shift_every"] == 2


def test_other_resnets_shift_every_block() -> None:
    with torch.device("meta"):
        networks = [tsm(2, "resnet50"), tsm(2, "resnet101", shift_every=1)]
    assert [[len(stage) for stage in shifted_blocks(network)] for network in networks] == [
        [3, 4, 6, 3],
        [3, 4, 23, 3],
    ]


def test_logits_are_the_head_of_the_features() -> None:
    network = mie_net(4, "resnet18", num_segments=3).eval()
    clips = torch.randn(2, 3, 4, 3, 32, 32)
    features = network.features(clips)
    assert features.shape == (2, 3, 8 * WIDTH)
    torch.testing.assert_close(network(clips), network.classify(features).mean(dim=1))


def test_logits_are_the_mean_over_segments() -> None:
    network = tsn(4, "resnet18", num_segments=3).eval()
    clips = torch.randn(1, 3, 1, 3, 32, 32)
    single = tsn(4, "resnet18", num_segments=1).eval()
    single.load_state_dict(network.state_dict())
    each = torch.stack([single(clips[:, [t]]) for t in range(3)])
    torch.testing.assert_close(network(clips), each.mean(dim=0))


def test_resnet50_has_torchvisions_parameters(published_networks: None) -> None:
    backbone = tsn(1, "resnet50").backbone
    # torchvision's ResNet-50 has 25,557,032 parameters, its classifier 2048 * 1000 + 1000.
    assert sum(p.numel() for p in backbone.parameters()) == 25_557_032 - 2_049_000


def test_only_pan_lite_starts_its_motion_convolution_near_zero() -> None:
    deviation = {b.__name__: float(b(2, "resnet18").motion.conv.weight.detach().std())
                 for b in (pan_lite, dptam, mie_net)}  # fmt: skip
    assert deviation["pan_lite"] < 0.002 < min(deviation["dptam"], deviation["mie_net"])


def test_the_classifier_starts_near_zero() -> None:
    head = mie_net(1000, "resnet18").head
    assert 0.0009 < head.weight.std() < 0.0011
    assert not head.bias.any()


def test_wrong_number_of_segments_is_named() -> None:
    with pytest.raises(ValueError, match=r"T = 3 segments and L = 4 .*got \(1, 2, 4, 3, 32, 32\)"):
        mie_net(2, "resnet18", num_segments=3)(torch.zeros(1, 2, 4, 3, 32, 32))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_classes": 0}, "num_classes must be at least 1, got 0"),
        ({"num_segments": 0}, "num_segments must be at least 1, got 0"),
        ({"motion": "flow"}, "unknown motion 'flow'; accepted are none, concat, adaptive"),
        ({"temporal": "lstm"}, "unknown temporal 'lstm'; accepted are none, shift, tam, dptam"),
        ({"consensus": "max"}, "unknown consensus 'max'; accepted are mean, vap"),
        ({"shift_every": 0}, "shift_every must be at least 1, got 0"),
        ({"backbone": "resnet152"}, "unknown backbone 'resnet152'; accepted are resnet18"),
    ],
)
def test_bad_arguments_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SegmentNetwork(**{"num_classes": 2, **options})
