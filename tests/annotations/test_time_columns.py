"""Columns of times that have another name are told, and other columns are left alone."""

from pathlib import Path
from typing import Any

import pytest

from mienet.annotations.folders import read_named_paths
from mienet.annotations.readers import read_csv, to_csv
from mienet.annotations.records import AnnotationError, Annotations, VideoRecord
from mienet.annotations.time_columns import find_like_times
from mienet.labeling.timeline_formats import read_timelines

ADVICE = (
    "not used: times are read from start_seconds and end_seconds (1.5 or 0:00:01.5), or from "
    "start_frame and end_frame (counted from 0); rename "
)
OR = ", or, where no clip starts or ends there, give another name"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.mp4").write_bytes(b"x")
    return tmp_path


def read(root: Path, text: str, **options: bool) -> Annotations:
    (root / "list.csv").write_text(text)
    return read_csv(root / "list.csv", **options)


def refused(root: Path, text: str, **options: bool) -> list[str]:
    with pytest.raises(AnnotationError) as error:
        read(root, text, **options)
    return [problem.removeprefix(f"{root / 'list.csv'}:") for problem in error.value.problems]


def test_times_of_another_name_are_no_whole_videos(root: Path) -> None:
    text = "path,label,start,end\na.mp4,up,1.5,0:02\n"
    assert refused(root, text) == [f"1: columns 'start', 'end' are {ADVICE}them{OR}"]
    assert refused(root, text, labeled=False) == refused(root, text)


def test_a_start_of_another_name_beside_an_accepted_end(root: Path) -> None:
    text = "path,label,Begin (s),end_seconds\na.mp4,up,1.5,2\n"
    assert refused(root, text) == [f"1: column 'Begin (s)' is {ADVICE}it{OR}"]


@pytest.mark.parametrize(
    "name",
    ["start", "Start time", "startSeconds", "time_start", "onset", "offset_ms", "t_end", "STOP"],
)
def test_names_that_look_like_times(name: str) -> None:
    assert find_like_times(["path", name]) == [name]


@pytest.mark.parametrize(
    "name",
    ["subject", "scene", "fps", "capture_fps", "num_frames", "Start_Seconds", "session", "trend"],
)
def test_names_that_do_not(name: str) -> None:
    assert find_like_times(["path", name]) == []


def test_a_column_that_holds_no_times_is_kept(root: Path) -> None:
    found = read(root, "path,label,start,end\na.mp4,up,crouched,\n")
    assert found.columns == ("start", "end")


def test_a_run_may_have_learned_from_such_a_list(root: Path) -> None:
    text = "path,label,start,end_seconds\na.mp4,up,1.5,2\n"
    assert read(root, text, is_of_run=True).records[0].end_seconds == 2


def test_a_column_beside_the_times_that_are_read_is_kept(root: Path) -> None:
    found = read(root, "path,label,Start_seconds,end_seconds,start\na.mp4,up,1,2,7\n")
    assert (found.records[0].start_seconds, found.records[0].extra) == (1, ("7",))


@pytest.mark.parametrize(
    ("column", "partner", "meaning"),
    [
        ("start_seconds", "end_seconds", "video's end for a clip, and an event in a recording"),
        ("end_seconds", "start_seconds", "video's start"),
        ("start_frame", "end_frame", "video's end"),
    ],
)
def test_a_start_or_end_needs_the_other_column(
    root: Path, column: str, partner: str, meaning: str
) -> None:
    assert refused(root, f"path,label,{column}\na.mp4,up,2\n") == [
        f"1: {column} without {partner}: add the column; an empty field is the {meaning}"
    ]


def test_a_start_and_a_number_of_frames_are_no_clip(root: Path) -> None:
    text = "path,label,start_frame,end_frame,num_frames\na.mp4,up,2,,4\na.mp4,up,2,3,4\n"
    assert refused(root, text) == [
        "2: gives a start and num_frames, which count from the video's start; give an end"
    ]


@pytest.mark.parametrize(
    ("times", "written"),
    [
        ({"end_seconds": 2.0}, "path,label,start_seconds,end_seconds\na.mp4,up,,2.0\n"),
        ({"start_seconds": 2.0}, "path,label,start_seconds,end_seconds\na.mp4,up,2.0,\n"),
        ({"start_frame": 2}, "path,label,start_frame,end_frame\na.mp4,up,2,\n"),
    ],
)
def test_a_list_is_written_with_both_columns(
    root: Path, times: dict[str, Any], written: str
) -> None:
    clips = Annotations([VideoRecord(f"{root}/a.mp4", 0, **times)], ["up"])
    assert to_csv(clips, root=root) == written


def test_names_of_paths_are_no_times_either(root: Path) -> None:
    with pytest.raises(AnnotationError, match=r"{start} would be taken for a time .* {cut_start}"):
        read_named_paths(root, "{label}_{start}")


def test_times_of_another_name_in_marks_of_recordings(root: Path) -> None:
    (root / "list.csv").write_text("path,label,start,end\na.mp4,up,1.5,\n")
    with pytest.raises(AnnotationError) as error:
        read_timelines(root / "list.csv")
    assert error.value.problems == [f"{root}/list.csv:1: columns 'start', 'end' are {ADVICE}them"]
