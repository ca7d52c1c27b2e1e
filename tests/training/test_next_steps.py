import os
import sys
from pathlib import Path

import pytest

from mienet.config import DataConfig
from mienet.shell import command
from mienet.training.next_steps import find_test_list, next_steps


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder "my data" with train.csv, val.csv and test.csv, beside the working folder's."""
    (tmp_path / "my data").mkdir()
    for name in ("train.csv", "val.csv", "test.csv"):
        (tmp_path / "my data" / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["pytest"])
    return Path("my data")


def test_the_test_list_beside_the_training_list_is_next(lists: Path) -> None:
    data = DataConfig(train="my data/train.csv", val="my data/val.csv", root="videos")
    expected = "mienet evaluate runs/a --data 'my data/test.csv' --root videos\n"
    assert expected in next_steps(Path("runs/a"), data)


def test_without_a_test_list_the_validation_list_is_called_what_it_is(lists: Path) -> None:
    (lists / "test.csv").unlink()
    said = next_steps(Path("runs/my run"), DataConfig(train="my data/train.csv"))
    assert "mienet evaluate 'runs/my run' --data LIST_OR_FOLDER\n" in said
    assert "the validation videos, which may have chosen the model" in said


def test_a_test_list_that_chose_the_model_is_none(lists: Path) -> None:
    data = DataConfig(train="my data/train.csv", val="my data/test.csv")
    assert find_test_list(data) is None


@pytest.mark.parametrize(("train", "test"), [
    ("trainlist01.txt", "testlist01.txt"),
    ("clips.csv", "test.csv"),
    ("train", "test"),
])  # fmt: skip
def test_names_of_test_lists(lists: Path, train: str, test: str) -> None:
    (lists / test).touch()
    assert find_test_list(DataConfig(train=str(lists / train))) == lists / test


def test_a_folder_of_splits_has_a_test_folder(tmp_path: Path) -> None:
    for name in ("train", "val", "test"):
        (tmp_path / name).mkdir()
    assert find_test_list(DataConfig(root=str(tmp_path))) == tmp_path / "test"


def test_class_folders_have_none(class_folders: Path) -> None:
    assert find_test_list(DataConfig(root=str(class_folders))) is None


def test_commands_start_as_this_one_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mienet"
    program.touch()
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", os.defpath)
    assert command("check") == f"{program} check"


def test_a_model_of_recordings_is_used_by_timeline(tmp_path: Path) -> None:
    said = next_steps(tmp_path / "run", DataConfig(root=str(tmp_path)), use="timeline")
    assert f"mienet timeline {tmp_path / 'run'} VIDEO" in said
    assert "predict" not in said
