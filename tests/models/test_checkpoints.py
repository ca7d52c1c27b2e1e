import json
from pathlib import Path

import pytest
import torch

from mienet.models import SegmentNetwork, TemporalShift, mie_net, tsm
from mienet.models.checkpoints import (
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from mienet.models.weights import CheckpointError
from tests.models import released

EXPECTED = json.loads((Path(__file__).parent / "reference/expected_logits.json").read_text())


@pytest.fixture(scope="module")
def released_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("released") / "ckpt.best.pth.tar"
    torch.save(released.checkpoint(), path)
    return path


@pytest.fixture
def changed(tmp_path: Path):
    """Writes a released checkpoint after a change of its content."""

    def write(change) -> Path:
        content = released.checkpoint()
        change(content)
        torch.save(content, tmp_path / "changed.pth.tar")
        return tmp_path / "changed.pth.tar"

    return write


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-3), (torch.float64, 1e-8)])
@pytest.mark.parametrize("case", EXPECTED)
def test_released_checkpoint_gives_the_released_logits(
    case: str, dtype: torch.dtype, most: float, tmp_path: Path
) -> None:
    expected = EXPECTED[case]
    path = tmp_path / "ckpt.best.pth.tar"
    torch.save(released.checkpoint(expected["classes"], expected["seed"]), path)
    network = load_checkpoint(path, num_segments=expected["segments"], model="mie_net")
    clips = released.clips(expected["segments"], expected["size"], expected["input_seed"])
    with torch.inference_mode():
        logits = network.to(dtype)(clips.to(dtype))
    error = (logits - torch.tensor(expected["logits"], dtype=dtype)).abs().max()
    assert error < most


def test_modules_of_a_released_checkpoint(released_file: Path) -> None:
    expected = released.module_outputs()
    network = load_checkpoint(released_file, num_segments=3, model="mie_net").double()
    clips = released.clips(3, 64, 11).double()
    assert isinstance(network, SegmentNetwork)
    assert network.motion is not None
    with torch.inference_mode():
        maps = network.motion(clips)
        fused = network.fusion(clips[:, :, 0], maps)
        attention = network.backbone.layer2[1].attention(expected["dptam_input"].double())
    for name, found in (
        ("pa_maps", maps.flatten(0, 1)[..., ::16, ::16]),
        ("fused", fused.flatten(0, 1)[..., ::16, ::16]),
        ("dptam_output", attention[:, ::16]),
    ):
        torch.testing.assert_close(found.float(), expected[name], rtol=1e-5, atol=1e-6)


def test_published_segments_are_known_from_the_classes(released_file: Path) -> None:
    assert (
        load_checkpoint(released_file, model="mie_net").num_segments == 3
    )  # SLJD, by its 10 classes


def test_a_released_tensor_too_many_is_named(changed) -> None:
    path = changed(lambda c: c["state_dict"].update({"module.extra.weight": torch.zeros(1)}))
    with pytest.raises(CheckpointError, match=r"nearest to MIE-Net.*does not have: extra\.weight"):
        load_checkpoint(path)


@pytest.mark.parametrize("name", ["PA.shallow_conv", "base_model.layer3.2.tlam.dptam.0"])
def test_a_missing_released_tensor_is_named(changed, name: str) -> None:
    path = changed(lambda c: c["state_dict"].pop(f"module.{name}.weight"))
    with pytest.raises(CheckpointError, match="tensors missing: "):
        load_checkpoint(path)


def test_a_released_tensor_of_another_shape_is_named(changed) -> None:
    path = changed(lambda c: c["state_dict"].update({"module.new_fc.bias": torch.zeros(9)}))
    with pytest.raises(CheckpointError, match=r"head\.bias \(9,\) instead of \(10,\)"):
        load_checkpoint(path)


def test_a_file_with_code_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "arch": Path("x")}, tmp_path / "code.pth.tar")
    with pytest.raises(CheckpointError, match="could run code on loading; refused"):
        load_checkpoint(tmp_path / "code.pth.tar")


def test_a_file_cut_short_is_reported(released_file: Path, tmp_path: Path) -> None:
    (tmp_path / "short.pth.tar").write_bytes(released_file.read_bytes()[:100_000])
    with pytest.raises(CheckpointError, match="cut short"):
        load_checkpoint(tmp_path / "short.pth.tar")


@pytest.mark.parametrize("content", [b"", b"hello"])
def test_a_file_of_another_kind_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "text.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"not a file written by torch\.save"):
        load_checkpoint(tmp_path / "text.pth")


def test_no_file_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"folder that holds model\.safetensors"):
        load_checkpoint(tmp_path)


def test_ours_comes_back_whole(tmp_path: Path) -> None:
    network = mie_net(3, "resnet18", num_segments=2, dropout=0.25)
    save_checkpoint(tmp_path / "model.safetensors", network, {"classes": ["a", "b", "c"]})
    checkpoint = read_checkpoint(tmp_path)
    assert checkpoint.network.options == network.options
    assert checkpoint.metadata == {"classes": ["a", "b", "c"]}
    clips = torch.randn(1, 2, 4, 3, 32, 32)
    torch.testing.assert_close(checkpoint.network(clips), network.eval()(clips))


def test_a_resnet101_from_before_still_shifts_every_block(tmp_path: Path) -> None:
    network = tsm(2, "resnet101", num_segments=2, shift_every=1)
    del network.options["shift_every"], network.options["consensus"]  # as it was written
    save_checkpoint(tmp_path / "model.safetensors", network, {})
    loaded = load_checkpoint(tmp_path)
    assert loaded.options["shift_every"] == 1
    assert sum(isinstance(module, TemporalShift) for module in loaded.modules()) == 33


def test_ours_cut_short_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, mie_net(2, "resnet18"), {})
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(CheckpointError, match="broken or cut short"):
        load_checkpoint(path)
