import csv
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mienet.annotations.records import AnnotationError
from mienet.cli import main
from mienet.curation.probe import PROBES, ProbeCache, probe_videos
from mienet.data.clips import ClipFormat
from mienet.data.manifest import PreparedDataset
from mienet.errors import MienetError
from mienet.loading import load
from mienet.models import tsn
from mienet.recognizer import NetworkRecognizer
from mienet.workflows.evaluate import Average, evaluate


def test_files_hold_what_the_network_says(model: Path, class_folders: Path) -> None:
    evaluation, out = evaluate(model, class_folders, num_workers=0)
    metrics = json.loads((out / "metrics.json").read_text())
    assert (metrics["num_videos"], metrics["clips"], metrics["data"]) == (
        12,
        "center",
        str(class_folders),
    )
    rows = list(csv.DictReader((out / "predictions.csv").open()))
    assert rows[7]["label"] == "rise"
    prediction = load(model).predict(rows[7]["path"])
    assert rows[7]["predicted"] == prediction.classes[0]
    assert float(rows[7][prediction.classes[0]]) == pytest.approx(
        prediction.probabilities[0], abs=1e-5
    )
    assert len(list(csv.DictReader((out / "per_class.csv").open()))) == 2
    assert (out / "confusion_matrix.png").read_bytes()[:4] == b"\x89PNG"
    np.testing.assert_allclose(evaluation.probabilities.sum(axis=1), 1)


def test_batch_size_does_not_change_the_result(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    one, other = (
        evaluate(model, class_folders, out=tmp_path / f"{n}", batch_size=n, num_workers=0)[0]
        for n in (1, 8)
    )
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)


def test_a_list_with_other_classes_is_refused(model: Path, class_folders: Path) -> None:
    path = class_folders.parent / "test.csv"
    path.write_text("path,label\nvideos/rise/0.mp4,rise\nvideos/fall/0.mp4,dive\n")
    with pytest.raises(AnnotationError, match=r"test\.csv:3: unknown class 'dive'.*'fall', 'rise'"):
        evaluate(model, path, num_workers=0)
    assert not (model / "evaluation").exists()


def test_whole_recordings_are_for_other_models(model: Path, class_folders: Path) -> None:
    dataset = PreparedDataset(class_folders, class_folders, [], None, [], {}, phases=["up"])
    (class_folders / "dataset.json").write_text(dataset.to_json())
    with pytest.raises(MienetError, match=r"is a model of clips, and .*; give a list of clips"):
        evaluate(model, class_folders / "test.csv")


def test_nothing_to_evaluate_with_says_what_to_give(model: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"give --data LIST_OR_FOLDER"):
        evaluate(model)


def other_model(tmp_path: Path, classes: list[str]) -> Path:
    """Writes a network of another kind, with other segments and sizes, and returns its folder."""
    torch.manual_seed(1)
    network = tsn(len(classes), "resnet18", num_segments=3)
    torch.nn.init.normal_(network.head.weight)
    NetworkRecognizer(network, classes, ClipFormat(3, 1, 40, 40)).save(tmp_path / "other")
    return tmp_path / "other"


@pytest.mark.parametrize("average", ["logits", "probabilities"])
def test_models_of_any_kind_are_averaged(
    model: Path, class_folders: Path, tmp_path: Path, average: Average
) -> None:
    models = [model, other_model(tmp_path, ["fall", "rise"])]
    both, out = evaluate(models, class_folders, average=average, num_workers=0)
    each = [evaluate(path, class_folders, num_workers=0)[0].probabilities for path in models]
    expected = np.mean(each, axis=0)
    if average == "logits":  # the geometric mean, up to scale
        expected = np.exp(np.mean(np.log(each), axis=0))
        expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(both.probabilities, expected, atol=1e-6)
    content = json.loads((out / "metrics.json").read_text())
    assert (out, content["average"]) == (model / "evaluation_average/videos", average)
    formats = [(m["engine"], m["num_segments"], m["crop_size"]) for m in content["models"]]
    assert formats == [("pytorch", 2, 32), ("pytorch", 3, 40)]


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["rise", "fall"], "class 0 is 'fall' in .*model and 'rise' in .*other"),
        (["fall", "jump"], "other lacks 'rise'; .*model lacks 'jump'"),
        (["fall", "rise", "jump"], "model lacks 'jump'"),
    ],
)
def test_models_of_other_classes_are_not_averaged(
    model: Path, class_folders: Path, tmp_path: Path, classes: list[str], message: str
) -> None:
    with pytest.raises(MienetError, match=message):
        evaluate([model, other_model(tmp_path, classes)], class_folders)


def test_a_model_is_not_averaged_with_itself(model: Path, class_folders: Path) -> None:
    with pytest.raises(MienetError, match="model/ is given twice; give each model once"):
        evaluate([model, f"{model}/"], class_folders)
    with pytest.raises(MienetError, match=r"model\.safetensors is given twice"):
        evaluate([model, model / "model.safetensors"], class_folders)


def test_runs_are_averaged_on_their_common_validation_list_alone(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    other = other_model(tmp_path, ["fall", "rise"])
    (model / "val.csv").write_text(f"path,label\n{class_folders}/rise/0.mp4,rise\n")
    (other / "val.csv").write_text(f"path,label\n{class_folders}/rise/1.mp4,rise\n")
    with pytest.raises(MienetError, match=r"val\.csv differ"):
        evaluate([model, other])
    (other / "val.csv").write_bytes((model / "val.csv").read_bytes())
    assert evaluate([model, other], num_workers=0)[0].metrics.num_videos == 1


def test_published_views_are_recorded(model: Path, class_folders: Path) -> None:
    _, out = evaluate(
        model,
        class_folders,
        clips="uniform:2",
        crops="three",
        short_side=36,
        crop_size=36,
        num_workers=0,
    )
    content = json.loads((out / "metrics.json").read_text())
    (facts,) = content["models"]
    assert (content["clips"], content["crops"]) == ("uniform:2", "three")
    assert (facts["views"], facts["short_side"], facts["crop_size"]) == (6, 36, 36)
    assert len(facts["sha256"]) == 64


@pytest.fixture
def unreachable_model(model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that must not be opened."""
    (model / "val.csv").touch()
    monkeypatch.setattr(
        "mienet.workflows.evaluate.load_clip_model", lambda *_, **__: pytest.fail("computed")
    )
    return model


def test_a_file_in_the_way_is_found_first(unreachable_model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MienetError, match="file is a file where a folder is needed"):
        evaluate(unreachable_model, out=tmp_path / "file/inside")


def test_a_folder_in_a_file_s_place_is_found_first(unreachable_model: Path, tmp_path: Path) -> None:
    (tmp_path / "out/per_class.csv").mkdir(parents=True)
    with pytest.raises(MienetError, match=r"per_class\.csv is a folder"):
        evaluate(unreachable_model, out=tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("predictions.csv", "mine"),
        ("metrics.json", '{"accuracy": 0.9}'),
        ("logits.npz", "PK\x03\x04 an archive of my own"),
    ],
)
def test_somebody_else_s_file_is_not_replaced(
    unreachable_model: Path, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(MienetError, match=rf"{name} would be replaced, .* mienet evaluate"):
        evaluate(unreachable_model, out=tmp_path)


def test_an_evaluation_that_only_kept_its_outputs_goes_on(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    evaluate(model, class_folders, out=tmp_path, num_workers=0)
    (tmp_path / "metrics.json").unlink()  # as if it had been killed before
    assert evaluate(model, class_folders, out=tmp_path, num_workers=0)[0].num_kept == 1


def test_a_folder_that_cannot_be_written_is_found_first(unreachable_model: Path) -> None:
    with pytest.raises(OSError, match="/proc/evaluation") as caught:
        evaluate(unreachable_model, out="/proc/evaluation")
    assert caught.value.filename == "/proc/evaluation"


def test_a_disk_without_room_is_found_first(
    model: Path, class_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(free=100)
    monkeypatch.setattr("mienet.destinations.shutil.disk_usage", lambda path: usage)
    monkeypatch.setattr("mienet.workflows.evaluate._logits", lambda *_: pytest.fail("computed"))
    with pytest.raises(MienetError, match=r"needs 0\.0 MB, its disk has 0\.0 MB left"):
        evaluate(model, class_folders, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_formulas_in_names_are_guarded(class_folders: Path, tmp_path: Path) -> None:
    (class_folders / "rise").rename(class_folders / "=1+1")
    classes = ["=1+1", "fall"]
    _, out = evaluate(other_model(tmp_path, classes), class_folders, num_workers=0)
    with (out / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {"'=1+1", "fall"} <= set(rows[0])
    assert {row["label"] for row in rows} == {"'=1+1", "fall"}


def test_the_interval_is_over_the_column_that_the_dataset_was_split_by(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    rows = [
        f"{label}/{index}.mp4,{label},{'anna' if index < 4 else 'bo'}"
        for label in ("fall", "rise")
        for index in range(6)
    ]
    (tmp_path / "test.csv").write_text("path,label,subject\n" + "\n".join(rows) + "\n")
    dataset = PreparedDataset(
        tmp_path, class_folders, ["fall", "rise"], None, [], {"group_by": "subject"}
    )
    (tmp_path / "dataset.json").write_text(dataset.to_json())
    evaluation, out = evaluate(model, tmp_path, num_workers=0)
    assert (evaluation.group_by, evaluation.reference.num_groups) == ("subject", 2)
    content = json.loads((out / "metrics.json").read_text())
    assert (out, content["interval_over"]) == (model / "evaluation/test", "subject")
    assert content["top1_interval"] == list(evaluation.reference.top1_interval or ())


def test_a_run_s_own_list_has_its_groups_however_its_path_is_given(
    model: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (model / "run.json").write_text('{"group_by": "subject"}')
    rows = [f"{class_folders}/fall/{i}.mp4,fall,{'anna' if i < 4 else 'bo'}\n" for i in range(6)]
    (model / "val.csv").write_text("path,label,subject\n" + "".join(rows))
    monkeypatch.chdir(model.parent)
    for data in (None, Path(model.name, "val.csv"), model / "val.csv"):
        evaluation, _ = evaluate(model.name, data, num_workers=0)
        assert (evaluation.group_by, evaluation.reference.num_groups) == ("subject", 2)


def test_videos_that_a_run_has_learned_are_counted(model: Path, class_folders: Path) -> None:
    (model / "run.json").write_text("{}")
    (model / "train.csv").write_text(f"path,label\n{class_folders}/fall/0.mp4,fall\n")
    (model / "val.csv").write_text(f"path,label\n{class_folders}/rise/1.mp4,rise\n")
    for same in ("rise/0.mp4", "fall/1.mp4"):  # the bytes of one of the other class
        (class_folders / same).unlink()
    evaluation, _ = evaluate(model, class_folders, num_workers=0)
    assert evaluation.learned == {"train.csv": 1, "val.csv": 1}
    assert "1 of the 10 videos were used in training" in evaluation.warnings()[0]


def test_copies_of_training_videos_are_known_under_other_names(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    (model / "run.json").write_text("{}")
    (model / "train.csv").write_text(f"path,label\n{class_folders}/fall/0.mp4,fall\n")
    shutil.copy(class_folders / "fall/0.mp4", tmp_path / "new.mp4")
    # Of a video that it has learned from whole, a part is not new either.
    (tmp_path / "test.csv").write_text("path,label,end_frame\nnew.mp4,fall,6\n")
    evaluation, _ = evaluate(model, tmp_path / "test.csv", num_workers=0)
    assert evaluation.learned == {"train.csv": 1, "val.csv": 0}


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_training_video_that_is_gone_is_known_by_what_its_dataset_noted(
    model: Path, class_folders: Path, tmp_path: Path, is_noted: bool
) -> None:
    old, new = class_folders / "fall/0.mp4", tmp_path / "new.mp4"
    (model / "run.json").write_text("{}")
    (model / "train.csv").write_text(f"path,label\n{old},fall\n")
    (model / "config.yaml").write_text(f"data: {{train: {class_folders / 'train.csv'}}}\n")
    if is_noted:
        probe_videos([str(old)], ProbeCache(class_folders / PROBES), jobs=1)
    old.rename(new)
    (tmp_path / "test.csv").write_text("path,label\nnew.mp4,fall\n")
    evaluation, _ = evaluate(model, tmp_path / "test.csv", num_workers=0)
    assert evaluation.learned == {"train.csv": int(is_noted), "val.csv": 0}
    said = "1 of 1 videos of the training list are not there; under other names they count as new"
    assert (said in evaluation.warnings()) != is_noted


def test_what_is_ignored_is_said(
    model: Path, class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (class_folders / "rise/notes.pdf").write_bytes(b"x")
    assert main(["evaluate", str(model), "--data", str(class_folders), "--num-workers=0"]) == 0
    assert "ignored 1 (no video by its ending .pdf)" in capsys.readouterr().err


def test_a_model_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such model"):
        evaluate(tmp_path / "run")
    with pytest.raises(FileNotFoundError, match="no model in this folder"):
        evaluate(tmp_path)


def test_options_of_recordings_are_refused(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(model), "--order=free", "--tolerance-frames=4"]) == 1
    said = capsys.readouterr().err
    assert "--order, --tolerance-frames: for models of recordings, and " in said
    assert "is of clips; leave them out" in said
