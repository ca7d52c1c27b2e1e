"""Agreement of two lists of labeled clips."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mienet.cli import main
from mienet.errors import MienetError
from mienet.workflows.agree import ClipAgreement, agree

SPANS = "path,label,start_seconds,end_seconds\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def compared(*paths: Path, **options: object) -> ClipAgreement:
    found = agree(*paths, **options)  # type: ignore[arg-type]
    assert isinstance(found, ClipAgreement)
    return found


def test_kappa_is_scikit_learns(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).choice(["up", "down", "rest"], (2, 40))
    for name, own in zip("ab", labels, strict=True):
        rows = "".join(f"{place}.mp4,{label}\n" for place, label in enumerate(own))
        written(tmp_path / f"{name}.csv", "path,label\n" + rows)
    found = compared(tmp_path / "a.csv", tmp_path / "b.csv")
    assert found.figures["kappa"].value == pytest.approx(cohen_kappa_score(*labels))
    assert (found.num_groups, found.groups_are) == (40, "video")


def test_the_last_frame_of_a_part_is_in_the_clip(tmp_path: Path) -> None:
    rows = "path,label,num_frames\na,up,10\nb,down,20\n"
    found = compared(*(written(tmp_path / f"{name}.csv", rows) for name in "ab"))
    assert found.spans == ["frames 0 to 9", "frames 0 to 19"]


def test_screen_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 3 of 4 agree; chance is (3 x 2 + 1 x 2) / 16 = 1/2.
    first = written(tmp_path / "a.csv", "path,label\na.mp4,up\nb.mp4,down\nc.mp4,up\nd.mp4,up\n")
    (tmp_path / "other").mkdir()
    second = written(
        tmp_path / "other/b.csv",
        "path,label\nx/a.avi,up\nx/b.avi,down\nx/c.avi,down\nx/d.avi,up\ne.mp4,up\n",
    )
    assert main(["agree", str(first), str(second), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert "Cohen's kappa 0.50 (" in said.out
    assert "4 clips; in brackets 95 % intervals over 4 videos" in said.out
    assert "1 clip: the first says up, the second down" in said.out
    assert f"only in {second}, and not compared: e.mp4" in said.err
    text = (tmp_path / "out/disagreements.csv").read_text()
    assert text == "path,part,first,second\nc.mp4,,up,down\n"
    assert not (tmp_path / "out/timelines.png").exists()


def test_class_folders_against_a_list(tmp_path: Path) -> None:
    for name in ("up/a.mp4", "down/b.mp4", "down/c.mp4"):
        (tmp_path / "sorted" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sorted" / name).write_bytes(b"")
    listed = written(tmp_path / "a.csv", "path,label\na.mp4,up\nb.mp4,up\nc.mp4,down\n")
    found = compared(listed, tmp_path / "sorted")
    assert found.figures["agreement"].value == pytest.approx(2 / 3)
    shutil.copytree(tmp_path / "sorted", tmp_path / "again")
    (tmp_path / "again/down/b.mp4").rename(tmp_path / "again/up/b.mp4")
    found = compared(tmp_path / "sorted", tmp_path / "again")
    assert found.figures["agreement"].value == pytest.approx(2 / 3)


def test_clips_with_times(tmp_path: Path) -> None:
    first = written(tmp_path / "a.csv", SPANS + "a.mp4,up,0,1\na.mp4,down,1,2\na.mp4,up,3,4\n")
    second = written(tmp_path / "b.csv", SPANS + "a.mp4,up,0,1\na.mp4,up,1.0,2\na.mp4,up,5,6\n")
    found = compared(first, second, clips=True)
    assert (found.figures["agreement"].value, found.num_groups) == (0.5, 1)
    assert (found.only_first, found.only_second) == (
        ("a.mp4 (seconds 3 to 4)",),
        ("a.mp4 (seconds 5 to 6)",),
    )


def test_times_that_are_all_alike_may_be_clips(tmp_path: Path) -> None:
    first = written(tmp_path / "a.csv", SPANS + "a.mp4,up,0,1\n")
    second = written(tmp_path / "b.csv", SPANS + "a.mp4,down,0,1\n")
    (note,) = (note for note in agree(first, second, fps=10).notes if "--clips" in note)
    assert note.startswith("both mark the same times")


def test_groups_are_subjects_where_the_list_names_them(tmp_path: Path) -> None:
    rows = "path,label,subject\na.mp4,up,ann\nb.mp4,down,ann\nc.mp4,up,bo\n"
    first, second = (written(tmp_path / f"{name}.csv", rows) for name in "ab")
    found = compared(first, second)
    assert (found.num_groups, found.groups_are) == (2, "subject")


def test_annotators_of_one_list(tmp_path: Path) -> None:
    rows = "path,label,annotator\na.mp4,up,ann\na.mp4,down,bob\nb.mp4,up,ann\nb.mp4,up,bob\n"
    both = written(tmp_path / "both.csv", rows)
    assert compared(both, both, annotators=["ann", "bob"]).figures["agreement"].value == 0.5
    with pytest.raises(MienetError, match=r"several annotators \(ann, bob\); say with --annotat"):
        agree(both, written(tmp_path / "b.csv", "path,label\na.mp4,up\n"))
    with pytest.raises(MienetError, match=r"--annotators 'x' is not in .*; there are: ann, bob"):
        agree(both, both, annotators=["x", "bob"])


@pytest.mark.parametrize(("text", "message"), [
    ("path,label\na.mp4,up\na.mp4,down\n", "b.csv:3: the same clip as .*b.csv:2"),
    ("path,label\nz.mp4,up\n", "no clip is in both"),
    (SPANS + "a.mp4,up,0,1\n", "lists labeled clips, and .*b.csv says when what happens"),
])  # fmt: skip
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    first = written(tmp_path / "a.csv", "path,label\na.mp4,up\nb.mp4,down\n")
    with pytest.raises(MienetError, match=message):
        agree(first, written(tmp_path / "b.csv", text))


def test_options_of_recordings_are_refused(tmp_path: Path) -> None:
    first, second = (written(tmp_path / f"{n}.csv", "path,label\na.mp4,up\n") for n in "ab")
    with pytest.raises(MienetError, match="--fps: for recordings, and both files list clips"):
        agree(first, second, fps=25)


def test_a_video_is_no_list(tmp_path: Path) -> None:
    first = written(tmp_path / "a.csv", "path,label\na.mp4,up\n")
    with pytest.raises(MienetError, match="a video, no annotations; give a list of labeled clips"):
        agree(first, written(tmp_path / "a.mp4", "x"))
