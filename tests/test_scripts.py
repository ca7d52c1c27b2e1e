"""The authors' documented commands: scripts that call mienet with the recipe and the file."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mienet.cli import main
from mienet.models import mie_net
from tests.models.published import publish, randomize, released

SCRIPTS = Path(__file__).parents[1] / "scripts"
TESTS = sorted(str(p.relative_to(SCRIPTS)) for p in SCRIPTS.glob("test/*/*.sh"))
TRAININGS = sorted(str(p.relative_to(SCRIPTS)) for p in SCRIPTS.glob("train/*/*.sh"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Returns a folder with two videos of every dataset, laid out as the authors say."""
    for dataset, name in (("SLJD", "img_{:05d}.png"), ("diving48", "img_{:05d}.jpg"),
                          ("sthv2", "{:06d}.jpg")):  # fmt: skip
        data = tmp_path / "datasets" / dataset
        for video in ("a", "b"):
            (data / "frames" / video).mkdir(parents=True)
            for number in range(1, 9):
                image = np.full((40, 50, 3), 25 * number, np.uint8)
                cv2.imwrite(str(data / "frames" / video / name.format(number)), image)
        (data / "annotations").mkdir()
        for split in ("train", "val"):
            (data / f"annotations/{split}.txt").write_text("frames/a 8 0\nframes/b 8 1\n")
    (tmp_path / "pretrained").mkdir()
    return tmp_path


def bash(script: str, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of ours, with this environment's mienet."""
    path = f"{place / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(SCRIPTS / script), *arguments],
        cwd=place, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def commands(place: Path) -> Path:
    """Puts another mienet in front, which writes down what it is called with."""
    (place / "bin").mkdir()
    (place / "bin/mienet").write_text('#!/bin/sh\necho "$@" >>commands.txt\n')
    (place / "bin/mienet").chmod(0o755)
    return place / "commands.txt"


def test_the_scripts_are_the_authors() -> None:
    rows = ("SLJD/DPTAM", "SLJD/MIE", "diving48/DPTAM", "diving48/MIE", "sthv2/MIE")
    assert [f"test/{row}.sh" for row in rows] == TESTS
    assert [f"train/{row}.sh" for row in rows] == TRAININGS


def compute(commands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs what the scripts called, in this process, which spares starting others."""
    monkeypatch.chdir(commands.parent)
    for command in commands.read_text().splitlines():
        here = ["--num-workers", "0"] if command.startswith("evaluate") else []
        assert main([*shlex.split(command), *here]) == 0


def test_a_stand_in_is_tested(
    place: Path,
    commands: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    network = randomize(mie_net(10, "resnet18", num_segments=3))
    torch.save(released(publish(network)), place / "pretrained/SLJD_MIE.pth.tar")
    assert bash("test/SLJD/MIE.sh", place).returncode == 0
    compute(commands, monkeypatch)
    printed = capsys.readouterr().out
    assert "MIE-Net on resnet18, 10 classes, 3 segments of 4 frames" in printed
    assert "of 2 videos" in printed


def test_a_stand_in_is_trained(
    place: Path, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [
        "--model.pretrained", "null", "--model.backbone", "resnet18", "--data.short_side", "36",
        "--data.crop_size", "32", "--data.num_workers", "0", "--train.epochs", "1",
        "--train.name", "run", "--trainer.accelerator", "cpu",
    ]  # fmt: skip
    assert bash("train/SLJD/DPTAM.sh", place, *options).returncode == 0
    compute(commands, monkeypatch)
    assert "motion: concat" in (place / "runs/run/config.yaml").read_text()


@pytest.mark.parametrize("script", TESTS)
def test_every_row_of_the_zoo_is_loaded_as_what_it_is(
    script: str, place: Path, commands: Path
) -> None:
    _, dataset, row = script.removesuffix(".sh").split("/")
    file = f"pretrained/{dataset}_{row}.pth.tar"
    (place / file).touch()
    done = bash(script, place)
    assert done.returncode == 0, done.stderr
    load, evaluate = commands.read_text().splitlines()
    model = {"MIE": "mie_net", "DPTAM": "dptam"}[row]
    segments = 3 if dataset == "SLJD" else 8
    assert load.startswith(f"import-checkpoint {file} --model {model} --num-segments {segments}")
    assert evaluate.endswith(f"--data datasets/{dataset}/annotations/val.txt "
                             f"--root datasets/{dataset}")  # fmt: skip


@pytest.mark.parametrize("script", TRAININGS)
def test_every_training_names_its_recipe(script: str, place: Path, commands: Path) -> None:
    assert bash(script, place, "--train.epochs", "3").returncode == 0
    _, dataset, row = script.removesuffix(".sh").split("/")
    recipe = {"SLJD": "sljd", "diving48": "diving48", "sthv2": "something_v2"}[dataset]
    command = commands.read_text()
    assert command.startswith(f"train {recipe} --data.root datasets/{dataset} ")
    assert ("--model.motion concat" in command) == (row == "DPTAM")
    assert command.endswith("--train.epochs 3\n")


@pytest.mark.parametrize("script", TESTS)
def test_a_missing_file_says_which_and_where_from(script: str, place: Path) -> None:
    done = bash(script, place)
    name = "_".join(script.removesuffix(".sh").split("/")[1:])
    assert done.returncode == 1
    assert f"pretrained/{name}.pth.tar: no such file; download it from https://" in done.stderr


def test_missing_data_says_where_it_belongs(tmp_path: Path) -> None:
    done = bash("train/SLJD/MIE.sh", tmp_path)
    assert done.returncode == 1
    assert "datasets/SLJD/annotations/train.txt: no such list" in done.stderr


def test_the_only_file_is_taken_and_several_are_not(place: Path, commands: Path) -> None:
    (place / "pretrained/ckpt.best.pth.tar").touch()
    done = bash("test/SLJD/MIE.sh", place)
    assert "taking pretrained/ckpt.best.pth.tar, the only file" in done.stderr
    (place / "pretrained/other.pth.tar").touch()
    done = bash("test/SLJD/MIE.sh", place)
    assert done.returncode == 1
    assert "holds 2 files, none of them SLJD_MIE.pth.tar" in done.stderr


def test_class_names_and_paths_below_frames_are_found(place: Path, commands: Path) -> None:
    annotations = place / "datasets/SLJD/annotations"
    (annotations / "val.txt").write_text("a 8 0\n")
    (annotations / "classes.txt").write_text("x\ny\n")
    (place / "mine.pth").touch()
    assert bash("test/SLJD/MIE.sh", place, "mine.pth").returncode == 0
    load, evaluate = commands.read_text().splitlines()
    assert "import-checkpoint mine.pth" in load
    assert "--classes datasets/SLJD/annotations/classes.txt" in load
    assert evaluate.endswith("--root datasets/SLJD/frames")
