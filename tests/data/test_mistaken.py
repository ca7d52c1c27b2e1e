from pathlib import Path

import pytest

from mienet.cli import main
from mienet.data.mistaken import data_kind


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a run, and data of each kind; no file holds anything."""
    monkeypatch.chdir(tmp_path)
    for name in (
        *("clip.mp4", "test.csv", "videos/jump/a.avi", "frames/img_00001.jpg"),
        *("run/overview.png", "run/val.csv", "weights.pth.tar", "dataset/dataset.json"),
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


@pytest.mark.parametrize(("name", "expected"), [
    ("clip.mp4", "a video"),
    ("test.csv", "a list of videos"),
    ("videos", "a folder of videos"),
    ("videos/jump", "a folder of videos"),
    ("frames", "a folder of frames"),
    ("dataset", "a prepared dataset"),
    ("run", None),
    ("weights.pth.tar", None),
    ("nothing", None),
])  # fmt: skip
def test_kinds_of_data(here: None, name: str, expected: str | None) -> None:
    assert data_kind(Path(name)) == expected


@pytest.mark.parametrize("line", [
    "predict clip.mp4 run",
    "predict videos/jump run",
    "evaluate test.csv run",
    "evaluate dataset run",
    "export clip.mp4 --out model",
    "benchmark frames",
])  # fmt: skip
def test_swapped_arguments_are_recognized(
    here: None, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 1
    error = capsys.readouterr().err
    assert "the first argument is a " in error
    assert "the model comes first: a run's or model's folder, such as runs/NAME" in error


def test_data_among_models_belongs_after_its_option(
    here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "run", "test.csv"]) == 1
    assert (
        "test.csv: this argument is a list of videos; the model or models come first, and "
        "data after --data" in capsys.readouterr().err
    )
