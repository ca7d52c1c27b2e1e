"""What prepare says to a newcomer's mistakes: all at once, harmlessly, with the next step."""

import pytest

from mienet.cli import main
from mienet.data.manifest import Excluded, read_prepared
from tests.workflows.preparing import jumps, rows

pytestmark = pytest.mark.usefixtures("same_process", "no_charts")


def test_all_that_stops_it_is_told_at_once(tmp_path, videos, prepare, capsys) -> None:
    folder = jumps(videos)
    (folder / "none").mkdir()
    (folder / "up/p0_0.mp4").write_bytes(b"")
    assert prepare(folder) == 1
    said = capsys.readouterr().err
    assert "1 of 16 clips cannot be used and 1 class folder(s) hold no videos:\n" in said
    assert f"\n  {folder}/none: no videos in this class folder\n" in said
    assert f"\n  {folder}/up/p0_0.mp4: the file is empty" in said
    assert f"\n  See {tmp_path}/out/report.html and problems.csv. Fix them, or" in said
    assert "\\n" not in said


def test_one_class_alone_is_not_to_be_trained_with(videos, prepare, capsys) -> None:
    folder = videos("up/1.mp4", "up/2.mp4", "up/3.mp4", "up/4.mp4")
    assert prepare(folder, "--split", "0.5,0.5") == 0
    said = capsys.readouterr().out
    assert "all training clips are of one class, up; there is nothing to tell it from" in said
    assert "Add clips of another class, such as of no action, and run mienet prepare again" in said
    assert "Next: mienet train" not in said


def test_an_empty_class_folder_can_be_skipped(tmp_path, videos, prepare, capsys) -> None:
    folder = jumps(videos)
    (folder / "none").mkdir()
    assert prepare(folder, "--skip-broken") == 0
    assert "excluded 1 (a class folder without videos): none" in capsys.readouterr().out
    dataset = read_prepared(tmp_path / "out")
    assert dataset.classes == ["down", "up"]
    assert dataset.excluded == [Excluded("none", "a class folder without videos")]


def test_an_empty_class_folder_can_be_excluded(tmp_path, videos, prepare) -> None:
    folder = jumps(videos)
    (folder / "none").mkdir()
    assert prepare(folder, "--exclude-classes", "none") == 0
    assert read_prepared(tmp_path / "out").classes == ["down", "up"]


def test_a_class_whose_clips_are_all_broken_can_be_skipped(
    tmp_path, videos, prepare, capsys
) -> None:
    folder = jumps(videos)
    (folder / "bad").mkdir()
    (folder / "bad/a.mp4").write_bytes(b"")
    assert prepare(folder, "--skip-broken") == 0
    assert "left out, as no clip of them can be used: bad" in capsys.readouterr().out
    assert read_prepared(tmp_path / "out").classes == ["down", "up"]


@pytest.mark.parametrize("shown", ["\\n", "\\x1b[31m"])
def test_odd_names_stay_harmless(videos, prepare, capsys, shown: str) -> None:
    folder = jumps(videos)
    odd = folder / "up/a\n  done\x1b[31m.mp4"
    odd.write_bytes(b"")
    assert prepare(folder) == 1
    line = next(line for line in capsys.readouterr().err.splitlines() if "done" in line)
    assert shown in line
    assert prepare(folder, "--skip-broken") == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "done" in line)
    assert shown in line


def test_missing_videos_are_told_in_indented_lines(tmp_path, videos, prepare, capsys) -> None:
    path = videos("a.mp4") / "labels.csv"
    path.write_text("path,label\nb.mp4,x\n")
    assert prepare(path) == 1
    told = capsys.readouterr().err
    start = f"\n  None of the videos is there: paths start from {path.parent}; write them as they"
    assert start in told
    assert prepare(path, "--skip-broken") == 1  # nothing would be left
    assert capsys.readouterr().err == told
    assert "--skip-broken" not in told


@pytest.mark.parametrize("out", ["", "set", "up/set"])
def test_nothing_is_written_among_class_folders(videos, out: str, capsys) -> None:
    folder = jumps(videos)
    before = sorted(folder.rglob("*"))
    assert main(["prepare", str(folder), "--out", str(folder / out), "--jobs=1"]) == 1
    assert "choose a folder outside of it, such as --out datasets/v" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before


def test_the_other_folder_lies_outside_from_anywhere(
    tmp_path, videos, prepare, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(jumps(videos))
    assert main(["prepare", ".", "--out", "set", "--jobs=1"]) == 1
    assert f"such as --out {tmp_path}/v_dataset" in capsys.readouterr().err


def test_a_list_may_lie_above_its_dataset(tmp_path, videos, capsys) -> None:
    folder = videos("a.mp4", "b.mp4")
    path = folder / "labels.csv"
    path.write_text("path,label\na.mp4,x\nb.mp4,x\n")
    rest = ["--split", "0.5,0.5", "--jobs=1"]
    assert main(["prepare", str(path), "--out", str(folder / "set"), *rest]) == 0
    assert main(["prepare", str(path), "--out", str(folder / "set"), *rest]) == 0


def test_a_list_is_not_replaced_by_its_dataset(tmp_path, videos, prepare, capsys) -> None:
    folder = videos("a.mp4")
    path = tmp_path / "out/train.csv"
    path.parent.mkdir()
    path.write_text("path,label\na.mp4,x\n")
    assert prepare(path, "--videos", folder) == 1
    assert "train.csv is read, and would be replaced" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["train.csv", "report.html", "problems.csv", "dataset.json"])
def test_a_file_of_others_is_not_replaced(tmp_path, videos, prepare, capsys, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("notes\n")
    assert prepare(jumps(videos)) == 1
    said = f"{tmp_path}/out/{name} would be replaced, and is not from mienet prepare; choose"
    assert said in capsys.readouterr().err
    assert (tmp_path / "out" / name).read_text() == "notes\n"


def test_a_folder_is_not_ours_by_a_file_of_the_same_name(tmp_path, videos, prepare, capsys) -> None:
    for name, text in (("problems.csv", "video,what\n"), ("train.csv", "my training log\n")):
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / name).write_text(text)
    assert prepare(jumps(videos)) == 1
    assert "out/train.csv and 1 more would be replaced, and is not" in capsys.readouterr().err
    assert (tmp_path / "out/train.csv").read_text() == "my training log\n"


def test_problems_that_somebody_else_wrote_beside_our_lists_are_kept(
    tmp_path, videos, prepare, capsys
) -> None:
    folder = jumps(videos)
    assert prepare(folder) == 0
    (tmp_path / "out/problems.csv").write_text("video,what\n")
    assert prepare(folder) == 1
    assert "out/problems.csv would be replaced, and is not from" in capsys.readouterr().err


def test_what_a_failed_preparation_left_is_replaced(tmp_path, videos, prepare) -> None:
    folder = videos("a.mp4", "b.mp4")
    path = tmp_path / "labels.csv"
    path.write_text("path,label\na.mp4,x\nb.mp4,x\n")
    assert prepare(path, "--videos", tmp_path) == 1
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == ["problems.csv", "report.html"]
    assert prepare(path, "--videos", folder, "--split", "0.5,0.5") == 0


def test_a_video_and_its_frames_are_told_and_kept_together(
    tmp_path, videos, write_frames, prepare, capsys
) -> None:
    folder = jumps(videos)
    write_frames(folder / "up/p0_0", 4)
    assert prepare(folder, "--split", "0.5,0.5") == 0
    said = f"{folder}/up/p0_0.mp4: the same content as {folder}/up/p0_0; keep one"
    assert said in capsys.readouterr().out
    found = {path: split for split, clips in rows(tmp_path).items() for path, _ in clips}
    assert found["up/p0_0"] == found["up/p0_0.mp4"]


@pytest.mark.parametrize("options", [[], ["--recordings"]])
def test_labels_in_place_of_the_videos_say_the_order(videos, prepare, capsys, options) -> None:
    folder = videos("a.mp4")
    path = folder / "labels.csv"
    path.write_text("path,label\na.mp4,x\n")
    assert prepare(folder, "--videos", path, *options) == 1
    assert f"the folder after --videos: {path} --videos {folder}\n" in capsys.readouterr().err


def test_too_few_videos_for_a_split(videos, prepare, capsys) -> None:
    assert prepare(videos("up/a.mp4", "down/b.mp4")) == 1
    said = "2 videos cannot be split into 3; add videos, or give --split 0.7,0.3"
    assert said in capsys.readouterr().err


def test_one_video_without_its_class(videos, prepare, capsys) -> None:
    assert prepare(videos("a.mp4") / "a.mp4") == 1
    assert "give class folders (FOLDER/CLASS/VIDEO.mp4)" in capsys.readouterr().err


def test_a_format_without_annotations_says_where_they_belong(tmp_path, prepare, capsys) -> None:
    (tmp_path / "SLJD").mkdir()
    assert prepare("sljd", "--frames", tmp_path / "SLJD") == 1
    said = capsys.readouterr().err
    assert f"no folder {tmp_path}/SLJD/annotations or {tmp_path}/annotations holds" in said
    assert "give them with --annotations" in said
