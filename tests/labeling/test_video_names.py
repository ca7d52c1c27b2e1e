from pathlib import Path

import pytest

from mienet.labeling.video_names import VideoNames, pair_names, parts_of


@pytest.mark.parametrize(
    "name",
    [
        r"C:\lab\jump 1.mp4",
        "../videos/jump 1.avi",
        "jump 1",
        "file:///data/jump%201.mp4",
        "/data/upload/1/3f2a1b4c-jump_1.mp4".replace("_", "%20"),
        "/data/local-files/?d=lab/jump%201.mp4",
        "s3://bucket/jump%201.mp4?signature=abc",
        "JUMP 1.MP4",
    ],
)
def test_names_of_other_computers_find_the_video(name: str) -> None:
    video = Path("videos/jump 1.mp4")
    assert VideoNames([video, Path("videos/jump 10.mp4")]).find(name) == video


def test_of_equal_names_the_one_in_the_same_folder_is_meant() -> None:
    videos = [Path("lab/ann/jump.mp4"), Path("lab/bo/jump.mp4")]
    assert VideoNames(videos).find(r"D:\study\bo\jump.mp4") == videos[1]


def test_a_name_that_may_mean_several_videos_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"may mean several videos: a/jump.mp4, b/jump.mp4"):
        VideoNames([Path("a/jump.mp4"), Path("b/jump.mp4")]).find("jump")


def test_an_unknown_video_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"unknown video 'x\.mp4': none of the 1 videos"):
        VideoNames([Path("jump.mp4")]).find("x.mp4")


def test_a_video_that_is_named_with_its_ending_is_not_another_without() -> None:
    videos = [Path("a.mp4"), Path("a.mp4.small.avi")]
    assert VideoNames(videos).find("a.mp4") == videos[0]


def test_parts_of_a_relative_windows_path() -> None:
    assert parts_of(r".\videos\a.mp4") == ("videos", "a.mp4")


def test_a_number_sign_in_a_name_at_a_store_is_part_of_it() -> None:
    assert parts_of("s3://lab/videos/jump #1.mp4") == ("videos", "jump #1.mp4")
    assert parts_of("https://lab.org/jump.mp4#t=10") == ("jump.mp4",)


def test_a_path_below_the_folder_is_that_video(tmp_path: Path) -> None:
    for name in ("a/jump.mp4", "b/a/jump.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert VideoNames(tmp_path).find("a/jump.mp4") == tmp_path / "a/jump.mp4"


def test_names_of_two_lists_mean_the_same_video() -> None:
    first = ["jump 1.mp4", "3f2a1b4c-run.mp4", "only.mp4", "a/x.mp4", "b/x.mp4"]
    second = [r"C:\lab\jump 1.avi", "run", "b/x.mp4", "other/a/x.mp4"]
    assert pair_names(first, second) == [
        ("jump 1.mp4", r"C:\lab\jump 1.avi"),
        ("3f2a1b4c-run.mp4", "run"),
        ("a/x.mp4", "other/a/x.mp4"),
        ("b/x.mp4", "b/x.mp4"),
    ]


@pytest.mark.parametrize(("first", "second", "message"), [
    (["a/x.mp4", "b/x.mp4"], ["x"], "'x' may mean several videos: a/x.mp4, b/x.mp4"),
    (["x"], ["a/x.mp4", "b/x.mp4"], "'x' may mean several videos: a/x.mp4, b/x.mp4"),
    (["11111111-x.mp4", "22222222-x.mp4"], ["x"], "'x' may mean several videos: 11111111-x.mp4, "),
    ([r"a\x.mp4", "a//x.mp4"], ["x"], "'a.*x.mp4' and 'a//x.mp4' mean the same video"),
])  # fmt: skip
def test_names_that_are_not_clear(first: list[str], second: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pair_names(first, second)
