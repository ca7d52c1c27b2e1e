"""Lists of whole recordings: names from the list or its dataset, videos wherever they are."""

from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.data.recordings import read_recordings, subjects_of
from tests.conftest import WriteVideo

HEADER = "path,label,start_seconds,end_seconds,subject\n"


def test_names_are_those_in_the_list(write_video: WriteVideo, tmp_path: Path) -> None:
    write_video("a.mp4")
    (tmp_path / "list.csv").write_text(f"{HEADER}a.mp4,up,0,0.4,ann\na.mp4,land,0.4,,bo\n")
    found = read_recordings(tmp_path / "list.csv")
    assert (found.phases, found.events) == (("up",), ("land",))
    assert found.videos[0].path == str(tmp_path / "a.mp4")
    assert subjects_of(found.videos[0]) == ("ann", "bo")


def test_a_list_elsewhere_may_have_whole_paths(write_video: WriteVideo, tmp_path: Path) -> None:
    video = write_video("videos/a.mp4")
    (tmp_path / "run").mkdir()
    (tmp_path / "run/val.csv").write_text(f"{HEADER}{video},up,0,0.4,\n")
    assert read_recordings(tmp_path / "run/val.csv").videos[0].path == str(video)


def test_in_a_folder_that_is_given_whole_paths_are_names(
    write_video: WriteVideo, tmp_path: Path
) -> None:
    other = write_video("other/b.mp4")
    write_video("videos/a.mp4")
    (tmp_path / "list.csv").write_text(f"{HEADER}{other},up,0,0.4,\n")
    with pytest.raises(AnnotationError, match="unknown video"):
        read_recordings(tmp_path / "list.csv", videos=tmp_path / "videos")


def test_labels_that_are_none_of_the_given_names_are_told_all_at_once(
    write_video: WriteVideo, tmp_path: Path
) -> None:
    name = write_video("a.mp4").name
    rows = f"{name},run,0,0.2\n{name},rnu,0.2,0.4\n{name},hop,0.4,\n"
    (tmp_path / "val.csv").write_text(f"path,label,start_seconds,end_seconds\n{rows}")
    with pytest.raises(AnnotationError) as error:
        read_recordings(tmp_path / "val.csv", phases=["run"], events=[])
    assert [line.removeprefix(str(tmp_path)) for line in error.value.problems] == [
        "/val.csv:3: unknown label of an interval, 'rnu'; accepted: run",
        "/val.csv:4: unknown label of an event, 'hop'; accepted: none, as it was trained without",
    ]
