import csv
import json
from pathlib import Path

import numpy as np
import pytest

from mienet.data.records import AnnotationError, VideoRecord
from mienet.recognizer import load
from mienet.workflows.evaluate import Evaluation, compute_metrics, evaluate, per_class


def test_metrics_by_hand() -> None:
    # Seven classes; class 0 twice (one right), class 1 once (right), class 2 once, ranked sixth.
    probabilities = np.full((4, 7), 0.01)
    probabilities[0, 0] = probabilities[2, 1] = 0.9
    probabilities[1, 3], probabilities[1, 0] = 0.8, 0.1
    probabilities[3] = [0.3, 0.2, 0.01, 0.15, 0.12, 0.11, 0.0]
    metrics = compute_metrics(np.array([0, 0, 1, 2]), probabilities)
    assert metrics.num_videos == 4
    assert metrics.top1 == 0.5
    assert metrics.top5 == 0.75
    assert metrics.mean_class_accuracy == pytest.approx((0.5 + 1 + 0) / 3)


def test_top5_of_few_classes_is_one() -> None:
    assert compute_metrics(np.array([0, 1]), np.array([[0.1, 0.9], [0.6, 0.4]])).top5 == 1


def test_per_class_by_hand() -> None:
    labels = np.array([0, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    records = [VideoRecord("v", int(label)) for label in labels]
    metrics = compute_metrics(labels, probabilities)
    rows = per_class(Evaluation(records, ["a", "b"], labels, probabilities, metrics))
    assert rows == [
        {"class": "a", "videos": 2, "correct": 1, "precision": 1.0, "recall": 0.5, "f1": 0.6667},
        {"class": "b", "videos": 1, "correct": 1, "precision": 0.5, "recall": 1.0, "f1": 0.6667},
    ]


def test_files_hold_what_the_network_says(model: Path, class_folders: Path) -> None:
    evaluation, out = evaluate(model, class_folders, num_workers=0)
    metrics = json.loads((out / "metrics.json").read_text())
    assert (metrics["num_videos"], metrics["clips"], metrics["data"]) == (
        12,
        "centre",
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


def test_batch_size_does_not_change_the_result(model: Path, class_folders: Path) -> None:
    one, other = (
        evaluate(model, class_folders, batch_size=size, num_workers=0)[0].probabilities
        for size in (1, 8)
    )
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_list_with_other_classes_is_refused(model: Path, class_folders: Path) -> None:
    path = class_folders.parent / "test.csv"
    path.write_text("path,label\nvideos/rise/0.mp4,rise\nvideos/fall/0.mp4,dive\n")
    with pytest.raises(AnnotationError, match=r"test\.csv:3: unknown class 'dive'.*'fall', 'rise'"):
        evaluate(model, path, num_workers=0)
    assert not (model / "evaluation").exists()


def test_nothing_to_evaluate_with_says_what_to_give(model: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"give --data LIST_OR_FOLDER"):
        evaluate(model)
