import os
from pathlib import Path

import pytest

from mienet.annotations import discovery
from mienet.annotations.discovery import (
    Ignored,
    find,
    find_videos,
    ignored_lines,
    shown,
    subfolders,
)


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def found(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in find_videos(root)]


def reasons(root: Path) -> dict[str, str]:
    return {Path(i.path).relative_to(root).as_posix(): i.reason for i in find(root).ignored}


@pytest.mark.parametrize("photo", ["IMG_0001.JPG", "cover.png", "a.jpg", "x/0001.webp"])
def test_a_photo_beside_videos_is_ignored_by_name(tmp_path, photo) -> None:
    touch(tmp_path, photo, "x/IMG_0002.MP4", "x/IMG_0004.mp4")
    assert found(tmp_path) == ["x/IMG_0002.MP4", "x/IMG_0004.mp4"]
    assert reasons(tmp_path) == {photo: "an image beside videos"}


def test_numbered_images_beside_a_video_are_named_and_not_taken_for_frames(tmp_path) -> None:
    touch(tmp_path, "a.mp4", "img_00001.png", "img_00002.png")
    assert found(tmp_path) == ["a.mp4"]
    assert set(reasons(tmp_path)) == {"img_00001.png", "img_00002.png"}


def test_a_folder_of_numbered_images_is_one_video(tmp_path) -> None:
    touch(tmp_path, "c/a/img_1.png", "c/a/img_2.png", "c/a/note.txt", "c/a/flow/x_1.png")
    assert found(tmp_path) == ["c/a"]
    assert reasons(tmp_path) == {
        "c/a/flow": "a folder inside a folder of frames",
        "c/a/note.txt": "no video by its ending .txt",
    }


def test_a_single_photo_does_not_hide_folders_of_frames(tmp_path) -> None:
    touch(tmp_path, "IMG_1.jpg", "a/1.png", "a/2.png", "b/1.png")
    assert found(tmp_path) == ["a", "b"]
    assert list(reasons(tmp_path)) == ["IMG_1.jpg"]


def test_images_without_numbers_are_ignored_by_name(tmp_path) -> None:
    touch(tmp_path, "holiday.jpg", "sea.png")
    assert found(tmp_path) == []
    assert "in no numbered series" in reasons(tmp_path)["sea.png"]


@pytest.mark.parametrize(
    "name",
    [
        *("._a.mp4", "__MACOSX/a.mp4", "@eaDir/a.mp4/SYNOVIDEO.jpg", ".DS_Store", "Thumbs.db"),
        *("desktop.ini", ".thumbnails/1.jpg", "#recycle/a.mp4", "$RECYCLE.BIN/a.mp4", "THUMBS.DB"),
        *("System Volume Information/x", ".Trash-1000/files/a.mp4", "lost+found/a.mp4"),
    ],
)
def test_system_files_are_skipped_with_a_note(tmp_path, name) -> None:
    touch(tmp_path, name, "b.mp4")
    assert found(tmp_path) == ["b.mp4"]
    assert list(reasons(tmp_path).values()) == ["a system file"]


ENDINGS = (
    "3g2 vob asf h264 mxf gif m2ts MTS hevc 265 264 m2v mpv mod tod dv divx f4v ogm rm rmvb wtv "
    "y4m apng insv 360 mp4 MOV ts qt nut m2t h265 avc mjpeg ivf cine 3gpp"
)


def test_uncommon_endings_are_found(tmp_path) -> None:
    touch(tmp_path, *(f"a.{ending}" for ending in ENDINGS.split()))
    assert {name.split(".")[1] for name in found(tmp_path)} == set(ENDINGS.split())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.m3u8", "a playlist or script"),
        ("a.ffconcat", "a playlist or script"),
        ("a.braw", "no decoder"),
        ("a.lrv", "a camera's small copy"),
        ("a.heic", "of a kind that is not read"),
        ("a.xyz", "no video by its ending .xyz"),
        ("README", "no ending"),
        (".hidden.mp4", "hidden"),
    ],
)
def test_what_is_no_video_is_ignored_with_the_reason(tmp_path, name, reason) -> None:
    touch(tmp_path, name)
    assert found(tmp_path) == []
    assert reason in reasons(tmp_path)[name]


def test_an_animated_webp_is_said_to_be_one(tmp_path) -> None:
    (tmp_path / "a.webp").write_bytes(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0")
    assert "animated WebP" in reasons(tmp_path)["a.webp"]


@pytest.mark.parametrize("target", ["..", ".", "../..", "../../b"])
def test_links_that_loop_end(tmp_path, target) -> None:
    touch(tmp_path, "a/1.mp4", "b/2.mp4")
    (tmp_path / "a/loop").symlink_to(target)
    (tmp_path / "b/loop").symlink_to("../a")
    assert found(tmp_path) == ["a/1.mp4", "b/2.mp4"]
    assert len(reasons(tmp_path)) == 2


@pytest.mark.parametrize("target", [".", ".."])
def test_a_link_back_is_no_class(tmp_path, target) -> None:
    touch(tmp_path, "v/up/1.mp4")
    (tmp_path / "v/loop").symlink_to(target)
    folders, ignored = subfolders(tmp_path / "v")
    assert [folder.name for folder in folders] == ["up"]
    assert [Path(entry.path).name for entry in ignored] == ["loop"]


def test_a_link_to_a_folder_elsewhere_is_followed(tmp_path) -> None:
    touch(tmp_path, "elsewhere/1.mp4", "own/2.mp4")
    (tmp_path / "own/link").symlink_to(tmp_path / "elsewhere")
    assert [path.name for path in find_videos(tmp_path / "own")] == ["2.mp4", "1.mp4"]


def test_links_to_nothing_and_to_themselves_are_ignored(tmp_path) -> None:
    (tmp_path / "a.mp4").symlink_to("nothing.mp4")
    (tmp_path / "b.mp4").symlink_to("b.mp4")
    os.mkfifo(tmp_path / "c.mp4")
    assert found(tmp_path) == []
    assert len(reasons(tmp_path)) == 3


def test_an_unreadable_folder_is_named_and_the_rest_goes_on(tmp_path, monkeypatch) -> None:
    touch(tmp_path, "a/1.mp4", "b/2.mp4")
    entries = discovery._entries

    def refuse(path: str) -> list[os.DirEntry[str]]:
        if path.endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return entries(path)

    monkeypatch.setattr(discovery, "_entries", refuse)
    assert found(tmp_path) == ["b/2.mp4"]
    assert reasons(tmp_path) == {"a": "cannot be read: Permission denied"}


def test_a_name_that_is_not_utf_8_is_found_and_shown_escaped(tmp_path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.mp4")).write_bytes(b"x")
    (path,) = find_videos(tmp_path)
    assert shown(path.name) == r"caf\xe9.mp4"
    assert shown("a\x1b[2J\n.mp4") == r"a\x1b[2J\n.mp4"


def test_what_is_ignored_is_told_by_reason_with_examples() -> None:
    ignored = [Ignored(f"{n}.txt", "no video") for n in range(7)] + [Ignored("x", "hidden")]
    assert ignored_lines(ignored) == [
        "ignored 7 (no video): 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 more",
        "ignored 1 (hidden): x",
    ]
