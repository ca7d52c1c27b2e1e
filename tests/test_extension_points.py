"""What docs/design.md says of adding to it is true: its diffs, taken as they stand, are used."""

import ast
import importlib
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch

from mienet import extensions
from mienet.config import ModelConfig
from mienet.data.clips import ClipFormat
from mienet.engines.runtime import sha256
from mienet.loading import load
from mienet.models import SegmentNetwork
from mienet.models.checkpoints import load_checkpoint, save_checkpoint
from mienet.models.pretrained import load_pretrained
from mienet.workflows.prepare_source import read_source
from tests.conftest import WriteVideo

ROOT = Path(__file__).parents[1]
EXTENSIONS = "src/mienet/extensions.py"


def diffs() -> dict[str, dict[str, list[str]]]:
    """Returns the diffs of the document by the added name: the lines of each file."""
    text = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    found = {}
    for diff in re.findall(r"^```diff\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        _, *files = re.split(r"^\+\+\+ (\S+)\n", diff, flags=re.MULTILINE)
        by_path = {
            path: lines.splitlines() for path, lines in zip(files[::2], files[1::2], strict=True)
        }
        found[re.findall(r'"(.+?)"', by_path[EXTENSIONS][-1])[0]] = by_path
    return found


def apply(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds the new file of a diff to the package, and its line to the dict that it belongs to."""
    path, new = next(item for item in diffs()[name].items() if item[0] != EXTENSIONS)
    file = folder / path
    file.parent.mkdir(parents=True)
    file.write_text("".join(f"{line[1:]}\n" for line in new), encoding="utf-8")
    package = importlib.import_module(f"mienet.{file.parent.name}")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(file.parent)])
    above, added = diffs()[name][EXTENSIONS]
    (key,) = ast.literal_eval(f"{{{above}}}")
    places = next(p for p in vars(extensions).values() if isinstance(p, dict) and key in p)
    for name, place in ast.literal_eval(f"{{{added[1:]}}}").items():
        monkeypatch.setitem(places, name, place)


@pytest.mark.parametrize("name", ["mixing", "small", "cuts", "onnx-reference"])
def test_an_addition_is_one_file_and_one_line(name: str) -> None:
    files = diffs()[name]
    assert len(files) == 2
    above, added = files[EXTENSIONS]
    assert above[1:] in (ROOT / EXTENSIONS).read_text(encoding="utf-8").splitlines()
    assert added.startswith("+")


@pytest.mark.parametrize(
    ("places", "folders"),
    [
        (extensions.TEMPORAL_MODULES, ("mienet.models.",)),
        (extensions.BACKBONES, ("mienet.models.",)),
        (extensions.ANNOTATION_FORMATS, ("mienet.annotations.", "mienet.labeling.")),
        (extensions.TIMELINE_FORMATS, ("mienet.labeling.",)),
        (extensions.ENGINES, ("mienet.engines.",)),
    ],
)
def test_every_name_stands_for_one_kind_of_thing(
    places: dict[str, str], folders: tuple[str, ...]
) -> None:
    assert len({type(extensions.find("part", places, name)) for name in places}) == 1
    assert all(place.startswith(folders) for place in places.values())


def test_options_take_the_names_from_the_same_place() -> None:
    kinds = get_type_hints(ModelConfig)
    assert get_args(kinds["backbone"]) == tuple(extensions.BACKBONES)
    assert get_args(kinds["temporal"]) == tuple(extensions.TEMPORAL_MODULES)


def test_an_unknown_name_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="unknown engine 'tpu'; accepted are onnx, openv"):
        extensions.find("engine", extensions.ENGINES, "tpu")


def assert_usable(network: SegmentNetwork, path: Path) -> None:
    """Checks that a network learns in all its parameters, and is the same when it is loaded."""
    clips = torch.randn(2, 2, network.frames_per_segment, 3, 32, 32)
    torch.nn.init.normal_(network.head.weight)
    torch.nn.functional.cross_entropy(network(clips), torch.tensor([0, 2])).backward()
    assert [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []
    save_checkpoint(path, network.eval(), {})
    with torch.inference_mode():
        torch.testing.assert_close(load_checkpoint(path)(clips), network(clips))


def test_a_new_temporal_module_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply("mixing", tmp_path, monkeypatch)
    network = SegmentNetwork(
        3, backbone="resnet18", motion="none", temporal="mixing", num_segments=2
    )
    assert "backbone.layer1.0.attention.mix.weight" in network.state_dict()
    assert_usable(network, tmp_path / "model.safetensors")


@pytest.mark.parametrize("temporal", ["none", "shift", "tam", "dptam"])
def test_a_new_backbone_learns_with_every_temporal_module(
    temporal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply("small", tmp_path, monkeypatch)
    network = SegmentNetwork(3, backbone="small", temporal=temporal, num_segments=2)
    assert_usable(network, tmp_path / "model.safetensors")


def test_a_new_backbone_starts_from_weights_of_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply("small", tmp_path, monkeypatch)
    of_images = SegmentNetwork(2, backbone="small", motion="none", temporal="none").backbone
    torch.save(of_images.state_dict() | {"fc.bias": torch.zeros(9)}, tmp_path / "small.pth")
    network = SegmentNetwork(2, backbone="small")
    report = load_pretrained(network, tmp_path / "small.pth")
    assert (report.inflated, report.unused) == (["backbone.conv1.weight"], ["fc.bias"])
    torch.testing.assert_close(network.backbone.conv2.weight, of_images.conv2.weight)


def test_a_new_annotation_format_is_prepared(
    write_video: WriteVideo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply("cuts", tmp_path, monkeypatch)
    video = write_video("games/a.mp4")
    (tmp_path / "all.cuts").write_text(
        "games/a.mp4 | 0 - 0.4 | rise\ngames/a.mp4 | 0.4 - 0.8 | fall\n"
    )
    found = read_source(tmp_path / "all.cuts", None, (), None, None).splits["all"]
    assert found.classes == ["fall", "rise"]
    assert [(r.path, r.label, r.start_seconds, r.end_seconds) for r in found.records] == [
        (str(video), 1, 0.0, 0.4),
        (str(video), 0, 0.4, 0.8),
    ]


def test_a_new_engine_computes_an_exported_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    apply("onnx-reference", tmp_path, monkeypatch)
    weight = np.array([[0.01, 0], [0, 0.02], [0, 0]], np.float32)  # red votes for 0, green for 1
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["clips"], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["pixels", "axes"], ["colors"], keepdims=0),
            helper.make_node("MatMul", ["colors", "weight"], ["logits"]),
        ],
        "colors",
        [helper.make_tensor_value_info("clips", TensorProto.UINT8, ["B", 2, 1, 3, 32, 32])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", 2])],
        [
            numpy_helper.from_array(np.array([1, 2, 4, 5]), "axes"),
            numpy_helper.from_array(weight, "weight"),
        ],
    )
    file = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), file)
    network = SegmentNetwork(2, backbone="resnet18", motion="none", num_segments=2)
    description = {
        "version": 1,
        "format": "onnx-reference",
        "precision": "float32",
        "sha256": {file.name: sha256(file)},
        "classes": ["fall", "rise"],
        "clip_format": asdict(ClipFormat(2, 1, 36, 32)),
        "network": network.options,
    }
    (tmp_path / "model.json").write_text(json.dumps(description))
    clips = torch.full((1, 2, 1, 3, 32, 32), 100, dtype=torch.uint8)
    torch.testing.assert_close(load(tmp_path)(clips), torch.tensor([[1.0, 2.0]]))
