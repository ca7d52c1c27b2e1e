from dataclasses import replace
from pathlib import Path

import pytest

from mienet.annotations.readers import read_annotations
from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines, write_timelines
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval, outside, overlaps

HEADER = "path,label,start_seconds,end_seconds,subject\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_has_intervals_events_and_videos_without_any(tmp_path: Path) -> None:
    rows = "a.mp4,flight,1.2,1.64,Ann\na.mp4,landing,0:01.64,,Ann\nb.mp4,,,,\n"
    one, other = read_timelines(write(tmp_path / "list.csv", HEADER + rows)).videos
    source = str(tmp_path / "list.csv")
    assert one.intervals == (Interval("flight", 1.2, 1.64, "Ann", source=f"{source}:2"),)
    assert one.events == (Event("landing", 1.64, "Ann", source=f"{source}:3"),)
    assert (other.name, other.intervals, other.events) == ("b.mp4", (), ())


def test_a_table_of_a_country_with_decimal_commas(tmp_path: Path) -> None:
    text = "path;label;start_seconds;end_seconds\na.mp4;up;0,5;1,25\n"
    (video,) = read_timelines(write(tmp_path / "list.csv", text)).videos
    assert (video.intervals[0].start_seconds, video.intervals[0].end_seconds) == (0.5, 1.25)


def test_a_table_as_excel_writes_it(tmp_path: Path) -> None:
    text = "sep=;\r\nPath;Label;Start_Seconds;End_Seconds\r\n a.mp4 ; up ; 0,5 ; \r\n"
    (video,) = read_timelines(write(tmp_path / "list.csv", text)).videos
    assert video.events == (Event("up", 0.5, source=f"{tmp_path}/list.csv:3"),)


def test_columns_that_say_nothing_are_named(tmp_path: Path) -> None:
    text = "path,Fold,label,start_seconds,end_seconds,video\na.mp4,test,up,1,2,b.mp4\n"
    path = write(tmp_path / "list.csv", text)
    assert read_timelines(path).notes == (f"{path}: columns that are not used: Fold, video",)


def test_a_table_says_splits_with_any_row_of_a_video(tmp_path: Path) -> None:
    rows = "a.mp4,Train,up,1,2\na.mp4,training,up,3,4\na.mp4,,up,5,6\nb.mp4,test,,,\n"
    rows += "c.mp4,val,up,1,2\nc.mp4,test,up,3,4\n"
    path = write(tmp_path / "list.csv", "path,Split,label,start_seconds,end_seconds\n" + rows)
    splits = [(video.name, video.split) for video in read_timelines(path).videos]
    assert splits == [("a.mp4", "train"), ("b.mp4", "test"), ("c.mp4", "test, val")]


@pytest.mark.parametrize("field", ["label", "subject"])
def test_a_table_that_could_not_be_read_again_is_not_written(tmp_path: Path, field: str) -> None:
    event = replace(Event("up", 1.0), **{field: "two\nlines"})
    with pytest.raises(
        ValueError, match=r"a.mp4: 'two\\nlines' holds a line break, which a row of"
    ):
        write_timelines([AnnotatedVideo("a.mp4", events=(event,))], tmp_path, "csv")


@pytest.mark.parametrize("modifiers", [
    ("left", "right"), ("left|right",), ("|", "fast"), ('["a', 'b"]'), ('["a"]',),
    ('"a" é | b', "]"),
])  # fmt: skip
def test_modifiers_are_read_as_they_were_written(
    tmp_path: Path, modifiers: tuple[str, ...]
) -> None:
    event = Event("up", 1.0, modifiers=modifiers)
    (path,) = write_timelines([AnnotatedVideo("a.mp4", events=(event,))], tmp_path, "csv")
    assert read_timelines(path).videos[0].events[0].modifiers == modifiers


@pytest.mark.parametrize(("cell", "modifiers"), [
    ("left|right", ("left", "right")), ("a||b|", ("a", "b")), ("[a|b]", ("[a", "b]")),
    (r"a\|b", ("a\\", "b")), ('"[""a|b"" c]"', ('["a', 'b" c]')),
    ('"[""a|b"", 1]"', ('["a', 'b", 1]')), ('"[""a|b"", ""c""]"', ("a|b", "c")),
])  # fmt: skip
def test_modifiers_of_a_table_are_a_json_list_or_between_bars(
    tmp_path: Path, cell: str, modifiers: tuple[str, ...]
) -> None:
    text = f"path,label,start_seconds,end_seconds,modifiers\na.mp4,up,1,,{cell}\n"
    (video,) = read_timelines(write(tmp_path / "a.csv", text)).videos
    assert video.events[0].modifiers == modifiers


def test_files_that_are_called_as_splits_are_say_it(tmp_path: Path) -> None:
    head = "path,label,start_seconds,end_seconds\n"
    for name in ("train", "test"):
        write(tmp_path / f"{name}.csv", f"{head}{name[:2]}.mp4,up,1,2\n")
    assert [(v.name, v.split) for v in read_timelines(tmp_path).videos] == [
        ("te.mp4", "test"),
        ("tr.mp4", "train"),
    ]
    write(tmp_path / "more.csv", f"{head}c.mp4,up,1,2\n")
    assert [video.split for video in read_timelines(tmp_path).videos] == ["", "", ""]


def test_a_wrong_end_and_a_start_that_lacks_are_told_as_such(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", HEADER + "a.mp4,up,1,x,\na.mp4,up,1,-4,\na.mp4,up,,2,\n")
    with pytest.raises(AnnotationError) as caught:
        read_timelines(path)
    assert caught.value.problems == [
        f"{path}:2: end_seconds is not a number: 'x'",
        f"{path}:3: end_seconds must be at least 0, got -4",
        f"{path}:4: says no start; write 0 for the video's beginning",
    ]


def test_a_table_may_count_frames(tmp_path: Path) -> None:
    text = "path,label,start_frame,end_frame\na.mp4,up,5,10\na.mp4,jump,7,\n"
    (video,) = read_timelines(write(tmp_path / "list.csv", text), fps=10).videos
    assert (video.intervals[0].start_seconds, video.intervals[0].end_seconds) == (0.5, 1)
    assert video.events[0].time_seconds == 0.7


def test_a_table_says_how_fast_the_camera_was(tmp_path: Path) -> None:
    text = "path,label,start_frame,end_frame,capture_fps\na.mp4,up,24,48,240\na.mp4,jump,36,,\n"
    (video,) = read_timelines(write(tmp_path / "list.csv", text)).videos
    assert video.capture_fps == 240
    assert (video.intervals[0].end_seconds, video.events[0].time_seconds) == (0.2, 0.15)
    for name in ("csv", "json"):
        (file,) = write_timelines([video], tmp_path / name, name)
        (again,) = read_timelines(file).videos
        assert (again.capture_fps, again.events[0].time_seconds) == (240, 0.15)


def test_a_table_with_semicolons_may_have_decimal_commas_everywhere(tmp_path: Path) -> None:
    text = (
        "path;label;start_seconds;end_seconds;capture_fps;confidence\na.mp4;up;0,5;1,25;59,94;0,9\n"
    )
    (video,) = read_timelines(write(tmp_path / "list.csv", text)).videos
    (up,) = video.intervals
    assert (up.start_seconds, up.end_seconds) == (0.5, 1.25)
    assert (video.capture_fps, up.confidence) == (59.94, 0.9)


def test_a_confidence_that_is_no_number_is_told_with_its_column(tmp_path: Path) -> None:
    text = HEADER.replace("subject", "confidence") + "a.mp4,up,1,2,sure\na.mp4,up,2,3,1.5\n"
    with pytest.raises(AnnotationError) as caught:
        read_timelines(write(tmp_path / "list.csv", text))
    assert caught.value.problems == [
        f"{tmp_path}/list.csv:2: confidence is not a number: 'sure'",
        f"{tmp_path}/list.csv:3: confidence must be from 0 to 1, got 1.5",
    ]


def test_a_table_of_no_known_format_is_told_by_its_first_line(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", "Pfad;Beginn;Ende\na.mp4;0,5;1,25\n")
    with pytest.raises(AnnotationError) as caught:
        read_timelines(path)
    (problem,) = caught.value.problems
    assert problem.startswith(
        f"{path}:1: begins with 'Pfad;Beginn;Ende': no annotations of videos that are known. The "
        "first line of a table names its columns path, label, start_seconds and end_seconds, with "
    )


def test_the_file_of_a_spreadsheet_is_to_be_saved_as_text(tmp_path: Path) -> None:
    (tmp_path / "list.ods").write_bytes(b"PK")
    with pytest.raises(AnnotationError, match=r"list.ods: a spreadsheet's own file.*'CSV UTF-8'"):
        read_timelines(tmp_path / "list.ods")


def test_a_list_of_clips_is_told_from_an_unknown_format(tmp_path) -> None:
    path = tmp_path / "clips.csv"
    path.write_text("path,label\na.mp4,up\n")
    with pytest.raises(AnnotationError) as error:
        read_timelines(path)
    assert error.value.problems == [
        f"{path}:1: names clips by path and label; marks in whole recordings need the columns "
        "start_seconds and end_seconds, too. Labeled clips are trained with the recipe small or few"
    ]


@pytest.mark.parametrize(
    ("rates", "problem"),
    [
        (("fast", ""), ":2: capture_fps is 'fast'; it must be a number above 0, or empty"),
        (("240", "120"), ":3: capture_fps is 120; the rows before have 240"),
        (("", "240"), ":3: capture_fps is 240; the rows before of that video have none"),
    ],
)
def test_a_camera_has_one_rate(tmp_path: Path, rates: tuple[str, str], problem: str) -> None:
    rows = "".join(f"a.mp4,up,{at},{at + 1},{rate}\n" for at, rate in enumerate(rates))
    path = write(tmp_path / "list.csv", f"{HEADER.replace('subject', 'capture_fps')}{rows}")
    with pytest.raises(AnnotationError) as caught:
        read_timelines(path)
    assert problem in caught.value.problems[0]


def test_all_bad_rows_are_told_with_their_lines(tmp_path: Path) -> None:
    rows = "a.mp4,up,2,1,\na.mp4,,1,2,\na.mp4,up,x,2,\na.mp4,up,1,1,\na.mp4,up,1,2,\n"
    path = write(tmp_path / "list.csv", HEADER + rows)
    with pytest.raises(AnnotationError) as caught:
        read_timelines(path)
    negative, unlabeled, wrong, empty = caught.value.problems
    assert negative == f"{path}:2: 'up' has a negative duration: from 2 to 1 s"
    assert unlabeled == f"{path}:3: no label"
    assert wrong.startswith(f"{path}:4: start_seconds is not a number")
    assert empty == f"{path}:5: 'up' lasts 0 s, at 1 s; an event has no end"


def test_bad_rows_can_be_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", HEADER + "a.mp4,up,2,1,\na.mp4,up,1,2,\n")
    read = read_timelines(path, skip_broken=True)
    assert len(read.videos[0].intervals) == 1
    assert len(read.problems) == 1


def test_names_are_matched_to_videos_and_unknown_ones_reported(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/a.mp4").write_bytes(b"x")
    path = write(tmp_path / "list.csv", HEADER + "C:\\x\\a.avi,up,1,2,\nb.mp4,up,1,2,\n")
    read = read_timelines(path, videos=tmp_path / "videos", skip_broken=True)
    assert [video.path for video in read.videos] == [str(tmp_path / "videos/a.mp4")]
    assert f"{path}:3: unknown video 'b.mp4'" in read.problems[0]


def test_a_file_of_no_known_format_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"notes\.txt:1: .*: no annotations of videos"):
        read_timelines(write(tmp_path / "notes.txt", "Dear diary, today\n"))


def test_where_clips_are_expected_whole_videos_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.srt", "1\n00:00:01,000 --> 00:00:02,000\nup\n")
    with pytest.raises(AnnotationError, match="subtitles, SRT or WebVTT, which says when what"):
        read_annotations(path)


def test_what_is_not_as_expected_is_told_with_its_place(tmp_path: Path) -> None:
    videos = '[{"path": "a.mp4", "intervals": [], "events": [3]}]'
    with pytest.raises(AnnotationError, match="video 1, events 1: here or behind it, not as"):
        read_timelines(write(tmp_path / "a.json", videos))


def test_a_folder_gives_all_its_files_and_names_those_ignored(tmp_path: Path) -> None:
    write(tmp_path / "1.csv", HEADER + "a.mp4,up,1,2,\n")
    write(tmp_path / "2.csv", HEADER + "b.mp4,up,1,2,\n")
    write(tmp_path / "readme.md", "Hello\n")
    read = read_timelines(tmp_path)
    assert [video.name for video in read.videos] == ["a.mp4", "b.mp4"]
    assert read.notes == (f"{tmp_path}: ignored 1 files of no known format: readme.md",)


@pytest.mark.parametrize("name", ["csv", "json"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    video = AnnotatedVideo(
        "a b.mp4",
        (Interval("up, then down", 0.1, 1.25, "Ann", "body", "Bo", ("m", "n"), 0.75),),
        (Event("jump", 1 / 3, "Ann"),),
    )
    write_timelines([video, AnnotatedVideo("empty.mp4")], tmp_path, name)
    read, empty = read_timelines(tmp_path).videos
    assert _without_sources(read) == (video.intervals, video.events)
    assert _without_sources(empty) == ((), ())


def test_stretches_that_nobody_labeled_are_kept_in_json(tmp_path: Path) -> None:
    video = AnnotatedVideo("a.mp4", fps=25.0, duration_seconds=8.0, unlabeled=((1.5, 2.0),))
    write_timelines([video], tmp_path, "json")
    (read,) = read_timelines(tmp_path).videos
    assert (read.fps, read.duration_seconds, read.unlabeled) == (25, 8, ((1.5, 2.0),))


def test_overlaps_are_of_one_subject_and_of_the_labels_asked_for() -> None:
    video = AnnotatedVideo(
        "a.mp4",
        (
            Interval("up", 0, 2, "Ann"),
            Interval("down", 1, 3, "Ann"),
            Interval("down", 1, 3, "Bo"),
            Interval("down", 3, 4, "Bo"),
        ),
    )
    ((interval, line),) = overlaps(video)
    assert interval == video.intervals[1]
    assert line == "a.mp4: 'down' from 1 s overlaps 'up', which ends at 2 s (a.mp4)"
    assert overlaps(video, {"down"}) == []


def test_overlaps_of_exclusive_labels_are_told_when_reading(tmp_path: Path) -> None:
    rows = "a.mp4,up,1,3,\na.mp4,down,2,4,\na.mp4,wind,0,9,\n"
    path = write(tmp_path / "list.csv", HEADER + rows)
    assert read_timelines(path).problems == ()
    with pytest.raises(AnnotationError, match=r"list.csv:3: 'down' from 2 s overlaps 'up'"):
        read_timelines(path, exclusive={"up", "down"})


def test_a_mark_may_end_a_frame_behind_its_video() -> None:
    video = AnnotatedVideo("a.mp4", (Interval("up", 0, 2.03), Interval("up", 1, 2.2)), fps=25)
    assert [mark for mark, _ in outside(video, 2.0)] == [video.intervals[1]]


def _without_sources(video: AnnotatedVideo) -> tuple[tuple[Interval, ...], tuple[Event, ...]]:
    from dataclasses import replace

    return (
        tuple(replace(interval, source="") for interval in video.intervals),
        tuple(replace(event, source="") for event in video.events),
    )
