"""Prepared recordings that changed afterwards, through the real command."""

import json
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.data.manifest import read_prepared
from tests.workflows.recordings import marks_csv, six_jumps

pytestmark = pytest.mark.usefixtures("same_process", "no_charts")


@pytest.fixture
def dataset(tmp_path, videos, prepare) -> Path:
    """Returns a dataset of six jumps, split by subject."""
    path = marks_csv(six_jumps(videos))
    assert prepare(path, "--group-by", "subject", "--split", "0.34,0.33,0.33") == 0
    return tmp_path / "out"


def check(dataset: Path) -> int:
    return main(["check", str(dataset), "--jobs=1"])


def kinds(dataset: Path) -> list[str]:
    lines = (dataset / "problems.csv").read_text().splitlines()[1:]
    return [line.split(",")[0].strip('"') for line in lines]


def test_what_was_prepared_has_no_problems(dataset, capsys) -> None:
    capsys.readouterr()
    assert check(dataset) == 0
    said = capsys.readouterr().out
    assert "split by subject: every subject is in one split only" in said
    assert "down   phase" in said


def test_a_mark_added_by_hand_is_held_against_the_video(dataset, capsys) -> None:
    with (dataset / "train.csv").open("a") as file:
        name = (
            Path(read_prepared(dataset).lists()["train"]).read_text().splitlines()[1].split(",")[0]
        )
        file.write(f"{name},down,0.2,9,x\n{name},up,0.3,0.2,x\n")
    assert check(dataset) == 1
    assert sorted(kinds(dataset)) == ["bad annotation", "outside the video", "overlap"]
    assert "train.csv:8: 'down' at 9 s is outside its video" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["label", "subject", "tier", "annotator"])
def test_a_text_with_a_line_break_is_bad(name, tmp_path, videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    path = folder / "marks.json"
    mark = {"label": "up", "start_seconds": 0, "end_seconds": 0.1} | {name: "a\nb"}
    path.write_text(json.dumps([{"path": "ann_1.mp4", "intervals": [mark], "events": []}]))
    assert prepare(path, "--recordings", "--split", "0.5,0.5") == 1
    assert rf"{name} 'a\nb' holds a character that ends lines" in capsys.readouterr().err
    assert "bad label" in kinds(tmp_path / "out")


def test_a_subject_in_two_lists_is_found(dataset, capsys) -> None:
    lines = (dataset / "train.csv").read_text().splitlines()
    subject = lines[1].split(",")[4]
    with (dataset / "val.csv").open("a") as file:
        name = (dataset / "val.csv").read_text().splitlines()[1].split(",")[0]
        file.write(f"{name},top,0.2,,{subject}\n")
    assert check(dataset) == 1
    assert "group in two splits" in kinds(dataset)


def test_a_video_that_came_later_is_unlisted(dataset, tmp_path, write_video) -> None:
    write_video("v/dee_1.mp4", num_frames=20)
    assert check(dataset) == 1
    assert kinds(dataset) == ["unlisted"]
