"""Every command through its real entry point, and what it says to mistakes."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mienet.cli import main
from mienet.loading import load
from mienet.models import dptam, mie_net, tanet, tsm
from tests.conftest import WIDTH, WriteVideo
from tests.models import released
from tests.models.published import publish

TINY = [
    "--model.backbone", "resnet18", "--model.num_segments", "2", "--model.pretrained", "null",
    "--data.short_side", "36", "--data.crop_size", "32", "--data.num_workers", "0",
    "--train.epochs", "1", "--trainer.accelerator", "cpu",
]  # fmt: skip


def run(*arguments: object) -> int:
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_train_evaluate_predict(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ["train", "small", "--data.root", class_folders, *TINY]
    assert run(*train, "--train.out", tmp_path / "runs", "--train.name", "first") == 0
    model = tmp_path / "runs/first"
    assert run("evaluate", model, "--data", class_folders, "--num_workers", 0) == 0
    printed = capsys.readouterr().out
    assert "top-1" in printed
    assert "of 12 videos" in printed
    video = class_folders / "rise/3.mp4"
    assert run("predict", model, video, "--out", tmp_path / "result.json") == 0
    printed = capsys.readouterr().out
    assert str(video) in printed
    assert "rise" in printed
    assert len(json.loads((tmp_path / "result.json").read_text())["predictions"]) == 1


def test_predict_on_a_folder_of_frames(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "frames").mkdir()
    for number in range(1, 12):
        image = np.full((40, 50, 3), 20 * number, np.uint8)
        cv2.imwrite(str(tmp_path / f"frames/img_{number:05d}.jpg"), image)
    assert run("predict", model, tmp_path / "frames") == 0
    assert "%" in capsys.readouterr().out


def test_benchmark_prints_speed_and_stages(
    model: Path,
    class_folders: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mienet.measuring.SECONDS", 0.0)
    video = class_folders / "rise/3.mp4"
    assert run("benchmark", model, "--video", video, "--batch_sizes", "[1]") == 0
    printed = capsys.readouterr().out
    for expected in ("resnet18, motion adaptive", "clips/s", "GFLOP a clip", "motion maps"):
        assert expected in printed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "new",
            "; to write elsewhere, give --out (of a training --train.out); report and compare "
            "write beside the model, too: give them a copy of its folder\n",
        ),
        ("there", "\n"),
    ],
)
def test_what_cannot_be_written_says_how_to_write_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name, said
) -> None:
    (tmp_path / "there").touch()  # and so cannot be read

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / name))

    monkeypatch.setattr("mienet.commands.check.run", refuse)
    assert run("check", tmp_path) == 1
    assert f"{name}: permission denied{said}" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "said"), [
    ("disk/results", "disk is a link to /mnt/gone, which is not there; give another name"),
    ("clip.mp4/results", "clip.mp4 is a file where a folder is needed; give another name"),
])  # fmt: skip
def test_what_is_in_a_folder_s_way_is_named(
    model: Path, class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name, said
) -> None:
    (tmp_path / "disk").symlink_to("/mnt/gone")
    (tmp_path / "clip.mp4").touch()
    for command, data in (("evaluate", "--data"), ("explain", "--")):
        assert run(command, model, "--out", tmp_path / name, data, class_folders) == 1
        assert f"{tmp_path}/{said}\n" in capsys.readouterr().err


def test_a_folder_where_a_file_is_needed_is_told(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--license", "mit", "--about", tmp_path, "--preview", tmp_path / "card"]
    assert run("push", model, "u/m", *given) == 1
    assert f"{tmp_path}: is a directory; a file is needed: give the" in capsys.readouterr().err


def test_a_broken_exported_model_is_one_message(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / "model.json").write_text("{")
    assert run("predict", model, tmp_path) == 1
    assert "model.json: not the description of an exported model" in capsys.readouterr().err


def test_import_checkpoint_makes_a_checkpoint_usable(
    tmp_path: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(released.checkpoint(width=WIDTH), tmp_path / "ckpt.best.pth.tar")
    (tmp_path / "names.txt").write_text("\n".join(f"phase {n}" for n in range(10)))
    arguments = ["--classes", tmp_path / "names.txt", "--out", tmp_path / "model"]
    assert run("import-checkpoint", tmp_path / "ckpt.best.pth.tar", *arguments) == 0
    printed = capsys.readouterr().out
    assert "MIE-Net on resnet50, 10 classes, 3 segments of 4 frames" in printed
    assert "Taken for MIE-Net: it has the fusion weights w" in printed
    assert run("predict", tmp_path / "model", write_video()) == 0
    assert "phase" in capsys.readouterr().out


@pytest.mark.parametrize(("builder", "arguments", "expected"), [
    (tsm, [], "TSM on resnet18, 3 classes, 8 segments of 1 frames"),
    (dptam, [], "Taken for DPTAM: it has no fusion weights w"),
    (mie_net, ["--model", "dptam"], "Taken for DPTAM: as --model says"),
    (mie_net, ["--num-segments", 5], "Segments: 5, as given"),
    (tanet, [], "Segments: 8, as the shapes of its tensors say"),
])  # fmt: skip
def test_import_checkpoint_says_what_it_took_and_why(
    builder, arguments: list, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(publish(builder(3, "resnet18")), tmp_path / "ckpt.pth")
    (tmp_path / "names.txt").write_text("a\nb\nc\n")
    options = ["--classes", tmp_path / "names.txt", "--out", tmp_path / "model", *arguments]
    assert run("import-checkpoint", tmp_path / "ckpt.pth", *options) == 0
    assert expected in capsys.readouterr().out
    assert load(tmp_path / "model").classes == ["a", "b", "c"]


def test_names_of_other_classes_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(released.checkpoint(width=WIDTH), tmp_path / "ckpt.pth.tar")
    (tmp_path / "names.txt").write_text("one\ntwo\n")
    arguments = ["--classes", tmp_path / "names.txt", "--out", tmp_path / "model"]
    assert run("import-checkpoint", tmp_path / "ckpt.pth.tar", *arguments) == 1
    assert "2 names" in (error := capsys.readouterr().err)
    assert "the checkpoint has 10 classes" in error
    assert not (tmp_path / "model").exists()


def test_a_released_checkpoint_is_not_used_unconverted(
    tmp_path: Path,
    write_video: WriteVideo,
    capsys: pytest.CaptureFixture[str],
) -> None:
    torch.save(released.checkpoint(width=WIDTH), tmp_path / "ckpt.pth.tar")
    assert run("predict", tmp_path / "ckpt.pth.tar", write_video()) == 1
    assert "mienet import-checkpoint" in capsys.readouterr().err


def test_a_broken_video_gives_its_name_and_an_exit_code(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert run("predict", model, tmp_path / "empty.mp4", write_video()) == 1
    printed = capsys.readouterr()
    assert "empty.mp4: the file is empty" in printed.err
    assert "%" in printed.out


def test_a_video_damaged_inside_is_named_through_the_loader(
    model: Path, class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = class_folders / "rise/5.mp4"
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    content[start : start + 2000] = bytes(len(content[start : start + 2000]))
    path.write_bytes(content)
    assert run("evaluate", model, "--data", class_folders, "--num_workers", 1) == 1
    error = capsys.readouterr().err
    assert "rise/5.mp4" in error
    assert "Traceback" not in error


def test_a_wrong_label_is_named_by_line(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "l.txt").write_text("fall/0.mp4 8 0\nrise/0.mp4 8 -1\nrise/9.mp4 8 1\n")
    arguments = ["--data.root", class_folders, "--data.train", tmp_path / "l.txt"]
    assert run("train", "small", *arguments, *TINY, "--train.out", tmp_path / "runs") == 1
    error = capsys.readouterr().err
    assert "l.txt:2: label -1 is out of range" in error
    assert "l.txt:3: no such video" in error
    assert not (tmp_path / "runs").exists()


def test_a_mistyped_option_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "small", "--data.rooot", "x") == 2
    assert "did you mean --data.root?" in capsys.readouterr().err


def test_an_abbreviated_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "small", "--train.epoch", "2") == 2
    assert "did you mean --train.epochs?" in capsys.readouterr().err


def test_a_mistyped_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evalute") == 2
    assert "did you mean evaluate?" in capsys.readouterr().err


def test_a_mistyped_recipe_key_names_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text("train:\n  epoch: 3\n")
    assert run("train", tmp_path / "mine.yaml") == 1
    assert "'train.epoch' (did you mean 'epochs'?)" in capsys.readouterr().err


def test_train_without_a_recipe_names_the_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train") == 2
    assert "train needs a recipe: a YAML file, or one of demo," in capsys.readouterr().err


def test_a_value_of_the_wrong_type_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "small", "--train.epochs", "many") == 2
    assert "train.epochs" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "evaluate", "predict", "import-checkpoint", "demo"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    assert f"mienet {command}" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from mienet.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'av', 'cv2', 'numpy', 'lightning', 'sklearn', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_command_s_old_name_works_with_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["load-released", "--help"])
    printed = capsys.readouterr()
    assert "mienet import-checkpoint" in printed.out
    assert "note: load-released is called import-checkpoint now" in printed.err
