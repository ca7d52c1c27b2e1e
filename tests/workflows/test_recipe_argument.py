from pathlib import Path

import pytest

from mienet.cli import main


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("videos", "a folder of videos, not a recipe; to train on it: {} --data.root videos"),
        ("empty dir", "a folder, not a recipe; to train on it: {} --data.root 'empty dir'"),
        ("a.mp4", "a video, not a recipe; to train on it: {} --data.root FOLDER"),
        ("list.csv", "a list of videos, not a recipe; to train on it: {} --data.root list.csv"),
        ("run", "a run, not a recipe; to train with its options: mienet train run/config.yaml"),
    ],
)
def test_data_in_a_recipes_place(
    name: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("videos/up/a.mp4", "a.mp4", "list.csv", "run/config.yaml"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch()
    Path("empty dir").mkdir()
    assert main(["train", name]) == 1
    assert f"{name} is {meant.format('mienet train small')}\n" in capsys.readouterr().err


def test_recipes_are_listed_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "nothing-like-it"]) == 1
    assert capsys.readouterr().err.count("pan_lite_diving48") == 1
