"""Every kind of problem through the real command: in the table, in the files, in the exit code."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mienet.annotations.records import Annotations, VideoRecord
from mienet.cli import main
from mienet.curation.probe import Probe
from mienet.curation.problems import KINDS, UNUSABLE_MARKS
from mienet.workflows.check import inspect, summary, verdict
from tests.conftest import WriteVideo, video_writer
from tests.curation.broken_videos import CASES

pytestmark = pytest.mark.usefixtures("same_process", "no_charts")


@pytest.fixture(scope="module")
def dataset_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepares a dataset in a folder, from videos beside it, and returns the folder of both."""
    folder = tmp_path_factory.mktemp("prepared")
    names = [f"{label}/p{index}.mp4" for label in ("down", "up") for index in range(4)]
    for number, name in enumerate(names):
        video_writer(folder)(f"v/{name}", num_frames=8 + number)
    options = ["--split", "0.5,0.5", "--paths", "{label}/{athlete}", "--group-by", "athlete"]
    arguments = [str(folder / "v"), "--out", str(folder / "set"), "--jobs=1", *options]
    assert main(["prepare", *arguments]) == 0
    return folder


@pytest.fixture
def dataset(dataset_once: Path, tmp_path: Path) -> Path:
    """Returns a prepared dataset of v/{down,up}/p{0..3}.mp4, two clips a split and class."""
    shutil.copytree(dataset_once, tmp_path, dirs_exist_ok=True)
    for path in (tmp_path / "set").glob("*.json*"):
        path.write_text(path.read_text().replace(str(dataset_once), str(tmp_path)))
    return tmp_path / "set"


def found(dataset: Path) -> list[tuple[str, str]]:
    """Checks a dataset and returns kind and video of every problem."""
    code = main(["check", str(dataset), "--jobs=1"])
    with (dataset / "problems.csv").open() as file:
        problems = [(row["kind"], Path(row["path"]).name) for row in csv.DictReader(file)]
    assert code == (1 if problems else 0)
    return problems


def video(dataset: Path, split: str, place: int = 0) -> Path:
    with (dataset / f"{split}.csv").open() as file:
        return dataset.parent / "v" / list(csv.DictReader(file))[place]["path"]


def test_a_good_dataset_has_no_problems(
    dataset: Path, capsys: pytest.CaptureFixture[str], charts: None
) -> None:
    assert found(dataset) == []
    said = "No problems, but 1 note(s) to look at."  # the gray videos look alike
    assert said in capsys.readouterr().out
    report = (dataset / "report.html").read_text()
    assert said in report
    assert report.count('<img class="plot"') == 3


@pytest.mark.parametrize(
    ("kind", "harm"),
    [
        ("missing", lambda path: path.unlink()),
        ("no frames", lambda path: path.write_bytes(b"")),
        ("unreadable", lambda path: path.write_bytes(b"no video at all")),
    ],
)
def test_a_video_that_was_harmed_since_is_found(dataset: Path, kind: str, harm) -> None:
    path = video(dataset, "train")
    harm(path)
    assert found(dataset) == [(kind, path.name)]


def test_a_damaged_frame_is_found_by_decoding_alone(dataset: Path, tmp_path: Path) -> None:
    path = video(dataset, "train")
    CASES["bit flips 0"].make(path)
    assert main(["check", str(dataset), "--quick", "--jobs=1"]) == 0
    assert found(dataset) == [("damaged", path.name)]


def test_a_list_that_asks_for_more_frames_than_there_are(dataset: Path) -> None:
    text = (dataset / "train.csv").read_text().splitlines()
    text[0] += ",end_frame"
    text[1:] = [line + ",100" for line in text[1:]]
    (dataset / "train.csv").write_text("\n".join(text) + "\n")
    assert [kind for kind, _ in found(dataset)] == ["outside the video"] * 4


def test_a_copy_under_another_name_is_found(dataset: Path) -> None:
    train = dataset / "train.csv"
    first = video(dataset, "train")
    shutil.copy(first, first.with_name("copy.mp4"))
    row = train.read_text().splitlines()[1].replace(first.name, "copy.mp4")
    train.write_text(train.read_text() + row + "\n")
    assert found(dataset) == [("duplicate", "copy.mp4")]


def test_a_clip_and_its_athlete_in_two_splits_are_found(dataset: Path) -> None:
    row = (dataset / "train.csv").read_text().splitlines()[1]
    (dataset / "val.csv").write_text((dataset / "val.csv").read_text() + row + "\n")
    kinds = [kind for kind, _ in found(dataset)]
    assert kinds == ["in two splits", "group in two splits"]


def test_a_row_that_stands_twice_is_found(dataset: Path) -> None:
    text = (dataset / "train.csv").read_text()
    (dataset / "train.csv").write_text(text + text.splitlines()[1] + "\n")
    assert [kind for kind, _ in found(dataset)] == ["listed twice"]


def test_a_video_in_no_list_is_found(dataset: Path, write_video: WriteVideo) -> None:
    write_video("v/up/new.mp4", num_frames=30)
    assert found(dataset) == [("unlisted", "new.mp4")]


def test_a_class_without_clips_is_found(dataset: Path) -> None:
    content = json.loads((dataset / "dataset.json").read_text())
    content["classes"].append("sideways")
    (dataset / "dataset.json").write_text(json.dumps(content))
    assert found(dataset) == [("class without clips", "")]


def test_an_absurd_frame_rate_is_found(dataset: Path, write_video: WriteVideo) -> None:
    path = video(dataset, "val")
    name = path.relative_to(dataset.parent)
    write_video(str(name), num_frames=12, times=[1000 * index for index in range(12)])
    assert found(dataset) == [("implausible frame rate", path.name)]


def test_the_table_names_rows_and_counts(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = video(dataset, "train", 1)
    path.unlink()
    assert main(["check", str(dataset), "--jobs=1"]) == 1
    printed = capsys.readouterr().out
    assert f"missing: 1\n  {dataset}/train.csv:3: {path}: no such video" in printed
    assert "1 problem(s)" in printed


def test_bad_rows_of_both_lists_are_reported_at_once(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("train", "val"):
        path = dataset / f"{name}.csv"
        path.write_text(path.read_text() + "up/x.mp4,sideways,p9\n")
    assert main(["check", str(dataset)]) == 1
    said = capsys.readouterr().err
    assert "train.csv:6: unknown class 'sideways'" in said
    assert "val.csv:6: unknown class 'sideways'" in said


def test_class_folders_are_checked_without_a_dataset(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (class_folders / "rise/2.mp4").write_bytes(b"")
    out = tmp_path / "checked"
    assert main(["check", str(class_folders), "--out", str(out), "--jobs=1"]) == 1
    assert "rise/2.mp4: the file is empty" in capsys.readouterr().out
    assert (out / "report.html").exists()


def probe(path: str, gray: int) -> Probe:
    """Returns a probe of a video whose middle frame is gray."""
    return Probe(path, 1, 1, True, num_frames=50, fingerprint=path, look=f"{gray:02x}" * 256)


@pytest.mark.parametrize("column", ["Subject", "group"])
def test_who_is_in_several_splits_is_noted(column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "mienet.workflows.check.probe_videos",
        lambda paths, cache, **_: {path: probe(path, 10 * ord(path[0]) % 256) for path in paths},
    )
    splits = {
        name: Annotations([VideoRecord(f"{name}.mp4", 0, extra=(who,))], ["up"], columns=(column,))
        for name, who in (("train", "ann"), ("val", "bo"), ("test", "ann"))
    }
    inspection = inspect(splits, cache=None)  # type: ignore[arg-type]
    said = f"1 {column}(s) in several splits (ann): accuracy will look better than it is on new"
    assert any(note.startswith(said) for note in inspection.notes)


@pytest.mark.parametrize(("are_given", "advice"), [
    (False, "split by them with --group-by"),
    (True, "give all of theirs one split in the list, or take the splits out of it and let mienet "
     "prepare --group-by make them"),
])  # fmt: skip
def test_videos_that_look_alike_across_splits_are_noted(
    monkeypatch: pytest.MonkeyPatch, are_given: bool, advice: str
) -> None:
    looks = {"a.mp4": 50, "b.mp4": 120, "c.mp4": 53}
    monkeypatch.setattr(
        "mienet.workflows.check.probe_videos",
        lambda paths, cache, **_: {path: probe(path, looks[path]) for path in paths},
    )
    splits = {
        "train": Annotations([VideoRecord("a.mp4", 0), VideoRecord("b.mp4", 0)], ["up"]),
        "val": Annotations([VideoRecord("c.mp4", 0)], ["up"]),
    }
    inspection = inspect(splits, cache=None, are_given=are_given)  # type: ignore[arg-type]
    assert inspection.problems == []
    alone, note = inspection.notes
    assert "there is one class only" in alone
    assert "1 video(s) of val look almost like one of train" in note
    assert "(such as c.mp4 in val and a.mp4 in train)" in note
    assert note.endswith(f". If people or sessions are in both, {advice}")
    assert f"note: {note}" in "\n".join(summary(inspection))
    assert verdict(inspection) == "No problems, but 2 note(s) to look at."
    assert verdict(replace(inspection, notes=[])) == "Nothing wrong was found."


@pytest.mark.parametrize("broken", ["mp4 cut to 50 %", "frames with a gap", "avi cut"])
def test_a_video_that_was_cut_is_found(broken: str, tmp_path: Path) -> None:
    CASES[broken].make(tmp_path / CASES[broken].name)
    (tmp_path / "list.csv").write_text(f"path,label\n{CASES[broken].name},up\n")
    out = tmp_path / "out"
    assert main(["check", str(tmp_path / "list.csv"), "--out", str(out), "--jobs=1"]) == 1
    with (out / "problems.csv").open() as file:
        assert [row["kind"] for row in csv.DictReader(file)] == ["cut short"]


def test_every_kind_is_tested_here() -> None:
    text = Path(__file__).read_text()
    of_recordings = UNUSABLE_MARKS[:3]  # in test_check_recordings.py
    assert [k for k in KINDS if f'"{k}"' not in text and k not in of_recordings] == []


def test_what_is_ignored_and_what_differs_is_named(
    tmp_path: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    write_video("v/a.mp4", num_frames=3)
    (tmp_path / "v/IMG_1.JPG").write_bytes(b"x")
    options = ["--out", str(tmp_path / "out"), "--jobs=1", "--quick"]
    assert main(["check", str(tmp_path / "v"), *options]) == 0
    assert "ignored 1 (an image beside videos): " in capsys.readouterr().out
    (tmp_path / "l.csv").write_text("path;label\nv/a.mp4;up\nv/A.MP4;up\n")
    assert main(["check", str(tmp_path / "l.csv"), *options]) == 1
    said = capsys.readouterr().out
    assert "missing: 1" in said
    assert "v/a.mp4, which differs in capitals" in said


def test_the_list_of_problems_holds_no_formulas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("=cmd()").mkdir()
    Path("=cmd()/a.mp4").write_bytes(b"no video")
    assert main(["check", "=cmd()", "--out", "out", "--quick", "--jobs=1"]) == 1
    with Path("out/problems.csv").open() as file:
        (problem,) = csv.DictReader(file)
    assert [problem["source"], problem["path"]] == ["'=cmd()/a.mp4"] * 2


def test_videos_alone_are_not_said_to_have_good_labels(
    tmp_path: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    video = write_video("a.mp4", num_frames=3)
    assert main(["check", str(video), "--out", str(out), "--jobs=1"]) == 0
    said = "Read: 1 video(s). There are no labels, so none were checked."
    printed = capsys.readouterr().out
    assert said in printed
    assert "       1       1        -" in printed
    assert said in (out / "report.html").read_text()


def test_an_empty_class_folder_is_found_beside_what_is_broken(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (class_folders / "none").mkdir()
    (class_folders / "rise/2.mp4").write_bytes(b"")
    assert main(["check", str(class_folders), "--out", str(tmp_path / "out"), "--jobs=1"]) == 1
    printed = capsys.readouterr().out
    kinds = [line.split(":")[0] for line in printed.splitlines() if line.endswith(": 1")]
    assert kinds == ["no frames", "empty class folder"]
    assert f"\n  {class_folders}/none: no videos in this class folder\n" in printed


def test_a_copy_is_named_once(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, copy = class_folders / "fall/0.mp4", class_folders / "rise/0.mp4"
    assert main(["check", str(class_folders), "--out", str(tmp_path / "out"), "--jobs=1"]) == 1
    line = f"  {copy}: the same content as {first}, with another label; keep one\n"
    assert line in capsys.readouterr().out


@pytest.mark.parametrize("out", [".", "checked"])
def test_a_report_is_not_written_among_class_folders(
    class_folders: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(class_folders.rglob("*"))
    assert main(["check", str(class_folders), "--out", str(class_folders / out), "--jobs=1"]) == 1
    assert "choose a folder outside of it" in capsys.readouterr().err
    assert sorted(class_folders.rglob("*")) == before


@pytest.mark.parametrize("name", ["report.html", "problems.csv", "probes.jsonl"])
def test_a_report_of_others_is_not_replaced(
    dataset: Path, tmp_path: Path, capsys, name: str
) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / name).write_text("mine")
    assert main(["check", str(dataset), "--out", str(tmp_path / "c"), "--jobs=1"]) == 1
    assert f"c/{name} would be replaced, and is not from" in capsys.readouterr().err
