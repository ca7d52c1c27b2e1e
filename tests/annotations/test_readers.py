import json
from pathlib import Path

import pytest

from mienet.annotations.folders import read_class_folders, read_named_paths
from mienet.annotations.plain_lists import read_list
from mienet.annotations.readers import read_annotations, read_class_names, read_csv, to_csv
from mienet.annotations.records import AnnotationError, Annotations, VideoRecord


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the (unread) videos a.mp4 and "b c.mp4" and one frame folder."""
    for name in ("a.mp4", "b c.mp4", "frames/img_00001.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def write(root: Path, text: str, name: str = "list.csv") -> Path:
    (root / name).write_text(text, encoding="utf-8")
    return root / name


def test_csv_with_segments_and_other_columns(root: Path) -> None:
    path = write(
        root,
        "path,athlete,label,start_seconds,end_seconds\na.mp4,Ann,up,,\nb c.mp4,Bo,down,1.5,2\n",
    )
    found = read_csv(path)
    assert found.classes == ["down", "up"]
    assert found.columns == ("athlete",)
    assert found.records == [
        VideoRecord(f"{root}/a.mp4", 1, source=f"{path}:2", extra=("Ann",)),
        VideoRecord(f"{root}/b c.mp4", 0, 1.5, 2.0, source=f"{path}:3", extra=("Bo",)),
    ]


def test_every_bad_csv_row_is_reported_at_once(root: Path) -> None:
    path = write(
        root,
        "path,label,start_seconds,end_seconds,num_frames\n"
        "none.mp4,up,,,\na.mp4,sideways,,,\na.mp4,up,x,,\na.mp4,up,2,1,\na.mp4,up,-1,,\n"
        "a.mp4,up,,,0\na.mp4,,,,\na.mp4,down,,,\n",
    )
    with pytest.raises(AnnotationError) as caught:
        read_csv(path, classes=["up", "down"])
    assert caught.value.problems == [
        f"{path}:2: no such video: {root}/none.mp4",
        f"{path}:3: unknown class 'sideways'; the 2 classes are 'up', 'down'",
        f"{path}:4: start_seconds is not a number: 'x'",
        f"{path}:5: end_seconds 1.0 is not after start_seconds 2.0",
        f"{path}:6: start_seconds must be at least 0, got -1",
        f"{path}:7: num_frames must be at least 1, got 0",
        f"{path}:8: no label",
    ]


def test_a_list_none_of_whose_videos_is_there_is_told_once(root: Path) -> None:
    path = write(root, "path,label\nv/a.mp4,up\nv/b.mp4,up\n")
    with pytest.raises(AnnotationError) as caught:
        read_csv(path)
    assert caught.value.problems == [
        f"{path}: none of its 2 videos is there, such as {root}/v/a.mp4; its paths start from the "
        f"folder {root}: write them from there, or move the list, or say where they are "
        "(--root; of a training --data.root; in a sweep's plan root)"
    ]


def test_csv_without_the_columns_is_refused(root: Path) -> None:
    path = write(root, "file,class\na.mp4,up\n")
    with pytest.raises(
        AnnotationError, match=r"list\.csv:1: the first line must name .* it is: file,class"
    ):
        read_csv(path)


def test_csv_of_a_spreadsheet_has_a_byte_order_mark(root: Path) -> None:
    path = write(root, "\ufeffpath,label\na.mp4,up\n")
    assert read_csv(path).classes == ["up"]


@pytest.mark.parametrize("relative", [True, False])
def test_written_csv_reads_back(root: Path, relative: bool) -> None:
    records = [
        VideoRecord(f"{root}/a.mp4", 1, extra=("Ann",)),
        VideoRecord(f"{root}/b c.mp4", 0, 0.5, 1.0, extra=("Bo",)),
        VideoRecord(f"{root}/frames", 0, end_frame=7, extra=("Bo",)),
    ]
    written = Annotations(records, ["zero", "one"], ("athlete",))
    (root / "out.csv").write_text(to_csv(written, root=root if relative else None))
    found = read_csv(root / "out.csv", classes=["zero", "one"])
    assert [record._replace(source="") for record in found.records] == records
    assert found.columns == written.columns


def test_list_of_the_authors_with_spaces_in_a_path(root: Path) -> None:
    path = write(root, "frames 12 1\nb c.mp4 30 0\n", "train.txt")
    found = read_list(path)
    assert [(Path(r.path).name, r.end_frame, r.label) for r in found.records] == [
        ("frames", 12, 1),
        ("b c.mp4", 30, 0),
    ]
    assert found.classes == ["0", "1"]


def test_every_bad_list_row_is_reported_at_once(root: Path) -> None:
    path = write(root, "a.mp4 3 0\na.mp4 3\na.mp4 0 0\na.mp4 x 0\na.mp4 3 2\nno 3 0\n", "l.txt")
    with pytest.raises(AnnotationError) as caught:
        read_list(path, classes=["up", "down"])
    assert caught.value.problems == [
        f"{path}:2: expected 'path num_frames label', got 'a.mp4 3'",
        f"{path}:3: num_frames must be at least 1, got 0",
        f"{path}:4: num_frames is not a whole number: 'x'",
        f"{path}:5: label 2 is out of range: accepted are 0 to 1"
        "; they count from 0: if yours count from 1, subtract 1 from each",
        f"{path}:6: no such video: {root}/no",
    ]


def test_an_empty_list_is_reported(root: Path) -> None:
    with pytest.raises(AnnotationError, match="no rows"):
        read_list(write(root, "\n", "empty.txt"))


def test_class_folders_hold_videos_and_frame_folders(root: Path) -> None:
    for name in ("c/up/1.mp4", "c/up/note.txt", "c/down/x/img_1.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    found = read_annotations(root / "c")
    assert found.classes == ["down", "up"]
    assert [(Path(r.path).name, r.label) for r in found.records] == [("x", 0), ("1.mp4", 1)]


def test_empty_and_unknown_class_folders_are_reported(root: Path) -> None:
    (root / "c/up").mkdir(parents=True)
    (root / "c/left").mkdir()
    with pytest.raises(AnnotationError) as caught:
        read_class_folders(root / "c", classes=["up"])
    assert caught.value.problems == [
        f"{root}/c/left: unknown class 'left'; the 1 classes are 'up'",
        f"{root}/c/up: no videos in this class folder",
    ]


def test_class_names_from_text_and_json(root: Path) -> None:
    assert read_class_names(write(root, "take off\nland\n", "c.txt")) == ["take off", "land"]
    nested = json.dumps([["Back", "15som"], "Front"])  # Diving48's vocabulary is nested
    assert read_class_names(write(root, nested, "c.json")) == ["Back 15som", "Front"]


def test_bad_class_names_are_reported(root: Path) -> None:
    path = write(root, "up\n\nup\n", "c.txt")
    with pytest.raises(AnnotationError) as caught:
        read_class_names(path)
    assert caught.value.problems == [
        f"{path}:2: no class name",
        f"{path}:3: 'up' stands on line 1 already",
    ]


def test_nothing_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such list, folder"):
        read_annotations(tmp_path / "none.csv")


def test_csv_with_segments_in_frames(root: Path) -> None:
    path = write(root, "file,label,start_frame,end_frame\na.mp4,up,10,20\na.mp4,up,,5\n")
    assert [record[2:6] for record in read_csv(path).records] == [
        (None, None, 10, 20),
        (None, None, None, 5),
    ]


def test_bad_segments_are_reported_at_once(root: Path) -> None:
    path = write(
        root,
        "path,label,start_seconds,end_seconds,start_frame,end_frame\n"
        "a.mp4,up,1,,5,\na.mp4,up,,,5,5\na.mp4,up,,,-1,\na.mp4,up,,,1.5,\na.mp4,up\n",
    )
    with pytest.raises(AnnotationError) as caught:
        read_csv(path)
    assert caught.value.problems == [
        f"{path}:2: gives both seconds and frames; one of them is enough",
        f"{path}:3: end_frame 5 is not after start_frame 5",
        f"{path}:4: start_frame must be at least 0, got -1",
        f"{path}:5: start_frame is not a whole number: '1.5'",
        f"{path}:6: has 2 fields, the header 6",
    ]


def test_a_csv_without_labels_is_read_as_unlabeled(root: Path) -> None:
    (record,) = read_csv(write(root, "path,label\na.mp4,\n"), classes=["up"]).records
    assert record.label is None


def test_class_folders_may_have_sub_folders(root: Path) -> None:
    for name in ("c/up/Ann/1.mp4", "c/up/2.mp4"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    found = read_class_folders(root / "c").records
    assert [record.path for record in found] == [f"{root}/c/up/2.mp4", f"{root}/c/up/Ann/1.mp4"]


def test_paths_name_the_class_and_other_columns(root: Path) -> None:
    for name in ("v/up/Ann_1.mp4", "v/down/Bo_12.mov"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    found = read_named_paths(root / "v", "{label}/{athlete}_{take}")
    assert found.classes == ["down", "up"]
    assert found.columns == ("athlete", "take")
    assert [(r.label, r.extra) for r in found.records] == [(0, ("Bo", "12")), (1, ("Ann", "1"))]


def test_paths_that_look_otherwise_are_reported_at_once(root: Path) -> None:
    with pytest.raises(AnnotationError) as caught:
        read_named_paths(root, "{label}_{athlete}", classes=["up"])
    assert [problem.split(": ")[1] for problem in caught.value.problems] == [
        "does not look like {label}_{athlete}"
    ] * 3


def test_a_pattern_of_paths_needs_the_label(root: Path) -> None:
    with pytest.raises(AnnotationError, match=r"lacks \{label\}"):
        read_named_paths(root, "{athlete}")


def test_a_csv_that_is_not_utf_8_says_which_line_and_what_to_do(root: Path) -> None:
    (root / "list.csv").write_bytes("path,label\na.mp4,Sprünge\n".encode("latin-1"))
    with pytest.raises(AnnotationError, match=r"list\.csv:2: not UTF-8 text; .* 'CSV UTF-8'"):
        read_csv(root / "list.csv")


def test_rows_that_a_spreadsheet_left_empty_are_no_rows(root: Path) -> None:
    assert len(read_csv(write(root, "path,label\na.mp4,up\n,\n\n,\n")).records) == 1


def test_a_label_with_a_space_at_its_end_is_a_bad_row(root: Path) -> None:
    with pytest.raises(AnnotationError, match=r":3: label 'up ' begins or ends with a space"):
        read_csv(write(root, "path,label\na.mp4,up\na.mp4,up \n"))


def test_columns_may_be_in_capitals(root: Path) -> None:
    assert len(read_csv(write(root, "File,Label\na.mp4,up\n")).records) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; its first line names the columns: path,label"),
        ("a.mp4,up\n", "must name the columns path .* and label; it is: a.mp4,up"),
        ("file\na.mp4\n", "must name the columns path .* and label; it is: file"),
    ],
)
def test_a_header_that_is_none_says_what_is_needed(root: Path, text: str, message: str) -> None:
    with pytest.raises(AnnotationError, match=message):
        read_csv(write(root, text))


def test_a_frame_pattern_is_kept_in_a_csv(tmp_path, write_frames) -> None:
    write_frames("a", 3)
    text = "path,label,frame_pattern\na,up,img_{:05d}.jpg\n"
    (tmp_path / "list.csv").write_text(text)
    found = read_annotations(tmp_path / "list.csv")
    assert found.records[0].frame_pattern == "img_{:05d}.jpg"
    assert to_csv(found, root=tmp_path) == text
