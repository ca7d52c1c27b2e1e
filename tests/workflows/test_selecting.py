"""``--error-rate`` from a trained model to what predict and evaluate say."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.config import RunConfig
from mienet.errors import MienetError
from mienet.loading import load_network
from mienet.workflows.evaluate import evaluate
from mienet.workflows.predict import predict
from mienet.workflows.report import report
from tests.conftest import with_known

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def strange(model: Path) -> Path:
    """Returns a model to which every clip is strange."""
    return with_known(model, -1)


def test_training_tells_how_familiar_validation_is(trained: tuple[RunConfig, Path]) -> None:
    known = load_network(trained[1]).known_clips
    assert known
    assert (len(known.labels), len(known.validation)) == (6, 6)


def test_what_is_not_familiar_is_none_of_these(
    strange: Path, class_folders: Path, tmp_path: Path, capsys: Printed
) -> None:
    out, clip = tmp_path / "out.csv", class_folders / "fall/0.mp4"
    assert main(["predict", *map(str, (strange, clip, "--error-rate", 0.2, "--out", out))]) == 0
    (row,) = csv.DictReader(out.open())
    likeliest = max(("fall", "rise"), key=lambda name: float(row[name]))
    assert (row["predicted"], row["best_guess"]) == ("none of these", likeliest)
    assert -1 <= float(row["familiarity"]) < 0
    printed = capsys.readouterr()
    assert f"{clip}: none of these (familiarity -" in printed.out
    assert "answers from familiarity 0.25 on: in validation 36 of 40 clips, 0" in printed.err


def test_what_is_familiar_keeps_its_class(model: Path, class_folders: Path) -> None:
    clip = class_folders / "fall/0.mp4"
    (found,) = predict(with_known(model, 1), [clip], error_rate=0.2).predictions
    assert found.is_answered
    assert found.to_dict()["predicted"] == found.answer == found.classes[0]


def test_without_the_option_results_are_as_before(strange: Path, class_folders: Path) -> None:
    (found,) = predict(strange, [class_folders / "fall/0.mp4"]).predictions
    assert found.to_dict().keys() == {"path", "classes", "problem"}
    assert found.answer == found.classes[0]


def test_evaluation_says_what_it_keeps_and_costs(
    strange: Path, class_folders: Path, capsys: Printed
) -> None:
    assert main(["evaluate", *map(str, (strange, "--data", class_folders))]) == 0
    first = json.loads((strange / "evaluation/videos/metrics.json").read_text())
    right = round(first["top1"] * 12)
    command = ["evaluate", strange, "--data", class_folders, "--error-rate", 0.2]
    assert main(list(map(str, command))) == 0
    answers = json.loads((strange / "evaluation/videos/metrics.json").read_text())["answers"]
    assert (answers["answered"], answers["correct_but_not_answered"]) == (0, right)
    assert "Answered are 0 of 12 videos" in capsys.readouterr().out
    rows = list(csv.DictReader((strange / "evaluation/videos/predictions.csv").open()))
    assert all(float(row["familiarity"]) < 0 for row in rows)


def test_a_model_without_familiarity_says_why(model: Path, class_folders: Path) -> None:
    with pytest.raises(MienetError, match=r"computed at the end of a training: it was imported"):
        predict(model, [class_folders / "fall/0.mp4"], error_rate=0.2)


def test_too_few_validation_clips_say_what_they_can_promise(
    model: Path, class_folders: Path
) -> None:
    with_known(model, 1, num_validated=20)
    with pytest.raises(MienetError, match=r"0\.05 cannot be promised.*give 0\.21 or more"):
        predict(model, [class_folders / "fall/0.mp4"], error_rate=0.05)


def test_other_views_are_refused(strange: Path, class_folders: Path) -> None:
    with pytest.raises(MienetError, match=r"holds for one view.*leave --crops out"):
        predict(strange, [class_folders / "fall/0.mp4"], error_rate=0.2, crops="three")


def test_several_models_are_refused(strange: Path, class_folders: Path, tmp_path: Path) -> None:
    other = shutil.copytree(strange, tmp_path / "other")
    with pytest.raises(MienetError, match="is of one model"):
        evaluate([strange, other], class_folders, error_rate=0.2)


def test_the_report_says_what_the_evaluation_was_asked(
    strange: Path, class_folders: Path, capsys: Printed
) -> None:
    evaluate(strange, class_folders, error_rate=0.2)
    page = report(strange, class_folders).path.read_text()
    assert "Answered are 0 of 12 videos" in page
    assert "at most 10.8% of the answers are wrong, from familiarity 0.25 on" in page
