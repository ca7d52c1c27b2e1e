"""Exported models are opened if they are whole, in their engine, and fed with what they take."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch

from mienet.engines.engine import engine_files
from mienet.engines.runtime import (
    ExportedModelError,
    PickleError,
    open_engine,
    sha256,
)
from mienet.errors import MienetError, MissingExtraError
from mienet.loading import load
from mienet.recognizer import Recognizer


def change(folder: Path, **entries: object) -> None:
    """Changes entries of model.json."""
    content = json.loads((folder / "model.json").read_text()) | entries
    (folder / "model.json").write_text(json.dumps(content))


@pytest.fixture(scope="module")
def loaded(exported_once: Path) -> Recognizer:
    """The exported model, which takes a second to open."""
    return load(exported_once, allow_pickle=True)


@pytest.mark.parametrize("name", ["model.pt2", "model.xml", "model.bin", "model.onnx"])
def test_one_file_of_an_exported_model_leads_to_its_folder(exported: Path, name: str) -> None:
    (exported / "model.pt2").rename(exported / name)
    with pytest.raises(MienetError, match=r"one file of an exported model.* give its folder"):
        load(exported / name, allow_pickle=True)


def test_another_frame_size_is_refused(loaded: Recognizer) -> None:
    wrong = torch.zeros(1, 2, 4, 3, 48, 48, dtype=torch.uint8)
    with pytest.raises(MienetError, match=r"shape \(B, 2, 4, 3, 32, 32\).*\(1, 2, 4, 3, 48, 48\)"):
        loaded(wrong)


def test_another_number_of_segments_is_refused(loaded: Recognizer) -> None:
    wrong = torch.zeros(1, 3, 4, 3, 32, 32, dtype=torch.uint8)
    with pytest.raises(MienetError, match=r"takes uint8 clips of shape \(B, 2, 4.*\(1, 3, 4"):
        loaded(wrong)


def test_floats_are_refused(loaded: Recognizer) -> None:
    with pytest.raises(MienetError, match=r"takes uint8 clips .* got torch.float32"):
        loaded(torch.zeros(1, 2, 4, 3, 32, 32))


def test_a_missing_engine_names_its_extra_at_opening(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = {name: sha256(exported / "model.pt2") for name in engine_files()["openvino"]}
    for name in hashes:
        shutil.copy(exported / "model.pt2", exported / name)
    change(exported, version=1, format="openvino", sha256=hashes)
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mienet\[openvino\]'"):
        load(exported, allow_pickle=True)


def test_a_file_cut_short_is_refused(exported: Path) -> None:
    file = exported / "model.pt2"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ExportedModelError, match=r"model\.pt2: .*cut short or changed"):
        load(exported, allow_pickle=True)


@pytest.mark.parametrize("format", ["onnx", "openvino", "torch"])
def test_a_file_that_its_engine_refuses_is_an_error(format: str, tmp_path: Path) -> None:
    for name in engine_files()[format]:  # type: ignore[index]
        (tmp_path / name).write_bytes(b"no model")
    with pytest.raises(ExportedModelError, match=f"{format} cannot open it"):
        open_engine(tmp_path, format, "float32")  # type: ignore[arg-type]


def test_a_missing_file_is_named(exported: Path) -> None:
    (exported / "model.pt2").unlink()
    with pytest.raises(ExportedModelError, match=r"model\.pt2: missing"):
        load(exported, allow_pickle=True)


def test_a_file_that_can_run_code_is_not_opened_unasked(exported: Path) -> None:
    with pytest.raises(PickleError, match=r"model\.pt2: .* can run code .*--allow-pickle"):
        load(exported)


def test_a_changed_description_is_told_by_its_checksum(exported: Path) -> None:
    change(exported, classes=["fall", "rife"])
    with pytest.raises(ExportedModelError, match=r"model\.json: changed since it was exported"):
        load(exported, allow_pickle=True)


def test_the_classes_have_to_be_those_of_the_output(exported: Path) -> None:
    content = json.loads((exported / "model.json").read_text())
    network = content["network"] | {"num_classes": 3}
    change(exported, version=1, classes=["a", "b", "c"], network=network)
    with pytest.raises(ExportedModelError, match=r"3 classes; .* has the shape \(1, 2\)"):
        load(exported, allow_pickle=True)


@pytest.mark.parametrize("name", ["../model.pt2", "sub/model.pt2", "/etc/passwd", "model.onnx"])
def test_files_in_other_folders_are_refused(exported: Path, name: str) -> None:
    change(exported, sha256={name: sha256(exported / "model.pt2")})
    with pytest.raises(ExportedModelError, match=r"exactly model\.pt2, without folders"):
        load(exported, allow_pickle=True)


def test_descriptions_from_before_the_checksum_load(exported: Path) -> None:
    content = json.loads((exported / "model.json").read_text())
    del content["description_sha256"]
    (exported / "model.json").write_text(json.dumps(content | {"version": 1}))
    assert load(exported, allow_pickle=True).classes == ["fall", "rise"]


def test_an_onnx_file_with_weights_elsewhere_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    tensor = onnx.TensorProto(name="w", data_type=1, dims=[4], data_location=1)
    tensor.external_data.add(key="location", value="../w.bin")
    graph = onnx.helper.make_graph([], "graph", [], [], [tensor])
    onnx_model = onnx.helper.make_model(graph)
    (tmp_path / "model.onnx").write_bytes(onnx_model.SerializeToString())
    with pytest.raises(ExportedModelError, match="weights in another file"):
        open_engine(tmp_path, "onnx", "float32")


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_broken_description_is_refused(exported: Path, text: str) -> None:
    (exported / "model.json").write_text(text)
    with pytest.raises(ExportedModelError, match=r"model\.json: not the description"):
        load(exported, allow_pickle=True)


def test_a_description_of_another_version_is_refused(exported: Path) -> None:
    (exported / "model.json").write_text('{"version": 99}')
    with pytest.raises(ExportedModelError, match="format 99, this version reads 1 to 3"):
        load(exported, allow_pickle=True)


def test_what_a_description_lacks_is_named(exported: Path) -> None:
    content = json.loads((exported / "model.json").read_text())
    del content["classes"], content["sha256"]
    (exported / "model.json").write_text(json.dumps(content))
    with pytest.raises(ExportedModelError, match=r"model\.json: lacks sha256, classes"):
        load(exported, allow_pickle=True)


def test_an_unknown_format_is_refused(exported: Path) -> None:
    change(exported, format="tflite")
    with pytest.raises(ExportedModelError, match=r"format is 'tflite'.*onnx, openvino, torch"):
        load(exported, allow_pickle=True)


def test_an_exported_model_stays_on_the_processor(exported: Path) -> None:
    with pytest.raises(MienetError, match="computes on the CPU, got device 'cuda'"):
        load(exported, device="cuda", allow_pickle=True)
