"""Agreement of two observers of recordings: figures, files, what is matched, and mistakes."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from mienet.cli import main
from mienet.errors import MienetError
from mienet.labeling.timeline_formats import write_timelines
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.rendering.timeline_folder import TimelineFolder
from mienet.timelines.result import decode_timeline
from mienet.workflows.agree import RecordingAgreement, agree
from tests.conftest import WriteVideo

HEADER = "path,label,start_seconds,end_seconds,subject\n"
ANN = "up,0,0.4,s1", "land,0.4,,s1", "down,0.4,0.8,s1"
BOB = "up,0,0.5,s1", "land,0.5,,s1", "down,0.5,0.8,s1"


def marks(path: Path, *rows: str, video: str = "a.mp4", header: str = HEADER) -> Path:
    path.write_text(header + "".join(f"{video},{row}\n" for row in rows))
    return path


@pytest.fixture
def ann(tmp_path: Path) -> Path:
    return marks(tmp_path / "ann.csv", *ANN)


@pytest.fixture
def bob(tmp_path: Path) -> Path:
    return marks(tmp_path / "bob.csv", *BOB)


def compared(*paths: Path, **options: object) -> RecordingAgreement:
    found = agree(*paths, **options)  # type: ignore[arg-type]
    assert isinstance(found, RecordingAgreement)
    return found


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_kappa_over_frames(ann: Path, bob: Path) -> None:
    # 8 frames; ann has 4 up and 4 down, bob 5 and 3; 7 agree, chance is (20 + 12) / 64 = 1/2.
    found = compared(ann, bob, fps=10)
    assert (found.num_frames, found.figures["kappa"].value) == (8, 0.75)
    assert found.figures["kappa_within_tolerance"].value == 1
    assert any("each is compared up to its last mark" in note for note in found.notes)


def test_screen_and_files(
    ann: Path, bob: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["agree", str(ann), str(bob), "--fps", "10", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "Cohen's kappa 0.75: 'substantial' by the convention of Landis and Koch (1977)" in said
    assert "1 frame: the first says down, the second up" in said
    assert "no 95 % intervals: all are of one subject" in said
    assert "the second is later by 1 frame, 100 ms on average" in said
    content = json.loads((out / "agreement.json").read_text())
    assert (content["kappa"], content["intervals"]["kappa"]) == (0.75, None)
    assert [row["kappa"] for row in table(out / "labels.csv")] == ["0.75", "0.75"]
    assert table(out / "confusion.csv")[0] == {
        **{"first": "down", "second: down": "3", "second: up": "1", "second: (background)": "0"}
    }
    assert table(out / "events.csv")[0]["mean_difference_frames"] == "1.0"
    assert table(out / "disagreements.csv") == [
        {
            **{"path": "a.mp4", "start_seconds": "0.4", "end_seconds": "0.5", "frames": "1"},
            **{"kind": "phase", "first": "down", "second": "up"},
        }
    ]
    assert (out / "timelines.png").read_bytes()[:4] == b"\x89PNG"


# Both state the length, so that both agree on 2 frames of background as well.
@pytest.mark.parametrize("program", ["boris", "elan"])
def test_a_program_s_file_against_a_table(
    program: str, ann: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = AnnotatedVideo(
        "a.mp4",
        (Interval("up", 0, 0.5, subject="s1"), Interval("down", 0.5, 0.8, subject="s1")),
        (Event("land", 0.5, subject="s1"),),
        path="a.mp4",
        fps=10.0,
        duration_seconds=1.0,
    )
    (file,) = write_timelines([written], tmp_path / program, program)
    assert main(["agree", str(ann), str(file), "--fps", "10"]) == 0
    said = capsys.readouterr().out
    assert "agree on 90.0% of frames" in said
    assert re.search(r"land +1 +1 +1 +0 +0 +100.0%  1 frame, 100 ms", said)


def test_two_annotators_in_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{row},ann" for row in ANN] + [f"{row},bob" for row in BOB]
    both = marks(tmp_path / "both.csv", *rows, header=HEADER.replace("\n", ",annotator\n"))
    found = compared(both, both, fps=10, annotators=["ann", "bob"])
    assert found.figures["kappa"].value == 0.75
    assert (found.first, found.second) == (f"{both} (ann)", f"{both} (bob)")
    assert main(["agree", str(both), str(both), "--fps", "10", "--annotators", "x", "bob"]) == 1
    assert "--annotators 'x' is not in the annotations; there are: ann, bob" in (
        capsys.readouterr().err
    )
    with pytest.raises(MienetError, match=r"several annotators(.|\n)*--annotators ann bob"):
        agree(both, marks(tmp_path / "other.csv", *BOB), fps=10)


def test_two_observations_of_one_file(tmp_path: Path) -> None:
    rows = [f"{row},one" for row in ANN] + [f"{row},two" for row in BOB]
    both = marks(tmp_path / "both.csv", *rows, header=HEADER.replace("\n", ",observation\n"))
    found = compared(both, both, fps=10, observations=["one", "two"])
    assert found.figures["kappa"].value == 0.75


def layered(folder: Path, *marks: Interval) -> Path:
    """Writes a document of ELAN with a tier for each label and subject."""
    video = AnnotatedVideo("a.mp4", marks, path="a.mp4")
    (file,) = write_timelines([video], folder, "elan")
    return file


def test_marks_of_one_subject(ann: Path, tmp_path: Path) -> None:
    file = layered(
        tmp_path / "elan",
        *(Interval("up", 0, 0.4, "s1"), Interval("down", 0.4, 0.8, "s1")),
        Interval("down", 0, 0.8, "s2"),
    )
    with pytest.raises(MienetError, match=r"overlaps(.|\n)*several subjects \(s1, s2\); say with"):
        agree(ann, file, fps=10)
    assert compared(ann, file, fps=10, subjects=["s1"]).figures["kappa"].value == 1


def test_tiers_of_either_file(ann: Path, tmp_path: Path) -> None:
    file = layered(tmp_path / "elan", Interval("up", 0, 0.4), Interval("rest", 0, 0.8))
    other = layered(tmp_path / "other", Interval("up", 0, 0.4, "Bo"))
    found = compared(file, other, fps=10, tiers=["up", "up_Bo"])
    assert (found.first, found.figures["agreement"].value) == (f"{file} (up)", 1)
    with pytest.raises(MienetError, match=r"--tiers 'feet': in neither of the files; leave it out"):
        agree(file, other, fps=10, tiers=["up", "up_Bo", "feet"])
    with pytest.raises(MienetError, match=r"--tiers 'rest' is not in the annotations"):
        agree(file, other, fps=10, tiers=["rest"])


def test_two_tiers_of_one_file(tmp_path: Path) -> None:
    file = layered(tmp_path, Interval("up", 0, 0.4, "s1"), Interval("up", 0, 0.8, "s2"))
    found = compared(file, file, fps=10, tiers=["up_s1", "up_s2"])
    assert (found.num_frames, found.figures["agreement"].value) == (8, 0.5)


def test_a_model_s_timelines(bob: Path, tmp_path: Path) -> None:
    borders = np.arange(9) / 10
    probabilities = np.full((8, 3), 0.05, np.float32)
    probabilities[:4, 0] = probabilities[4:, 1] = 0.9
    found = decode_timeline(
        tmp_path / "elsewhere/a.mp4",
        *(["up", "down"], [], borders, probabilities, np.zeros((8, 0), np.float32)),
    )
    folder = TimelineFolder(tmp_path / "out", [str(found.path)], {})
    with folder.opened():
        folder.add([str(found.path), 0], found)
    agreement = compared(bob, tmp_path / "out")
    assert agreement.figures["kappa"].value == 0.75
    assert agreement.clock == "10 frames per second, as the annotations state"
    assert agreement.events == ()
    assert any("the model has no events, so they are not compared" in n for n in agreement.notes)


def test_frames_are_the_videos(write_video: WriteVideo, tmp_path: Path) -> None:
    write_video("a.mp4")  # 20 frames at 25 per second
    first = marks(tmp_path / "ann.csv", "up,0,0.4,")
    second = marks(tmp_path / "bob.csv", "up,0,0.48,", video="a.avi")
    found = compared(first, second, videos=tmp_path)
    assert (found.num_frames, found.figures["agreement"].value) == (20, 0.9)


def test_recordings_in_one_alone_are_named(
    ann: Path, bob: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bob.write_text(bob.read_text() + "b.mp4,up,0,1,\n")
    assert main(["agree", str(ann), str(bob), "--fps", "10"]) == 0
    assert f"note: only in {bob}, and not compared: b.mp4" in capsys.readouterr().err


def test_labels_of_one_alone_are_named(
    ann: Path, bob: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bob.write_text(bob.read_text().replace("down", "Down"))
    assert main(["agree", str(ann), str(bob), "--fps", "10"]) == 0
    said = capsys.readouterr().err
    assert f"only {ann} uses 'down'; look whether it is written alike in both" in said
    assert f"only {bob} uses 'Down'" in said


def test_unlabeled_stretches_of_either_do_not_count(ann: Path, tmp_path: Path) -> None:
    video = AnnotatedVideo("a.mp4", (Interval("up", 0, 0.4),), path="a.mp4", fps=10.0,
                           duration_seconds=0.8, unlabeled=((0.4, 0.8),))  # fmt: skip
    (file,) = write_timelines([video], tmp_path / "json", "json")
    for pair in ((ann, file), (file, ann)):
        found = compared(*pair)
        assert (found.num_frames, found.figures["agreement"].value) == (4, 1)


def test_files_that_name_no_video_are_of_the_same(tmp_path: Path) -> None:
    for name, end in (("ann.srt", "0,400"), ("bob.srt", "0,500")):
        (tmp_path / name).write_text(f"1\n00:00:00,000 --> 00:00:0{end}\nup\n")
    found = compared(tmp_path / "ann.srt", tmp_path / "bob.srt", fps=10)
    assert (len(found.recordings), found.num_frames) == (1, 5)
    assert f"{tmp_path / 'ann.srt'}: names no video" in found.notes


@pytest.mark.parametrize(("second", "options", "message"), [
    (BOB, {}, r"frames per second of a.mp4 are not stated"),
    (("up,0,0.5,", "down,0.4,0.8,"), {"fps": 10}, r"'down' \(0.4 to 0.8 s\) overlaps 'up'"),
    (BOB, {"annotators": ["ann"]}, "--annotators takes two names, .* got 1: ann"),
    (BOB, {"tolerance_frames": -1}, "tolerance_frames must be at least 0, got -1"),
    (BOB, {"annotators": ["ann", "bob"]}, "'ann': these annotations have no annotators; leave"),
])  # fmt: skip
def test_mistakes(
    ann: Path, tmp_path: Path, second: tuple[str, ...], options: dict[str, object], message: str
) -> None:
    with pytest.raises(MienetError, match=message):
        agree(ann, marks(tmp_path / "bob.csv", *second), **options)  # type: ignore[arg-type]


def test_no_recording_in_both(ann: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match=r"no recording is in both: .* has a.mp4; .* has b.mp4"):
        agree(ann, marks(tmp_path / "bob.csv", *BOB, video="b.mp4"), fps=10)


def test_two_recordings_of_one_name(ann: Path, tmp_path: Path) -> None:
    second = marks(tmp_path / "bob.csv", *BOB, video="x/a.mp4")
    second.write_text(second.read_text() + "y/a.mp4,up,0,1,\n")
    with pytest.raises(MienetError, match=r"'a.mp4' may mean several videos: x/a.mp4, y/a.mp4"):
        agree(ann, second, fps=10)


def test_other_rates_are_not_chosen_from(tmp_path: Path) -> None:
    for fps in (25.0, 30.0):
        video = AnnotatedVideo("a.mp4", (Interval("up", 0, 1),), path="a.mp4", fps=fps)
        write_timelines([video], tmp_path / f"{fps:g}", "json")
    with pytest.raises(MienetError, match=r"of a.mp4 25 and 30 frames per second are stated"):
        agree(*(tmp_path / name / "annotations.json" for name in ("25", "30")))


def test_the_same_file_twice(ann: Path) -> None:
    with pytest.raises(MienetError, match="is given twice, and agrees with itself"):
        agree(ann, ann)


@pytest.mark.parametrize("name", ["labels.csv", "agreement.json"])
def test_somebody_else_s_file_is_not_replaced(
    ann: Path, bob: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text('{"mine": 1}')
    with pytest.raises(MienetError, match=rf"{name} would be replaced, .* mienet agree"):
        agree(ann, bob, out=tmp_path / "out")


def test_a_file_that_is_not_there(
    ann: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agree", str(ann), str(tmp_path / "none.csv")]) == 1
    assert "none.csv: no such file or folder" in capsys.readouterr().err
