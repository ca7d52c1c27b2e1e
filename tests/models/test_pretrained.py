"""Starts of a training: what is taken over, what starts anew, and what is refused."""

from pathlib import Path

import pytest
import torch

from mienet.models import SegmentNetwork, dptam, mie_net, mie_net_plus, pan_lite, tanet, tsm, tsn
from mienet.models.checkpoints import save_checkpoint
from mienet.models.pretrained import load_pretrained
from mienet.models.weights import CheckpointError
from tests.models.published import publish, randomize, released


def imagenet_weights(network: SegmentNetwork) -> dict[str, torch.Tensor]:
    """Returns weights as torchvision publishes them: 3 input channels, a classifier."""
    state = {
        name: torch.randn_like(tensor) if tensor.is_floating_point() else tensor
        for name, tensor in network.backbone.state_dict().items()
        if ".attention." not in name
    }
    state["conv1.weight"] = torch.randn(network.backbone.conv1.out_channels, 3, 7, 7)
    fc = torch.zeros(1000, network.backbone.num_features)
    return state | {"fc.weight": fc, "fc.bias": torch.zeros(1000)}


def test_imagenet_weights_are_inflated_by_their_mean(tmp_path: Path) -> None:
    network = mie_net(2, "resnet18")
    weights = imagenet_weights(network)
    torch.save(weights, tmp_path / "resnet18.pth")
    report = load_pretrained(network, tmp_path / "resnet18.pth")
    mean = weights["conv1.weight"].mean(dim=1)
    for channel in range(6):
        torch.testing.assert_close(network.backbone.conv1.weight[:, channel], mean)
    assert report.inflated == ["backbone.conv1.weight"]
    assert not [
        name for name in report.new if name.startswith("backbone.") and ".attention." not in name
    ]
    assert report.unused == ["fc.weight", "fc.bias"]


def test_partial_imagenet_weights_are_accounted_for(tmp_path: Path) -> None:
    network = mie_net(2, "resnet18")
    weights = {
        name: tensor.half()
        for name, tensor in imagenet_weights(network).items()
        if not name.startswith(("layer4", "fc"))
    }
    torch.save(weights, tmp_path / "partial.pth")
    before = network.backbone.layer4[0].conv1.weight.clone()
    report = load_pretrained(network, tmp_path / "partial.pth")
    assert "layer4 (25)" in str(report)
    torch.testing.assert_close(network.backbone.layer4[0].conv1.weight, before)


def test_weights_of_another_resnet_are_refused(tmp_path: Path) -> None:
    weights = imagenet_weights(mie_net(2, "resnet34"))
    torch.save(weights, tmp_path / "resnet34.pth")
    with pytest.raises(CheckpointError, match=r"resnet18 does not have: layer1\.2.*same backbone"):
        load_pretrained(mie_net(2, "resnet18"), tmp_path / "resnet34.pth")


def own_model(folder: Path, network: SegmentNetwork, classes: list[str]) -> Path:
    save_checkpoint(folder / "run/model.safetensors", network, {"classes": classes})
    return folder / "run"


def test_the_same_classes_keep_their_classifier(tmp_path: Path) -> None:
    start = randomize(mie_net(2, "resnet18", num_segments=2))
    network = mie_net(2, "resnet18", num_segments=2)
    report = load_pretrained(network, own_model(tmp_path, start, ["a", "b"]), ["a", "b"])
    assert (report.new, report.unused) == ([], [])
    for name, tensor in start.state_dict().items():
        torch.testing.assert_close(network.state_dict()[name], tensor, msg=name)


@pytest.mark.parametrize(("classes", "why"), [
    (["b", "a"], "the same classes are in another order"),
    (["a", "c"], "for other classes"),
    (["a", "b", "c"], "for other classes"),
])  # fmt: skip
def test_only_the_classifier_starts_anew_for_other_classes(
    classes: list[str], why: str, tmp_path: Path
) -> None:
    start = randomize(tsm(2, "resnet18"))
    network = tsm(len(classes), "resnet18")
    before = network.head.weight.clone()
    source = own_model(tmp_path, start, ["a", "b"]) / "model.safetensors"
    report = load_pretrained(network, source, classes)
    assert why in report.classifier
    assert torch.equal(network.head.weight, before)
    assert len(report.loaded) == len(start.state_dict()) - 2
    assert torch.equal(network.backbone.conv1.weight, start.backbone.conv1.weight)


@pytest.mark.parametrize("builder", [tsn, tsm, tanet, pan_lite, mie_net, dptam])
def test_a_published_checkpoint_is_a_start(builder, tmp_path: Path) -> None:
    start = randomize(builder(400, "resnet18"))
    torch.save(released(publish(start)), tmp_path / "kinetics.pth.tar")
    network = builder(2, "resnet18")
    report = load_pretrained(network, tmp_path / "kinetics.pth.tar", ["a", "b"])
    assert report.new == []
    assert report.classifier == "new, as the file does not name its classes"
    assert torch.equal(network.backbone.layer4[1].bn2.bias, start.backbone.layer4[1].bn2.bias)


def test_a_zoo_file_with_w_starts_the_network_it_is_for(tmp_path: Path) -> None:
    torch.save(publish(dptam(3, "resnet18")) | {"w": torch.ones(2)}, tmp_path / "ckpt.pth.tar")
    report = load_pretrained(dptam(2, "resnet18"), tmp_path / "ckpt.pth.tar")
    assert "DPTAM" in report.start


def test_temporal_modules_that_a_start_lacks_are_named(tmp_path: Path) -> None:
    torch.save(publish(tsn(3, "resnet18")), tmp_path / "tsn.pth")
    report = load_pretrained(tanet(2, "resnet18"), tmp_path / "tsn.pth")
    assert report.new
    assert all(".attention." in name for name in report.new)
    assert "missing, so random: temporal modules (96)" in str(report)


def test_temporal_modules_that_only_a_start_has_are_named(tmp_path: Path) -> None:
    source = own_model(tmp_path, tanet(2, "resnet18"), ["a", "b"])
    report = load_pretrained(tsm(2, "resnet18"), source, ["a", "b"])
    assert all(".attention." in name for name in report.unused)
    assert report.new == []


@pytest.mark.parametrize(("start", "network", "advice"), [
    ((tsm, "resnet34"), (tsm, "resnet18"), r"--model\.backbone resnet34"),
    ((mie_net, "resnet18"), (tsn, "resnet18"), r"--model\.motion adaptive"),
    ((mie_net, "resnet18"), (mie_net_plus, "resnet18"), r"--model\.motion adaptive"),
    ((mie_net_plus, "resnet18"), (mie_net, "resnet18"), r"--model\.motion signed"),
])  # fmt: skip
def test_a_start_of_another_kind_says_what_to_change(
    start: tuple, network: tuple, advice: str, tmp_path: Path
) -> None:
    start, network = (builder(2, backbone) for builder, backbone in (start, network))
    with pytest.raises(CheckpointError, match=advice):
        load_pretrained(network, own_model(tmp_path, start, ["a", "b"]))


def test_a_start_that_saw_rgb_is_inflated_for_motion_maps(tmp_path: Path) -> None:
    start, network = randomize(tsm(2, "resnet18")), mie_net(2, "resnet18")
    report = load_pretrained(network, own_model(tmp_path, start, ["a", "b"]))
    mean = start.backbone.conv1.weight.mean(dim=1)
    torch.testing.assert_close(network.backbone.conv1.weight[:, 5], mean)
    assert report.inflated == ["backbone.conv1.weight"]
    assert {"motion.conv.weight", "fusion.weights"} <= set(report.new)


def test_the_account_tells_the_channels(tmp_path: Path) -> None:
    start, network = randomize(tsm(2, "resnet18")), mie_net_plus(2, "resnet18")
    report = load_pretrained(network, own_model(tmp_path, start, ["a", "b"]))
    assert "inflated to 9 input channels: conv1 (1)" in str(report)


def test_a_start_may_join_motion_in_another_way(tmp_path: Path) -> None:
    start, network = randomize(dptam(2, "resnet18")), mie_net(2, "resnet18")
    report = load_pretrained(network, own_model(tmp_path, start, ["a", "b"]))
    assert torch.equal(network.motion.conv.weight, start.motion.conv.weight)
    assert report.new == ["fusion.weights"]


def test_a_start_of_other_segments_says_so(tmp_path: Path) -> None:
    source = own_model(tmp_path, tanet(2, "resnet18", num_segments=4), ["a", "b"])
    with pytest.raises(CheckpointError, match=r"4 segments: --model\.num_segments 4"):
        load_pretrained(tanet(2, "resnet18", num_segments=8), source)


def test_no_start_says_what_can_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"\"imagenet\", a run's folder"):
        load_pretrained(tsn(2, "resnet18"), tmp_path / "none.pth")
