import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines, write_timelines
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from tests.conftest import WriteVideo

CONF = {
    "0": {"type": "State event", "code": "run"},
    "1": {"type": "Point event with coding map", "code": "jump"},
}
TABULAR_9 = (
    "Observation id,Observation type,Source,Time offset (s),Media duration (s),FPS,Time,"
    "Subject,Behavior,Behavioral category,Modifier #1,Behavior type,Time,Media file name,Comment\n"
)
AGGREGATED_7 = (
    "Observation id\tMedia file\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\t"
    "Modifiers\tBehavior type\tStart (s)\tStop (s)\tDuration (s)\tComment start\tComment stop\n"
)


def project(path: Path, events: list[list[Any]], **observation: Any) -> Path:
    files = {"1": ["a.mp4", "b.mp4"], "2": []}
    info = {"length": {"a.mp4": 10.0009, "b.mp4": 20.0}, "fps": {"a.mp4": 25.0, "b.mp4": 25.0}}
    base = {"type": "MEDIA", "file": files, "events": events, "media_info": info}
    content = {"behaviors_conf": CONF, "observations": {"first": base | observation}}
    path.write_text(json.dumps(content))
    return path


def spans(video: AnnotatedVideo) -> list[tuple[str, float, float]]:
    return [(i.label, i.start_seconds, i.end_seconds) for i in video.intervals]


def test_states_are_paired_by_subject_and_modifiers(tmp_path: Path) -> None:
    events = [
        [1.0, "Ann", "run", "", ""],
        [2.0, "", "run", "", "", 50],
        [3.0, "Ann", "run", "", ""],
        [3.5, "", "run", "fast|None", ""],
        [4.0, "", "run", "", "", "NA"],
        [4.5, "", "run", "fast|None", ""],
    ]
    video, _ = read_timelines(project(tmp_path / "p.boris", events)).videos
    found = [(i.subject, i.start_seconds, i.end_seconds, i.modifiers) for i in video.intervals]
    assert found == [("Ann", 1, 3, ()), ("", 2, 4, ()), ("", 3.5, 4.5, ("fast",))]


def test_a_queue_is_taken_apart_and_lengths_are_cut_to_milliseconds(tmp_path: Path) -> None:
    events = [[8.0, "", "run", "", ""], [12.25, "", "run", "", ""], [11.0, "", "jump", "", ""]]
    one, other = read_timelines(project(tmp_path / "p.boris", events)).videos
    assert spans(one) == [("run", 8.0, 10.0)]
    assert spans(other) == [("run", 0.0, 2.25)]
    assert other.events[0].time_seconds == 1.0


def test_a_time_offset_is_taken_off(tmp_path: Path) -> None:
    path = project(tmp_path / "p.boris", [[103.5, "", "jump", "", ""]], **{"time offset": 100.0})
    assert read_timelines(path).videos[0].events[0].time_seconds == 3.5


def test_what_an_observation_was_not_limited_to_is_not_labeled(tmp_path: Path) -> None:
    limited: dict[str, Any] = {"observation time interval": [4.0, 12.5], "time offset": 100.0}
    path = project(tmp_path / "p.boris", [[105.0, "", "jump", "", ""]], **limited)
    one, other = read_timelines(path).videos
    assert (one.events[0].time_seconds, one.unlabeled) == (5, ((0, 4),))
    assert other.unlabeled == ((2.5, 20),)


def test_an_unpaired_start_is_told_and_shifts_no_other_pair(tmp_path: Path) -> None:
    events = [[t, who, "run", "", ""] for t, who in ((1, "Ann"), (2, ""), (3, ""))]
    path = project(tmp_path / "p.boris", events)
    with pytest.raises(
        AnnotationError, match=r"event 1: unpaired start of 'run' of subject 'Ann' at 1 s"
    ):
        read_timelines(path)
    assert spans(read_timelines(path, skip_broken=True).videos[0]) == [("run", 2.0, 3.0)]


def test_codes_that_the_ethogram_lacks_and_rows_without_times_are_told(tmp_path: Path) -> None:
    events = [[1.0, "", "hop", "", ""], ["NA", "", "jump", "", ""], [2.0]]
    with pytest.raises(AnnotationError) as caught:
        read_timelines(project(tmp_path / "p.boris", events))
    assert len(caught.value.problems) == 3


def test_a_live_observation_has_no_video(tmp_path: Path) -> None:
    path = project(tmp_path / "p.boris", [[1.0, "", "jump", "", ""]], type="LIVE", file=[])
    assert [video.name for video in read_timelines(path).videos] == [""]
    with pytest.raises(AnnotationError, match=r"names no video \(observation 'first'\)"):
        read_timelines(path, videos=tmp_path)


def test_a_packed_project_is_read(tmp_path: Path) -> None:
    path = project(tmp_path / "p.boris", [[1.0, "", "jump", "", ""]])
    (tmp_path / "q.boris.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert len(read_timelines(tmp_path / "q.boris.gz").videos[0].events) == 1


def test_a_packed_project_that_is_damaged_is_told(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"{}" * 1000))
    packed[10] = 0xFF  # a block of no known kind
    (tmp_path / "q.boris.gz").write_bytes(packed)
    with pytest.raises(AnnotationError, match=r"q\.boris\.gz: Error -3 while decompressing"):
        read_timelines(tmp_path / "q.boris.gz")


def test_tabular_events_whose_project_has_a_variable_called_time(tmp_path: Path) -> None:
    start = "o,Media file(s),player #1:a.mp4;b.mp4|player #2:c.mp4,0.0,10.000;20.000|9.0,25;25|25,x"
    rows = [f"{start},,run,,None,START,9.0,a.mp4,", f"{start},,jump,,m1,POINT,12.5,b.mp4,",
            f"{start},,run,,None,STOP,9.5,a.mp4,"]  # fmt: skip
    path = tmp_path / "o.csv"
    path.write_bytes((TABULAR_9 + "\n".join(rows)).replace("\n", "\r\n").encode())
    one, other = read_timelines(path).videos
    assert (one.name, spans(one), one.duration_seconds) == ("a.mp4", [("run", 9.0, 9.5)], 10)
    event = other.events[0]
    assert (other.name, event.time_seconds, event.modifiers) == ("b.mp4", 2.5, ("m1",))


def test_tabular_events_may_have_clocks(tmp_path: Path) -> None:
    start = "o,Media file(s),player #1:a.mp4,0.0,9000,25,x,,run,,None"
    rows = f"{start},START,00:00:59.750,a.mp4,\n{start},STOP,1:01:00.5,a.mp4,\n"
    (tmp_path / "o.csv").write_text(TABULAR_9 + rows)
    assert spans(read_timelines(tmp_path / "o.csv").videos[0]) == [("run", 59.75, 3660.5)]


def test_an_export_that_excel_saved_begins_with_its_separator(tmp_path: Path) -> None:
    row = "o;Media file(s);player #1:a.mp4;0;9000;25;x;;jump;;None;POINT;1,5;a.mp4;\n"
    (tmp_path / "o.csv").write_text("sep=;\n" + TABULAR_9.replace(",", ";") + row)
    (video,) = read_timelines(tmp_path / "o.csv").videos
    assert video.events[0].time_seconds == 1.5


def test_a_time_that_is_none_is_told_with_its_column(tmp_path: Path) -> None:
    row = "o,Media file(s),player #1:a.mp4,0.0,9000,25,x,,run,,None,POINT,NA,a.mp4,\n"
    path = tmp_path / "o.csv"
    path.write_text(TABULAR_9 + row)
    with pytest.raises(AnnotationError) as caught:
        read_timelines(path)
    assert caught.value.problems == [
        f"{path}:2: column 'Time' is no number of seconds: 'NA'; accepted are 1.25 and 0:00:01.25"
    ]


def test_tabular_events_of_version_7_have_a_preamble(tmp_path: Path) -> None:
    path = tmp_path / "o.tsv"
    header = "Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\t"
    path.write_text(
        "Observation id\to 1\n\nMedia file(s)\n\nPlayer #1\ta.mp4\n\nTime offset (s)\t1.0\n"
        f"variable\tvalue\nTime\t12\n\n{header}Modifier 1\tComment\tStatus\n"
        "2,5\ta.mp4\t30.0\t25.0\tAnn\trun\t\tm\t\tSTART\n4.0\ta.mp4\t30.0\t25.0\tAnn\trun\t\tm\t\tSTOP\n"
    )
    (video,) = read_timelines(path).videos
    assert (video.name, video.observation, spans(video)) == ("a.mp4", "o 1", [("run", 1.5, 3.0)])
    assert video.intervals[0].modifiers == ("m",)


def test_aggregated_events_say_which_are_points(tmp_path: Path) -> None:
    path = tmp_path / "o.tsv"
    path.write_text(
        AGGREGATED_7
        + "o\ta.mp4\t30.0\t25.0\tNo focal subject\trun\t\tm|None\tSTATE\t1.0\t2.5\t1.5\t\t\n"
        + "o\ta.mp4\t30.0\t25.0\tAnn\tjump\tNot defined\t\tPOINT\t3.0\t3.0\tNA\t\t\n"
    )
    (video,) = read_timelines(path).videos
    assert spans(video) == [("run", 1.0, 2.5)]
    assert (video.intervals[0].subject, video.intervals[0].modifiers) == ("", ("m",))
    assert (video.events[0].time_seconds, video.events[0].subject) == (3.0, "Ann")


def test_a_queue_without_the_lengths_of_its_files_is_told(tmp_path: Path) -> None:
    path = tmp_path / "o.tsv"
    path.write_text(
        AGGREGATED_7 + "o\ta.mp4;b.mp4\t30.0\t25.0\t\trun\t\t\tSTATE\t12.0\t13.0\t1.0\t\t\n"
    )
    with pytest.raises(AnnotationError, match=r"how long a\.mp4 lasts is not written"):
        read_timelines(path)


def test_a_queue_of_which_each_row_names_one_file_is_told(tmp_path: Path) -> None:
    rows = [f"o\t{file}.mp4\t30.0\t25.0\t\trun\t\t\tSTATE\t{start}.0\t{start}.5\t0.5\t\t\n"
            for file, start in (("b", 12), ("a", 1))]  # fmt: skip
    (tmp_path / "o.tsv").write_text(AGGREGATED_7 + "".join(rows))
    with pytest.raises(AnnotationError, match=r"how long a\.mp4 lasts is not written") as caught:
        read_timelines(tmp_path / "o.tsv")
    assert len(caught.value.problems) == 2


def test_the_lengths_of_a_queue_may_be_the_videos_own(
    tmp_path: Path, write_video: WriteVideo
) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_video(f"videos/{name}", 25)
    path = tmp_path / "o.tsv"
    path.write_text(
        AGGREGATED_7 + "o\ta.mp4;b.mp4\t2.0\t25.0\t\trun\t\t\tSTATE\t1.25\t1.5\t1.0\t\t\n"
    )
    _, video = read_timelines(path, videos=tmp_path / "videos").videos
    assert spans(video) == [("run", pytest.approx(0.25), pytest.approx(0.5))]


def test_a_spreadsheet_is_read_as_the_text_is(tmp_path: Path) -> None:
    cells = [line.split("\t") for line in AGGREGATED_7.strip().split("\n")]
    cells.append(["o", "a.mp4", "30", "25", "Ann", "run", "", "", "STATE", "1.5", "2.5"])
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) + "</row>"
        for row in cells
    )
    with zipfile.ZipFile(tmp_path / "o.xlsx", "w") as file:
        file.writestr("xl/worksheets/sheet1.xml", f"<worksheet>{rows}</worksheet>")
    (video,) = read_timelines(tmp_path / "o.xlsx").videos
    assert spans(video) == [("run", 1.5, 2.5)]
    assert video.intervals[0].source.endswith("sheet 1, row 2")


def test_a_spreadsheet_packed_in_a_way_that_is_damaged_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "o.xlsx", "w", zipfile.ZIP_LZMA) as file:
        file.writestr("xl/worksheets/sheet1.xml", "<worksheet/>" * 100)
    content = bytearray((tmp_path / "o.xlsx").read_bytes())
    start = content.index(b"sheet1.xml") + len(b"sheet1.xml")
    content[start + 4 : start + 9] = b"\xff" * 5  # the properties of LZMA
    (tmp_path / "o.xlsx").write_bytes(content)
    with pytest.raises(AnnotationError, match="no spreadsheet: "):
        read_timelines(tmp_path / "o.xlsx")


def test_a_spreadsheet_of_ones_own_is_to_be_saved_as_text(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "o.xlsx", "w") as file:
        row = '<row><c t="inlineStr"><is><t>path</t></is></c></row>'
        file.writestr("xl/worksheets/sheet1.xml", f"<worksheet>{row}</worksheet>")
    with pytest.raises(AnnotationError, match="save a table of your own as 'CSV UTF-8'"):
        read_timelines(tmp_path / "o.xlsx")


def test_a_project_that_is_written_gives_the_same_marks(tmp_path: Path) -> None:
    video = AnnotatedVideo(
        "é/a.mp4",
        (
            Interval("run", 0.04, 1.5, "Ann", modifiers=("fast",), confidence=0.875),
            Interval("run", 1.5, 2.0, "Ann"),
        ),
        (Event("jump", 0.5, "Ann"),),
        fps=25.0,
        duration_seconds=3.0,
    )
    (path,) = write_timelines([video], tmp_path, "boris")
    assert path.read_text(encoding="ascii")
    (read,) = read_timelines(path).videos
    assert tuple(replace(i, source="") for i in read.intervals) == video.intervals
    assert tuple(replace(e, source="") for e in read.events) == video.events
    assert (read.fps, read.duration_seconds) == (25, 3)


def test_what_boris_would_pair_wrongly_is_not_written(tmp_path: Path) -> None:
    intervals = (Interval("run", 1, 3), Interval("run", 2, 4))
    video = AnnotatedVideo("a.mp4", intervals, (Event("run", 1),))
    with pytest.raises(ValueError) as caught:
        write_timelines([video], tmp_path, "boris")
    for part in (
        "'run' is the name of a phase and of an event; rename",
        "a.mp4: its length",
        "'run' from 2 s overlaps 'run'",
    ):
        assert part in str(caught.value)


def test_modifiers_that_would_be_read_otherwise_are_not_written(tmp_path: Path) -> None:
    marks = (Interval("run", 1, 2, modifiers=("a|b",)), Interval("run", 2, 3, modifiers=("a|b",)))
    events = (Event("jump", 1, modifiers=("None", "high")),)
    video = AnnotatedVideo("a.mp4", marks, events, fps=25, duration_seconds=5)
    with pytest.raises(ValueError) as caught:
        write_timelines([video], tmp_path, "boris")
    rule = "rename it, as BORIS puts | between modifiers, and None for none"
    assert str(caught.value).splitlines()[1:] == [
        f"  a.mp4: modifier 'a|b' of 'run': {rule}",
        f"  a.mp4: modifier 'None' of 'jump': {rule}",
    ]


def test_states_of_two_annotators_overlap_in_boris(tmp_path: Path) -> None:
    intervals = (Interval("run", 1, 3, annotator="Ann"), Interval("run", 2, 4, annotator="Bo"))
    video = AnnotatedVideo("a.mp4", intervals, fps=25, duration_seconds=5)
    with pytest.raises(ValueError, match="'run' from 2 s overlaps 'run', which ends at 3 s"):
        write_timelines([video], tmp_path, "boris")
