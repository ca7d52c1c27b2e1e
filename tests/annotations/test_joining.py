"""Names and a table together: each row finds its video, and what is left over is named."""

from pathlib import Path

import pytest

from mienet.annotations.joining import read_joined
from mienet.annotations.records import AnnotationError, Annotations


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Returns a folder with day1/{jump_01,fall_02}.mp4 and day2/jump_03.mov."""
    for name in ("day1/jump_01.mp4", "day1/fall_02.mp4", "day2/jump_03.mov"):
        path = tmp_path / "v" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path / "v"


def joined(root: Path, text: str, pattern: str = "{day}/{label}_{take}", **kwargs) -> Annotations:
    (root.parent / "s.csv").write_text(text)
    return read_joined(root.parent / "s.csv", root, pattern, **kwargs)


def refused(root: Path, text: str, pattern: str = "{day}/{label}_{take}") -> list[str]:
    with pytest.raises(AnnotationError) as error:
        joined(root, text, pattern)
    return [p.replace(f"{root}/", "").replace(f"{root.parent}/", "") for p in error.value.problems]


@pytest.mark.parametrize(
    "names",
    [
        ("day1/jump_01.mp4", "day1/fall_02.mp4", "day2/jump_03.mov"),
        ("day1/jump_01", "day1/fall_02", "day2/jump_03"),
        ("jump_01", "fall_02.mp4", "day2/jump_03.mp4"),
        ("elsewhere/jump_01.avi", "/old/disk/fall_02", "jump_03"),
    ],
)
def test_rows_find_their_videos_by_path_or_name(root: Path, names: tuple[str, ...]) -> None:
    rows = "".join(f"{name},{subject}\n" for name, subject in zip(names, "ABA", strict=True))
    found = joined(root, "path,subject\n" + rows)
    assert found.columns == ("subject", "day", "take")
    assert [(Path(r.path).name, found.classes[r.label], r.extra) for r in found.records] == [
        ("jump_01.mp4", "jump", ("A", "day1", "01")),
        ("fall_02.mp4", "fall", ("B", "day1", "02")),
        ("jump_03.mov", "jump", ("A", "day2", "03")),
    ]


def test_all_that_has_no_partner_is_named_at_once(root: Path) -> None:
    (root / "day1/notes.mp4").write_bytes(b"x")
    assert refused(root, "file;subject\njump_01;A\nJUMP_03;B\nhop_09;B\n") == [
        "s.csv:3: no such video: JUMP_03; there is jump_03, which differs in capitals",
        "s.csv:4: no such video: hop_09",
        "day1/fall_02.mp4: no row in s.csv",
        "day2/jump_03.mov: no row in s.csv",
        "day1/notes.mp4: does not look like {day}/{label}_{take}",
    ]


def test_a_name_of_two_videos_needs_its_path(root: Path) -> None:
    (root / "day2/jump_01.mp4").write_bytes(b"x")
    problems = refused(root, "path,s\njump_01,A\nday1/fall_02,A\njump_03,A\n")
    assert problems == [
        "s.csv:2: 2 videos are called jump_01 (day1/jump_01.mp4, day2/jump_01.mp4): write the path",
        "day1/jump_01.mp4: no row in s.csv",
        "day2/jump_01.mp4: no row in s.csv",
    ]


def test_the_label_may_be_in_the_table_and_the_subject_in_the_name(root: Path) -> None:
    text = "path,label,start_seconds,end_seconds\n"
    text += "jump_01,up,1,\njump_01,down,2,\nfall_02,down,,\njump_03,up,,\n"
    found = joined(root, text, "{day}/{subject}_{take}")
    assert [found.classes[r.label] for r in found.records] == ["up", "down", "down", "up"]
    assert [r.start_seconds for r in found.records] == [1, 2, None, None]
    assert found.records[2].extra == ("day1", "fall", "02")


@pytest.mark.parametrize(
    ("text", "pattern", "said"),
    [
        ("path,label\njump_01,a\n", "{day}/{label}_{take}", "'label' is a column and also in"),
        ("path,take\njump_01,a\n", "{day}/{label}_{take}", "'take' is a column and also in"),
        ("path,x\njump_01,a\n", "{day}/{name}", "name the label"),
        ("jump_01 4 0\n", "{day}/{label}_{take}", "needs a line of column names"),
        ("path,x\njump_01,a\n", "no names", "needs names in braces"),
    ],
)
def test_what_does_not_go_together_is_said(root: Path, text: str, pattern: str, said: str) -> None:
    (problem,) = refused(root, text, pattern)
    assert said in problem


def test_unknown_classes_are_named(root: Path) -> None:
    with pytest.raises(AnnotationError, match="unknown class 'fall'"):
        joined(root, "path,s\njump_01,A\nfall_02,B\njump_03,A\n", classes=["jump"])
