import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mienet.annotations.records import VideoRecord
from mienet.metrics import compute_metrics, compute_reference
from mienet.rendering.evaluation_files import (
    Evaluation,
    earlier_list,
    results_folder,
    write_evaluation,
)


def evaluation_of(
    labels: Sequence[int], probabilities: Sequence[Sequence[float]], classes: Sequence[str]
) -> Evaluation:
    right, shares = np.array(labels), np.array(probabilities)
    groups = range(len(right))
    return Evaluation(
        [VideoRecord(f"{index}.mp4", label) for index, label in enumerate(labels)],
        classes,
        right,
        shares,
        compute_metrics(right, shares),
        Path("jumps/test.csv"),
        compute_reference(right, shares, groups),
    )


@pytest.fixture
def evaluation() -> Evaluation:
    """Four videos, the second and the third of which are not recognized."""
    shares = [[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.3, 0.7]]
    return evaluation_of([0, 0, 1, 1], shares, ["correct", "rise"])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_predictions_say_what_is_right_and_how_confident(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    write_evaluation(evaluation, {}, tmp_path)
    found = rows(tmp_path / "predictions.csv")
    assert [row["correct"] for row in found] == ["true", "false", "false", "true"]
    assert [float(row["confidence"]) for row in found] == [0.9, 0.6, 0.8, 0.7]
    assert found[1]["class correct"] == "0.400000"  # a class that is named as another column


def test_mistakes_begin_with_the_most_confident(evaluation: Evaluation, tmp_path: Path) -> None:
    write_evaluation(evaluation, {}, tmp_path)
    assert [row["path"] for row in rows(tmp_path / "mistakes.csv")] == ["2.mp4", "1.mp4"]


def test_a_run_without_mistakes_writes_an_empty_list_of_them(tmp_path: Path) -> None:
    write_evaluation(evaluation_of([0], [[0.9, 0.1]], ["fall", "rise"]), {}, tmp_path)
    assert rows(tmp_path / "mistakes.csv") == []


def test_metrics_say_what_they_are_held_against(evaluation: Evaluation, tmp_path: Path) -> None:
    write_evaluation(evaluation, {}, tmp_path)
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert (content["chance"], content["commonest_class_share"]) == (0.5, 0.5)
    assert [round(share, 3) for share in content["top1_interval"]] == [0.15, 0.85]
    assert (content["interval_over"], content["num_groups"]) == ("video", 4)
    assert "not clearly better than always answering 'correct'" in content["warnings"][0]


def test_the_confusion_matrix_names_its_list(
    evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = []
    monkeypatch.setattr(
        "mienet.rendering.evaluation_files.confusion_matrix_png",
        lambda *_, title: titles.append(title) or b"",
    )
    write_evaluation(evaluation, {}, tmp_path)
    assert titles == ["jumps/test.csv\ntop-1 50.0% of 4 videos"]


def test_one_class_that_takes_all_predictions_is_named() -> None:
    found = evaluation_of([0] * 10 + [1] * 9, [[0.6, 0.4]] * 19, ["jump", "fall"])
    assert found.warnings() == [
        "100% of the predictions are 'jump': the classes are hardly told apart",
        "top-1 is not clearly better than always answering 'jump', the commonest class",
    ]


def test_a_good_result_has_no_warning() -> None:
    shares = [[0.9, 0.1]] * 20 + [[0.1, 0.9]] * 20
    assert evaluation_of([0] * 20 + [1] * 20, shares, ["jump", "fall"]).warnings() == []


def test_folders_have_their_list_s_name(tmp_path: Path) -> None:
    (tmp_path / "my videos").mkdir()
    home = tmp_path / "evaluation"
    assert results_folder(home, tmp_path / "jumps/test.csv") == home / "test"
    assert results_folder(home, tmp_path / "my videos") == home / "my videos"


def test_another_list_of_the_same_name_gets_its_own_folder(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    first, other = tmp_path / "a/test.csv", tmp_path / "b/test.csv"
    write_evaluation(evaluation, {"data": str(first)}, tmp_path / "test")
    assert results_folder(tmp_path, first) == tmp_path / "test"
    assert results_folder(tmp_path, other) == tmp_path / "test_2"
    assert earlier_list(tmp_path / "test") == str(first)


def test_results_that_cannot_be_read_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test/metrics.json").write_text("{")
    assert results_folder(tmp_path, tmp_path / "test.csv") == tmp_path / "test_2"


def test_lists_that_chose_the_model_are_named(evaluation: Evaluation) -> None:
    found = replace(evaluation, learned={"train.csv": 0, "val.csv": 4}).warnings()
    assert "4 of the 4 videos are of the validation list, which may have chosen" in found[0]
