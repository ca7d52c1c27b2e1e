"""Outputs of models are computed once, for the same weights, views and videos."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mienet.cli import main
from mienet.loading import load_network
from mienet.recognizer import NetworkRecognizer
from mienet.workflows.evaluate import Evaluation, evaluate
from mienet.workflows.kept_logits import KeptLogits


@pytest.fixture
def evaluated(model: Path, class_folders: Path) -> Callable[..., Evaluation]:
    """Evaluates the model on twelve videos."""

    def run(**options: object) -> Evaluation:
        found, _ = evaluate(model, class_folders, num_workers=0, **options)  # type: ignore[arg-type]
        return found

    return run


def test_the_same_videos_and_views_are_computed_once(
    evaluated: Callable[..., Evaluation], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = evaluated()
    monkeypatch.setattr("mienet.workflows.evaluate._logits", lambda *_: pytest.fail("computed"))
    again = evaluated()
    assert (first.num_kept, again.num_kept) == (0, 1)
    np.testing.assert_array_equal(again.probabilities, first.probabilities)


def test_other_views_are_computed_anew(evaluated: Callable[..., Evaluation]) -> None:
    evaluated()
    assert evaluated(clips="two").num_kept == 0
    assert evaluated().num_kept == 0  # those before have given way to others


def test_a_changed_video_is_computed_anew(
    evaluated: Callable[..., Evaluation], class_folders: Path
) -> None:
    evaluated()
    os.utime(class_folders / "fall/0.mp4", (1, 1))
    assert evaluated().num_kept == 0


def test_other_weights_are_computed_anew(
    evaluated: Callable[..., Evaluation], model: Path, recognizer: NetworkRecognizer
) -> None:
    evaluated()
    torch.nn.init.zeros_(recognizer.network.head.weight)
    recognizer.save(model)
    assert evaluated().num_kept == 0


def test_other_labels_need_no_new_outputs(model: Path, class_folders: Path, tmp_path: Path) -> None:
    rows = [f"videos/rise/{number}.mp4" for number in range(6)]
    counts = []
    for label in ("rise", "fall"):
        lines = ["path,label", *(f"{row},{label}" for row in rows)]
        (tmp_path / "test.csv").write_text("\n".join(lines) + "\n")
        found, _ = evaluate(model, tmp_path / "test.csv", num_workers=0)
        counts.append((found.num_kept, round(6 * found.metrics.top1)))
    assert [kept for kept, _ in counts] == [0, 1]
    assert sum(correct for _, correct in counts) == 6


def test_a_file_that_is_cut_off_is_computed_anew(
    evaluated: Callable[..., Evaluation], model: Path
) -> None:
    evaluated()
    file = model / "evaluation/videos/logits.npz"
    file.write_bytes(file.read_bytes()[:100])
    assert evaluated().num_kept == 0
    assert evaluated().num_kept == 1


def test_a_model_after_a_changed_one_stays_kept(tmp_path: Path) -> None:
    logits = np.zeros((1, 2))
    for keys in (["old", "same"], ["new", "same"]):
        kept = KeptLogits(tmp_path / "logits.npz")
        for key in keys:
            kept.of(key, lambda: logits)
    again = KeptLogits(tmp_path / "logits.npz")
    again.of("new", lambda: pytest.fail("computed"))
    again.of("same", lambda: pytest.fail("computed"))


def test_it_is_said_that_nothing_was_computed(
    model: Path, class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", str(model), "--data", str(class_folders), "--num-workers=0"]
    assert main(command) == 0
    assert "logits.npz" not in capsys.readouterr().err
    assert main(command) == 0
    assert "evaluation/videos/logits.npz to compute it anew" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "report"])
def test_what_has_to_go_for_a_new_computation_is_named(
    model: Path, class_folders: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    other = shutil.copytree(model, model.with_name("other"))
    changed = load_network(other)
    torch.nn.init.zeros_(changed.network.head.weight)
    changed.save(other)
    for path in (model, other):
        evaluate(path, class_folders, num_workers=0)
    assert main([command, str(model), str(other), "--data", str(class_folders)]) == 0
    kept = [f"{path}/evaluation/videos/logits.npz" for path in (model, other)]
    assert f"delete {' and '.join(kept)}" in capsys.readouterr().err
