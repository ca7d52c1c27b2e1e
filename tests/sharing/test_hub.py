"""What is pushed is what is pulled; the client is the real one, the hub a stand-in."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch

import mienet
from mienet.cli import main
from mienet.errors import MienetError
from mienet.recognizer import Recognizer
from mienet.sharing.hub import HubError
from mienet.timeline_recognizer import TimelineRecognizer
from tests.conftest import WriteVideo, make_timeline_recognizer
from tests.sharing.standin import TOKEN, Hub


@pytest.fixture
def pushed(hub: Hub, model: Path) -> Path:
    """Returns the folder of a model of clips that is on the hub as anna/jumps."""
    mienet.push(model, "anna/jumps", license="mit")
    return model


def test_a_pulled_model_of_clips_gives_the_same_logits(pushed: Path, tmp_path: Path) -> None:
    pulled = mienet.pull("anna/jumps", tmp_path / "pulled")
    clips = torch.randint(0, 256, (1, 2, 4, 3, 32, 32), dtype=torch.uint8)
    before, after = mienet.load(pushed), mienet.load(pulled.folder)
    assert isinstance(before, Recognizer)
    assert isinstance(after, Recognizer)
    assert torch.equal(before(clips), after(clips))
    assert set(pulled.files) == {"README.md", "config.json", "model.safetensors"}


def test_a_model_of_recordings_is_used_from_the_hub(hub: Hub, tmp_path: Path) -> None:
    own = make_timeline_recognizer()
    own.save(tmp_path / "model")
    mienet.push(tmp_path / "model", "anna/days", license="mit")
    frames = torch.randint(0, 256, (1, 8, 3, 32, 32), dtype=torch.uint8)
    before, after = mienet.load(tmp_path / "model"), mienet.load("hf:anna/days")
    assert isinstance(before, TimelineRecognizer)
    assert isinstance(after, TimelineRecognizer)
    with torch.inference_mode():
        assert torch.equal(before.window_logits(frames), after.window_logits(frames))


def test_weights_go_by_lfs_and_text_as_it_is(pushed: Path, hub: Hub) -> None:
    assert hub.files("anna/jumps")["model.safetensors"] in hub.blobs.values()
    assert len(hub.blobs) == 1
    config = json.loads(hub.files("anna/jumps")["config.json"])
    assert (config["library"], config["kind"]) == ("mienet", "clips")
    assert config["classes"] == ["fall", "rise"]


def test_commands_take_models_of_the_hub(
    pushed: Path, tmp_path: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    video = str(write_video("a.mp4", num_frames=8))
    assert main(["predict", "hf:anna/jumps", video]) == 0
    said = capsys.readouterr()
    assert "rise" in said.out
    assert "note: hf:anna/jumps: revision " in said.err
    assert main(["predict", str(pushed), video]) == 0
    assert capsys.readouterr().out == said.out


def test_results_go_beside_a_copy(
    pushed: Path, tmp_path: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", "hf:anna/jumps", "--data", str(class_folders)]) == 0
    assert (tmp_path / "runs/jumps/evaluation/videos/metrics.json").is_file()
    assert main(["evaluate", "hf:anna/jumps", "--data", str(class_folders)]) == 0


def test_a_revision_is_kept_apart(pushed: Path, hub: Hub) -> None:
    repository = hub.repositories["anna/jumps"]
    repository.tags["v1"] = repository.head
    repository.commit({"config.json": b"{}"})
    assert mienet.load("hf:anna/jumps@v1")
    with pytest.raises(MienetError, match=r"its config\.json is not mienet's"):
        mienet.load("hf:anna/jumps")


def test_only_known_files_are_fetched(pushed: Path, hub: Hub, tmp_path: Path) -> None:
    hub.files("anna/jumps").update({"modeling.py": b"import os", "model.bin": b"pickle"})
    pulled = mienet.pull("anna/jumps", tmp_path / "pulled")
    assert sorted(path.name for path in pulled.folder.iterdir()) == sorted(pulled.files)
    assert not any("modeling.py" in request for request in hub.requests)


def test_a_file_that_is_too_large_is_not_fetched(
    pushed: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mienet.sharing.model_files.LARGEST_WEIGHTS_BYTES", 1000)
    with pytest.raises(HubError, match=r"model\.safetensors has \d+ bytes; accepted: up to 1000"):
        mienet.load("hf:anna/jumps")
    assert not any("GET" in r and "model.safetensors" in r for r in hub.requests)


def test_the_cache_serves_without_a_network(
    pushed: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mienet.load("hf:anna/jumps")
    hub.requests.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert mienet.load("hf:anna/jumps")
    assert hub.requests == []
    with pytest.raises(HubError, match=r"not in the cache.*HF_HUB_OFFLINE is set; unset it"):
        mienet.load("hf:anna/other")


def test_a_hub_that_is_gone_is_told(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.stop()
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    assert main(["predict", "hf:anna/jumps", "a.mp4"]) == 1
    assert f"{hub.url} cannot be reached, and the model is not in the cache" in (
        capsys.readouterr().err
    )


def test_a_repository_that_is_none(hub: Hub) -> None:
    with pytest.raises(HubError, match=r"hf:anna/jmups: no such model on http.*HF_TOKEN"):
        mienet.load("hf:anna/jmups")


def test_a_private_model_needs_a_token(hub: Hub, model: Path, stranger: None) -> None:
    hub.add("anna/jumps", config__json=b"{}").private = True
    with pytest.raises(HubError, match=r"no such model .* a private or gated one needs a token"):
        mienet.load("hf:anna/jumps")
    with pytest.raises(HubError, match=r"no access \(.*hf auth login"):
        mienet.push(model, "anna/new", license="mit")


def test_a_gated_model_is_asked_for_on_its_page(hub: Hub, stranger: None) -> None:
    hub.add("anna/jumps", config__json=b"{}").gated = True
    with pytest.raises(HubError, match="its owner grants access on its page"):
        mienet.load("hf:anna/jumps")


def test_a_revision_that_is_none(pushed: Path) -> None:
    with pytest.raises(HubError, match="no revision 'v9' of this model"):
        mienet.load("hf:anna/jumps@v9")


def test_a_repository_of_others(hub: Hub) -> None:
    hub.add("anna/bert", model__safetensors=b"weights")
    with pytest.raises(HubError, match=r"no mienet model in .*: it lacks config\.json"):
        mienet.load("hf:anna/bert")


def test_a_model_of_a_newer_version(pushed: Path, hub: Hub) -> None:
    files = hub.files("anna/jumps")
    files["config.json"] = json.dumps(
        json.loads(files["config.json"]) | {"version": 99, "mienet": "9.0"}
    ).encode()
    with pytest.raises(MienetError, match=r"checkpoint format 99.*written by mienet 9\.0"):
        mienet.load("hf:anna/jumps")
    assert not any("model.safetensors" in request for request in hub.requests if "GET" in request)


def test_other_people_s_files_are_not_pushed_over(hub: Hub, model: Path) -> None:
    hub.add("anna/bert", model__safetensors=b"weights", README__md=b"")
    with pytest.raises(HubError, match=r"contains other files \(model\.safetensors\)"):
        mienet.push(model, "anna/bert", license="mit")
    assert hub.files("anna/bert")["model.safetensors"] == b"weights"


def test_private_is_private_from_the_start(hub: Hub, model: Path) -> None:
    assert mienet.push(model, "anna/secret", license="mit", private=True).is_private
    assert hub.repositories["anna/secret"].private


def test_private_into_a_public_repository_is_refused(pushed: Path) -> None:
    with pytest.raises(HubError, match=r"--private was asked for, but .* public already"):
        mienet.push(pushed, "anna/jumps", license="mit", private=True)


def test_what_was_exported_of_an_earlier_model_goes(pushed: Path, hub: Hub) -> None:
    hub.files("anna/jumps")["onnx-float32/model.onnx"] = b"old"
    hub.files("anna/jumps")["notes.txt"] = b"mine"
    again = mienet.push(pushed, "anna/jumps", license="mit")
    assert again.deleted == ("onnx-float32/model.onnx",)
    assert hub.files("anna/jumps")["notes.txt"] == b"mine"


def test_a_token_is_sent_and_never_shown(
    pushed: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.repositories["anna/jumps"].private = True
    assert main(["push", str(pushed), "anna/jumps", "--license", "wtfpl"]) == 1
    said = capsys.readouterr()
    assert "bad license" in said.err
    assert hub.tokens == {TOKEN}
    assert TOKEN not in said.out + said.err


def test_a_folder_with_another_model_is_kept(pushed: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/model.safetensors").write_bytes(b"mine")
    with pytest.raises(MienetError, match=r"contains other files than hf:anna/jumps of revision"):
        mienet.pull("anna/jumps", tmp_path / "mine")
    assert (tmp_path / "mine/model.safetensors").read_bytes() == b"mine"


def test_pulling_again_changes_nothing(pushed: Path, tmp_path: Path) -> None:
    assert not mienet.pull("anna/jumps", tmp_path / "m").was_there
    assert mienet.pull("hf:anna/jumps", tmp_path / "m").was_there


def test_two_pulls_at_once_give_one_model(
    pushed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, other = shutil.copyfile, []

    def with_another_meanwhile(source: Path, target: Path) -> Path:
        if target.parent.name.startswith(".mienet-m-") and not other:
            monkeypatch.setattr(shutil, "copyfile", copy)
            other.append(mienet.pull("anna/jumps", tmp_path / "m"))
            assert target.parent.is_dir()
        return copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", with_another_meanwhile)
    pulled = mienet.pull("anna/jumps", tmp_path / "m")
    assert [pulled.was_there, other[0].was_there] == [True, False]
    assert not list(tmp_path.glob(".mienet-*"))


def test_what_a_killed_pull_left_is_removed(pushed: Path, tmp_path: Path) -> None:
    (tmp_path / ".mienet-m-0a.tmp").mkdir()
    (tmp_path / ".mienet-m-0a.tmp/config.json").write_text("{")
    (tmp_path / ".mienet-m-0a.lock").touch()
    mienet.pull("anna/jumps", tmp_path / "m")
    assert not list(tmp_path.glob(".mienet-*"))


def test_an_export_goes_beside_its_model(
    hub: Hub, model: Path, tmp_path: Path, write_video: WriteVideo, traced_once: None
) -> None:
    pytest.importorskip("onnxruntime")
    video = write_video("v/a.mp4", num_frames=8)
    mienet.export(model, model / "fast", data=video.parent)
    mienet.push(model, "anna/jumps", license="mit")
    clips = torch.randint(0, 256, (1, 2, 4, 3, 32, 32), dtype=torch.uint8)
    before, after = mienet.load(model / "fast"), mienet.load("hf:anna/jumps/onnx-float32")
    assert isinstance(before, Recognizer)
    assert isinstance(after, Recognizer)
    assert torch.equal(before(clips), after(clips))
    assert not any("GET" in r and r.endswith("/model.safetensors") for r in hub.requests)
    pulled = mienet.pull("anna/jumps", tmp_path / "pulled")
    assert mienet.load(pulled.folder / "onnx-float32")
    with pytest.raises(HubError, match="no exported model 'openvino-int8' in it; it has onnx-fl"):
        mienet.load("hf:anna/jumps/openvino-int8")


def test_an_export_of_other_weights_is_refused(
    hub: Hub, model: Path, write_video: WriteVideo, traced_once: None
) -> None:
    pytest.importorskip("onnxruntime")
    mienet.export(model, model / "fast", data=write_video("v/a.mp4", num_frames=8).parent)
    other = mienet.load_network(model)
    other.temperature = 2.0
    other.save(model)
    with pytest.raises(MienetError, match=r"exported from another model .* or from an earlier"):
        mienet.push(model, "anna/jumps", license="mit")


def test_a_training_starts_from_a_model_of_the_hub(pushed: Path) -> None:
    from mienet.training.building import _pretrain

    network = mienet.mie_net(2, "resnet18", num_segments=2)
    report = _pretrain(network, "hf:anna/jumps", ["fall", "rise"])
    assert report is not None
    assert report.start == "hf:anna/jumps"
    assert torch.equal(network.head.bias, mienet.load_network(pushed).network.head.bias)


def test_without_the_extra_it_is_named(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub.utils", None)
    assert main(["predict", "hf:anna/jumps", "a.mp4"]) == 1
    assert "pip install 'mienet[hub]'" in capsys.readouterr().err
