import os
from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.server.library import Library
from mienet.server.places import Places
from mienet.server.refusal import RefusedError
from mienet.server.settings import Limits


def library(folder: Path) -> Library:
    return Library(folder.resolve(), Limits())


@pytest.mark.parametrize("video", [
    *("../a.mp4", "b/../../a.mp4", "/etc/a.mp4", "..\\a.mp4", "C:/a.mp4", "//a.mp4", "b//a.mp4"),
    *("", ".", "..", "./a.mp4", ".hidden.mp4", ".git/a.mp4", "a.mp4\0.mp4", "a\n.mp4", "a.mp4/"),
    *("mienet/playable/a.mp4", "a.txt", "a", "mienet/labels/a.csv", "\ud800.mp4"),
    *("x" * 100_000 + ".mp4", "x" * 201 + ".mp4", "%2e%2e/a.txt", "file:///etc/a.mp4"),
])  # fmt: skip
def test_what_is_no_video_of_the_folder_is_refused(tmp_path: Path, video: str) -> None:
    with pytest.raises(RefusedError, match=r"^video: ") as caught:
        library(tmp_path).find(video)
    assert caught.value.status in (400, 404)
    assert len(str(caught.value)) < 300


def test_names_of_all_scripts_are_videos(tmp_path: Path) -> None:
    for name in ("Sprünge/走幅跳 1.mp4", "Screen\u202frecording.mov", "a..b.mp4", "100%.mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        assert library(tmp_path).find(name) == path


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "private.mp4").touch()
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/link.mp4").symlink_to(tmp_path / "private.mp4")
    with pytest.raises(RefusedError, match="a link out of the folder"):
        library(tmp_path / "videos").find("link.mp4")
    (listed,) = library(tmp_path / "videos").videos()
    assert listed.problem == "a link out of the folder of the videos; copy the file"


def test_a_file_behind_a_linked_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private/a.mp4").touch()
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/sub").symlink_to(tmp_path / "private")
    with pytest.raises(RefusedError, match="a link out of the folder"):
        library(tmp_path / "videos").find("sub/a.mp4")


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "b.mp4").symlink_to("a.mp4")
    assert library(tmp_path).find("b.mp4") == tmp_path / "b.mp4"


def test_a_pipe_is_no_video(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    with pytest.raises(RefusedError, match="no such file"):
        library(tmp_path).find("a.mp4")


def test_what_the_server_keeps_is_not_listed(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    (places.playable / "a.mp4").touch()
    (tmp_path / "a.mp4").write_bytes(b"12345")
    (listed,) = library(tmp_path).videos()
    assert (listed.video, listed.size_bytes) == ("a.mp4", 5)


def test_a_folder_of_somebody_called_mienet_is_searched(tmp_path: Path) -> None:
    (tmp_path / "jumps/mienet").mkdir(parents=True)
    (tmp_path / "jumps/mienet/a.mp4").touch()
    assert [listed.video for listed in library(tmp_path).videos()] == ["jumps/mienet/a.mp4"]


def test_a_folder_of_images_is_listed_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames/1.jpg").touch()
    (listed,) = library(tmp_path).videos()
    assert "make a video of it" in listed.problem


def test_a_folder_of_somebody_where_labels_would_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "mienet").mkdir()
    (tmp_path / "mienet/a.mp4").touch()
    with pytest.raises(MienetError, match="mienet contains other files"):
        Places(tmp_path).make()


def test_a_name_that_is_no_utf8_is_listed_with_its_problem(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(bytes(tmp_path) + b"/\xff.mp4")).touch()
    except OSError:
        pytest.skip("this disk takes UTF-8 alone")
    (listed,) = library(tmp_path).videos()
    assert listed.video == "\\udcff.mp4"
    assert "a character that no path here may have" in listed.problem
