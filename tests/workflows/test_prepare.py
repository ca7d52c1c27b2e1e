"""Every format through the real command, with good and with bad files; and what prepare writes."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mienet.annotations.readers import to_csv
from mienet.cli import main
from mienet.data.manifest import DatasetError, Excluded, read_prepared
from mienet.data.resolve import read_labeled
from tests.conftest import WriteVideo

pytestmark = pytest.mark.usefixtures("same_process")

Run = Callable[..., list[str]]


@pytest.fixture
def videos(tmp_path: Path, write_video: WriteVideo) -> Callable[..., Path]:
    """Writes videos of different lengths under v/ and returns the folder."""

    def write(*names: str) -> Path:
        for index, name in enumerate(names):
            codec = "libvpx-vp9" if name.endswith(".webm") else "libx264"
            write_video(f"v/{name}", num_frames=8 + index, codec=codec)
        return tmp_path / "v"

    return write


@pytest.fixture
def labels(tmp_path: Path) -> Callable[..., Path]:
    """Writes annotation files under labels/ and returns the folder."""

    def write(**files: object) -> Path:
        folder = tmp_path / "labels"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            stem, ending = name.rsplit("_", 1)
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            (folder / f"{stem}.{ending}").write_text(text)
        return folder

    return write


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[..., int]:
    def run(*arguments: object) -> int:
        return main(["prepare", *map(str, arguments), "--out", str(tmp_path / "out"), "--jobs=1"])

    return run


def rows(tmp_path: Path) -> dict[str, list[tuple[str, str]]]:
    """Returns path and label of every row that was written, by split."""
    found = {}
    for path in sorted((tmp_path / "out").glob("*.csv")):
        if path.name != "problems.csv":
            with path.open() as file:
                found[path.stem] = [(row["path"], row["label"]) for row in csv.DictReader(file)]
    return found


def problems(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Returns the indented lines of an error, with file names alone."""
    lines = capsys.readouterr().err.splitlines()
    return [line.strip().rsplit("/", 1)[-1] for line in lines if line.startswith("  ")]


def test_diving48(tmp_path, videos, labels, prepare) -> None:
    folder = labels(
        Diving48_V2_train_json=[
            {"vid_name": "a_1", "label": 1, "start_frame": 0, "end_frame": 7},
            {"vid_name": "a_2", "label": 0, "start_frame": 0, "end_frame": 8},
        ],
        Diving48_V2_test_json=[{"vid_name": "b_1", "label": 1, "start_frame": 0, "end_frame": 9}],
        Diving48_vocab_json=[["Back", "15som", "FREE"], ["Inward", "PIKE"]],
    )
    rgb = videos("a_1.mp4", "a_2.mp4", "b_1.mp4")
    lists = [folder / "Diving48_V2_train.json", folder / "Diving48_V2_test.json"]
    assert prepare("diving48", "--videos", rgb, "--annotations", *lists) == 0
    assert rows(tmp_path) == {
        "test": [("b_1.mp4", "Inward PIKE")],
        "train": [("a_1.mp4", "Inward PIKE"), ("a_2.mp4", "Back 15som FREE")],
    }


def test_every_bad_entry_of_diving48_is_named(videos, labels, prepare, capsys) -> None:
    folder = labels(
        train_json='[{"vid_name": "a", "label": 1},\n{"label": 0},\n'
        '{"vid_name": "b", "label": 2},\n{"vid_name": "c", "label": "x"},\n7]',
        test_json='[\n\n{"vid_name": "d"}]',
        vocab_json=["one", "two"],
    )
    assert prepare("diving48", "--videos", videos("a.mp4"), "--annotations", folder) == 1
    assert problems(capsys) == [
        "train.json:2: no vid_name in the entry",
        "train.json:3: label 2 is out of range: accepted are 0 to 1"
        "; they count from 0: if yours count from 1, subtract 1 from each",
        "train.json:4: label is not a whole number: 'x'",
        "train.json:5: expected an object with vid_name, label, got 7",
        "test.json:3: no label in the entry",
    ]


def test_json_that_ends_early_is_named_with_its_line(videos, labels, prepare, capsys) -> None:
    folder = labels(train_json='[{"vid_name": "a", "label": 0},\n{"vid_name": "b",')
    assert prepare("diving48", "--videos", videos("a.mp4"), "--annotations", folder) == 1
    assert "train.json:2: " in problems(capsys)[0]


def test_something_v2(tmp_path, videos, labels, prepare) -> None:
    folder = labels(
        labels_json={"Pushing something": "1", "Holding something next to something": "0"},
        train_json=[
            {
                "id": "78687",
                "label": "holding potato next to vicks vaporub bottle",
                "template": "Holding [something] next to [something]",
                "placeholders": ["potato", "vicks vaporub bottle"],
            }
        ],
        validation_json=[
            {"id": "42", "template": "Pushing [something]", "placeholders": ["a cup"]}
        ],
        test_json=[{"id": "1420"}],
    )
    webm = videos("78687.webm", "42.webm", "1420.webm")
    assert prepare("something-v2", "--videos", webm, "--annotations", folder) == 0
    assert rows(tmp_path) == {
        "train": [("78687.webm", "Holding something next to something")],
        "val": [("42.webm", "Pushing something")],
        "test": [("1420.webm", "")],
    }
    train = read_prepared(tmp_path / "out").read("train")
    assert train.columns == ("placeholders",)
    assert train.records[0].extra == ("potato, vicks vaporub bottle",)


def test_every_bad_entry_of_something_v2_is_named(videos, labels, prepare, capsys) -> None:
    folder = labels(
        labels_json={"Pushing something": "0"},
        train_json='[{"id": "1"},\n{"template": "Pushing [something]"},\n'
        '{"id": "2", "template": "Eating [something]"}]',
    )
    assert prepare("something-v2", "--videos", videos("1.mp4"), "--annotations", folder) == 1
    assert problems(capsys) == [
        "train.json:1: no template",
        "train.json:2: no id in the entry",
        "train.json:3: unknown class 'Eating something'; the 1 classes are 'Pushing something'",
    ]


@pytest.mark.parametrize("name", ["sljd", "tsn"])
def test_lists_with_frame_folders(tmp_path, write_frames, prepare, name) -> None:
    for clip, count in (("a_1", 6), ("a_2", 7), ("b_1", 8)):
        write_frames(f"SLJD/frames/{clip}", count)
    annotations = tmp_path / "SLJD/annotations"
    annotations.mkdir()
    # The authors' own folder leads the paths.
    (annotations / "train.txt").write_text("/data/SLJD/a_1 6 0\n/data/SLJD/a_2 7 1\n")
    (annotations / "val.txt").write_text("/data/SLJD/b_1 8 1\n")
    (annotations / "classes.txt").write_text("swing\ntake-off\n")
    assert prepare(name, "--frames", tmp_path / "SLJD") == 0
    assert rows(tmp_path) == {
        "train": [("a_1", "swing"), ("a_2", "take-off")],
        "val": [("b_1", "take-off")],
    }
    assert [r.end_frame for r in read_prepared(tmp_path / "out").read("train").records] == [6, 7]


def test_every_bad_row_of_lists_is_named(tmp_path, labels, videos, prepare, capsys) -> None:
    folder = labels(train_txt="a 6 0\na 6\na 0 0\n", val_txt="a 6 3\n", classes_txt="one\ntwo\n")
    assert prepare("tsn", "--frames", videos("a.mp4"), "--annotations", folder) == 1
    assert problems(capsys) == [
        "train.txt:2: expected 'path num_frames label', got 'a 6'",
        "train.txt:3: num_frames must be at least 1, got 0",
        "val.txt:1: label 3 is out of range: accepted are 0 to 1",
    ]


def test_ucf101(tmp_path, videos, labels, prepare) -> None:
    names = ["Archery/v_Archery_g08_c01.avi", "Biking/v_Biking_g01_c01.avi"]
    folder = labels(
        classInd_txt="1 Archery\n2 Biking\n",
        trainlist01_txt=f"{names[0]} 1\n",
        testlist01_txt=f"{names[1]}\n",
    )
    assert prepare("ucf101", "--videos", videos(*names), "--annotations", folder) == 0
    assert rows(tmp_path) == {"train": [(names[0], "Archery")], "test": [(names[1], "Biking")]}
    assert read_prepared(tmp_path / "out").read("train").records[0].extra == ("08",)


def test_bad_files_of_ucf101_are_named(videos, labels, prepare, capsys) -> None:
    folder = labels(classInd_txt="1 Archery\nBiking\n", trainlist01_txt="Skiing/v_g01_c01.avi 1\n")
    assert prepare("ucf101", "--videos", videos("a.avi"), "--annotations", folder) == 1
    assert problems(capsys) == ["classInd.txt:2: expected '2 NAME', got 'Biking'"]
    (folder / "classInd.txt").write_text("1 Archery\n")
    assert prepare("ucf101", "--videos", folder.parent / "v", "--annotations", folder) == 1
    assert problems(capsys)[0].startswith("trainlist01.txt:1: unknown class 'Skiing'")


def test_several_splits_of_ucf101_at_once_are_refused(videos, labels, prepare, capsys) -> None:
    folder = labels(classInd_txt="1 A\n", trainlist01_txt="A/a 1\n", trainlist02_txt="A/a 1\n")
    assert prepare("ucf101", "--videos", videos("a.avi"), "--annotations", folder) == 1
    (problem,) = problems(capsys)
    assert problem == "trainlist02.txt: trainlist01.txt is the train list already; give one"


def test_hmdb51(tmp_path, videos, labels, prepare) -> None:
    folder = labels(
        brush_hair_test_split1_txt="one.avi 1\ntwo.avi 2\nthree.avi 0\n",
        cartwheel_test_split1_txt="four.avi 1\n",
    )
    names = [f"brush_hair/{name}.avi" for name in ("one", "two", "three")] + ["cartwheel/four.avi"]
    assert prepare("hmdb51", "--videos", videos(*names), "--annotations", folder) == 0
    assert rows(tmp_path) == {
        "train": [(names[0], "brush_hair"), (names[3], "cartwheel")],
        "test": [(names[1], "brush_hair")],
    }
    excluded = read_prepared(tmp_path / "out").excluded
    assert excluded == [Excluded("brush_hair/three.avi", "not in the annotations")]


def test_every_bad_row_of_hmdb51_is_named(videos, labels, prepare, capsys) -> None:
    folder = labels(a_test_split1_txt="one.avi 3\ntwo.avi\n", b_test_split1_txt="x.avi 1 1\n")
    assert prepare("hmdb51", "--videos", videos("a.avi"), "--annotations", folder) == 1
    assert problems(capsys) == [
        "a_test_split1.txt:1: expected 'video.avi' and 0, 1 or 2, got 'one.avi 3'",
        "a_test_split1.txt:2: expected 'video.avi' and 0, 1 or 2, got 'two.avi'",
        "b_test_split1.txt:1: expected 'video.avi' and 0, 1 or 2, got 'x.avi 1 1'",
    ]


HEADER = "label,youtube_id,time_start,time_end,split\n"


def test_kinetics(tmp_path, videos, labels, prepare) -> None:
    names = ["train/aaaaaaaaaaa_000001_000011.mp4", "val/bbbbbbbbbbb_000020_000030.mp4"]
    folder = labels(
        train_csv=HEADER + "air drumming,aaaaaaaaaaa,1,11,train\n",
        validate_csv=HEADER + "air drumming,bbbbbbbbbbb,20,30,validate\n",
    )
    assert prepare("kinetics", "--videos", videos(*names), "--annotations", folder) == 0
    assert rows(tmp_path) == {
        "train": [(names[0], "air drumming")],
        "val": [(names[1], "air drumming")],
    }


def test_every_bad_row_of_kinetics_is_named(videos, labels, prepare, capsys) -> None:
    folder = labels(train_csv=HEADER + "a,short,1,2,t\n,aaaaaaaaaaa,1,2,t\na,aaaaaaaaaaa,x,2,t\n")
    assert prepare("kinetics", "--videos", videos("a.mp4"), "--annotations", folder) == 1
    assert problems(capsys) == [
        "train.csv:2: not a YouTube id: 'short'",
        "train.csv:3: no label",
        "train.csv:4: times are not numbers: 'x', '2'",
    ]


def test_a_format_without_its_videos_says_what_it_needs(prepare, capsys) -> None:
    assert prepare("kinetics") == 1
    assert "kinetics needs --videos FOLDER" in capsys.readouterr().err


def jumps(videos, count: int = 4) -> Path:
    """Writes {up,down}/ATHLETE_TAKE.mp4 for as many athletes, two takes each."""
    names = [f"{c}/p{a}_{t}.mp4" for c in ("down", "up") for a in range(count) for t in range(2)]
    return videos(*names)


def test_class_folders_are_split_by_athlete(tmp_path, videos, prepare) -> None:
    options = ["--paths", "{label}/{athlete}_{take}", "--group-by", "athlete", "--split", "0.5,0.5"]
    assert prepare(jumps(videos), *options) == 0
    dataset = read_prepared(tmp_path / "out")
    athletes = [{r.extra[0] for r in dataset.read(name).records} for name in ("train", "val")]
    assert not athletes[0] & athletes[1]
    assert [len(dataset.read(name).records) for name in ("train", "val")] == [8, 8]
    assert dataset.classes == ["down", "up"]


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


def test_a_column_split_is_followed(tmp_path, videos, prepare) -> None:
    path = videos("a.mp4", "b.mp4") / "labels.csv"
    path.write_text("path,label,split\na.mp4,x,train\nb.mp4,x,test\n")
    assert prepare(path) == 0
    assert rows(tmp_path) == {"train": [("a.mp4", "x")], "test": [("b.mp4", "x")]}
    path.write_text("path,label,split\na.mp4,x,training\nb.mp4,x,test\n")
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
    assert "give the folder that holds them, with --videos" in capsys.readouterr().err


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
    assert "no column 'athlete' to group by; there are: none" in said
    assert "--paths '{label}/{athlete}_{take}'" in said


def test_rows_without_a_group_are_reported_at_once(videos, prepare, capsys) -> None:
    path = videos("a.mp4") / "labels.csv"
    path.write_text("path,label,athlete\na.mp4,x,\na.mp4,x,Ann\na.mp4,x,\n")
    assert prepare(path, "--group-by", "athlete") == 1
    assert problems(capsys) == ["labels.csv:2: no athlete", "labels.csv:4: no athlete"]


def test_a_published_split_is_not_split_again(videos, labels, prepare, capsys) -> None:
    folder = labels(train_txt="a 6 0\n", val_txt="a 6 0\n")
    arguments = ["--frames", videos("a.mp4"), "--annotations", folder, "--split", "0.5,0.5"]
    assert prepare("tsn", *arguments) == 1
    assert "tsn says itself which clips are for train and val" in capsys.readouterr().err


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
    assert "out: file exists; it is a file where a folder is needed" in capsys.readouterr().err


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


def test_label_in_the_name_and_subject_in_a_csv(tmp_path, videos, prepare, capsys) -> None:
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
