"""Every crafted kind is one line, with what its message has to name."""

from typing import Any

import pytest

from mienet.model_schema import (
    checkpoint_problems,
    class_problems,
    exported_problems,
    parse_json,
)

FILES = {"onnx": ("model.onnx",), "openvino": ("model.xml", "model.bin"), "torch": ("model.pt2",)}


def checkpoint() -> dict[str, Any]:
    return {
        "version": 2,
        "network": {
            "num_classes": 2,
            "backbone": "resnet18",
            "motion": "adaptive",
            "temporal": "dptam",
            "num_segments": 8,
            "dropout": 0.5,
        },
        "classes": ["fall", "rise"],
        "clip_format": {
            "num_segments": 8,
            "frames_per_segment": 4,
            "short_side": 256,
            "crop_size": 224,
        },
    }


def exported() -> dict[str, Any]:
    own = {"format": "onnx", "precision": "float32", "sha256": {"model.onnx": "0a" * 32}}
    return checkpoint() | own


def changed(content: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    """Returns the content with the entry at a path such as ``network.dropout`` set."""
    inside, _, last = key.rpartition(".")
    (content[inside] if inside else content)[last] = value
    return content


def test_what_is_written_is_accepted() -> None:
    assert checkpoint_problems(checkpoint()) == []
    assert exported_problems(exported(), FILES) == []


def test_files_of_before_are_accepted() -> None:
    assert checkpoint_problems(checkpoint() | {"version": 1, "frame_pattern": None}) == []


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("network", [], r"network is \[\]; accepted: an object"),
        ("network", None, "network is None"),
        ("classes", "fall", "classes is 'fall'; accepted: a list of names"),
        ("classes", {"fall": 0}, "classes is"),
        ("clip_format", 3, "clip_format is 3; accepted: an object"),
        ("version", "2", "version is '2'; accepted: a whole number"),
        ("version", True, "version is True"),
        ("stranger", 1, "'stranger' is not a known key; accepted: version, network"),
        ("network.stranger", 1, r"network\.'stranger' is not a known key"),
        ("clip_format.fps", 25, r"clip_format\.'fps' is not a known key"),
        ("network.num_classes", 0, r"num_classes is 0; accepted: a whole number from 1 to 1000000"),
        ("network.num_classes", 10**12, "num_classes is 1000000000000"),
        ("network.num_classes", 2.0, r"num_classes is 2\.0"),
        ("network.backbone", "resnet9000", "'resnet9000'; accepted: one of resnet18, resnet34"),
        ("network.backbone", ["resnet18"], r"backbone is \['resnet18'\]"),
        ("network.motion", None, "motion is None; accepted: one of none, concat, adaptive"),
        ("network.temporal", 1, "temporal is 1; accepted: one of none, shift"),
        ("network.num_segments", 10**9, "num_segments is 1000000000; accepted: .* to 1000"),
        ("network.num_segments", -1, "num_segments is -1"),
        ("network.num_segments", False, "num_segments is False"),
        ("network.dropout", float("nan"), "dropout is nan; accepted: a number from 0 to 1"),
        ("network.dropout", float("inf"), "dropout is inf"),
        ("network.dropout", -0.1, r"dropout is -0\.1"),
        ("network.dropout", "0.5", r"dropout is '0\.5'"),
        ("clip_format.crop_size", 20_000, "crop_size is 20000; accepted: .* to 8192"),
        ("clip_format.crop_size", 300, "crop_size is 300; accepted: at most short_side, 256"),
        ("clip_format.short_side", 10**30, "short_side is 1000"),
        ("clip_format.num_segments", 3, r"clip_format\.num_segments is 3; the network takes 8"),
        ("clip_format.frames_per_segment", 1, "frames_per_segment is 1; the network takes 4"),
        ("clip_format.frames_per_segment", 400, "frames_per_segment is 400"),
        ("clip_format.frame_stride", 0, "frame_stride is 0; accepted: .* from 1 to 1000"),
        ("classes", ["fall"], "1 classes; the network has 2"),
        ("classes", ["fall", "fall"], r"classes\[1\] is 'fall', as classes\[0\] is"),
        ("classes", ["fall", ""], r"classes\[1\] is ''; accepted: a name"),
        ("classes", ["fall", 7], r"classes\[1\] is 7"),
        ("classes", ["fall", ["x"] * 99], r"classes\[1\] is \['x', 'x'.*\.\.\.\]"),
        ("classes", ["fall", "x" * 1001], r"classes\[1\] is 'xxx.*of 1 to 1000 characters"),
        ("classes", ["fall", "\ud800"], r"classes\[1\] is '\\ud800'"),
    ],
)
def test_a_wrong_entry_is_named(key: str, value: object, message: str) -> None:
    problems = "; ".join(checkpoint_problems(changed(checkpoint(), key, value)))
    with pytest.raises(ValueError, match=message):
        raise ValueError(problems)


def test_large_crops_and_many_segments_are_refused_together() -> None:
    content = checkpoint()
    for part in ("network", "clip_format"):
        content[part]["num_segments"] = 1000
    content["clip_format"] |= {"short_side": 8192, "crop_size": 8192}
    assert checkpoint_problems(content) == [
        "clip_format.crop_size is 8192; accepted for 4000 frames: at most 183"
    ]


@pytest.mark.parametrize(
    ("part", "key"),
    [("network", "dropout"), ("clip_format", "crop_size"), ("", "network"), ("", "version")],
)
def test_a_missing_entry_is_named(part: str, key: str) -> None:
    content = checkpoint()
    del (content[part] if part else content)[key]
    assert checkpoint_problems(content) == [f"{part} lacks {key}".lstrip()]


@pytest.mark.parametrize("content", [None, [], "text", 3])
def test_a_description_that_is_no_object_is_refused(content: object) -> None:
    assert "accepted: an object" in checkpoint_problems(content)[0]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", "tflite", "format is 'tflite'; accepted: one of onnx, openvino, torch"),
        ("precision", "float8", "precision is 'float8'"),
        ("sha256", {}, r"sha256 names the files \[\]; accepted for onnx: exactly model\.onnx"),
        ("sha256", {"../model.onnx": "0a" * 32}, "without folders"),
        ("sha256", {"/etc/passwd": "0a" * 32}, "'/etc/passwd'"),
        ("sha256", {"model.onnx": "0a" * 32, "model.pt2": "0a" * 32}, "exactly model.onnx"),
        ("sha256", {"model.onnx": "short"}, "sha256 of model.onnx is 'short'; accepted: 64"),
        ("sha256", {"model.onnx": None}, "sha256 of model.onnx is None"),
        ("sha256", "0a", "sha256 is '0a'; accepted: an object"),
        ("agreement", [], "agreement is .*; accepted: an object"),
        ("agreement", {"familiarity_difference": "x"}, "difference is a number from 0 to 10"),
        ("agreement", {"familiarity_difference": True}, "difference is a number from 0 to 10"),
        ("classes", ["one"], "1 classes; the network has 2"),
        ("network.num_segments", 10**9, "num_segments is 1000000000"),
    ],
)
def test_a_wrong_entry_of_an_export_is_named(key: str, value: object, message: str) -> None:
    problems = "; ".join(exported_problems(changed(exported(), key, value), FILES))
    with pytest.raises(ValueError, match=message):
        raise ValueError(problems)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"a": NaN}', "NaN is not a number of JSON"),
        ('{"a": -Infinity}', "-Infinity is not a number of JSON"),
        ('{"a": 1, "a": 2}', "the key 'a' is given twice"),
        ("9" * 5000, "4300 digits"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"\xc3(", "not UTF-8 text"),
    ],
)
def test_broken_json_is_one_message(text: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_json(text)


def test_many_bad_names_are_counted() -> None:
    problems = class_problems([""] * 1000)
    assert len(problems) == 6
    assert problems[-1] == "and 995 more of this kind"


def test_a_hundred_thousand_names_are_quick() -> None:
    assert class_problems([f"class {number}" for number in range(100_000)]) == []
