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
