"""Broken and hostile annotation files of published formats: one message with file and line."""

import json
from pathlib import Path

import pytest

from mienet.annotations.published import FORMATS
from mienet.annotations.readers import read_class_names
from mienet.annotations.records import AnnotationError


def problems(tmp_path: Path, format: str, **files: str) -> list[str]:
    paths = []
    for name, text in files.items():
        paths.append(tmp_path / name.replace("_", "."))
        paths[-1].write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(AnnotationError) as caught:
        FORMATS[format](paths, tmp_path / "videos")
    return [problem.removeprefix(f"{tmp_path}/") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "train.json:1: nested too deeply"),
        ('[{"vid_name": "a", "label": 0},\n' + '{"a":' * 100_000, "train.json:2: nested too"),
        ('[{"vid_name": "a", "label": ' + "1" * 5000 + "}]", "train.json:1: Exceeds the limit"),
        ('[{"vid_name": "a", "label": 1000000000000}]', "train.json:1: label 1000000000000 is out"),
        ('[{"vid_name": "a", "label": 1e400}]', "train.json:1: label is not a whole number"),
        ('[{"vid_name": "a", "label": NaN}]', "train.json:1: label is not a whole number"),
        ('[{"vid_name": "a", "label": [0]}]', "train.json:1: label is not a whole number"),
        ('[{"vid_name": "a\\u0000", "label": 0}]', "train.json:1: no name of a video"),
        ('[{"vid_name": "\\ud800", "label": 0}]', "train.json:1: no name of a video"),
        ('[{"vid_name": "a\0", "label": 0}]', "train.json:1: holds the character NUL"),
        ('[\n{"vid_name": "a" "label": 0}]', "train.json:2: Expecting"),
        ('{"a": 1}', "train.json:1: expected a list"),
        ("", "train.json:1: expected a list"),
    ],
)
def test_bad_json_is_one_message_with_its_line(tmp_path, text, says) -> None:
    assert problems(tmp_path, "diving48", train_json=text)[0].startswith(says)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ("{" * 5, "labels.json:1: Expecting"),
        ('{"a":' * 100_000, "labels.json:1: nested too deeply"),
        ('{"a": 1e400}', "labels.json: not an object from names to numbers"),
        ('{"a": 1}', "labels.json: the numbers are not 0 to 0"),
        ("[]", "labels.json: not an object"),
        ('{"a": 0} x', "labels.json:1: more behind the end"),
    ],
)
def test_bad_labels_are_one_message(tmp_path, labels, says) -> None:
    found = problems(tmp_path, "something-v2", train_json='[{"id": "1"}]', labels_json=labels)
    assert found[0].startswith(says)


@pytest.mark.parametrize("placeholders", ["5", '"x"', '{"a": 1}'])
def test_placeholders_that_are_no_list_are_named(tmp_path, placeholders) -> None:
    train = f'[{{"id": "1", "template": "a", "placeholders": {placeholders}}}]'
    (problem,) = problems(tmp_path, "something-v2", train_json=train, labels_json='{"a": 0}')
    assert problem.startswith("train.json:1: placeholders are no list")


@pytest.mark.parametrize("time", ["inf", "1e400", "nan", "x"])
def test_times_of_kinetics_out_of_range_are_named(tmp_path, time) -> None:
    text = f"label,youtube_id,time_start,time_end,split\na,aaaaaaaaaaa,{time},2,train\n"
    (problem,) = problems(tmp_path, "kinetics", train_csv=text)
    assert problem.startswith("train.csv:2: times are not numbers")


@pytest.mark.parametrize("label", ["99999999", "1000000000000", "-1", "x"])
def test_labels_of_lists_out_of_range_are_named(tmp_path, label) -> None:
    (problem,) = problems(tmp_path, "tsn", train_txt=f"a 6 0\nb 6 {label}\n")
    assert problem.startswith("train.txt:2: label ")


def test_a_name_that_no_disk_takes_is_a_video_that_is_not_there(tmp_path) -> None:
    (tmp_path / "train.txt").write_text("a" * 5000 + " 6 0\n")
    found = FORMATS["tsn"]([tmp_path / "train.txt"], tmp_path)["train"]
    assert len(found.records) == 1


def test_lists_whose_labels_count_from_1_are_named(tmp_path) -> None:
    (problem,) = problems(tmp_path, "tsn", train_txt="a 6 1\nb 6 2\n")
    assert "subtract 1 from each" in problem


def test_numbers_of_ucf101_with_thousands_of_digits_are_named(tmp_path) -> None:
    found = problems(tmp_path, "ucf101", classInd_txt="9" * 5000 + " A\n", trainlist_txt="A/a 1\n")
    assert found[0].startswith("classInd.txt:1: expected '1 NAME'")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("[1, 2]", "expected a list of names"),
        ("5", "expected a list of names"),
        ('["a\\nb"]', "ends lines or controls terminals"),
        ('["a", "a"]', "stands on line 1 already"),
        ("[]", "no class names"),
    ],
)
def test_bad_files_of_class_names_are_one_message(tmp_path, text, says) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(AnnotationError, match=says):
        read_class_names(tmp_path / "c.json")


def test_class_names_may_be_an_object_of_numbers(tmp_path) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"land": 1, "jump": 0}))
    assert read_class_names(tmp_path / "c.json") == ["jump", "land"]


def test_path_label_lists_are_read_by_the_format_too(tmp_path) -> None:
    (tmp_path / "train.txt").write_text("b c 0\nd 1\n")
    found = FORMATS["tsn"]([tmp_path / "train.txt"], tmp_path)["train"].records
    assert [(Path(record.path).name, record.label) for record in found] == [("b c", 0), ("d", 1)]


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ("1;Pushing it\nno answer\n", "test-answers.csv:2: 'no answer'; expected NUMBER;TEMPLATE"),
        ("2;Pushing it\n", "test.json:1: no template"),
    ],
)
def test_answers_to_test_videos_are_for_all_and_each_is_one(tmp_path, answers, says) -> None:
    text = {"labels_json": '{"Pushing it": 0}', "test_json": '[{"id": "1"}]'}
    (found,) = problems(tmp_path, "something-v2", **text, **{"test-answers_csv": answers})
    assert found == says
