import json
from pathlib import Path
from typing import Any

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines


def project(path: Path, *metadata: dict[str, Any]) -> Path:
    content = {
        "project": {"pid": "__VIA_PROJECT_ID__"},
        "config": {"file": {"loc_prefix": {"1": ""}}},
        "attribute": {
            "1": {"aname": "phase", "type": 4, "options": {"0": "up", "1": "down"}},
            "2": {"aname": "notes", "type": 2, "options": {"a": "fast", "b": "left"}},
        },
        "file": {"7": {"fid": 7, "fname": "a.mp4", "type": 4}, "8": {"fname": "b.png", "type": 2}},
        "metadata": {f"1_{place}": entry for place, entry in enumerate(metadata)},
        "view": {"1": {"fid_list": [7]}, "2": {"fid_list": ["8"]}},
    }
    path.write_text(json.dumps(content))
    return path


def test_segments_have_options_texts_and_several_values(tmp_path: Path) -> None:
    path = project(
        tmp_path / "p.json",
        {"vid": "1", "z": [0.5, 1.25], "xy": [], "av": {"1": "1", "2": "a,b", "9": "free text"}},
        {"vid": "1", "z": [2.0], "xy": [], "av": {"1": "0"}},
    )
    (video,) = read_timelines(path).videos
    found = [(i.tier, i.label, i.start_seconds, i.end_seconds) for i in video.intervals]
    assert found == [
        ("phase", "down", 0.5, 1.25),
        ("notes", "fast", 0.5, 1.25),
        ("notes", "left", 0.5, 1.25),
        ("9", "free text", 0.5, 1.25),
    ]
    assert (video.name, video.events[0].label, video.events[0].time_seconds) == ("a.mp4", "up", 2)


def test_boxes_and_notes_on_files_are_left_out(tmp_path: Path) -> None:
    box = {"vid": "1", "z": [1.0], "xy": [2, 1, 1, 5, 5], "av": {"1": "0"}}
    note = {"vid": "1", "z": [], "xy": [], "av": {"1": "0"}}
    read = read_timelines(project(tmp_path / "p.json", box, note))
    assert read.videos[0].events == ()
    assert "left out: 1 boxes and 1 notes on whole files" in read.notes[0]


def test_a_segment_without_a_label_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="metadata 1_0: no label"):
        read_timelines(project(tmp_path / "p.json", {"vid": "1", "z": [1, 2], "xy": [], "av": {}}))


def test_a_project_of_via_2_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"_via_settings": {}, "_via_img_metadata": {}}')
    with pytest.raises(AnnotationError, match="a project of VIA 2, for images"):
        read_timelines(tmp_path / "p.json")
