import json
from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timelines import AnnotatedVideo
from tests.conftest import WriteVideo


def spans(video: AnnotatedVideo) -> list[tuple[str, float, float]]:
    return [(i.label, i.start_seconds, i.end_seconds) for i in video.intervals]


@pytest.mark.parametrize("end", ["", "\n"])
def test_runs_of_lines_are_intervals(tmp_path: Path, end: str) -> None:
    (tmp_path / "a.txt").write_text("background\nup\nup\ndown\nup\nup" + end)
    (video,) = read_timelines(tmp_path / "a.txt", fps=10).videos
    assert spans(video) == [("up", 0.1, 0.3), ("down", 0.3, 0.4), ("up", 0.4, 0.6)]
    assert (video.name, video.duration_seconds) == ("a", 0.6)


def test_lines_without_a_frame_rate_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("up\nup\n")
    with pytest.raises(AnnotationError, match="the times of 'a' are numbers of frames; give the"):
        read_timelines(tmp_path / "a.txt")


def test_the_frame_rate_may_be_the_videos_own(tmp_path: Path, write_video: WriteVideo) -> None:
    video = write_video("videos/a.mp4", 10)
    (tmp_path / "a.txt").write_text("up\nup\n")
    (read,) = read_timelines(tmp_path / "a.txt", videos=tmp_path / "videos").videos
    assert (read.path, read.fps) == (str(video), pytest.approx(25))


def test_a_list_of_paths_is_no_list_of_labels(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x/a.mp4\nx/a.mp4\n")
    with pytest.raises(AnnotationError, match="no annotations of videos that are known"):
        read_timelines(tmp_path / "a.txt", fps=25)


TABLE = ",background,rear,groom\n0,1,0,0\n1,0,1,0\n2,0,1,1\n3,-1,-1,-1\n"


def test_a_table_has_labels_at_once_and_stretches_without(tmp_path: Path) -> None:
    (tmp_path / "a_labels.csv").write_text(TABLE)
    read = read_timelines(tmp_path / "a_labels.csv", fps=10)
    (video,) = read.videos
    assert spans(video) == [("rear", 0.1, 0.3), ("groom", 0.2, 0.3)]
    assert (video.name, video.unlabeled) == ("a", ((0.3, 0.4),))
    assert "frames 3 to 3 are not labeled" in read.notes[0]


def test_wrong_rows_of_a_table_are_told(tmp_path: Path) -> None:
    (tmp_path / "a_labels.csv").write_text(TABLE + "5,0,1,0\n5,0,2,0\n6,0,1\n7,0,0.7,0\n")
    with pytest.raises(AnnotationError) as caught:
        read_timelines(tmp_path / "a_labels.csv", fps=10)
    assert [problem.rpartition(".csv:")[2] for problem in caught.value.problems] == [
        "7: expected the frame and 3 cells of 0, 1 or -1, got 5,0,2,0",
        "8: expected the frame and 3 cells of 0, 1 or -1, got 6,0,1",
        "9: expected the frame and 3 cells of 0, 1 or -1, got 7,0,0.7,0",
        "6: is frame 5, expected 4: a row a frame, counted from 0",
    ]


def test_frames_that_count_from_1_are_told_once_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "a_labels.csv").write_text(",background,rear\n1,0,1\n2,0,1\n3,1,0\n")
    with pytest.raises(AnnotationError) as caught:
        read_timelines(tmp_path / "a_labels.csv", fps=10, skip_broken=True)
    assert caught.value.problems == [
        f"{tmp_path}/a_labels.csv:2: is frame 1, expected 0: a row a frame, counted from 0"
    ]


def test_a_table_that_a_spreadsheet_saved_with_semicolons(tmp_path: Path) -> None:
    (tmp_path / "a_labels.csv").write_text(TABLE.replace(",", ";"))
    (video,) = read_timelines(tmp_path / "a_labels.csv", fps=10).videos
    assert spans(video) == [("rear", 0.1, 0.3), ("groom", 0.2, 0.3)]


@pytest.mark.parametrize(
    "labels", [[1, 1, 0, 2], [[0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]], ids=["one", "several"]
)
def test_json_with_the_numbers_of_classes(tmp_path: Path, labels: list[object]) -> None:
    content = {
        "class_names": {"0": "other", "1": "up", "2": "down"},
        "is_multilabel": isinstance(labels[0], list),
        "labels": {"a.mp4": labels},
        "splits": {"train": ["a.mp4"], "inference": ["b.mp4"]},
    }
    (tmp_path / "x.json").write_text(json.dumps(content))
    read = read_timelines(tmp_path / "x.json", fps=10)
    assert spans(read.videos[0]) == [("up", 0, 0.2), ("down", 0.3, 0.4)]
    assert (read.videos[0].split, read.notes) == ("train", ())
