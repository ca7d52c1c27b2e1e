from pathlib import Path

import pytest

from mienet.annotations.fields import span
from mienet.annotations.readers import read_annotations
from mienet.annotations.records import AnnotationError, Annotations


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the (unread) videos a.mp4 to c.mp4."""
    for name in "abc":
        (tmp_path / f"{name}.mp4").write_bytes(b"x")
    return tmp_path


def read(root: Path, text: str | bytes, name: str = "list.csv") -> Annotations:
    content = text.encode() if isinstance(text, str) else text
    (root / name).write_bytes(content)
    return read_annotations(root / name)


def problems(root: Path, text: str | bytes, name: str = "list.csv") -> list[str]:
    with pytest.raises(AnnotationError) as caught:
        read(root, text, name)
    return [problem.removeprefix(f"{root}/{name}:") for problem in caught.value.problems]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_separator_is_told_from_the_header(root, separator, end) -> None:
    lines = ["path,label,who", "a.mp4,up,Ann", "b.mp4,down,Bo"]
    found = read(root, end.join(line.replace(",", separator) for line in lines))
    assert [record.extra for record in found.records] == [("Ann",), ("Bo",)]
    assert found.classes == ["down", "up"]


def test_excels_own_first_line_names_the_separator(root) -> None:
    found = read(root, "sep=;\npath;label\na.mp4;up\n")
    assert found.records[0].source.endswith(":3")


def test_commas_in_fields_are_no_separators_where_semicolons_are(root) -> None:
    found = read(root, 'path;label;note\na.mp4;up;"fast, high"\nb.mp4;up;low, slow\n')
    assert [record.extra[0] for record in found.records] == ["fast, high", "low, slow"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_mark_names_the_encoding(root, encoding) -> None:
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    found = read(root, f"{mark}path,label\na.mp4,Sprünge\n".encode(encoding))
    assert found.classes == ["Sprünge"]


def test_utf_16_without_a_mark_says_how_to_save(root) -> None:
    (problem,) = problems(root, "path,label\na.mp4,up\n".encode("utf-16-le"), "list.txt")
    assert problem.startswith("1: holds the character NUL")
    assert "save it as 'CSV UTF-8'" in problem


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('path,label\na.mp4,up\nb.mp4,"up\nc.mp4,up"\n', ["3", "4"]),
        ('path,label\na.mp4,"up"x\n', ["2"]),
        ('path;label\na.mp4;5" jump\n', ["2"]),
        ('path\tlabel\n"a.mp4\tup\n', ["2"]),
        ('a.mp4 "up\nb.mp4 up\n', ["1"]),
    ],
)
def test_stray_quotes_are_named_with_their_lines(root, text, lines) -> None:
    found = problems(root, text)
    assert [problem.split(":")[0] for problem in found] == lines
    assert "a stray quote" in found[0]


def test_a_quote_inside_a_quoted_field_is_doubled(root) -> None:
    assert read(root, 'path,label\na.mp4,"5"" jump"\n').classes == ['5" jump']


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x07", "\x0b", "\x1c"])
def test_control_characters_are_named_with_their_line(root, character) -> None:
    (problem,) = problems(root, f"path,label\na.mp4,up\nb.mp4,u{character}p\n")
    assert problem.startswith("3: holds the c")


@pytest.mark.parametrize("character", ["\u2028", "\x85", "\x9b"])
def test_a_label_stays_on_one_line(root, character) -> None:
    (problem,) = problems(root, f"path,label\na.mp4,u{character}p\n")
    assert "ends lines or controls terminals" in problem


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("1.5", 1.5), ("1,5", 1.5), (",5", 0.5), ("0:00:01", 1), ("00:01,25", 1.25)),
        *(("1:01:01.5", 3661.5), ("1e1", 10), (" 2 ", 2), ("90", 90)),
    ],
)
def test_times_as_people_write_them(text, seconds) -> None:
    assert span(text, "", "", "", "")[0] == seconds


@pytest.mark.parametrize(
    "text", ["nan", "inf", "1e400", "-1", "1_0", "1:60", "0:61:00", "1.234,5", "1,234", "x", "1e9"]
)
def test_times_that_are_none_are_refused(text) -> None:
    with pytest.raises(ValueError, match="start_seconds"):
        span(text, "", "", "", "")


def test_thousands_are_told_from_decimals_by_the_separator() -> None:
    assert span("1,234", "", "", "", "", separator=";")[0] == 1.234


@pytest.mark.parametrize("value", ["1" + "0" * 30, "9" * 5000, "-1", "1.5", "1_0"])
def test_frames_out_of_range_are_named_with_their_line(root, value) -> None:
    (problem,) = problems(root, f"path,label,end_frame\na.mp4,up,{value}\n")
    assert problem.startswith("2: end_frame ")
    assert len(problem) < 200


@pytest.mark.parametrize("header", ["path,label,who,who", "path,label,Label"])
def test_a_column_stands_once(root, header) -> None:
    twice = header.rpartition(",")[2].lower()
    line = f"1: several columns are called '{twice}'; rename or remove all but one"
    assert problems(root, f"{header}\n" + ",".join(["a.mp4"] * header.count(",")) + ",x\n") == [
        line
    ]


def test_decimal_commas_without_quotes_say_so(root) -> None:
    (problem,) = problems(root, "path,label,start_seconds,end_seconds\na.mp4,up,0,5,1\n")
    assert "has 5 fields, the header 4; numbers with decimal commas need quotes" in problem


def test_json_is_no_list(root) -> None:
    assert "mienet prepare FORMAT" in problems(root, '[{"vid_name": "a"}]', "train.json")[0]


def test_an_unknown_class_that_looks_like_a_known_one_says_so(root) -> None:
    (root / "l.csv").write_text("path,label\na.mp4,Jump\n")
    with pytest.raises(AnnotationError, match="there is 'jump', which differs in capitals"):
        read_annotations(root / "l.csv", classes=["jump", "land"])
