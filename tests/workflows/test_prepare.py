"""Own folders and lists through the real command: how they are split, and what prepare writes."""

import csv
import json
import os
from pathlib import Path

import pytest

from mienet.annotations.readers import to_csv
from mienet.cli import main
from mienet.data.manifest import DatasetError, Excluded, PreparedDataset, read_prepared
from mienet.data.resolve import read_labeled
from mienet.workflows.prepare import recipe_for
from tests.workflows.preparing import jumps, problems, rows

pytestmark = pytest.mark.usefixtures("same_process", "no_charts")


def test_class_folders_are_split_by_athlete(tmp_path, videos, prepare) -> None:
    options = ["--paths", "{label}/{athlete}_{take}", "--group-by", "athlete", "--split", "0.5,0.5"]
    assert prepare(jumps(videos), *options) == 0
    dataset = read_prepared(tmp_path / "out")
    athletes = [{r.extra[0] for r in dataset.read(name).records} for name in ("train", "val")]
    assert not athletes[0] & athletes[1]
    assert [len(dataset.read(name).records) for name in ("train", "val")] == [8, 8]
    assert dataset.classes == ["down", "up"]


@pytest.mark.parametrize(
    ("counts", "recipe"), [((8, 20, 90), "few"), ((5, 21, 90), "small"), ((), "small")]
)
def test_the_recipe_fits_the_usual_class(tmp_path, counts: tuple[int, ...], recipe: str) -> None:
    clips = {"train": {f"class {at}": count for at, count in enumerate(counts)}}
    dataset = PreparedDataset(tmp_path, tmp_path, [], None, [], {"clips": clips})
    assert recipe_for(dataset) == recipe


def test_the_next_command_is_that_recipe(videos, prepare, capsys) -> None:
    assert prepare(jumps(videos)) == 0
    assert "Next: mienet train few --data.root" in capsys.readouterr().out


def test_a_folder_with_a_csv_is_read_by_it(tmp_path, videos, prepare) -> None:
    folder = videos("a.mp4", "b.mp4", "c.mp4", "d.mp4")
    rows_in = "".join(f"{n}.mp4,{c},{p}\n" for n, c, p in zip("abcd", "xyxy", "1122", strict=True))
    (folder / "labels.csv").write_text("path,label,athlete\n" + rows_in)
    assert prepare(folder, "--group-by", "athlete", "--split", "0.5,0.5") == 0
    found = rows(tmp_path)
    assert {frozenset(found["train"]), frozenset(found["val"])} == {
        frozenset({("a.mp4", "x"), ("b.mp4", "y")}),
        frozenset({("c.mp4", "x"), ("d.mp4", "y")}),
    }


def test_segments_of_one_video_stay_together(tmp_path, videos, prepare) -> None:
    folder = videos("a.mp4", "b.mp4", "c.mp4", "d.mp4")
    lines = [f"{n}.mp4,{c},{i},{i + 4}\n" for n in "abcd" for i, c in ((0, "x"), (4, "y"))]
    path = folder / "labels.csv"
    path.write_text("path,label,start_frame,end_frame\n" + "".join(lines))
    assert prepare(path, "--split", "0.5,0.5") == 0
    found = rows(tmp_path)
    assert not {path for path, _ in found["train"]} & {path for path, _ in found["val"]}
    spans = [r[4:6] for r in read_prepared(tmp_path / "out").read("train").records]
    assert spans == [(0, 4), (4, 8)] * 2


def test_a_folder_with_a_csv_that_excel_began_is_read_by_it(tmp_path, videos, prepare) -> None:
    folder = videos("a.mp4", "b.mp4")
    (folder / "labels.csv").write_text("sep=;\npath;label;split\na.mp4;x;train\nb.mp4;x;test\n")
    assert prepare(folder) == 0
    assert rows(tmp_path) == {"train": [("a.mp4", "x")], "test": [("b.mp4", "x")]}


@pytest.mark.parametrize(("name", "content", "said"), [
    ("labels.ods", "PK", "a spreadsheet's own file, which is not read; in a spreadsheet, save it"),
    ("labels.json", '{"videos": []}', "JSON of no known form"),
])  # fmt: skip
def test_a_file_that_is_no_list_says_what_is_accepted(
    videos, prepare, capsys, name, content, said
) -> None:
    path = videos("a.mp4") / name
    path.write_text(content)
    assert prepare(path) == 1
    assert said in capsys.readouterr().err


def test_a_column_split_is_followed(tmp_path, videos, prepare, capsys) -> None:
    path = videos("a.mp4", "b.mp4") / "labels.csv"
    path.write_text("path,label,Split\na.mp4,x,train\nb.mp4,x,test\n")
    assert prepare(path) == 0
    assert rows(tmp_path) == {"train": [("a.mp4", "x")], "test": [("b.mp4", "x")]}
    assert "take the splits out of it and let mienet prepare --group-by" in capsys.readouterr().out
    path.write_text("path,label,split\na.mp4,x,dev\nb.mp4,x,test\n")
    assert prepare(path) == 1


def test_broken_videos_stop_it_unless_they_are_skipped(
    tmp_path, videos, prepare, capsys, worker_processes
) -> None:
    folder = jumps(videos)
    (folder / "up/p0_0.mp4").write_bytes(b"")
    (folder / "up/p1_0.mp4").write_bytes((folder / "up/p1_1.mp4").read_bytes()[:-600])
    assert prepare(folder) == 1
    said = capsys.readouterr().err
    assert "2 of 16 clips cannot be used" in said
    assert "p0_0.mp4: the file is empty" in said
    assert "--skip-broken" in said
    assert not (tmp_path / "out/train.csv").exists()
    with (tmp_path / "out/problems.csv").open() as file:
        found = [(row["kind"], Path(row["path"]).name) for row in csv.DictReader(file)]
    assert found == [("unreadable", "p1_0.mp4"), ("no frames", "p0_0.mp4")]
    assert prepare(folder, "--skip-broken") == 0
    assert sum(map(len, rows(tmp_path).values())) == 14
    excluded = read_prepared(tmp_path / "out").excluded
    assert [entry.path for entry in excluded] == ["up/p0_0.mp4", "up/p1_0.mp4"]


def test_a_wrong_folder_of_videos_is_said_to_be(tmp_path, videos, prepare, capsys) -> None:
    path = videos("a.mp4") / "labels.csv"
    path.write_text("path,label\na.mp4,x\n")
    (tmp_path / "other").mkdir()
    assert prepare(path, "--videos", tmp_path / "other") == 1
    assert "or give another folder with --videos" in capsys.readouterr().err


def test_a_class_can_be_left_out(tmp_path, videos, prepare, capsys) -> None:
    folder = jumps(videos)
    assert prepare(folder, "--exclude-classes", "up", "--split", "0.5,0.5") == 0
    assert read_prepared(tmp_path / "out").classes == ["down"]
    assert main(["check", str(tmp_path / "out"), "--jobs=1"]) == 0
    assert prepare(folder, "--exclude-classes", "jump") == 1
    assert (
        "cannot exclude: unknown class 'jump'; the 2 classes are 'down', 'up'"
        in capsys.readouterr().err
    )


def test_grouping_by_a_column_that_is_not_there_says_how(videos, prepare, capsys) -> None:
    assert prepare(jumps(videos), "--group-by", "athlete") == 1
    said = capsys.readouterr().err
    assert "no column 'athlete' to group by: nothing but the class is known of these" in said
    assert "--paths '{label}/{athlete}_{take}'" in said


def test_rows_without_a_group_are_reported_at_once(videos, prepare, capsys) -> None:
    path = videos("a.mp4") / "labels.csv"
    path.write_text("path,label,athlete\na.mp4,x,\na.mp4,x,Ann\na.mp4,x,\n")
    assert prepare(path, "--group-by", "athlete") == 1
    assert problems(capsys) == ["labels.csv:2: no athlete", "labels.csv:4: no athlete"]


def test_a_dataset_of_other_videos_is_not_overwritten(tmp_path, videos, prepare, capsys) -> None:
    assert prepare(jumps(videos)) == 0
    (tmp_path / "v").rename(tmp_path / "w")
    (tmp_path / "v").mkdir()
    assert prepare(tmp_path / "w") == 1
    assert "holds a dataset of" in capsys.readouterr().err


def test_train_and_evaluate_on_a_prepared_dataset(tmp_path, videos, prepare, capsys) -> None:
    from tests.test_cli import TINY

    assert prepare(jumps(videos), "--split", "0.5,0.25,0.25") == 0
    run = ["--train.out", str(tmp_path / "runs"), "--train.name", "r"]
    assert main(["train", "small", "--data.root", str(tmp_path / "out"), *TINY, *run]) == 0
    assert "8 clips to train with, 4 to validate" in capsys.readouterr().out
    test = str(tmp_path / "out/test.csv")
    assert main(["evaluate", str(tmp_path / "runs/r"), "--data", test, "--num-workers", "0"]) == 0
    assert "of 4 videos" in capsys.readouterr().out


def test_a_whole_dataset_where_a_list_is_needed_names_the_lists(tmp_path, videos, prepare) -> None:
    assert prepare(jumps(videos)) == 0
    with pytest.raises(DatasetError, match=r"name one of its lists: .*train\.csv, .*val\.csv"):
        read_labeled(tmp_path / "out")


def test_videos_that_were_moved_are_said_to_be(tmp_path, videos, prepare) -> None:
    assert prepare(jumps(videos)) == 0
    (tmp_path / "v").rename(tmp_path / "elsewhere")
    with pytest.raises(DatasetError, match='change "videos" in this file'):
        read_prepared(tmp_path / "out")


def test_a_second_run_gives_the_same_files(tmp_path, videos, prepare) -> None:
    folder = jumps(videos)
    assert prepare(folder) == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert prepare(folder) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == first
    assert to_csv(read_prepared(tmp_path / "out").read("train")).startswith("path,label\n/")


def test_classes_that_differ_in_capitals_are_noted(tmp_path, videos, prepare, capsys) -> None:
    path = videos("a.mp4", "b.mp4", "c.mp4", "d.mp4") / "labels.csv"
    path.write_text("path,label\na.mp4,Jump\nb.mp4,jump\nc.mp4,Jump\nd.mp4,jump\n")
    assert prepare(path, "--split", "0.5,0.5") == 0
    assert (
        "note: Jump and jump count as different classes (they differ in capitals)"
        in capsys.readouterr().out
    )


def test_an_out_that_is_a_file_is_one_message(tmp_path, videos, prepare, capsys) -> None:
    (tmp_path / "out").write_text("")
    assert prepare(jumps(videos)) == 1
    assert "out is a file where a folder is needed; give another" in capsys.readouterr().err


def test_a_frame_pattern_that_is_none_is_refused(videos, prepare, capsys) -> None:
    assert prepare(jumps(videos), "--frame-pattern", "img_{:05") == 1
    assert "a frame pattern needs one number" in capsys.readouterr().err


def test_names_without_endings_are_pointed_out(videos, prepare, capsys) -> None:
    path = videos("a.mp4") / "labels.csv"
    path.write_text("path,label\na,x\n")
    assert prepare(path) == 1
    assert "a.mp4: write the names with their endings" in capsys.readouterr().err


def test_grouping_by_the_class_is_refused(videos, prepare, capsys) -> None:
    assert prepare(jumps(videos), "--group-by", "label") == 1
    assert "group by who or where was filmed" in capsys.readouterr().err


def test_one_class_alone_is_noted(tmp_path, videos, prepare, capsys) -> None:
    path = videos("a.mp4", "b.mp4") / "labels.csv"
    path.write_text("path,label\na.mp4,jump\nb.mp4,jump\n")
    assert prepare(path, "--split", "0.5,0.5") == 0
    assert "one class only, 'jump'; training needs at least two" in capsys.readouterr().out


def test_what_is_ignored_is_printed_and_written_down(tmp_path, videos, prepare, capsys) -> None:
    folder = jumps(videos)
    for name in ("up/IMG_0001.JPG", "up/._p0_0.mp4", "Thumbs.db"):
        (folder / name).write_bytes(b"x")
    assert prepare(folder, "--split", "0.5,0.5") == 0
    assert "ignored 2 (a system file): " in capsys.readouterr().out
    assert read_prepared(tmp_path / "out").ignored == {
        "a system file": {"count": 2, "examples": ["Thumbs.db", "up/._p0_0.mp4"]},
        "an image beside videos": {"count": 1, "examples": ["up/IMG_0001.JPG"]},
    }


def test_parts_are_excluded_one_by_one(tmp_path, videos, prepare, capsys) -> None:
    path = videos("a.mp4", "b.mp4") / "labels.csv"
    lines = [f"{n}.mp4,{c},{i},{i + 4}\n" for n in "ab" for i, c in ((0, "x"), (4, "y"))]
    path.write_text("path,label,start_frame,end_frame\n" + "".join(lines))
    assert prepare(path, "--split", "0.5,0.5", "--exclude-classes", "y") == 0
    assert (
        "excluded 2 (class y): a.mp4 (frames 4 to 7), b.mp4 (frames 4 to 7)"
        in capsys.readouterr().out
    )
    excluded = read_prepared(tmp_path / "out").excluded
    assert excluded == [Excluded(f"{n}.mp4", "class y", start_frame=4, end_frame=8) for n in "ab"]


def test_a_dataset_written_before_still_loads(tmp_path, videos, prepare) -> None:
    assert prepare(jumps(videos), "--split", "0.5,0.5") == 0
    path = tmp_path / "out/dataset.json"
    content = json.loads(path.read_text())
    del content["excluded"], content["ignored"]
    path.write_text(json.dumps(content | {"left_out": {"a.mp4": "no frames"}}))
    assert read_prepared(tmp_path / "out").excluded == [Excluded("a.mp4", "no frames")]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"videos": 1e400}', "[]", '{"classes": [1]}'])
def test_a_damaged_dataset_is_one_message(tmp_path, text) -> None:
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(DatasetError, match=r"dataset\.json: damaged"):
        read_prepared(tmp_path)


def test_a_name_that_is_not_utf_8_survives_the_lists(tmp_path, videos, prepare) -> None:
    folder = jumps(videos)
    strange = folder / "up" / os.fsdecode(b"caf\xe9.mp4")
    (folder / "up/p0_0.mp4").rename(strange)
    assert prepare(folder, "--split", "0.5,0.5") == 0
    dataset = read_prepared(tmp_path / "out")
    paths = [record.path for name in ("train", "val") for record in dataset.read(name).records]
    assert str(strange) in paths


def test_excluded_clips_are_printed_with_the_reason(videos, prepare, capsys) -> None:
    folder = jumps(videos)
    (folder / "up/p0_0.mp4").write_bytes(b"")
    assert prepare(folder, "--skip-broken") == 0
    assert "excluded 1 (no frames): up/p0_0.mp4" in capsys.readouterr().out


def test_label_in_the_name_and_subject_in_a_csv(tmp_path, videos, prepare, capsys, charts) -> None:
    names = [f"{label}_{take}.mp4" for label in ("fall", "jump") for take in range(4)]
    folder = videos(*names)
    path = folder / "subjects.csv"
    path.write_text("file,subject\n" + "".join(f"{n[:-4]},S{n[5]}\n" for n in names))
    options = ["--videos", folder, "--paths", "{label}_{take}", "--group-by", "subject"]
    assert prepare(path, *options, "--split", "0.5,0.5") == 0
    printed = capsys.readouterr().out
    assert "split by subject: every subject is in one split only\n  train     2  S" in printed
    dataset = read_prepared(tmp_path / "out")
    subjects = [{r.extra[0] for r in dataset.read(name).records} for name in ("train", "val")]
    assert [len(found) for found in subjects] == [2, 2]
    assert not subjects[0] & subjects[1]
    assert dataset.classes == ["fall", "jump"]
    groups = dataset.provenance["groups"]
    assert {name: set(held) for name, held in groups.items()} == dict(
        zip(("train", "val"), subjects, strict=True)
    )
    assert "Clips of every subject" in (tmp_path / "out/report.html").read_text()


def test_a_typo_in_a_label_is_asked_about(tmp_path, videos, prepare, capsys) -> None:
    names = [f"{label}/{take}.mp4" for label in ("rise", "take-off") for take in range(4)]
    folder = videos(*names, "take-of/9.mp4")
    assert prepare(folder, "--split", "0.5,0.5") == 1  # one clip, and validation has it
    assert "did you mean 'take-off'?" in capsys.readouterr().err
    assert prepare(folder, "--split", "0.7,0.3") == 0
    assert "did you mean 'take-off'?" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "out"), "--jobs=1"]) == 0
    assert "did you mean 'take-off'?" in capsys.readouterr().out
