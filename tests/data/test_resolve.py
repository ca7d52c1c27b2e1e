import json
from pathlib import Path

import pytest

from mienet.data.resolve import (
    ResolveError,
    choose_split,
    read_labeled,
    resolve,
    resolve_videos,
)


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def dataset(root: Path) -> Path:
    """Writes a prepared dataset of two videos."""
    touch(root, "v/a.mp4", "v/b.mp4", "d/x")
    content = {"videos": str(root / "v"), "classes": ["up", "down"], "frame_pattern": None}
    (root / "d/dataset.json").write_text(json.dumps(content | {"excluded": [], "made": {}}))
    (root / "d/train.csv").write_text("path,label\na.mp4,up\n")
    (root / "d/val.csv").write_text("path,label,start_frame,end_frame\nb.mp4,down,2,5\n")
    return root / "d"


def recordings(root: Path) -> Path:
    """Writes a prepared dataset of two whole recordings."""
    dataset(root)
    content = json.loads((root / "d/dataset.json").read_text()) | {"classes": []}
    (root / "d/dataset.json").write_text(json.dumps(content | {"phases": ["up"], "events": []}))
    header = "path,label,start_seconds,end_seconds\n"
    (root / "d/train.csv").write_text(header + "a.mp4,up,0,1\na.mp4,up,2,3\n")
    (root / "d/val.csv").write_text(header + "b.mp4,,,\n")
    return root / "d"


@pytest.mark.parametrize(
    ("files", "path", "kind", "clips"),
    [
        (["a.mp4"], "a.mp4", "video", 1),
        (["f/1.png", "f/2.png"], "f", "frames", 1),
        (["v/a.mp4", "v/b.mp4", "v/1.jpg"], "v", "videos", 2),
        (["v/up/a.mp4", "v/down/b.mp4", "v/c.mp4"], "v", "class folders", 2),
        (["v/train/up/a.mp4", "v/val/up/b.mp4"], "v", "class folders", 2),
        (["l/a.mp4"], "l", "list", 1),
        (["l/a.mp4"], "l/list.csv", "list", 1),
    ],
)
def test_what_is_at_a_path(tmp_path, files, path, kind, clips) -> None:
    touch(tmp_path, *files)
    if kind == "list":
        (tmp_path / "l/list.csv").write_text("path,label\na.mp4,up\n")
        (tmp_path / "l/notes.csv").write_text("day,weather\nMonday,rain\n")
    found = resolve(tmp_path / path)
    assert found.kind == kind
    assert sum(len(annotations.records) for annotations in found.splits.values()) == clips
    assert found.has_labels == (kind in ("class folders", "list"))


def test_a_prepared_dataset_has_its_splits(tmp_path) -> None:
    found = resolve(dataset(tmp_path))
    assert (found.kind, list(found.splits), found.folder) == (
        "dataset",
        ["train", "val"],
        tmp_path / "v",
    )


def test_a_list_in_a_dataset_has_its_folder_and_classes(tmp_path) -> None:
    found = resolve(dataset(tmp_path) / "val.csv")
    assert found.folder == tmp_path / "v"
    assert found.splits["all"].classes == ["up", "down"]


def test_a_list_none_of_whose_videos_is_there_is_one_problem(tmp_path) -> None:
    (tmp_path / "l.csv").write_text("path,label\nv/a.mp4,up\nv/b.mp4,up\n")
    found = resolve_videos([tmp_path / "l.csv"])
    assert found.records == []
    assert found.problems == [
        f"{tmp_path}/l.csv: none of its 2 videos is there, such as {tmp_path}/v/a.mp4; its paths "
        f"start from the folder {tmp_path}: write them from there, or move the list"
    ]
    touch(tmp_path, "v/b.mp4")
    assert len(resolve_videos([tmp_path / "l.csv"]).records) == 2


def test_nothing_there_is_said(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="no such video, folder, list"):
        resolve(tmp_path / "x")
    touch(tmp_path, "v/note.txt")
    with pytest.raises(FileNotFoundError, match=r"in it; give .*\n.*ignored 1 .*note\.txt"):
        resolve(tmp_path / "v")


def test_several_lists_in_a_folder_are_refused(tmp_path) -> None:
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("path,label\n")
    with pytest.raises(ResolveError, match=r"several CSV files \(one\.csv, two\.csv\)"):
        resolve(tmp_path)


@pytest.mark.parametrize("name", ["v", "v/a.mp4", "f"])
def test_labels_are_missing_where_nothing_tells_them(tmp_path, name) -> None:
    touch(tmp_path, "v/a.mp4", "f/1.png")
    with pytest.raises(ResolveError, match="nothing says what the video"):
        read_labeled(tmp_path / name)


def test_a_split_is_chosen_by_preference(tmp_path) -> None:
    folder = dataset(tmp_path)
    assert choose_split(folder, "test", "val") == folder / "val.csv"
    assert choose_split(tmp_path / "v", "test") == tmp_path / "v"
    touch(tmp_path, "c/train/up/a.mp4", "c/val/up/b.mp4")
    assert choose_split(tmp_path / "c", "val") == tmp_path / "c/val"


def test_videos_of_every_kind_of_path(tmp_path) -> None:
    folder = dataset(tmp_path)
    touch(tmp_path, "f/1.png", "v/IMG.jpg")
    (tmp_path / "l.txt").write_text("v/a.mp4\nv/b.mp4\n")
    (tmp_path / "parts.csv").write_text('path;start_seconds;end_seconds\nv/a.mp4;0,5;"1,5"\n')
    paths = [tmp_path / name for name in ("v", "f", "l.txt", "parts.csv", "v/none.mp4")]
    found = resolve_videos([*paths, folder, str(folder / "val.csv")])
    names = [Path(record.path).name for record in found.records]
    expected = "a.mp4 b.mp4 f a.mp4 b.mp4 a.mp4 none.mp4 a.mp4 b.mp4 b.mp4"
    assert " ".join(names) == expected
    assert found.records[5][2:4] == (0.5, 1.5)
    assert found.records[-1][4:6] == (2, 5)
    assert [Path(entry.path).name for entry in found.ignored] == ["IMG.jpg"]
    assert found.problems == []


def test_a_list_that_cannot_be_read_does_not_stop_the_others(tmp_path) -> None:
    touch(tmp_path, "a.mp4")
    (tmp_path / "bad.csv").write_text('path,label\n"a.mp4,up\n')
    found = resolve_videos([tmp_path / "bad.csv", tmp_path / "a.mp4"])
    assert len(found.records) == len(found.problems) == 1
    assert "bad.csv:2: a stray quote" in found.problems[0]


def test_whole_recordings_are_no_labeled_clips(tmp_path) -> None:
    folder = recordings(tmp_path)
    for path in (folder, folder / "train.csv"):
        with pytest.raises(ResolveError, match=r"holds whole recordings.*train timeline"):
            read_labeled(path)


def test_recordings_are_videos_where_no_labels_are_needed(tmp_path) -> None:
    folder = recordings(tmp_path)
    found = resolve_videos([folder, folder / "train.csv"])
    assert [record.path for record in found.records] == [
        str(tmp_path / "v" / name) for name in ("a.mp4", "b.mp4", "a.mp4")
    ]
    assert {record[1:6] for record in found.records} == {(None,) * 5}


def test_what_lists_say_besides_is_kept_by_video(tmp_path) -> None:
    touch(tmp_path, "a.mp4", "b.mp4")
    (tmp_path / "l.csv").write_text("path,Who\na.mp4, Ann\nb.mp4,\n")
    said = (str(tmp_path / "a.mp4"), "Ann", f"{tmp_path / 'l.csv'}:2")
    assert resolve_videos([tmp_path / "l.csv"]).columns == {"who": [said]}


def test_subjects_of_recordings_are_known(tmp_path) -> None:
    folder = recordings(tmp_path)
    (tmp_path / "d/train.csv").write_text(
        "path,label,start_seconds,end_seconds,subject\na.mp4,up,0,1,Ann\na.mp4,up,1,2,Bob\n"
    )
    [said] = resolve_videos([folder / "train.csv"]).columns["subject"]
    assert said[:2] == (str(tmp_path / "v/a.mp4"), "Ann, Bob")
