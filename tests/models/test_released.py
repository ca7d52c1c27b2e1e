"""Published checkpoints of the family: told from their names, loaded strictly, never another."""

from pathlib import Path

import pytest
import torch

from mienet.models import SegmentNetwork, dptam, mie_net, pan_lite, tanet, tsm, tsn
from mienet.models.checkpoints import load_checkpoint, read_checkpoint
from mienet.models.released import as_network, find_layout, read_released
from mienet.models.weights import CheckpointError
from tests.models.published import publish, publish_mmaction2, randomize, released


def small(builder, backbone: str = "resnet18", **options) -> SegmentNetwork:  # type: ignore[no-untyped-def]
    """Returns a network of the family with random values, for 5 classes."""
    torch.manual_seed(0)
    return randomize(builder(5, backbone, num_segments=4, **options))


def write(path: Path, content: object) -> Path:
    torch.save(content, path / "ckpt.pth.tar")
    return path / "ckpt.pth.tar"


def same_logits(one: SegmentNetwork, other: SegmentNetwork) -> bool:
    clips = torch.randn(2, 4, one.frames_per_segment, 3, 32, 32)
    with torch.inference_mode():
        return torch.equal(one(clips), other(clips))


@pytest.mark.parametrize(("builder", "options", "name"), [
    (tsn, {}, "TSN"), (tsm, {}, "TSM"), (tanet, {}, "TANet"), (pan_lite, {}, "PAN-Lite"),
    (pan_lite, {"consensus": "vap"}, "PAN-Lite"), (mie_net, {}, "MIE-Net"), (dptam, {}, "DPTAM"),
])  # fmt: skip
def test_the_family_is_told_from_the_names(builder, options, name: str, tmp_path: Path) -> None:
    network = small(builder, **options)
    checkpoint = read_checkpoint(write(tmp_path, released(publish(network))), num_segments=4)
    assert checkpoint.origin is not None
    assert checkpoint.origin.name == name
    assert same_logits(checkpoint.network, network)


@pytest.mark.parametrize("builder", [tsn, tsm, tanet])
@pytest.mark.parametrize("backbone", ["resnet34", "resnet50"])
def test_mmaction2_loads_with_its_depth_from_the_shapes(builder, backbone, tmp_path: Path) -> None:
    network = small(builder, backbone)
    path = write(tmp_path, {"meta": {}, "state_dict": publish_mmaction2(network)})
    loaded = load_checkpoint(path, num_segments=4)
    assert loaded.options["backbone"] == backbone
    assert same_logits(loaded, network)


@pytest.mark.parametrize(("builder", "options", "count"), [
    (tsn, {}, 320), (tsm, {}, 320), (tanet, {}, 544), (pan_lite, {}, 322),
    (pan_lite, {"consensus": "vap"}, 324),
])  # fmt: skip
def test_as_many_tensors_as_the_authors_files_have(builder, options: dict, count: int) -> None:
    with torch.device("meta"):
        assert len(publish(builder(174, "resnet50", **options))) == count


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("naming", [publish, publish_mmaction2])
def test_the_shifted_blocks_are_the_files(naming, every: int) -> None:
    with torch.device("meta"):
        state = naming(tsm(5, "resnet101", shift_every=every))
    layout, weights = find_layout(state, Path("ckpt.pth"))
    options = as_network(Path("ckpt.pth"), state, layout, weights).options
    assert (options["backbone"], options["shift_every"]) == ("resnet101", every)


def test_other_shifted_blocks_are_refused(tmp_path: Path) -> None:
    state = publish(small(tsm))
    state["base_model.layer2.1.conv1.weight"] = state.pop("base_model.layer2.1.conv1.net.weight")
    with pytest.raises(CheckpointError, match=r"neither every block .* layer2\.1"):
        load_checkpoint(write(tmp_path, state))


@pytest.mark.parametrize("wrap", [
    lambda state: state,
    lambda state: {"model": state},
    lambda state: {"model_state": state, "optimizer": {"state": {}}},
    lambda state: {"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}},
])  # fmt: skip
def test_a_state_dict_may_lie_bare_or_inside(wrap, tmp_path: Path) -> None:
    network = small(tsn)
    assert same_logits(
        load_checkpoint(write(tmp_path, wrap(publish(network))), num_segments=4), network
    )


def test_older_names_of_tam_are_known(tmp_path: Path) -> None:
    network = small(tanet)
    state = {
        name.replace("tam.G", "self_conv.conv_f").replace("tam.L", "self_conv.conv_g"): tensor
        for name, tensor in publish(network).items()
    }
    assert same_logits(load_checkpoint(write(tmp_path, state)), network)


def test_a_classifier_without_dropout_has_another_name(tmp_path: Path) -> None:
    network = small(tsm)
    state = {n.replace("new_fc", "base_model.fc"): t for n, t in publish(network).items()}
    assert same_logits(load_checkpoint(write(tmp_path, state), num_segments=4), network)


@pytest.mark.parametrize(("builder", "options"), [(tanet, {}), (pan_lite, {"consensus": "vap"})])
def test_segments_are_the_files_where_it_holds_them(builder, options, tmp_path: Path) -> None:
    path = write(tmp_path, publish(small(builder, **options)))
    assert load_checkpoint(path).num_segments == 4
    with pytest.raises(CheckpointError, match=r"was trained with 4 segments.*got 8"):
        load_checkpoint(path, num_segments=8)


@pytest.mark.parametrize("num_segments", [4, 6])
def test_vap_tells_its_segments_up_to_two(num_segments: int, tmp_path: Path) -> None:
    path = write(tmp_path, publish(small(pan_lite, consensus="vap")))
    assert load_checkpoint(path, num_segments=num_segments).num_segments == num_segments


def test_kinetics_models_have_their_400_classes(tmp_path: Path) -> None:
    network = randomize(tsm(400, "resnet18"))
    loaded = load_checkpoint(write(tmp_path, released(publish(network))))
    assert (loaded.head.out_features, loaded.num_segments) == (400, 8)


def test_model_decides_where_the_file_cannot(tmp_path: Path) -> None:
    state = publish(small(dptam)) | {"w": torch.ones(2)}
    path = write(tmp_path, released(state))
    with pytest.warns(UserWarning, match=r"taken for MIE-Net.*give --model dptam"):
        assert load_checkpoint(path, num_segments=4).options["motion"] == "adaptive"
    loaded = load_checkpoint(path, num_segments=4, model="dptam")
    assert same_logits(loaded, small(dptam))


def test_no_mie_net_without_fusion_weights(tmp_path: Path) -> None:
    path = write(tmp_path, released(publish(small(dptam))))
    assert read_released(path).origin.reason == "it has no fusion weights w"
    with pytest.raises(CheckpointError, match="no fusion weights w, so it is no MIE-Net"):
        load_checkpoint(path, model="mie_net")


def test_model_does_not_overrule_the_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="a TSM, by the names of its tensors, not dptam"):
        load_checkpoint(write(tmp_path, publish(small(tsm))), model="dptam")


@pytest.mark.parametrize(("builder", "extra", "message"), [
    (tsm, "base_model.layer2.0.nl.g.weight", r"nearest to TSM, with 1 of 123 .*layer2\.0\.nl\.g"),
    (tanet, "base_model.layer1.0.se.weight", r"nearest to TANet, with 1 of 235"),
])  # fmt: skip
def test_a_file_that_does_not_fit_names_the_nearest(
    builder, extra: str, message: str, tmp_path: Path
) -> None:
    state = publish(small(builder)) | {extra: torch.ones(1)}
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(write(tmp_path, state))


def test_of_hundreds_of_strange_names_a_few_are_shown(tmp_path: Path) -> None:
    state = {f"blocks.{n}.attn.qkv.weight": torch.ones(1) for n in range(300)}
    with pytest.raises(CheckpointError, match=r"no network known here: .* and 295 more") as caught:
        load_checkpoint(write(tmp_path, state))
    assert len(str(caught.value)) < 500


def test_a_wrapped_block_without_its_module_is_no_tsn(tmp_path: Path) -> None:
    state = {n: t for n, t in publish(small(tanet)).items() if ".tam." not in n}
    with pytest.raises(CheckpointError, match="nearest to TANet, with tensors missing"):
        load_checkpoint(write(tmp_path, state))


def test_an_imagenet_file_is_a_start_alone(tmp_path: Path) -> None:
    state = {n.removeprefix("backbone."): t for n, t in small(tsn).state_dict().items()
             if n.startswith("backbone.")}  # fmt: skip
    with pytest.raises(CheckpointError, match=r"--model\.pretrained FILE"):
        load_checkpoint(write(tmp_path, state))


def test_a_resnet_of_another_depth_is_named(tmp_path: Path) -> None:
    state = {n: t for n, t in publish(small(tsn)).items() if "layer3.1." not in n}
    with pytest.raises(CheckpointError, match=r"has \[2, 2, 1, 2\] blocks of two convolutions"):
        load_checkpoint(write(tmp_path, state))
