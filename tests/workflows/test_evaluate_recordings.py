"""Evaluation of a model of recordings: figures, files, what is left out, and going on."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mienet.cli import main
from mienet.curation.probe import PROBES, ProbeCache, probe_videos
from mienet.data.manifest import PreparedDataset
from mienet.data.recording_format import RecordingFormat
from mienet.errors import MienetError
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_ensemble import TimelineEnsemble
from mienet.timeline_recognizer import NetworkTimelineRecognizer, TimelineRecognizer
from mienet.timelines.result import Timeline
from mienet.workflows.evaluate_recordings import evaluate_recordings
from tests.conftest import WriteVideo
from tests.workflows.recordings import answer_with

pytestmark = pytest.mark.usefixtures("no_charts")

HEADER = "path,label,start_seconds,end_seconds,subject\n"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that knows the phase up and the event land."""
    return make_model(tmp_path / "run", ["up"])


def make_model(folder: Path, phases: list[str]) -> Path:
    """Writes a model that knows these phases and the event land, with weights of its own."""
    torch.manual_seed(len(folder.name))
    network = TimelineNetwork(len(phases), 1, motion="none", num_segments=4, head_width=8)
    reading = RecordingFormat(4, 1, 1, 25.0, 32, 32)
    NetworkTimelineRecognizer(network, phases, ["land"], reading).save(folder)
    return folder


def count_averages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns a list to which the names of averaged recordings are added."""
    names: list[str] = []
    average = TimelineEnsemble.timeline

    def timeline(self: TimelineEnsemble, path: str, *arguments: Any, **options: Any) -> Timeline:
        names.append(Path(path).stem)
        return average(self, path, *arguments, **options)

    monkeypatch.setattr(TimelineEnsemble, "timeline", timeline)
    return names


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lets a model say that up lasts for frames 0 to 10, and that land is at frame 11.

    The recordings that are computed are added to the list.
    """
    return answer_with(monkeypatch, lambda model, path: (11, {11: 0.8, 2: 0.3}))


@pytest.fixture
def labeled(write_video: WriteVideo, tmp_path: Path) -> Path:
    """Two recordings of 20 frames, up for frames 0 to 9, and land at frame 10."""
    rows = []
    for name, subject in (("a.mp4", "ann"), ("b.mp4", "bo")):
        write_video(name)
        rows += [f"{name},up,0,0.4,{subject}", f"{name},land,0.4,,{subject}"]
    (tmp_path / "test.csv").write_text(HEADER + "\n".join(rows) + "\n")
    return tmp_path / "test.csv"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def metrics(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "metrics.json").read_text()))


def test_slow_motion_is_held_against_the_seconds_of_reality(
    model: Path, computed: list[str], labeled: Path
) -> None:
    as_it_is, _ = evaluate_recordings(model, labeled)
    rows = "a.mp4,up,0,0.04,ann,250\na.mp4,land,0.04,,ann,\n"
    slow = labeled.with_name("slow.csv")
    slow.write_text(f"{HEADER.strip()},capture_fps\n{rows}")
    found, _ = evaluate_recordings(model, slow)
    (one,) = found.recordings
    assert one.labels.borders_seconds[-1] == pytest.approx(0.08)
    assert one.labels.true.tolist() == as_it_is.recordings[0].labels.true.tolist()
    assert (as_it_is.is_real_time, found.is_real_time) == (True, False)
    with pytest.raises(MienetError, match=r"slow.csv:2 has a column capture_fps; leave one out"):
        evaluate_recordings(model, slow, capture_fps=9)


def test_files_hold_what_is_a_frame_late(
    model: Path, computed: list[str], labeled: Path, charts: None
) -> None:
    evaluation, out = evaluate_recordings(model, labeled)
    assert out == model / "evaluation/test"
    found = metrics(out)
    assert found == json.loads(json.dumps(evaluation.to_dict() | {
        key: found[key] for key in ("checkpoint", "data", "model", "options")
    }))  # fmt: skip
    assert (found["frame_accuracy"], found["intervals"]["frame_accuracy"]) == (0.95, [0.95, 0.95])
    assert (found["commonest_label_share"], found["f1_50"], found["num_groups"]) == (0.5, 1.0, 2)
    assert [found[f"event_map_{n}"] for n in (0, 1)] == [0.0, 1.0]
    assert (found["boundary_mean_frames"], found["boundary_mean_ms"]) == pytest.approx((1, 40))
    assert (out / "timelines.png").read_bytes()[:4] == b"\x89PNG"
    assert (out / "confusion_matrix.png").read_bytes()[:4] == b"\x89PNG"


def test_tables_have_a_row_for_each(model: Path, computed: list[str], labeled: Path) -> None:
    _, out = evaluate_recordings(model, labeled)
    (up,), (land,) = table(out / "phases.csv"), table(out / "events.csv")
    assert (up["true"], up["correct"], up["duration_mean_error_seconds"]) == ("2", "2", "0.04")
    assert (land["true"], land["f1"], land["ap_0"], land["median_ms"]) == (
        "2",
        "1.0",
        "0.0",
        "40.0",
    )
    rows = table(out / "boundaries.csv")
    assert [(row["before"], row["after"], row["error_frames"], row["found"]) for row in rows] == [
        ("up", "(background)", "1", "matched")
    ] * 2
    assert [row["group"] for row in table(out / "per_video.csv")] == ["ann", "bo"]


def test_events_are_right_within_the_tolerance(
    model: Path, computed: list[str], labeled: Path
) -> None:
    evaluation, _ = evaluate_recordings(model, labeled, tolerance_frames=0)
    assert evaluation.figures["event_f1"].value == 0
    assert evaluation.figures["correct_events"].value == 0


def test_recordings_that_share_a_subject_are_one_group(
    model: Path, computed: list[str], labeled: Path
) -> None:
    labeled.write_text(labeled.read_text().replace("b.mp4,land,0.4,,bo", "b.mp4,land,0.4,,ann"))
    evaluation, _ = evaluate_recordings(model, labeled)
    assert evaluation.num_groups == 1
    assert np.isnan(evaluation.figures["frame_accuracy"].low)


def test_broken_recordings_are_told_and_do_not_count(
    model: Path, computed: list[str], labeled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (labeled.parent / "b.mp4").write_bytes(b"broken")
    assert main(["evaluate", str(model), "--data", str(labeled)]) == 1
    said = capsys.readouterr()
    assert "b.mp4: cannot be read as a video" in said.err
    assert "1 of 2 recordings could not be used, and do not count" in said.out
    assert "1 recording, 20 labeled frames" in said.out
    assert len(metrics(model / "evaluation/test")["excluded"]) == 1


def test_labels_that_cannot_be_are_told_like_broken_recordings(
    model: Path, computed: list[str], labeled: Path
) -> None:
    with labeled.open("a") as file:
        file.write("a.mp4,up,3,9,ann\n")
    evaluation, _ = evaluate_recordings(model, labeled)
    assert "'up' at 9 s is outside its video, which lasts 0.8 s" in evaluation.problems[0]


def test_without_any_recording_there_are_no_figures(
    model: Path, computed: list[str], labeled: Path
) -> None:
    for name in ("a.mp4", "b.mp4"):
        (labeled.parent / name).write_bytes(b"broken")
    with pytest.raises(MienetError, match=r"none of its recordings can be used:\n  .*a\.mp4"):
        evaluate_recordings(model, labeled)


def test_a_killed_evaluation_goes_on(
    model: Path, computed: list[str], labeled: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    whole = TimelineRecognizer.timeline

    def killed(self: TimelineRecognizer, path: str, *arguments: Any, **options: Any) -> Timeline:
        if computed:
            raise KeyboardInterrupt
        return whole(self, path, *arguments, **options)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(TimelineRecognizer, "timeline", killed)
        evaluate_recordings(model, labeled)
    evaluation, out = evaluate_recordings(model, labeled)
    assert (computed, evaluation.num_kept) == (["a.mp4", "b.mp4"], 1)
    assert metrics(out) == metrics(evaluate_recordings(model, labeled, out=tmp_path / "new")[1])


def test_another_tolerance_needs_no_new_predictions(
    model: Path, computed: list[str], labeled: Path
) -> None:
    evaluate_recordings(model, labeled)
    again, _ = evaluate_recordings(model, labeled, tolerance_frames=5)
    assert (len(computed), again.num_kept) == (2, 2)
    assert again.replaced == str(labeled)


def test_other_options_are_computed_anew(model: Path, computed: list[str], labeled: Path) -> None:
    evaluate_recordings(model, labeled)
    again, _ = evaluate_recordings(model, labeled, order="free")
    assert (len(computed), again.num_kept) == (4, 0)


def test_labels_that_the_model_does_not_know_are_refused(model: Path, labeled: Path) -> None:
    labeled.write_text(labeled.read_text().replace("b.mp4,up", "b.mp4,Up"))
    with pytest.raises(MienetError, match=r"phases 'Up', which the model does not know.*'up'"):
        evaluate_recordings(model, labeled)


def test_without_data_it_is_the_run_s_validation_list(
    model: Path, computed: list[str], labeled: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="no validation list of its own; give --data"):
        evaluate_recordings(model)
    rows = labeled.read_text().replace("a.mp4", str(labeled.parent / "a.mp4"))
    (model / "val.csv").write_text("\n".join(rows.splitlines()[:3]) + "\n")
    (model / "run.json").write_text("{}")
    evaluation, out = evaluate_recordings(model)
    assert out == model / "evaluation/val"
    assert evaluation.learned == {"train.csv": 0, "val.csv": 1}
    assert "1 of the 1 recordings are of the validation list" in evaluation.warnings()[0]


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_recording_that_was_renamed_is_known_by_what_its_dataset_noted(
    model: Path, computed: list[str], labeled: Path, is_noted: bool
) -> None:
    (model / "run.json").write_text("{}")
    (model / "config.yaml").write_text(f"data: {{root: {labeled.parent}}}\n")
    old, new = labeled.parent / "a.mp4", labeled.parent / "renamed.mp4"
    rows = labeled.read_text().splitlines()[:3]
    (model / "train.csv").write_text("\n".join(rows).replace("a.mp4", str(old)) + "\n")
    if is_noted:
        probe_videos([str(old)], ProbeCache(labeled.parent / PROBES), jobs=1)
    old.rename(new)
    labeled.write_text("\n".join(rows).replace("a.mp4", "renamed.mp4") + "\n")
    evaluation, _ = evaluate_recordings(model, labeled)
    assert evaluation.learned == {"train.csv": int(is_noted), "val.csv": 0}
    said = "1 of 1 videos of the training list are not there; under other names they count as new"
    assert (said in evaluation.warnings()) != is_noted


def test_a_list_of_clips_is_refused(model: Path, labeled: Path) -> None:
    dataset = PreparedDataset(labeled.parent, labeled.parent, ["up"], None, [], {})
    (labeled.parent / "dataset.json").write_text(dataset.to_json())
    with pytest.raises(MienetError, match="a list of labeled clips; a model of whole recordings"):
        evaluate_recordings(model, labeled)


@pytest.mark.parametrize("name", ["events.csv", "metrics.json", "recordings.jsonl"])
def test_somebody_else_s_file_is_not_replaced(
    model: Path, labeled: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text('{"mine": 1}')
    with pytest.raises(MienetError, match=rf"{name} would be replaced, .* mienet evaluate"):
        evaluate_recordings(model, labeled, out=out)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--clips=two", "--crops=three"],
            "--clips, --crops: for models of clips, and .*run is of",
        ),
        (["--batch-size=4"], "--batch-size: for models of clips, .*; leave it out"),
    ],
)
def test_options_of_clips_are_refused(
    model: Path, labeled: Path, capsys: pytest.CaptureFixture[str], options: list[str],
    message: str,
) -> None:  # fmt: skip
    assert main(["evaluate", str(model), "--data", str(labeled), *options]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(message, line), line


def test_several_models_are_averaged(
    model: Path, labeled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_model(tmp_path / "other", ["up"])
    computed = count_averages(monkeypatch)
    _, out = evaluate_recordings([model, other], labeled)
    again, _ = evaluate_recordings([model, other], labeled)
    assert (out, again.num_kept, computed) == (model / "evaluation_average/test", 2, ["a", "b"])
    found = metrics(out)
    assert found["checkpoint"] == [str(model), str(other)]
    assert len(set(found["model"])) == 2


def test_models_of_other_phases_are_not_averaged(
    model: Path, labeled: Path, tmp_path: Path
) -> None:
    other = make_model(tmp_path / "other", ["down"])
    with pytest.raises(MienetError, match=r"their phases differ: .*other lacks 'up'; .*'down'"):
        evaluate_recordings([model, other], labeled)


def test_models_of_both_kinds_are_not_averaged(
    model: Path, model_once: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(model), str(model_once)]) == 1
    assert "is of whole recordings; give models of one kind" in capsys.readouterr().err


def test_runs_are_averaged_on_their_common_validation_list_alone(
    model: Path, labeled: Path, tmp_path: Path
) -> None:
    other = make_model(tmp_path / "other", ["up"])
    (model / "val.csv").write_text(labeled.read_text())
    (other / "val.csv").write_text(labeled.read_text().replace("bo", "cy"))
    with pytest.raises(MienetError, match=r"val\.csv differ, so one model may have learned"):
        evaluate_recordings([model, other])


def test_a_model_is_not_averaged_with_itself(model: Path, labeled: Path) -> None:
    with pytest.raises(MienetError, match=r"is given twice; give each model once"):
        evaluate_recordings([model, model], labeled)
