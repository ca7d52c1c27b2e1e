"""Splits that annotations of whole recordings say, through the real command."""

from pathlib import Path

import pytest

from mienet.cli import main
from mienet.data.manifest import read_prepared
from mienet.data.recordings import read_recordings
from tests.workflows.recordings import TAKES, marks_csv, six_jumps

pytestmark = pytest.mark.usefixtures("same_process", "no_charts")


def with_splits(folder: Path, *splits: str) -> Path:
    """Writes marks.csv with a column of splits, the same for all rows of a video."""
    path = folder / "marks.csv"
    head, *rows = marks_csv(folder).read_text().splitlines()
    cells = (splits[TAKES.index(row.partition(".")[0])] for row in rows)
    lines = [f"{head},split", *(f"{r},{cell}" for r, cell in zip(rows, cells, strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_splits_that_a_table_says_are_followed(tmp_path, videos, prepare, capsys) -> None:
    path = with_splits(six_jumps(videos), *["train"] * 3, "Validation", "test", "test")
    assert prepare(path) == 0
    lists = read_prepared(tmp_path / "out").lists()
    split = {
        name: [Path(video.path).stem for video in read_recordings(path).videos]
        for name, path in lists.items()
    }
    assert split == {"train": TAKES[:3], "val": TAKES[3:4], "test": TAKES[4:]}
    assert read_prepared(tmp_path / "out").provenance["split"] is None
    assert "split as the annotations say" in capsys.readouterr().out


@pytest.mark.parametrize(("option", "said"), [
    (("--split", "0.5,0.5"), "says itself which videos are for train and test; leave --split"),
    (("--group-by", "subject"), "says itself which videos are for train and test; leave --split"),
])  # fmt: skip
def test_given_splits_are_not_made_anew(option, said, videos, prepare, capsys) -> None:
    path = with_splits(six_jumps(videos), *["train"] * 4, "test", "test")
    assert prepare(path, *option) == 1
    assert said in capsys.readouterr().err


def test_wrong_and_missing_splits_are_told_at_once(videos, prepare, capsys) -> None:
    path = with_splits(six_jumps(videos), *["train"] * 3, "dev", "", "test")
    assert prepare(path) == 1
    said = capsys.readouterr().err
    assert "bo_2.mp4: split 'dev'; accepted are train, val, test" in said
    assert "cy_1.mp4: split ''; accepted are train, val, test" in said


def test_subjects_in_several_given_splits_are_told(tmp_path, videos, prepare, capsys) -> None:
    path = with_splits(six_jumps(videos), *["train"] * 3, "val", "test", "test")
    assert prepare(path) == 0
    said = capsys.readouterr().out
    assert "1 subject(s) in several splits (bo): accuracy will look" in said
    assert "take the splits out of it and let mienet prepare --group-by make them" in said
    assert main(["check", str(tmp_path / "out")]) == 0
    assert "take the splits out of it" in capsys.readouterr().out


def test_given_splits_need_one_for_training(videos, prepare, capsys) -> None:
    path = with_splits(six_jumps(videos), *["val"] * 4, "test", "test")
    assert prepare(path) == 1
    assert "has videos for val and test and none for training" in capsys.readouterr().err


def test_a_given_split_whose_videos_are_all_broken_is_told(videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    (folder / "cy_2.mp4").write_bytes(b"no video")
    path = with_splits(folder, *["train"] * 4, "val", "test")
    assert prepare(path, "--skip-broken") == 1
    assert "no usable video is left for test" in capsys.readouterr().err


def test_a_copy_in_two_given_splits_is_told(tmp_path, videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    (folder / "cy_2.mp4").write_bytes((folder / "ann_1.mp4").read_bytes())
    assert prepare(with_splits(folder, *["train"] * 4, "test", "test")) == 0
    assert "in two splits" in capsys.readouterr().out
