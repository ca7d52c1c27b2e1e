from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timelines import AnnotatedVideo

META = (
    "<meta><task><start_frame>10</start_frame><stop_frame>19</stop_frame>"
    "<frame_filter>step=3</frame_filter></task><source>a.mp4</source></meta>"
)


def frames(video: AnnotatedVideo) -> list[tuple[str, float, float]]:
    """Returns the labels, first and end frames of intervals read at 1 frame per second."""
    return [(i.label, i.start_seconds, i.end_seconds) for i in video.intervals]


def read(tmp_path: Path, content: str) -> tuple[AnnotatedVideo, ...]:
    (tmp_path / "x.xml").write_text(f"<annotations>\n{content}</annotations>")
    return read_timelines(tmp_path / "x.xml", fps=1).videos


def box(frame: int, outside: int = 0, inner: str = "") -> str:
    return f'<box frame="{frame}" outside="{outside}">{inner}</box>'


def test_a_track_lasts_from_where_it_is_seen_to_where_it_is_not(tmp_path: Path) -> None:
    seen = '<attribute name="side">left</attribute>'
    track = (
        f'<track id="0" label="up">{box(10, inner=seen)}{box(13, 1)}{box(16)}{box(19, 1)}</track>'
    )
    (video,) = read(tmp_path, META + track)
    assert (video.name, frames(video)) == ("a.mp4", [("up", 10, 13), ("up", 16, 19)])
    assert video.intervals[0].modifiers == ("side=left",)


def test_a_track_without_an_end_goes_on_to_the_tasks_last_frame(tmp_path: Path) -> None:
    (video,) = read(tmp_path, f'{META}<track id="0" label="up">{box(10)}{box(13)}</track>')
    assert frames(video) == [("up", 10, 20)]


def test_frames_of_a_projects_export_are_those_of_its_tasks(tmp_path: Path) -> None:
    tasks = "".join(
        f"<task><id>{key}</id><source>{name}.mp4</source><start_frame>{start}</start_frame>"
        "<size>9</size><frame_filter>step=2</frame_filter></task>"
        for key, name, start in ((4, "a", 10), (5, "b", 0))
    )
    track = f'<track id="0" label="up" task_id="{{}}">{box(1)}{box(3, 1)}{box(7)}</track>'
    content = f"<meta><project><tasks>{tasks}</tasks></project></meta>"
    one, other = read(tmp_path, content + track.format(4) + track.format(5))
    assert (one.name, frames(one)) == ("a.mp4", [("up", 12, 16), ("up", 24, 28)])
    assert (other.name, frames(other)) == ("b.mp4", [("up", 2, 6), ("up", 14, 18)])


def test_tags_of_frames_that_follow_each_other_are_one_interval(tmp_path: Path) -> None:
    images = "".join(
        f'<image id="{n}" name="frame_{n:06}">' + "".join(f'<tag label="{t}"/>' for t in tags)
        + "</image>\n"
        for n, tags in ((0, []), (1, ["up"]), (2, ["up", "jump"]), (5, ["up"]))
    )  # fmt: skip
    (video,) = read(tmp_path, images)
    assert frames(video) == [("up", 1, 3), ("jump", 2, 3), ("up", 5, 6)]
    assert video.name == "x"


def test_a_frame_that_is_none_is_told_with_its_track(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text(
        f'<annotations>{META}\n<track id="4" label="up"><box frame="x"/></track></annotations>'
    )
    with pytest.raises(AnnotationError, match=r"x.xml:2: track 4: here or behind it"):
        read_timelines(path, fps=1)


def test_what_is_not_taken_over_is_noted(tmp_path: Path) -> None:
    left, right = (f'<attribute name="side">{side}</attribute>' for side in ("left", "right"))
    track = f'<track id="0" label="up">{box(10, inner=left)}{box(13, inner=right)}</track>'
    image = '<image id="0" name="frame_000000"><box label="a"/><tag label="down"/></image>'
    path = tmp_path / "x.xml"
    path.write_text(f"<annotations>{META}{track}{image}</annotations>")
    found = read_timelines(path, fps=1)
    assert found.videos[0].labels == ["down", "up"]
    assert found.notes == (
        f"{path}: attributes that change within a track count as they are at its beginning",
        f"{path}: left out: 1 shapes on single images, which are no tags",
    )
