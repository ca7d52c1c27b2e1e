"""Commands that are printed can be typed: as this program was called, and quoted."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.shell import command, command_anywhere


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns a program that is called as .venv/bin/mienet, in the folder that holds .venv."""
    path = tmp_path / "my venv/bin/mienet"
    path.parent.mkdir(parents=True)
    path.write_text("")
    path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["my venv/bin/mienet", "check"])
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return path


def test_a_command_starts_as_this_one_was_called(own: Path) -> None:
    words = ["predict", "a b; rm -r $HOME", "VIDEO"]
    assert shlex.split(command(*words)) == ["my venv/bin/mienet", *words]
    assert shlex.split(command_anywhere(*words)) == [str(own), *words]


def test_a_command_on_the_path_is_called_by_its_name(own: Path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: str(own))
    assert command("demo") == "mienet demo"


def test_a_script_prints_the_command_by_its_name(monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train_all.py"])
    assert command("demo") == "mienet demo"


@pytest.mark.parametrize(
    ("arguments", "said", "see"),
    [
        (["prepare", "x"], "prepare needs --out", "prepare --help"),
        (["prepare"], "prepare needs SOURCE and --out", "prepare --help"),
        (["predict"], "predict needs CHECKPOINT", "predict --help"),
        (["check", "x", "--nope"], "unrecognized arguments: --nope", "check --help"),
        (
            ["prepare", "rec", "labels.csv", "--out", "d"],
            "prepare takes one source, the labels, and there is labels.csv, too; the folder of",
            "prepare --help",
        ),
        (["train"], "train needs a recipe: a YAML file, or one of", "train --help"),
        ([], "say what to do: ", "--help"),
    ],
)
def test_a_missing_argument_is_named_as_it_is_typed(arguments, said, see, own, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    printed = capsys.readouterr().err
    assert f"mienet: error: {said}" in printed
    assert printed.endswith(f"\nSee: 'my venv/bin/mienet' {see}\n")
