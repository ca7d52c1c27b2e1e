"""What a model is of is told by its description, before anything of it is loaded."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from mienet.data.recording_format import RecordingFormat
from mienet.errors import MienetError
from mienet.loading import kind_of_model, read_network
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_recognizer import NetworkTimelineRecognizer


def test_a_run_of_clips_is_told(model: Path) -> None:
    assert kind_of_model(model) == "clips"
    assert kind_of_model(model / "model.safetensors") == "clips"


def test_a_model_of_recordings_is_told_by_its_format(tmp_path: Path) -> None:
    header = {"mienet": json.dumps({"version": 2, "recording_format": {"stride": 1}})}
    save_file({"weight": np.zeros(1)}, tmp_path / "model.safetensors", metadata=header)
    assert kind_of_model(tmp_path) == "recordings"


def test_a_model_of_recordings_from_before_keeps_its_batch_norm(tmp_path: Path) -> None:
    network = TimelineNetwork(1, 0, motion="none", num_segments=2, head_width=8)
    del network.options["normalization"]  # as it was written
    reading = RecordingFormat(2, 1, 1, 25.0, 32, 32)
    NetworkTimelineRecognizer(network, ["run"], [], reading).save(tmp_path)
    loaded = read_network(tmp_path)
    assert isinstance(loaded, NetworkTimelineRecognizer)
    assert loaded.network.options["normalization"] == "batch"


def test_an_exported_model_is_told_by_its_json(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"recording_format": {}}')
    assert kind_of_model(tmp_path) == "recordings"
    (tmp_path / "model.json").write_text('{"clip_format": {}}')
    assert kind_of_model(tmp_path) == "clips"


def test_what_is_broken_is_left_to_what_opens_it(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x08")
    assert kind_of_model(tmp_path) == "clips"
    (tmp_path / "sljd.pth.tar").write_bytes(b"released")
    assert kind_of_model(tmp_path / "sljd.pth.tar") == "clips"


def test_data_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("path,label\n")
    with pytest.raises(MienetError, match="the model comes first"):
        kind_of_model(tmp_path / "test.csv")
    with pytest.raises(FileNotFoundError, match="no such model"):
        kind_of_model(tmp_path / "runs")


def test_a_model_is_read_without_a_compiler(full_model: Path) -> None:
    code = (
        "import sys, mienet\n"
        f"mienet.load({str(full_model)!r})\n"
        "print(sorted({'torch._dynamo', 'sympy', 'lightning', 'matplotlib'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
