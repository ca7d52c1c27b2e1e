import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from mienet.models import SegmentNetwork, TemporalShift, mie_net, tsm
from mienet.models.checkpoints import (
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from mienet.models.weights import CheckpointError
from tests.conftest import WIDTH
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
        content = released.checkpoint(width=WIDTH)
        change(content)
        torch.save(content, tmp_path / "changed.pth.tar")
        return tmp_path / "changed.pth.tar"

    return write


@pytest.mark.usefixtures("published_networks")
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


@pytest.mark.usefixtures("published_networks")
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


@pytest.mark.usefixtures("published_networks")
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
    for name in ("shift_every", "consensus", "normalization"):
        del network.options[name]  # as it was written
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


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a file of ours; tests take copies."""
    path = tmp_path_factory.mktemp("saved") / "model.safetensors"
    save_checkpoint(path, mie_net(2, "resnet18", num_segments=2), {})
    return path


def rewrite(source: Path, out: Path, change=lambda weights: None, **header: str | None) -> Path:
    """Writes a file of ours again after a change of its weights or of its header's entries."""
    with safe_open(source, framework="pt") as file:
        entries = file.metadata() | header
        weights = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    change(weights)
    save_file(weights, out, {key: value for key, value in entries.items() if value is not None})
    return out


def test_a_changed_bit_is_told_by_the_checksum(saved: Path, tmp_path: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[-1000] ^= 1
    (tmp_path / "changed.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match="changed since it was written"):
        load_checkpoint(tmp_path / "changed.safetensors")


def test_a_changed_description_is_told_by_the_checksum(saved: Path, tmp_path: Path) -> None:
    with safe_open(saved, framework="pt") as file:
        text = file.metadata()["mienet"]
    path = rewrite(saved, tmp_path / "a.safetensors", mienet=text.replace("0.5", "0.4"))
    with pytest.raises(CheckpointError, match="changed since it was written"):
        load_checkpoint(path)


def test_a_file_that_lost_its_checksum_is_refused(saved: Path, tmp_path: Path) -> None:
    path = rewrite(saved, tmp_path / "a.safetensors", sha256=None)
    with pytest.raises(CheckpointError, match=r"its checksum .* is missing"):
        load_checkpoint(path)


def test_files_from_before_the_checksum_load(saved: Path, tmp_path: Path) -> None:
    text = json.dumps({"version": 1, "network": load_checkpoint(saved).options})
    path = rewrite(saved, tmp_path / "a.safetensors", mienet=text, sha256=None)
    assert load_checkpoint(path).num_segments == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(saved: Path, tmp_path: Path, value: float) -> None:
    def change(weights: dict[str, torch.Tensor]) -> None:
        weights["head.bias"][1] = value

    text = json.dumps({"version": 1, "network": load_checkpoint(saved).options})
    path = rewrite(saved, tmp_path / "a.safetensors", change, mienet=text)
    with pytest.raises(CheckpointError, match=r"not finite .* in head\.bias; "):
        load_checkpoint(path)


def test_released_weights_that_are_not_finite_are_refused(changed) -> None:
    path = changed(lambda c: c["state_dict"]["module.new_fc.bias"].fill_(float("nan")))
    with pytest.raises(CheckpointError, match=r"not finite .* in head\.bias; "):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (torch.zeros(10, dtype=torch.int32), r"another kind: head\.bias of torch\.int32"),
        (torch.zeros(10, dtype=torch.complex64), r"another kind: head\.bias of torch\.complex64"),
        (torch.zeros(10, dtype=torch.float8_e4m3fn), r"another kind: head\.bias of torch\.float8"),
        (torch.full((10,), 1e300, dtype=torch.float64), r"not finite .* in head\.bias"),
        ("text", r"the entry 'module\.new_fc\.bias' is a str, not a named tensor"),
    ],
)
def test_a_released_tensor_of_another_kind_is_refused(changed, weight, message: str) -> None:
    path = changed(lambda c: c["state_dict"].update({"module.new_fc.bias": weight}))
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path)


def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    network = mie_net(2, "resnet18")
    torch.nn.init.constant_(network.head.bias, float("nan"))
    with pytest.raises(CheckpointError, match="not finite"):
        save_checkpoint(tmp_path / "model.safetensors", network, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "its description is broken"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", r"the description is \[\]; accepted: an object"),
        ('{"version": 99}', "checkpoint format 99, this version reads 1 to 3"),
        ('{"version": 1}', "lacks network"),
        ('{"version": 1, "network": {"num_segments": 1000000000}}', "num_segments is 1000000000"),
        (None, "was not written by mienet"),
    ],
)
def test_a_crafted_description_is_one_message(
    tmp_path: Path, text: str | None, message: str
) -> None:
    metadata = None if text is None else {"mienet": text}
    save_file({"x": torch.zeros(1)}, tmp_path / "a.safetensors", metadata)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    "header",
    [
        '{"x": {"dtype": "F32", "shape": [1000000000000], "data_offsets": [0, 4000000000000]}}',
        '{"x": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 0]}}',
        '{"x": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}',
        '{"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}',
        '{"__metadata__": {"mienet": 7}}',
        "[" * 10_000,
        "",
    ],
)
def test_a_crafted_header_is_one_message(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + b"\0" * 4)
    with pytest.raises(CheckpointError, match="broken or cut short"):
        load_checkpoint(path)


def test_a_full_disk_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"model\.safetensors"):
            save_checkpoint(tmp_path / "model.safetensors", mie_net(2, "resnet18"), {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_the_partial_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "model.partial").write_text("mine")
    save_checkpoint(tmp_path / "model.safetensors", mie_net(2, "resnet18"), {})
    assert (tmp_path / "model.partial").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2
