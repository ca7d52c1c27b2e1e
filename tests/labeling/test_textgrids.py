from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timelines import AnnotatedVideo

LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = -0
xmax = 2.5
tiers? <exists> ! two of them
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "phase"
        xmin = 0
        xmax = 2.5
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 1.25
            text = "say ""up""
twice"
        intervals [2]:
            xmin = 1.25
            xmax = 2
            text = ""
        intervals [3]:
            xmin = 2
            xmax = 2.5
            text = "1 ! no comment"
    item [2]:
        class = "TextTier"
        name = ""
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 0.5
            mark = "jump"
"""
SHORT = (
    '"ooTextFile"\n"TextGrid"\n-0\n2.5\n<exists>\n2\n"IntervalTier"\n"phase"\n0\n2.5\n3\n0\n1.25\n'
    '"say ""up""\ntwice"\n1.25\n2\n""\n2\n2.5\n"1 ! no comment"\n'
    '"TextTier"\n""\n0\n2.5\n1\n0.5\n"jump"'
)  # fmt: skip


def contents(video: AnnotatedVideo) -> tuple[list[tuple[str, str, float, float]], list[str]]:
    intervals = [(i.tier, i.label, i.start_seconds, i.end_seconds) for i in video.intervals]
    return intervals, [f"{event.label} {event.time_seconds}" for event in video.events]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("text", [LONG, SHORT])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_long_and_the_short_form_are_one(
    tmp_path: Path, text: str, end: str, encoding: str
) -> None:
    (tmp_path / "a.TextGrid").write_bytes(text.replace("\n", end).encode(encoding))
    (video,) = read_timelines(tmp_path / "a.TextGrid").videos
    intervals, events = contents(video)
    assert [label for _, label, _, _ in intervals] == ['say "up"\ntwice', "1 ! no comment"]
    assert [span[2:] for span in intervals] == [(0, 1.25), (2, 2.5)]
    assert events == ["jump 0.5"]
    assert (video.name, video.duration_seconds) == ("a", 2.5)


@pytest.mark.parametrize("text", [LONG, SHORT])
def test_numbers_may_have_decimal_commas(tmp_path: Path, text: str) -> None:
    with_commas = text.replace("1.25", "1,25").replace("0.5", "0,5").replace("2.5", "2,5")
    (tmp_path / "a.TextGrid").write_text(with_commas)
    (video,) = read_timelines(tmp_path / "a.TextGrid").videos
    intervals, events = contents(video)
    assert [span[2:] for span in intervals] == [(0, 1.25), (2, 2.5)]
    assert events == ["jump 0.5"]


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.TextGrid").write_bytes(b"ooBinaryFile\x08TextGrid\0\0")
    with pytest.raises(AnnotationError, match="a binary TextGrid; in Praat, save it as a text"):
        read_timelines(tmp_path / "a.TextGrid")


@pytest.mark.parametrize(("cut", "message"), [(-40, "ends too early"), (0, "expected a number")])
def test_a_damaged_file_is_told(tmp_path: Path, cut: int, message: str) -> None:
    text = SHORT[:cut] if cut else SHORT.replace("1.25\n2\n", '1.25\n"x"\n')
    (tmp_path / "a.TextGrid").write_text(text)
    with pytest.raises(AnnotationError, match=message):
        read_timelines(tmp_path / "a.TextGrid")


def test_what_is_behind_the_numbers_that_are_said_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.TextGrid").write_text(LONG.replace("size = 3", "size = 2"))
    with pytest.raises(AnnotationError, match="expected a text in quotes"):
        read_timelines(tmp_path / "a.TextGrid")
    (tmp_path / "a.TextGrid").write_text(LONG.replace("size = 2", "size = 1"))
    with pytest.raises(AnnotationError, match=r"a.TextGrid:29: goes on behind the numbers"):
        read_timelines(tmp_path / "a.TextGrid")


def test_a_number_of_a_billion_digits_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.TextGrid").write_text(SHORT.replace("<exists>\n2\n", "<exists>\n1e999999999\n"))
    with pytest.raises(AnnotationError, match="OverflowError: cannot convert Infinity"):
        read_timelines(tmp_path / "a.TextGrid")
