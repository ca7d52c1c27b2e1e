import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.commands.train import make_parser, unnamed
from mienet.config import GROUPS, ConfigError, RunConfig, load_recipe


@pytest.mark.parametrize("line", [
    "small",
    "small --train.epochs 3",
    "--train.epochs 3 small",
    "--train.epochs=3 small",
    "--train.seed -1 small --data.root sljd",
    "--data.flip {\"a\":\"b\"} --data.scales [1.0,0.5] small",
    "--data.scales+ 0.5 --data.flip.left right small",
    "--help small",
    "-h small",
    "--train.epochs 3 -- small",
])  # fmt: skip
def test_the_recipe_is_found_wherever_it_stands(line: str) -> None:
    assert unnamed(line.split()) == ["small"]


@pytest.mark.parametrize("line", ["", "--help", "--train.epochs 3", "--data.root small"])
def test_the_value_of_an_option_is_no_recipe(line: str) -> None:
    assert unnamed(line.split()) == []


def test_several_values_of_an_option_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"one recipe, got '0\.875', 'small'; .* \[1\.0,0\.875\]"):
        make_parser(["--data.scales", "1.0", "0.875", "small"])


def test_options_before_the_recipe_keep_its_values() -> None:
    arguments = ["--train.epochs", "3", "small"]
    options = make_parser(arguments).parse_args(arguments)
    assert (options.train.epochs, options.train.optimizer) == (3, "adamw")


@pytest.mark.parametrize("text", ["data:\ntrain: {epochs: 3}\nmodel:\n", "# nothing yet\n"])
def test_a_recipe_may_leave_groups_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "my.yaml").write_text(text)
    arguments = [str(tmp_path / "my.yaml"), "--train.seed", "5"]
    options = make_parser(arguments).parse_args(arguments)
    found = {name: group(**options[name].as_dict()) for name, group in GROUPS.items()}
    assert RunConfig(**found) == load_recipe(arguments[0], {"train.seed": 5})


def tiny(class_folders: Path) -> list[str]:
    """Returns the arguments of a tiny training without end."""
    return [
        "train", "--train.epochs", "999", "small", "--data.root", str(class_folders),
        "--model.motion", "none", "--model.temporal", "none", "--model.num_segments", "1",
        "--model.pretrained", "null", "--data.short_side", "36", "--data.crop_size", "32",
        "--data.num_workers", "0", "--trainer.accelerator", "cpu", "--train.name", "run",
        "--train.out", str(class_folders.parent),
    ]  # fmt: skip


def test_a_diverged_training_ends_with_1(
    class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*tiny(class_folders), "--train.learning_rate", "1e30"]) == 1
    assert "mienet: error: training diverged in epoch 1, step" in capsys.readouterr().err


def test_a_terminated_training_ends_with_143_and_gives_its_name_back(class_folders: Path) -> None:
    code = "import sys; from mienet.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *tiny(class_folders)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run = class_folders.parent / "run"
    while not (run / "run.json").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    printed, error = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in error) == (143, False)
    assert "nothing to resume" in printed
    assert not run.exists()
