"""Models of clips side by side, and what is refused of either kind."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mienet.cli import main
from mienet.data.clips import ClipFormat
from mienet.data.loading import EvaluationDataset
from mienet.data.manifest import PreparedDataset
from mienet.errors import MienetError
from mienet.models import tsn
from mienet.recognizer import NetworkRecognizer, Recognizer
from mienet.workflows.compare import ModelComparison, compare, names_of
from mienet.workflows.evaluate import evaluate
from tests.conftest import make_timeline_recognizer


def save_model(folder: Path, classes: list[str], num_segments: int = 3) -> Path:
    """Writes a network of another kind, with other segments and sizes, and returns its folder."""
    torch.manual_seed(1)
    network = tsn(len(classes), "resnet18", num_segments=num_segments)
    torch.nn.init.normal_(network.head.weight)
    NetworkRecognizer(network, classes, ClipFormat(num_segments, 1, 40, 40)).save(folder)
    return folder


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return save_model(tmp_path / "other", ["fall", "rise"])


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[bool]]:
    """Lets models say what they should: by their segments, whether each of 12 videos is right."""
    right: dict[int, list[bool]] = {}

    def logits(recognizer: Recognizer, dataset: EvaluationDataset, *_: Any) -> np.ndarray:
        labels = np.array([record.label for record in dataset.records])
        is_right = np.array(right[recognizer.clip_format.num_segments])
        return 3 * np.eye(2)[np.where(is_right, labels, 1 - labels)]

    monkeypatch.setattr("mienet.workflows.evaluate._logits", logits)
    return right


def without_speed(*paths: Path, **options: Any) -> ModelComparison:
    return compare(list(paths), speed=False, num_workers=0, **options)


def test_the_command_prints_figures_beside_each_other_and_who_is_ahead(
    model: Path, other: Path, class_folders: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    arguments = [str(model), str(other), "--data", str(class_folders), "--num-workers=0"]
    assert main(["compare", *arguments, "--no-speed", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^ +model +other$", said, re.MULTILINE)
    figures = [evaluate(path, class_folders)[0].metrics.top1 for path in (model, other)]
    cells = r" \([\d.]+ to [\d.]+\) +".join(f"{figure:.1%}" for figure in figures)
    assert re.search(rf"^top-1 +{re.escape(cells)[:5]}", said, re.MULTILINE)
    assert "McNemar's exact test p = " in said or "all have" in said
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        *("comparison.json", "comparison.csv", "differences.csv", "per_class.csv"),
        "differences.png",
    }


def test_figures_and_tests_are_the_hand_computed_ones(
    model: Path, other: Path, class_folders: Path, known: dict[int, list[bool]]
) -> None:
    known[2] = [False] * 9 + [True] * 3
    known[3] = [True] * 11 + [False]
    found = without_speed(model, other, data=class_folders)
    assert [one.figures["top1"].value for one in found.models] == [0.25, 11 / 12]
    (pair,) = found.pairs
    assert pair.mcnemar is not None
    assert (pair.mcnemar.num_only_first, pair.mcnemar.num_only_second) == (1, 9)
    assert pair.mcnemar.p_value == pytest.approx(2 * (1 + 10) / 2**10)
    assert pair.differences["top1"].value == pytest.approx(8 / 12)
    assert pair.verdict("top1") == "outside the noise"
    rows = {row["label"]: row for row in found.label_table() if row["figure"] == "recall"}
    assert (rows["fall"]["model"], rows["fall"]["other"]) == (0.0, 1.0)
    assert rows["rise"]["other - model"] == pytest.approx(5 / 6 - 3 / 6, abs=1e-4)


def test_who_leads_is_said_in_words(
    model: Path, other: Path, class_folders: Path, known: dict[int, list[bool]],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    known[2], known[3] = [False] * 9 + [True] * 3, [True] * 12
    arguments = [str(model), str(other), "--data", str(class_folders), "--no-speed"]
    assert main(["compare", *arguments]) == 0
    said = capsys.readouterr().out
    assert "top-1: other is best with 100.0%\n  ahead of model by 75.0 points (" in said
    assert "outside the noise\n    9 videos it alone has right, 0 model alone: McNemar's" in said
    assert "exact test p = 0.004" in said
    ahead = r"other ahead of model by 100\.0 points \(100\.0 to 100\.0; p = below 0\.001\): outside"
    assert re.search(rf"^fall +6 +0\.0% +100\.0% +{ahead} the noise$", said, re.MULTILINE)
    assert "classes: 1 of 2 tested differences of recall are outside the noise; p-values" in said


def test_several_pairs_are_corrected_for(
    model: Path, other: Path, class_folders: Path, tmp_path: Path, known: dict[int, list[bool]]
) -> None:
    third = save_model(tmp_path / "third", ["fall", "rise"], num_segments=4)
    known[2], known[3] = [False] * 6 + [True] * 6, [True] * 12
    known[4] = [True] * 11 + [False]
    found = without_speed(model, other, third, data=class_folders)
    assert [(pair.first, pair.second) for pair in found.pairs] == [
        ("model", "other"),
        ("model", "third"),
        ("other", "third"),
    ]
    plain = [pair.mcnemar.p_value for pair in found.pairs if pair.mcnemar]
    assert plain == pytest.approx([2 / 2**6, 2 * (1 + 7) / 2**7, 1.0])
    assert [pair.mcnemar_adjusted for pair in found.pairs] == pytest.approx([6 / 2**6, 0.25, 1.0])


def test_what_few_groups_have_is_not_tested(
    model: Path, other: Path, class_folders: Path, tmp_path: Path, known: dict[int, list[bool]],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    known[2], known[3] = [False] * 9 + [True] * 3, [True] * 12
    write_dataset(tmp_path, class_folders)
    arguments = [str(model), str(other), "--data", str(tmp_path), "--no-speed"]
    assert main(["compare", *arguments]) == 0
    said = capsys.readouterr().out
    assert "points (100.0 to 100.0): too few subjects to tell" in said
    assert "no class has 6 subjects, the least for a test of it" in said


def test_nothing_is_computed_twice(
    model: Path, other: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (model, other):
        evaluate(path, class_folders, num_workers=0)
    monkeypatch.setattr("mienet.workflows.evaluate._logits", lambda *_: pytest.fail("computed"))
    found = without_speed(model, other, data=class_folders, ensemble=True)
    assert (found.kept, found.replaced) == (("model", "other", "ensemble"), ())


def test_what_is_replaced_is_said(
    model: Path, other: Path, class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(model, class_folders, num_workers=0)
    arguments = [str(model), str(other), "--data", str(class_folders), "--num-workers=0"]
    assert main(["compare", *arguments, "--no-speed", "--clips=two"]) == 0
    said = capsys.readouterr().err
    assert "evaluated anew: model; earlier results of this list" in said


def test_the_ensemble_is_the_mean_of_probabilities(
    model: Path, other: Path, class_folders: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    found = without_speed(model, other, data=class_folders, ensemble=True, out=out)
    both, _ = evaluate([model, other], class_folders, average="probabilities", num_workers=0)
    assert (found.models[-1].name, found.kept) == ("ensemble", ())
    assert found.models[-1].checkpoints == (str(model), str(other))
    assert found.models[-1].figures["top1"].value == both.metrics.top1
    assert len(found.pairs) == 3
    page = (out / "ensemble.html").read_text()
    assert "the mean of what 2 models of clips say" in page
    assert f"<b>{both.metrics.top1:.1%}</b>" in page


def test_groups_are_those_of_the_dataset(
    model: Path, other: Path, class_folders: Path, tmp_path: Path, known: dict[int, list[bool]]
) -> None:
    known[2], known[3] = [False] * 6 + [True] * 6, [True] * 12
    write_dataset(tmp_path, class_folders)
    found = without_speed(model, other, data=tmp_path)
    assert (found.groups_are, found.num_groups) == ("subject", 2)
    assert found.source == tmp_path / "test.csv"
    (pair,) = found.pairs
    assert pair.verdict("top1") == "too few groups to tell"


def write_dataset(folder: Path, videos: Path) -> None:
    rows = [
        f"{label}/{index}.mp4,{label},{'anna' if index < 4 else 'bo'}"
        for label in ("fall", "rise")
        for index in range(6)
    ]
    (folder / "test.csv").write_text("path,label,subject\n" + "\n".join(rows) + "\n")
    dataset = PreparedDataset(folder, videos, ["fall", "rise"], None, [], {"group_by": "subject"})
    (folder / "dataset.json").write_text(dataset.to_json())


def test_without_data_it_is_the_test_list_that_runs_share(
    model: Path, other: Path, class_folders: Path, tmp_path: Path, known: dict[int, list[bool]]
) -> None:
    known[2], known[3] = [True] * 12, [True] * 12
    write_dataset(tmp_path, class_folders)
    for run in (model, other):
        (run / "config.yaml").write_text(f"data:\n  root: {tmp_path}\n")
    assert without_speed(model, other).source == tmp_path / "test.csv"


def test_without_a_common_test_list_it_is_said_what_to_give(
    model: Path, other: Path, class_folders: Path, tmp_path: Path
) -> None:
    (model / "config.yaml").write_text(f"data:\n  root: {class_folders}\n")
    with pytest.raises(MienetError) as caught:
        without_speed(model, other)
    first, *rest = str(caught.value).splitlines()
    assert first == "the models have no test list in common; give --data LIST_OR_DATASET:"
    assert rest[0].endswith("videos, has no test list")
    assert "other: no run's folder with a config.yaml" in rest[1]


def test_runs_of_other_datasets_are_named(
    model: Path, other: Path, class_folders: Path, tmp_path: Path
) -> None:
    for run in (model, other):
        (tmp_path / f"data_{run.name}").mkdir()
        write_dataset(tmp_path / f"data_{run.name}", class_folders)
        (run / "config.yaml").write_text(f"data:\n  root: {tmp_path}/data_{run.name}\n")
    with pytest.raises(MienetError, match=r"data_model/test\.csv\n.*data_other/test\.csv"):
        without_speed(model, other)


def test_what_speaks_against_a_model_is_said_of_it(
    model: Path, other: Path, class_folders: Path, known: dict[int, list[bool]]
) -> None:
    known[2], known[3] = [True] * 12, [True] * 12
    (other / "run.json").write_text("{}")
    (other / "train.csv").write_text(f"path,label\n{class_folders}/fall/0.mp4,fall\n")
    found = without_speed(model, other, data=class_folders)
    assert found.models[0].warnings == ()
    # rise/0.mp4 has the same bytes
    assert "2 of the 12 videos were used in training" in found.models[1].warnings[0]


def test_what_any_model_has_learned_from_is_not_new_to_their_mean(
    model: Path, other: Path, class_folders: Path, known: dict[int, list[bool]]
) -> None:
    known[2], known[3] = [True] * 12, [True] * 12
    for run, number in ((model, 0), (other, 1)):  # two videos each, as both classes have the same
        (run / "run.json").write_text("{}")
        (run / "train.csv").write_text(f"path,label\n{class_folders}/fall/{number}.mp4,fall\n")
    found = without_speed(model, other, data=class_folders, ensemble=True)
    counts = [one.warnings[0].split(" of the 12 videos")[0] for one in found.models]
    assert counts == ["2", "2", "4"]


def test_training_videos_that_are_gone_may_be_among_those_compared_on(
    model: Path, other: Path, class_folders: Path, known: dict[int, list[bool]], tmp_path: Path
) -> None:
    known[2], known[3] = [True] * 12, [True] * 12
    (other / "run.json").write_text("{}")
    (other / "train.csv").write_text(f"path,label\n{tmp_path}/gone.mp4,fall\n")
    found = without_speed(model, other, data=class_folders, ensemble=True)
    said = "1 of 1 videos of the training list are not there; under other names they count as new"
    assert [one.warnings for one in found.models] == [(), (said,), (said,)]


def test_one_model_is_no_comparison(model: Path) -> None:
    with pytest.raises(MienetError, match=r"two models or more; for one there is mienet evaluate"):
        compare([model])


def test_the_same_model_twice_is_refused(model: Path) -> None:
    with pytest.raises(MienetError, match="model/ is given twice"):
        compare([model, f"{model}/"])
    with pytest.raises(MienetError, match="model is given twice"):
        compare([model, model])


@pytest.mark.parametrize("name", ["differences.csv", "comparison.json", "ensemble.html"])
def test_somebody_else_s_file_is_not_replaced(
    model: Path, other: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text('{"mine": 1}')
    with pytest.raises(MienetError, match=rf"{name} would be replaced, .* mienet compare"):
        compare([model, other], tmp_path / "none.csv", out=tmp_path)


def test_other_classes_are_refused(model: Path, tmp_path: Path, class_folders: Path) -> None:
    dive = save_model(tmp_path / "dive", ["dive", "fall"])
    message = r"cannot be compared, as their classes differ.*dive lacks 'rise'; .* lacks 'dive'"
    with pytest.raises(MienetError, match=message):
        without_speed(model, dive, data=class_folders)


def test_models_of_both_kinds_are_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_timeline_recognizer().save(tmp_path / "timeline")
    assert main(["compare", str(model), str(tmp_path / "timeline")]) == 1
    assert "is of whole recordings; give models of one kind" in capsys.readouterr().err


def test_options_of_the_other_kind_are_refused(
    model: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(model), str(other), "--order=free", "--overlap=0.1"]) == 1
    said = capsys.readouterr().err
    assert "--order, --overlap: for models of recordings, and " in said
    assert "is of clips; leave them out" in said


def test_speed_is_measured_unless_it_is_left_out(
    model: Path, other: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from mienet.workflows import model_costs

    def here(paths: list[Path], **options: Any) -> list[Any]:
        return [model_costs.measure_cost(str(path), **options) for path in paths]

    monkeypatch.setattr(model_costs, "SECONDS", 0.0)
    monkeypatch.setattr("mienet.workflows.compare.measure_costs", here)
    assert main(["compare", str(model), str(other), "--data", str(class_folders)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^parameters +0\.\d\d million +0\.\d\d million$", said, re.MULTILINE)
    assert re.search(r"^work a clip +\d+\.\d\d GFLOP", said, re.MULTILINE)
    assert re.search(r"^time a clip +\d+\.\d ms", said, re.MULTILINE)
    assert "memory is of the whole process" in said


def test_names_tell_models_apart(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"run/{name}.safetensors").touch()
    assert names_of(["runs/first", "runs/second"]) == ["first", "second"]
    assert names_of(["old/first", "new/first"]) == ["old/first", "new/first"]
    assert names_of(["x/ensemble", "x/first"]) == ["x/ensemble", "x/first"]
    files = [f"{tmp_path}/run/{name}.safetensors" for name in ("a", "b")]
    assert names_of(files) == files
