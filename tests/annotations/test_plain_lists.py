import os
from pathlib import Path

import pytest

from mienet.annotations.readers import read_annotations
from mienet.annotations.records import AnnotationError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the (unread) videos a.mp4, "b c.mp4" and "d, e.mp4", and frames "take 1"."""
    for name in ("a.mp4", "b c.mp4", "d, e.mp4", "take 1/img_1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "rows", "classes"),
    [
        ("a.mp4 0\nb c.mp4 1\n", [(None, 0), (None, 1)], ["0", "1"]),
        ("b c.mp4 0\na.mp4 1\n", [(None, 0), (None, 1)], ["0", "1"]),
        ("a.mp4 60 0\nb c.mp4 50 1\n", [(60, 0), (50, 1)], ["0", "1"]),
        ("take 1 5 0\na.mp4 5 1\n", [(5, 0), (5, 1)], ["0", "1"]),
        ("a.mp4 jump\nb c.mp4 land\n", [(None, 0), (None, 1)], ["jump", "land"]),
        ("a.mp4,jump\nb c.mp4,land\n", [(None, 0), (None, 1)], ["jump", "land"]),
        ("a.mp4,9,jump\nb c.mp4,9,land\n", [(9, 0), (9, 1)], ["jump", "land"]),
        ("a.mp4;long jump\nb c.mp4;land\n", [(None, 1), (None, 0)], ["land", "long jump"]),
        ("a.mp4\t0\nb c.mp4\t1\n", [(None, 0), (None, 1)], ["0", "1"]),
        ('"a.mp4" "long jump"\n"b c.mp4" land\n', [(None, 1), (None, 0)], ["land", "long jump"]),
        ('"b c.mp4" 7 0\na.mp4 7 1\n', [(7, 0), (7, 1)], ["0", "1"]),
        ("d, e.mp4 jump\na.mp4 land\n", [(None, 0), (None, 1)], ["jump", "land"]),
    ],
)
@pytest.mark.parametrize("name", ["list.txt", "list.csv"])
def test_lists_without_a_header(root, text, rows, classes, name) -> None:
    (root / name).write_text(text)
    found = read_annotations(root / name)
    assert [(record.end_frame, record.label) for record in found.records] == rows
    assert found.classes == classes


@pytest.mark.parametrize("text", ["a.mp4 1\nb c.mp4 2\n", "a.mp4 60 1\nb c.mp4 60 2\n"])
def test_labels_that_count_from_1_are_named(root, text) -> None:
    (root / "l.txt").write_text(text)
    with pytest.raises(AnnotationError, match=r"l\.txt:1: the labels are 1 to 2, .* subtract 1"):
        read_annotations(root / "l.txt")
    with pytest.raises(AnnotationError, match=r"l\.txt:2: label 2 is out of range: .* subtract 1"):
        read_annotations(root / "l.txt", classes=["up", "down"])


@pytest.mark.parametrize("label", ["100000", "99999999", "1000000000000", "-1", "1" * 5000])
def test_labels_out_of_range_are_named_at_once(root, label) -> None:
    (root / "l.txt").write_text(f"a.mp4 0\nb c.mp4 {label}\n")
    with pytest.raises(AnnotationError, match=r"l\.txt:2: label .*is "):
        read_annotations(root / "l.txt")


def test_a_hundred_thousand_classes_are_read(root) -> None:
    (root / "l.txt").write_text("".join(f"a.mp4 {label}\n" for label in range(100_000)))
    assert len(read_annotations(root / "l.txt").classes) == 100_000


@pytest.mark.parametrize(
    "text",
    [
        "clip;class\na.mp4;up\n",
        "Datei;Klasse;Athlet\na.mp4;up;P1\n",
        "clip,class,who\na b.mp4,up,A\n",
    ],
)
def test_a_header_of_other_names_says_what_is_needed(root, text) -> None:
    (root / "l.csv").write_text(text)
    with pytest.raises(AnnotationError, match=r"l\.csv:1: .* call them path and label"):
        read_annotations(root / "l.csv")


@pytest.mark.parametrize("text", ["path\na.mp4\n", "a.mp4\nb c.mp4\n", "path,label\na.mp4,\n"])
def test_a_list_may_lack_labels_where_none_are_needed(root, text) -> None:
    (root / "l.csv").write_text(text)
    found = read_annotations(root / "l.csv", labeled=False)
    assert [record.label for record in found.records] == [None] * len(found.records)


def test_the_form_is_told_without_the_files_too(root) -> None:
    (root / "l.txt").write_text("x y.mp4 0\nz.mp4 1\n")
    found = read_annotations(root / "l.txt", must_exist=False, labeled=False)
    assert [Path(record.path).name for record in found.records] == ["x y.mp4", "z.mp4"]


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("sub\\x.mp4", "sub/x.mp4"),
        ("u\u0308.mp4", "\u00fc.mp4"),
        ("\u00fc.mp4", "u\u0308.mp4"),
        ("n\u0303\\u\u0308.mp4", "\u00f1/\u00fc.mp4"),
        ("caf\\udce9.mp4", os.fsdecode(b"caf\xe9.mp4")),
    ],
)
def test_other_ways_to_write_one_name_find_the_file(root, written, there) -> None:
    (root / there).parent.mkdir(exist_ok=True)
    (root / there).write_bytes(b"x")
    (root / "l.csv").write_text(f"path,label\n{written},up\n")
    assert read_annotations(root / "l.csv").records[0].path == str(root / there)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("A.mp4", "differs in capitals"),
        ("a.mp4 ", "differs in spaces"),
        ("b  c.mp4", "differs in spaces"),
        ("\u00e1.mp4", "differs in accents"),
        ("a\u200b.mp4", "differs in characters that do not show"),
        ("TAKE 1", "differs in capitals"),
        ("a", "write the names with their endings"),
        ("a.avi", "differs in its ending"),
    ],
)
def test_what_differs_is_said_of_a_file_that_is_not_there(root, written, says) -> None:
    (root / "l.csv").write_text(f'path,label\n"{written}",up\n')
    with pytest.raises(AnnotationError, match=rf"l\.csv:2: no such video: .*; there is .*{says}"):
        read_annotations(root / "l.csv")
