from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines

HEAD = '<specification src="s.xml" /><video src="lab/a.mp4" master="true" />'


def write(
    folder: Path, body: str, head: str = HEAD, encoding: str = "utf-8", declared: str = "UTF-8"
) -> Path:
    path = folder / "a.anvil"
    text = f"<annotation><head>{head}</head><body>{body}</body></annotation>"
    path.write_text(f'<?xml version="1.0" encoding="{declared}"?>\n{text}', encoding=encoding)
    return path


def track(elements: str, kind: str = "primary") -> str:
    return f'<track name="Hand.Left" type="{kind}">{elements}</track>'


@pytest.mark.parametrize(("encoding", "declared"), [
    ("utf-8", "UTF-8"), ("utf-16", "UTF-8"), ("utf-16-le", "UTF-8"), ("utf-8", "UTF-16"),
    ("utf-8-sig", "UTF-16"), ("utf-8", "ISO-8859-1"), ("iso-8859-1", "ISO-8859-1"),
])  # fmt: skip
def test_each_attribute_is_a_label_on_a_tier_in_any_encoding(
    tmp_path: Path, encoding: str, declared: str
) -> None:
    attributes = '<attribute name="phase">stroke</attribute><attribute name="who">ä</attribute>'
    element = f'<el index="0" start="0.5" end="1.25">{attributes}</el>'
    (video,) = read_timelines(
        write(tmp_path, track(element), encoding=encoding, declared=declared)
    ).videos
    assert video.name == "lab/a.mp4"
    found = [(i.tier, i.label, i.start_seconds, i.end_seconds) for i in video.intervals]
    assert found == [
        ("Hand.Left.phase", "stroke", 0.5, 1.25),
        ("Hand.Left.who", "ä", 0.5, 1.25),
    ]


def test_points_are_events_and_bare_elements_have_their_track_s_name(tmp_path: Path) -> None:
    body = track('<el index="0" time="2.5" />', "primary point")
    (video,) = read_timelines(write(tmp_path, body)).videos
    assert [(e.label, e.time_seconds) for e in video.events] == [("Hand.Left", 2.5)]


def test_tracks_that_hang_on_others_are_noted(tmp_path: Path) -> None:
    body = track('<el start="0" end="1" />') + track('<el start="0" end="1" />', "span")
    read = read_timelines(write(tmp_path, body))
    assert len(read.videos[0].intervals) == 1
    assert "left out: track 'Hand.Left' of type span" in read.notes[0]


def test_an_element_without_times_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"a.anvil:2: has no time"):
        read_timelines(write(tmp_path, track('<el index="0" />')))


def test_a_file_without_a_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="no file of ANVIL that names its video"):
        read_timelines(write(tmp_path, "", head=""))


def test_tracks_in_groups_are_read_and_empty_attributes_say_nothing(tmp_path: Path) -> None:
    said = '<attribute name="phase">stroke</attribute><attribute name="who"> </attribute>'
    body = track(f'<el start="0" end="1">{said}</el><el start="1" end="2"><attribute/></el>')
    (video,) = read_timelines(write(tmp_path, f"<group>{body}</group>")).videos
    assert [i.label for i in video.intervals] == ["stroke", "Hand.Left"]


def test_a_time_that_is_no_number_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, track('<el start="0" end="1" />\n<el start="1,5" end="2" />'))
    read = read_timelines(path, skip_broken=True)
    assert len(read.videos[0].intervals) == 1
    what = "is at no number of seconds: could not convert string to float: '1,5'"
    assert read.problems == (f"{path}:3: {what}",)
