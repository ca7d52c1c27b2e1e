from dataclasses import replace
from pathlib import Path

import pytest

from mienet.labeling.timeline_formats import read_timelines, write_timelines
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval


def intervals(path: Path) -> list[tuple[str, str, tuple[str, ...], float, float]]:
    (video,) = read_timelines(path).videos
    return [
        (i.subject, i.label, i.modifiers, i.start_seconds, i.end_seconds) for i in video.intervals
    ]


def test_srt_as_boris_writes_it(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes(
        b"\xef\xbb\xbf1\r\n00:00:01,800 --> 00:01:08,125\r\nNo focal subject: run [fast|None]\r\n"
        b'<font color="red">Ann: jump\r\n</font>\r\n\r\n2\r\n1:00:00.5 --> 1:00:01.25\r\nstand'
    )
    assert intervals(tmp_path / "a.srt") == [
        ("", "run", ("fast",), 1.8, 68.125),
        ("Ann", "jump", (), 1.8, 68.125),
        ("", "stand", (), 3600.5, 3601.25),
    ]


def test_webvtt_with_all_that_may_stand_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text(
        "WEBVTT - x\n\nNOTE a\nb\n\nSTYLE\n::cue { color: red }\n\nrun-1\n"
        "00:01.000 --> 00:00:04.000 align:start\n<v Ann>Run &amp; jump</v>\n\n"
        "00:02.000 --> 00:03.000\n<i>Up</i>\n"
    )
    assert intervals(tmp_path / "a.vtt") == [("Ann", "Run & jump", (), 1, 4), ("", "Up", (), 2, 3)]


def test_cues_without_empty_lines_between_them(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nup\n2\n00:00:03,000 --> 00:00:04,000\ndown\n"
    (tmp_path / "a.srt").write_text(text)
    assert [entry[1] for entry in intervals(tmp_path / "a.srt")] == ["up", "down"]


def test_cues_without_empty_lines_or_numbers_between_them(tmp_path: Path) -> None:
    text = "00:00:01,000 --> 00:00:02,000\nup\n00:00:03,000 --> 00:00:04,000\ndown\n"
    (tmp_path / "a.srt").write_text(text)
    assert [entry[1] for entry in intervals(tmp_path / "a.srt")] == ["up", "down"]


def test_what_is_no_cue_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nup\n\nlost\n\n2\n00:00:03,000 -> 00:00:04,000\ndown\n\n"
        "3\n00:00:05:10 --> 00:00:06:00\ndown\n\n4\n00:00:07,000 --> 00:00:08,000\n"
    )
    read = read_timelines(tmp_path / "a.srt", skip_broken=True)
    assert [interval.label for interval in read.videos[0].intervals] == ["up"]
    accepted = "accepted is 00:00:01,200 --> 00:00:02,500"
    assert [problem.removeprefix(f"{tmp_path}/a.srt:") for problem in read.problems] == [
        "5: is a text without times: 'lost'; write 00:00:01,200 --> 00:00:02,500 above it, and no "
        "empty line between them",
        f"8: are no times of a cue: '00:00:03,000 -> 00:00:04,000'; {accepted}",
        f"12: are no times of a cue: '00:00:05:10 --> 00:00:06:00'; {accepted}",
        "16: no label",
    ]


def test_windows_text_is_read_and_noted(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes("1\n00:00:01,000 --> 00:00:02,000\nschräg\n".encode("cp1252"))
    read = read_timelines(tmp_path / "a.srt")
    assert read.videos[0].intervals[0].label == "schräg"
    assert "read as Windows writes it" in read.notes[0]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    video = AnnotatedVideo(
        "lab/a.mp4",
        (
            *(Interval("up: <high>", 0.5, 3725.25), Interval("down [left]", 0.75, 1)),
            Interval("up", 1, 2, "Ann", modifiers=("x", "y")),
            Interval("two  blanks", 1, 2, modifiers=("hand: left",)),
        ),
        (Event("jump", 1.5, "Ann"), Event("jump", 1.75, modifiers=("x",))),
    )
    (path,) = write_timelines([video], tmp_path, "srt")
    (read,) = read_timelines(path).videos
    assert path.name == "a.srt"
    assert tuple(replace(i, source="") for i in read.intervals) == video.intervals
    assert tuple(replace(e, source="") for e in read.events) == video.events


@pytest.mark.parametrize(("mark", "text"), [
    (Interval("up", 0, 1, modifiers=("left [own]",)), "up [left [own]]"),
    (Interval("up", 0, 1, modifiers=("a|b",)), "up [a|b]"),
    (Interval("up", 0, 1, modifiers=("a\nb",)), "up [a\nb]"),
    (Interval("up", 0, 1, modifiers=("None",)), "up [None]"),
    (Interval("up", 0, 1, modifiers=("event",)), "up [event]"),
    (Event("up", 0, modifiers=("a|b",)), "up [a|b|event]"),
    (Interval("up\nhigh", 0, 1), "up\nhigh"),
    (Interval("up", 0, 1, "Ann: left"), "Ann: left: up"),
    (Interval("up", 0, 1, "No focal subject"), "No focal subject: up"),
])  # fmt: skip
def test_what_would_be_read_otherwise_is_not_written(
    tmp_path: Path, mark: Interval | Event, text: str
) -> None:
    is_event = isinstance(mark, Event)
    video = AnnotatedVideo("a.mp4", () if is_event else (mark,), (mark,) if is_event else ())
    with pytest.raises(ValueError, match="which would be read otherwise; rename") as caught:
        write_timelines([video], tmp_path, "srt")
    assert str(caught.value).splitlines()[1:] == [f"  a.mp4: {text!r}"]
    assert not list(tmp_path.iterdir())
