from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines


def table(path: Path, text: str) -> list[tuple[str, str, str, float, float]]:
    path.write_text(text)
    (video,) = read_timelines(path).videos
    return [(i.tier, i.subject, i.label, i.start_seconds, i.end_seconds) for i in video.intervals]


def test_a_table_without_a_header_is_told_by_its_times(tmp_path: Path) -> None:
    text = (
        "gestures\t\t00:00:01.800\t1.8\t00:00:02.400\t2.4\t00:00:00.600\t0.6\tprep\n"
        "text\tAnn\t01:00:02.000\t3602.0\t01:00:05.500\t3605.5\t00:00:03.500\t3.5\tfox 001\n"
    )
    assert table(tmp_path / "a.txt", text) == [
        ("gestures", "", "prep", 1.8, 2.4),
        ("text", "Ann", "fox 001", 3602, 3605.5),
    ]


def test_a_table_with_a_column_for_each_tier_in_another_language(tmp_path: Path) -> None:
    text = (
        "Temps de depart - hh:mm:ss.ms\tTemps de fin - hh:mm:ss.ms\tgestures\ttext\n"
        "00:00:01.800\t00:00:02.400\tprep\t\n00:00:02.000\t00:00:05.000\t\tfox 001\n"
    )
    assert table(tmp_path / "a.txt", text) == [
        ("gestures", "", "prep", 1.8, 2.4),
        ("text", "", "fox 001", 2, 5),
    ]


@pytest.mark.parametrize(("unit", "times"), [
    ("ss.msec", ("0.500", "1.250")), ("msec", ("500", "1250")),
])  # fmt: skip
def test_a_header_tells_numbers_by_their_units_in_every_language(
    tmp_path: Path, unit: str, times: tuple[str, str]
) -> None:
    text = f"Acteur\tTemps de depart - {unit}\tTemps de fin - {unit}\ttexte\n"
    text += "\t".join(["gestes", *times, "saut"]) + "\n"
    assert table(tmp_path / "a.txt", text) == [("gestes", "", "saut", 0.5, 1.25)]


def test_seconds_beside_their_milliseconds_need_no_header(tmp_path: Path) -> None:
    text = "walk\tAnn\t0.500\t500\t1.250\t1250\tstep\nwalk\tAnn\t2.0\t2000\t2.5\t2500\tturn\n"
    assert table(tmp_path / "a.txt", text) == [
        ("walk", "Ann", "step", 0.5, 1.25),
        ("walk", "Ann", "turn", 2, 2.5),
    ]


@pytest.mark.parametrize("header", [
    "", "\t\tBegin Time - hh:mm:ss.ms\tEnd Time - hh:mm:ss.ms\tDuration - hh:mm:ss.ms\t\n"
])  # fmt: skip
def test_a_label_may_be_a_number(tmp_path: Path, header: str) -> None:
    text = (
        f"{header}score\t\t00:00:00.000\t00:00:01.000\t00:00:01.000\t1\n"
        "score\t\t00:00:02.000\t00:00:03.500\t00:00:01.500\t2\n"
    )
    labels = [label for _, _, label, _, _ in table(tmp_path / "a.txt", text)]
    assert labels == ["1", "2"]


def test_a_row_whose_time_is_none_is_told_alone(tmp_path: Path) -> None:
    text = "".join(f"t\t\t00:00:0{i}.000\t00:00:0{i}.500\tup\n" for i in range(3))
    (tmp_path / "a.txt").write_text(text + "t\t\t00:00:05.000\tsoon\tup\n")
    with pytest.raises(AnnotationError) as caught:
        read_timelines(tmp_path / "a.txt")
    assert caught.value.problems == [f"{tmp_path}/a.txt:4: begin or end is no time"]


def test_rows_of_several_documents_are_of_their_videos(tmp_path: Path) -> None:
    rows = (
        f"{name}.eaf\tt\tAnn\t00:00:01.000\t00:00:02.000\tup\tfile:///C:/lab/{name}.eaf\n"
        for name in ("jump 1", "jump 2")
    )
    (tmp_path / "all.txt").write_text("".join(rows))
    videos = read_timelines(tmp_path / "all.txt").videos
    found = [(v.name, i.label, i.tier, i.subject) for v in videos for i in v.intervals]
    assert found == [("jump 1", "up", "t", "Ann"), ("jump 2", "up", "t", "Ann")]


def test_a_table_may_name_its_media(tmp_path: Path) -> None:
    text = "#file:///x/b.mp4 -- offset: 0\nt\t00:00:01.000\t00:00:02.000\tup\n"
    (tmp_path / "a.txt").write_text(text)
    assert read_timelines(tmp_path / "a.txt").videos[0].name == "file:///x/b.mp4"


TIMES = "00:00:01.000\t00:00:02.000\t00:00:01.000"


def test_lines_in_quotes_name_the_media_as_elan_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    media = '"#file:///x/a.wav -- offset: 0"\n"#file:///x/a.mp4 -- offset: 40"\n'
    path.write_text(f"{media}\nt\tAnn\t{TIMES}\tup\n")
    read = read_timelines(path)
    assert [video.name for video in read.videos] == ["file:///x/a.mp4"]
    several, offset = read.notes
    assert several.endswith("2 media files of one session; the first video counts: file:///x/a.mp4")
    assert "file:///x/a.mp4 has an offset of 40 ms; the times are taken as they are" in offset


@pytest.mark.parametrize(("form", "names"), [
    ('"#{0}.eaf"\n"#/lab/{0}.eaf"\nt\tAnn\t{1}\tup\n\n', ["one", "two"]),
    ('"#{0}.eaf"\n"#file:///x/{0}.mp4 -- offset: 0"\nt\tAnn\t{1}\tup\n', ["file:///x/one.mp4",
     "file:///x/two.mp4"]),
    ("\n{0}.eaf\nt\tAnn\t{1}\tup\n", ["one", "two"]),
])  # fmt: skip
def test_rows_below_documents_are_of_their_videos(
    tmp_path: Path, form: str, names: list[str]
) -> None:
    (tmp_path / "x.txt").write_text("".join(form.format(name, TIMES) for name in ("one", "two")))
    videos = read_timelines(tmp_path / "x.txt").videos
    assert [(video.name, len(video.intervals)) for video in videos] == [(n, 1) for n in names]


@pytest.mark.parametrize("row", [
    "#1\tAnn\t00:00:01.000\t00:00:02.000\tup", '"#1","Ann",00:00:01.000,00:00:02.000,"up"',
    "#1,Ann,00:00:01.000,00:00:02.000,up,C:/lab/x.eaf",
])  # fmt: skip
def test_a_row_is_no_line_that_names_a_document(tmp_path: Path, row: str) -> None:
    separator = "\t" if "\t" in row else ","
    head = ["Tier", "Who", "Von - hh:mm:ss.ms", "Bis - hh:mm:ss.ms", "Text", "Datei"]
    rows = f"{separator.join(head)}\n{row}\n"
    assert table(tmp_path / "x.txt", rows) == [("#1", "Ann", "up", 1, 2)]


@pytest.mark.parametrize("heading", ["Duration - hh:mm:ss.ms", "Dauer - hh:mm:ss.ms"])
def test_a_duration_in_place_of_the_end_is_refused(tmp_path: Path, heading: str) -> None:
    text = f"\t\tBegin Time - hh:mm:ss.ms\t{heading}\t\nt\t\t00:00:00.500\t00:00:01.200\tup\n"
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(AnnotationError, match=f"'{heading}' stands where the end is expected"):
        read_timelines(tmp_path / "a.txt")


def test_two_columns_of_times_without_a_heading_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("t\t\t00:00:00.500\t00:00:01.200\tup\n")
    note = f"{path}: without a heading; its two columns of times count as begin and end"
    assert read_timelines(path).notes == (note,)


@pytest.mark.parametrize(("header", "named"), [
    ("", ""), ("Tier\tWho\tCamera\tVon - hh:mm:ss.ms\tBis - hh:mm:ss.ms\tText\n", " (Camera)"),
])  # fmt: skip
def test_a_third_column_before_the_times_is_noted(tmp_path: Path, header: str, named: str) -> None:
    path = tmp_path / "a.txt"
    row = "walk\tAnn\tside\t00:00:00.500\t00:00:01.200\tup\n"
    path.write_text(header + row)
    read = read_timelines(path)
    assert [(i.tier, i.subject) for i in read.videos[0].intervals] == [("walk", "Ann")]
    assert read.notes[-1] == (
        f"{path}: column 3{named} is not used: of those before the times the first is the tier and "
        "the second the participant"
    )


NOT_A_LABEL = (
    " is not used: beside labels it is what ELAN's vocabulary says of them; if it is a tier, write "
    "another name above it"
)


@pytest.mark.parametrize("behind", ["", "\tx.eaf\t/lab/x.eaf"])
def test_what_a_vocabulary_says_of_a_label_is_no_label(tmp_path: Path, behind: str) -> None:
    path = tmp_path / "x.txt"
    rows = [f"walk\tAnn\t{TIMES}\tup\tit rises", f"walk\tAnn\t{TIMES}\town"]  # not in it
    path.write_text("".join(f"{row}{behind}\n" for row in rows))
    read = read_timelines(path)
    assert [i.label for i in read.videos[0].intervals] == ["up", "own"]
    assert read.notes == (f"{path}: column 7{NOT_A_LABEL}",)


@pytest.mark.parametrize("heading", ["Description", "Beschreibung", "管理語の説明"])
def test_its_column_is_no_tier(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "x.txt"
    head = f"Von - hh:mm:ss.ms\tBis - hh:mm:ss.ms\tDauer - hh:mm:ss.ms\tarm\tleg\t{heading}\n"
    path.write_text(f"{head}{TIMES}\tup\t\tit rises\n{TIMES}\t\tdown\t\n")
    read = read_timelines(path)
    marks = [(i.tier, i.label) for i in read.videos[0].intervals]
    assert marks == [("arm", "up"), ("leg", "down")]
    assert read.notes == (f"{path}: column 6 ({heading}){NOT_A_LABEL}",)


def test_a_tier_of_that_name_is_one_where_it_stands_alone(tmp_path: Path) -> None:
    head = "Begin - hh:mm:ss.ms\tEnd - hh:mm:ss.ms\tDuration - hh:mm:ss.ms\tarm\tDescription\n"
    marks = table(tmp_path / "x.txt", f"{head}{TIMES}\tup\tfast\n{TIMES}\t\tslow\n")
    assert [mark[:3:2] for mark in marks] == [
        ("arm", "up"), ("Description", "fast"), ("Description", "slow"),
    ]  # fmt: skip


def test_a_row_of_a_table_without_a_label_is_told(tmp_path: Path) -> None:
    text = "00:00:00.500\t00:00:01.200\tup\n00:00:02.000\t00:00:03.000\t\n"
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(AnnotationError, match=r"a.txt:2: no label"):
        read_timelines(tmp_path / "a.txt")


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_table_that_a_spreadsheet_saved_is_read(tmp_path: Path, separator: str) -> None:
    head = ["Tier", "Begin Time - hh:mm:ss.ms", "End Time - hh:mm:ss.ms", "Annotation"]
    rows = [head, ["t", "00:00:01.000", "00:00:02.500", f'"up{separator} high"']]
    text = "\n".join([f"sep={separator}", *map(separator.join, rows), ""])
    assert table(tmp_path / "a.csv", text) == [("t", "", f"up{separator} high", 1, 2.5)]
