import csv
import json
from pathlib import Path

import numpy as np
import pytest

from mienet.data.records import AnnotationError
from mienet.recognizer import load
from mienet.workflows.evaluate import evaluate


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
