import os
import re
from pathlib import Path

import pytest

from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.server import label_files
from mienet.server.label_files import LabelFiles, OutdatedError
from mienet.server.places import Places
from mienet.server.refusal import RefusedError

JUMP = AnnotatedVideo("sub/jump.mp4", (Interval("run", 0, 1.25),), (Event("takeoff", 1.25),))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path)
    made.make()
    return made


@pytest.fixture
def files(places: Places) -> LabelFiles:
    return LabelFiles(places)


def test_labels_are_a_table_for_each_video(places: Places, files: LabelFiles) -> None:
    files.save(JUMP, "", is_finished=True)
    assert (places.labels / "sub/jump.mp4.csv").read_text() == (
        "path,label,start_seconds,end_seconds\n"
        "sub/jump.mp4,run,0,1.25\n"
        "sub/jump.mp4,takeoff,1.25,\n"
    )


def test_the_folder_of_finished_labels_is_read_as_it_is(places: Places, files: LabelFiles) -> None:
    for name in ("sub/jump.mp4", "other/jump.mp4", "sub/jump.mov"):
        video = places.videos / name
        video.parent.mkdir(exist_ok=True)
        video.touch()
        files.save(AnnotatedVideo(name, JUMP.intervals), "", is_finished=True)
    read = read_timelines(places.labels, videos=places.videos)
    assert sorted(video.path for video in read.videos) == sorted(
        str(places.videos / name) for name in ("sub/jump.mp4", "other/jump.mp4", "sub/jump.mov")
    )


def test_labels_come_back_as_they_were(files: LabelFiles) -> None:
    label = 'a,b; "c"\t§ =1 走'
    marks = (Interval(label, 0.1 + 0.2, 1 / 3 + 1, subject="Ann, Bob"),)
    files.save(AnnotatedVideo("a.mp4", marks), "", is_finished=False)
    content = files.read("a.mp4").content
    assert content is not None
    (mark,) = content.intervals
    assert (mark.label, mark.start_seconds, mark.end_seconds, mark.subject) == (
        label, 0.1 + 0.2, 1 / 3 + 1, "Ann, Bob"
    )  # fmt: skip


def test_nothing_happening_is_a_label_too(files: LabelFiles) -> None:
    saved = files.save(AnnotatedVideo("a.mp4"), "", is_finished=True)
    assert (saved.state, saved.content and saved.content.intervals) == ("finished", ())


def test_labels_move_when_they_are_finished_and_back(places: Places, files: LabelFiles) -> None:
    begun = files.save(JUMP, "", is_finished=False)
    assert files.read("sub/jump.mp4").state == "draft"
    done = files.save(JUMP, begun.version, is_finished=True)
    assert not (places.drafts / "sub/jump.mp4.csv").exists()
    files.save(JUMP, done.version, is_finished=False)
    assert not (places.labels / "sub/jump.mp4.csv").exists()
    assert files.read("sub/jump.mp4").state == "draft"


@pytest.mark.parametrize("version", ["", "0123456789abcdef"])
def test_an_older_version_is_refused(files: LabelFiles, version: str) -> None:
    saved = files.save(JUMP, "", is_finished=False)
    with pytest.raises(OutdatedError) as caught:
        files.save(AnnotatedVideo("sub/jump.mp4"), version, is_finished=False)
    assert caught.value.current == saved
    assert files.read("sub/jump.mp4") == saved


def test_what_another_program_writes_is_seen(places: Places, files: LabelFiles) -> None:
    saved = files.save(JUMP, "", is_finished=True)
    path = places.labels / "sub/jump.mp4.csv"
    path.write_text(path.read_text().replace("run", "walk"))
    assert files.read("sub/jump.mp4").version != saved.version
    assert files.labels_in_use(["sub/jump.mp4"]) == (["walk"], ["takeoff"])


def test_labels_that_are_given_up_are_kept_aside(places: Places, files: LabelFiles) -> None:
    saved = files.save(JUMP, "", is_finished=True)
    files.remove("sub/jump.mp4", saved.version)
    assert files.read("sub/jump.mp4").state == "new"
    (kept,) = places.removed.rglob("*.csv")
    assert "sub/jump.mp4,run,0,1.25" in kept.read_text()


@pytest.mark.parametrize(("text", "says"), [
    ("path,label,start_seconds,end_seconds\na.mp4,run,2,1\n", "csv:2: .*negative duration"),
    ("path,label,start_seconds,end_seconds\nb.mp4,run,1,2\n", "labels of 'b.mp4', where those of"),
    ("nonsense", "no annotations of videos that are known"),
    ("", "no annotations of videos that are known"),
])  # fmt: skip
def test_a_table_that_cannot_be_read_is_a_problem(
    places: Places, files: LabelFiles, text: str, says: str
) -> None:
    (places.labels / "a.mp4.csv").write_text(text)
    found = files.read("a.mp4")
    assert found.state == "finished"
    assert re.search(says, found.problem)


def test_labels_in_both_folders_are_a_problem(places: Places, files: LabelFiles) -> None:
    files.save(JUMP, "", is_finished=True)
    copy = places.drafts / "sub/jump.mp4.csv"
    copy.parent.mkdir()
    copy.write_text((places.labels / "sub/jump.mp4.csv").read_text())
    assert "finished labels and others begun" in files.read("sub/jump.mp4").problem


def test_two_changes_at_one_time_are_both_seen(files: LabelFiles, places: Places) -> None:
    first = files.save(AnnotatedVideo("a.mp4", (Interval("run", 0, 1.2),)), "", is_finished=True)
    path = places.labels / "a.mp4.csv"
    status = path.stat()
    path.write_text(path.read_text().replace("1.2", "1.3"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert files.read("a.mp4").version != first.version


def test_two_changes_at_one_time_are_both_seen_later(
    files: LabelFiles, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.save(JUMP, "", is_finished=True)
    table = places.labels / "sub/jump.mp4.csv"
    then = table.stat()
    table.write_text(table.read_text().replace("run", "fly"))
    os.utime(table, ns=(then.st_atime_ns, then.st_mtime_ns))
    monkeypatch.setattr(label_files.time, "time", lambda: then.st_mtime + 3)
    content = files.read("sub/jump.mp4").content
    assert content is not None and content.intervals[0].label == "fly"


def test_a_table_that_cannot_be_read_is_never_replaced(places: Places, files: LabelFiles) -> None:
    file = places.labels / "sub/jump.mp4.csv"
    file.parent.mkdir()
    file.write_text("path,label,start_seconds,end_seconds\nsub/jump.mp4,run,2,1\n")
    with pytest.raises(RefusedError, match="would replace what cannot be read"):
        files.save(JUMP, files.read("sub/jump.mp4").version, is_finished=True)
    assert "run,2,1" in file.read_text()


def test_a_folder_in_place_of_a_table_is_a_problem(places: Places, files: LabelFiles) -> None:
    (places.labels / "a.mp4.csv").mkdir()
    assert "cannot be read (is a directory)" in files.read("a.mp4").problem
    (places.labels / "b.mp4.csv").symlink_to(places.labels / "none.csv")
    assert "cannot be read (no such file" in files.read("b.mp4").problem


def test_the_disk_has_labels_before_they_are_said_to_be_saved(
    places: Places, files: LabelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = files.save(JUMP, "", is_finished=False)
    waited, sync = set(), os.fsync

    def note(file: int) -> None:
        sync(file)
        waited.add(os.fstat(file).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    files.save(JUMP, begun.version, is_finished=True)
    table = places.labels / "sub/jump.mp4.csv"
    places_of = [table, table.parent, places.labels, places.drafts / "sub"]
    assert {place.stat().st_ino for place in places_of} <= waited


WALK = AnnotatedVideo("sub/jump.mp4", (Interval("walk", 0, 1),))


@pytest.mark.parametrize("is_finished", [True, False])
def test_labels_are_replaced_and_kept_aside(
    places: Places, files: LabelFiles, is_finished: bool
) -> None:
    saved = files.save(JUMP, "", is_finished=is_finished)
    files.replace(WALK, saved.version)
    found = files.read("sub/jump.mp4")
    assert (found.state, found.problem) == ("finished", "")
    assert found.content and [mark.label for mark in found.content.intervals] == ["walk"]
    (kept,) = places.removed.rglob("*.csv")
    assert "sub/jump.mp4,run,0,1.25" in kept.read_text()


def test_labels_of_another_version_are_not_replaced(files: LabelFiles) -> None:
    saved = files.save(JUMP, "", is_finished=True)
    with pytest.raises(OutdatedError):
        files.replace(WALK, "")
    assert files.read("sub/jump.mp4") == saved


@pytest.mark.parametrize("is_finished", [True, False])
def test_labels_that_do_not_fit_leave_the_former_ones(
    places: Places, files: LabelFiles, monkeypatch: pytest.MonkeyPatch, is_finished: bool
) -> None:
    saved = files.save(JUMP, "", is_finished=is_finished)
    before = sorted(places.root.rglob("*"))
    write_copy = label_files.write_whole

    def fill_up(path: Path, content: str | bytes, *, durable: bool) -> None:
        if path.is_relative_to(places.removed):  # for the copy there is just room enough
            write_copy(path, content, durable=durable)
        else:
            raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(label_files, "write_whole", fill_up)
    with pytest.raises(OSError, match="No space left"):
        files.replace(WALK, saved.version)
    assert files.read("sub/jump.mp4") == saved
    left = {path for path in places.root.rglob("*") if path.is_file()}
    assert left == {path for path in before if path.is_file()}


def test_labels_follow_as_they_were(places: Places, files: LabelFiles) -> None:
    files.save(JUMP, "", is_finished=False)
    files.follow("sub/jump.mp4", "Ann.mp4")
    found = files.read("Ann.mp4")
    assert found.content and [mark.label for mark in found.content.events] == ["takeoff"]
    assert (found.state, found.content.name) == ("draft", "Ann.mp4")
    assert files.videos() == ["Ann.mp4"]


def test_labels_that_cannot_be_read_do_not_follow(places: Places, files: LabelFiles) -> None:
    (places.labels / "a.mp4.csv").write_text("nonsense")
    with pytest.raises(RefusedError, match="no annotations of videos that are known"):
        files.follow("a.mp4", "b.mp4")
    assert files.videos() == ["a.mp4"]


def test_labels_do_not_follow_over_others(files: LabelFiles) -> None:
    files.save(JUMP, "", is_finished=True)
    files.save(AnnotatedVideo("a.mp4"), "", is_finished=True)
    with pytest.raises(
        RefusedError, match=r"a\.mp4 has labels of its own; sub/jump\.mp4's are kept"
    ):
        files.follow("sub/jump.mp4", "a.mp4")
    assert files.videos() == ["a.mp4", "sub/jump.mp4"]
