"""A card says what a run knows of itself, and nothing personal."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml

from mienet.cli import main
from mienet.errors import MienetError
from mienet.loading import load_network, model_digest
from mienet.sharing.card_facts import USUAL_READING
from mienet.timelines.recording import RecordingOptions
from mienet.workflows.push import Prepared, prepare_push
from tests.conftest import make_timeline_recognizer

HOME = "/home/anna/videos"


@pytest.fixture
def run(model: Path) -> Path:
    """Returns a run's folder as training and evaluation leave it."""
    rows = [f"{HOME}/bo_{i}.mp4,{('fall', 'rise')[i % 2]},subject {i % 3}\n" for i in range(6)]
    (model / "train.csv").write_text("path,label,athlete\n" + "".join(rows))
    (model / "val.csv").write_text(f"path,label,athlete\n{HOME}/cleo.mp4,fall,Cleo\n")
    record = {
        "command": ["/home/anna/bin/mienet", "train", "small", "--data.root", HOME],
        "seed": 7, "training_clips": 6, "validation_clips": 1, "group_by": "athlete",
        "training_clips_per_class": {"fall": 3, "rise": 3},
        "pretrained": {"start": f"{HOME}/r18.pth", "loaded": ["a", "b"], "new": ["c"]},
        "versions": {"mienet": "0.1.0"}, "machine": "anna-laptop",
    }  # fmt: skip
    (model / "run.json").write_text(json.dumps(record))
    options = {"model": {"backbone": "resnet18", "pretrained": f"{HOME}/r18.pth"},
               "data": {"root": HOME, "frame_pattern": "bo_{:05d}.png", "short_side": 36},
               "train": {"name": "cleo_left_out", "out": f"{HOME}/runs", "epochs": 3}}  # fmt: skip
    (model / "config.yaml").write_text(yaml.safe_dump(options))
    evaluate(model, "test", model_digest(model))
    return model


def evaluate(run: Path, name: str, digest: str, **options: object) -> None:
    folder = run / "evaluation" / name
    folder.mkdir(parents=True)
    metrics = {
        "num_videos": 40, "top1": 0.925, "top1_interval": [0.801, 0.974], "num_groups": 12,
        "mean_class_accuracy": 0.9, "interval_over": "athlete", "commonest_class_share": 0.55,
        "clips": "two", "crops": "one", "warnings": ["fall is rare"], "data": f"{HOME}/{name}.csv",
        "models": [{"sha256": digest, "checkpoint": str(run), **options}],
    }  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "predictions.csv").write_text(f"path,label\n{HOME}/dora.mp4,fall\n")


def text(prepared: Prepared, name: str = "README.md") -> str:
    content = prepared.files[name]
    assert isinstance(content, bytes)
    return content.decode()


def card(run: Path, **options: str) -> str:
    return text(prepare_push(run, "anna/jumps", license="cc-by-nc-4.0", **options))


def test_the_hub_reads_the_license(run: Path) -> None:
    entries = yaml.safe_load(card(run).split("---\n")[1])
    assert (entries["license"], entries["library_name"]) == ("cc-by-nc-4.0", "mienet")


@pytest.mark.parametrize("line", [
    "- classes (2): fall, rise",
    "On the list `test`: 40 clips; 95 % intervals over 12 (athlete). For comparison, always the "
    "commonest class: 55.0 % top-1. Evaluated with clips two.",
    "| top-1 | 92.5 % | 80.1 to 97.4 |",
    "- Note: fall is rare.",
    "- training: 6 clips of 6 videos, 3 groups (athlete)",
    "- training and validation kept apart by: athlete",
    "- training clips of each class: fall 3, rise 3",
    "- started from: a file of weights (2 tensors taken over, 1 new)",
    "  epochs: 3",
    "mienet predict hf:anna/jumps VIDEO",
])  # fmt: skip
def test_a_card_says(run: Path, line: str) -> None:
    assert line in card(run).splitlines()


def test_a_card_says_how_far_frames_are_apart(run: Path) -> None:
    recognizer = load_network(run)
    recognizer.clip_format = replace(recognizer.clip_format, frame_stride=3)
    recognizer.save(run)
    assert "4 frame(s) each, 3 apart, 32 pixels square" in card(run)


def test_other_sizes_of_an_evaluation_are_told(run: Path) -> None:
    evaluate(run, "large", model_digest(run), short_side=64, crop_size=32)
    assert r"Evaluated with clips two, short\_side 64." in card(run)  # the model's crops have 32


def test_other_options_of_an_evaluation_of_recordings_are_told(tmp_path: Path) -> None:
    make_timeline_recognizer().save(tmp_path / "m")
    folder = tmp_path / "m/evaluation/test"
    folder.mkdir(parents=True)
    metrics = {
        "model": model_digest(tmp_path / "m"),
        "num_recordings": 6,
        "tolerance_frames": 2,
        "options": asdict(RecordingOptions(order="free", frame_pattern="anna_{:05d}.png")),
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))
    said = card(tmp_path / "m")
    assert " Events count within 2 frames. Evaluated with order free." in said


def test_usual_options_of_recordings_are_the_defaults() -> None:
    assert asdict(RecordingOptions()) == {**USUAL_READING, "frame_pattern": None}


def test_words_that_are_no_text_are_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "about.docx").write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(MienetError, match=r"about\.docx is no text in UTF-8 .*file of Markdown"):
        card(run, about=str(tmp_path / "about.docx"))


def test_nothing_personal_is_pushed(run: Path) -> None:
    prepared = prepare_push(run, "lab/jumps", license="mit")
    pushed = b"".join(
        c if isinstance(c, bytes) else c.read_bytes() for c in prepared.files.values()
    )
    for name in (HOME, "/home", "bo_", "cleo", "Cleo", "dora", "subject ", "anna", str(run)):
        assert name.encode() not in pushed, name


def test_a_list_named_by_its_subject_is_not_named(run: Path) -> None:
    evaluate(run, "cleo", model_digest(run))
    prepared = prepare_push(run, "lab/jumps", license="mit")
    assert "On a list: 40 clips" in text(prepared)
    assert any("not named on the card" in note for note in prepared.notes)


def test_figures_of_other_weights_are_left_out(run: Path) -> None:
    shutil.rmtree(run / "evaluation")
    evaluate(run, "test", "0" * 64)
    prepared = prepare_push(run, "lab/jumps", license="mit")
    assert "None were measured when this was pushed." in text(prepared)
    assert len(prepared.notes) == 2


def test_the_mean_of_several_models_is_not_this_one_s_figures(run: Path) -> None:
    path = run / "evaluation/test/metrics.json"
    metrics = json.loads(path.read_text())
    metrics["models"].append({"sha256": "0" * 64})
    path.write_text(json.dumps(metrics))
    assert "None were measured when this was pushed." in card(run)


@pytest.mark.parametrize(("num_groups", "figures"), [
    (1, "40 clips; no 95 % intervals, as all are of one athlete."),
    (2, "40 clips; 95 % intervals over 2 (athlete)."),
    (20, "40 clips; 95 % intervals over 20 (athlete)."),
])  # fmt: skip
def test_intervals_are_told_where_there_are_some(run: Path, num_groups: int, figures: str) -> None:
    path = run / "evaluation/test/metrics.json"
    interval = None if num_groups == 1 else [0.801, 0.974]
    changes = {"num_groups": num_groups, "top1_interval": interval}
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    said = card(run)
    assert figures in said
    assert ("It was measured on one group of videos" in said) == (num_groups == 1)
    assert ("at most 2 groups, so the intervals are rather too narrow" in said) == (num_groups == 2)


def test_the_owner_s_words_are_in_it_and_checked(run: Path, tmp_path: Path) -> None:
    (tmp_path / "about.md").write_text("Made for **our** track.")
    assert "\nMade for **our** track.\n" in card(run, about=str(tmp_path / "about.md"))
    (tmp_path / "about.md").write_text("As in cleo.mp4.")
    with pytest.raises(MienetError, match=r"README\.md names 'cleo\.mp4'"):
        card(run, about=str(tmp_path / "about.md"))


def test_names_of_classes_stay_text(run: Path) -> None:
    from mienet.sharing.card import _as_text

    assert _as_text("a_b*<img>|") == r"a\_b\*&lt;img>\|"


def test_a_model_of_recordings_has_phases_and_events(tmp_path: Path) -> None:
    make_timeline_recognizer().save(tmp_path / "m")
    said = card(tmp_path / "m")
    assert "- phases (2): dark, light\n- events (1): dawn\n" in said
    assert "mienet timeline hf:anna/jumps VIDEO" in said


def test_a_license_is_asked_for(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["push", str(run), "anna/jumps"])
    assert "push needs --license" in capsys.readouterr().err
    with pytest.raises(MienetError, match="license 'mine' is none of the hub's, which are"):
        prepare_push(run, "anna/jumps", license="mine")
    with pytest.raises(MienetError, match=r"hub's \(did you mean cc-by-4\.0\?\)"):
        prepare_push(run, "anna/jumps", license="CC BY 4.0")


def test_a_preview_is_all_that_would_be_pushed(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--license", "mit", "--preview", str(tmp_path / "look")]
    assert main(["push", str(run), "anna/jumps", *options]) == 0
    assert {path.name for path in (tmp_path / "look").iterdir()} == {
        "README.md", "config.json", "model.safetensors",
    }  # fmt: skip
    assert "Written, and not pushed" in capsys.readouterr().out


def test_exports_that_can_run_code_stay_here_and_a_note_says_so(run: Path, exported: Path) -> None:
    exported = exported.rename(run / "exported")
    prepared = prepare_push(run, "lab/jumps", license="mit")
    assert set(prepared.files) == {"README.md", "config.json", "model.safetensors"}
    assert f"not pushed: {exported}: files of torch.export can run code" in prepared.notes[0]
    with pytest.raises(MienetError, match=r"torch\.export can run code when it is opened"):
        prepare_push(run, "lab/jumps", license="mit", exported=[exported])
