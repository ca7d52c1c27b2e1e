"""Exports of models of whole recordings: the same logits, timelines and errors as the run's."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from mienet.annotations.records import VideoRecord
from mienet.cli import main
from mienet.data.resolve import FoundVideos, resolve_videos
from mienet.engines.runtime import ExportedModelError
from mienet.errors import MienetError
from mienet.loading import kind_of_model, load, load_clip_model, read_network
from mienet.models import resnet
from mienet.timeline_recognizer import (
    ExportedTimelineRecognizer,
    NetworkTimelineRecognizer,
    TimelineRecognizer,
)
from mienet.timelines.recording import RecordingOptions
from mienet.workflows.export import export
from mienet.workflows.export_kinds import RecordingExport
from tests.conftest import made_once, make_timeline_recognizer, video_writer


@pytest.fixture(scope="module", autouse=True)
def one_block() -> Iterator[None]:
    """Makes ResNet-18 one block, as converting takes a second for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(resnet.ARCHITECTURES, "resnet18", (resnet.BasicBlock, (1, 0, 0, 0)))
        yield


def export_to(folder: Path) -> None:
    """Exports a model beside its run, whose validation list has phases and an event."""
    video_writer(folder)("a.mp4", num_frames=30)
    make_timeline_recognizer().save(folder / "run")
    rows = ["path,label,start_seconds,end_seconds", "../a.mp4,dark,0,0.6", "../a.mp4,dawn,0.6,"]
    (folder / "run/val.csv").write_text("\n".join(rows) + "\n")
    export(folder / "run", folder / "exported")


@pytest.fixture(scope="module")
def exported_once(tmp_path_factory: pytest.TempPathFactory, one_block: None) -> Path:
    """Returns a folder with a.mp4, run/ and exported/; of the last, tests that change it copy."""
    return made_once(tmp_path_factory, "exported_recordings", export_to)


@pytest.fixture
def exported(exported_once: Path, tmp_path: Path) -> Path:
    """Returns a copy of the exported model."""
    return Path(shutil.copytree(exported_once / "exported", tmp_path / "exported"))


def load_timelines(path: Path) -> TimelineRecognizer:
    loaded = load(path)
    assert isinstance(loaded, TimelineRecognizer)
    return loaded


def change(folder: Path, **entries: object) -> None:
    """Changes entries of model.json, as of before there were checksums."""
    content = json.loads((folder / "model.json").read_text()) | {"version": 1} | entries
    (folder / "model.json").write_text(json.dumps(content))


def test_logits_on_real_windows_are_the_original_s(exported_once: Path) -> None:
    original = read_network(exported_once / "run")
    assert isinstance(original, NetworkTimelineRecognizer)
    video = FoundVideos([VideoRecord(f"{exported_once}/a.mp4", None)])
    found = RecordingExport(original).examples(video, 50)
    windows = torch.cat([example.read() for example in found])
    recognizer = load_timelines(exported_once / "exported")
    assert recognizer.window_logits(windows).shape == (len(found), 3, 5)
    torch.testing.assert_close(
        recognizer.window_logits(windows), original.window_logits(windows), rtol=0, atol=1e-4
    )


def test_timelines_are_the_original_s(exported_once: Path) -> None:
    ours, theirs = (
        load_timelines(exported_once / name).timeline(exported_once / "a.mp4")
        for name in ("exported", "run")
    )
    assert ours.phases and ours.events
    assert [(p.label, p.start_seconds) for p in ours.phases] == [
        (p.label, p.start_seconds) for p in theirs.phases
    ]
    assert [(e.label, e.time_seconds) for e in ours.events] == [
        (e.label, e.time_seconds) for e in theirs.events
    ]
    np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-4)


def test_it_knows_what_the_run_learned_beside_its_network(exported_once: Path) -> None:
    recognizer = load_timelines(exported_once / "exported")
    assert recognizer.describe() == make_timeline_recognizer().describe()
    assert kind_of_model(exported_once / "exported") == "recordings"


def test_the_command_resumes_with_it(
    exported_once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["timeline", exported_once / "exported", exported_once / "a.mp4"]
    command += ["--out", tmp_path / "out"]
    for _ in range(2):
        assert main([str(argument) for argument in command]) == 0
    assert capsys.readouterr().out.count("done before") == 1
    command[1] = exported_once / "run"
    assert main([str(argument) for argument in command]) == 1
    assert "of another model" in capsys.readouterr().err


def test_the_description_says_what_another_program_needs(exported_once: Path) -> None:
    content = json.loads((exported_once / "exported/model.json").read_text())
    assert (content["phases"], content["events"]) == (["dark", "light"], ["dawn"])
    assert (content["input"]["name"], content["output"]["name"]) == ("frames", "logits")
    assert content["input"]["shape"] == ["batch", 8, 3, 32, 32]
    assert content["output"]["shape"] == ["batch", 3, 5]
    # Windows of 5 steps start every 3 of 30 frames, and at the last that fits.
    agreement = content["agreement"]
    assert (agreement["unit"], agreement["compared"], agreement["answers"]) == ("window", 10, 30)
    assert agreement["same_top1"] == 30


def test_windows_to_compare_are_spread_over_a_recording_named_twice(exported_once: Path) -> None:
    one = VideoRecord(f"{exported_once}/a.mp4", None)
    found = RecordingExport(make_timeline_recognizer()).examples(FoundVideos([one, one]), 3)
    assert [example.name.split()[-1] for example in found] == ["0", "9", "18"]
    assert found[0].read().shape == (1, 8, 3, 32, 32)


def test_windows_of_slow_motion_are_those_that_timeline_looks_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = video_writer(tmp_path)
    slow, usual = write("slow.mp4", num_frames=30), write("usual.mp4", num_frames=30)
    (tmp_path / "val.csv").write_text(
        "path,label,start_seconds,end_seconds,capture_fps\nslow.mp4,dark,0,0.2,100\n"
        "usual.mp4,dark,0,0.6,\n"
    )
    model = make_timeline_recognizer()
    examples = RecordingExport(model).examples(resolve_videos([tmp_path / "val.csv"]), 50)
    # Of 100 frames a second every fourth, so 8 steps; a window has 5, and the next starts 3 later.
    assert [e.name for e in examples[:3]] == [
        f"{slow}, frames from 0", f"{slow}, frames from 12", f"{usual}, frames from 0",
    ]  # fmt: skip
    seen: list[torch.Tensor] = []
    logits = model.window_logits
    monkeypatch.setattr(model, "window_logits", lambda f: seen.append(f) or logits(f))
    model.timeline(slow, RecordingOptions(capture_fps=100))
    model.timeline(usual)
    assert torch.equal(torch.cat(seen), torch.cat([example.read() for example in examples]))


def test_impossible_rates_of_cameras_are_refused_with_their_lines(
    exported_once: Path, tmp_path: Path
) -> None:
    rows = ["path,label,start_seconds,end_seconds,capture_fps", "a.mp4,dark,0,0.2,fast"]
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    video_writer(tmp_path)("a.mp4")
    with pytest.raises(MienetError, match=r"list\.csv:2: capture_fps is 'fast'; it must be a num"):
        export(exported_once / "run", tmp_path / "new", data=tmp_path / "list.csv")


def test_what_takes_clips_alone_refuses_it(
    exported_once: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MienetError, match=r"exported: a model of whole recordings, which this"):
        load_clip_model(exported_once / "exported")
    command = ["predict", f"{exported_once}/exported", f"{exported_once}/a.mp4"]
    assert main(command) == 1
    assert "mienet timeline" in capsys.readouterr().err


def test_frames_of_another_shape_are_refused(exported_once: Path) -> None:
    recognizer = load_timelines(exported_once / "exported")
    assert isinstance(recognizer, ExportedTimelineRecognizer)
    with pytest.raises(MienetError, match=r"frames of shape \(B, 8, 3, 32, 32\): .*\(1, 9, 3"):
        recognizer.window_logits(torch.zeros(1, 9, 3, 32, 32, dtype=torch.uint8))


def test_the_labels_have_to_be_those_of_the_output(exported: Path) -> None:
    network = json.loads((exported / "model.json").read_text())["network"]
    change(exported, phases=["a", "b", "c"], network=network | {"num_phases": 3})
    with pytest.raises(ExportedModelError, match=r"3 phases and 1 events; for one window .* 3, 5"):
        load(exported)


@pytest.mark.parametrize(("entries", "said"), [
    ({"order": {"follows": []}}, r"model\.json: order is \['follows'\]; accepted: an object"),
    ({"event_thresholds": []}, r"model\.json: event_thresholds has not one number an event"),
    ({"classes": ["a"]}, r"model\.json: 'classes' is not a known key"),
])  # fmt: skip
def test_a_broken_description_is_refused(
    entries: dict[str, object], said: str, exported: Path
) -> None:
    change(exported, **entries)
    with pytest.raises(MienetError, match=said):
        load(exported)
