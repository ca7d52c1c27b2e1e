"""Every published format through the real command, with good and with bad files."""

import pytest

from mienet.data.manifest import Excluded, read_prepared
from tests.workflows.preparing import problems, rows

pytestmark = pytest.mark.usefixtures("same_process", "no_charts")


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


def test_a_published_split_is_not_split_again(videos, labels, prepare, capsys) -> None:
    folder = labels(train_txt="a 6 0\n", val_txt="a 6 0\n")
    arguments = ["--frames", videos("a.mp4"), "--annotations", folder, "--split", "0.5,0.5"]
    assert prepare("tsn", *arguments) == 1
    assert "tsn says itself which clips are for train and val" in capsys.readouterr().err
