"""Archives in one process: what stands in the parts, going on, and what is refused."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.cli import main
from mienet.errors import MienetError
from mienet.workflows.archive import Archive, predict_archive, timeline_archive
from tests.conftest import WriteVideo, make_timeline_recognizer

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def clips(class_folders: Path, tmp_path: Path) -> Path:
    """Returns a list of five clips, the fourth of which is empty."""
    names = [class_folders / f"rise/{number}.mp4" for number in range(5)]
    names[3].write_bytes(b"")
    path = tmp_path / "clips.csv"
    path.write_text("path\n" + "".join(f"{name}\n" for name in names))
    return path


def predict(*arguments: object) -> int:
    return main(["predict", *map(str, arguments)])


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("part-*.csv")}


def test_parts_have_the_lines_of_one_table(
    model: Path, clips: Path, tmp_path: Path, capsys: Printed
) -> None:
    out = tmp_path / "out"
    assert predict(model, "--list", clips, "--out", out, "--partition-size", 2) == 1
    told = capsys.readouterr().out
    assert f"Written: {out} (5 video(s) in 3 part(s))\n1 with a problem, in part-00001.csv" in told
    predict(model, clips, "--out", tmp_path / "whole.csv")
    header, *lines = (tmp_path / "whole.csv").read_text().splitlines()
    found = [text.decode().splitlines() for _, text in sorted(parts(out).items())]
    assert [part[0] for part in found] == [header] * 3
    assert [line for part in found for line in part[1:]] == lines
    assert "the file is empty" in lines[3]


def test_a_stopped_run_goes_on_by_parts(model: Path, clips: Path, tmp_path: Path) -> None:
    whole = predict_archive(model, clips, tmp_path / "whole", partition_size=2)
    assert len(list(whole.results())) == 3
    stopped = predict_archive(model, clips, tmp_path / "out", partition_size=2).results()
    first = next(stopped)
    stopped.close()  # type: ignore[attr-defined]
    assert list(parts(tmp_path / "out")) == [first.name]
    (tmp_path / "out/.mienet-cut.tmp").write_text("what a kill leaves")
    first.write_text("path,problem\nkept as it is,\n")
    again = predict_archive(model, clips, tmp_path / "out", partition_size=2)
    assert again.notes[-1] == f"1 of 3 part(s) are there already: {tmp_path}/out"
    assert [path.name for path in again.results()] == ["part-00001.csv", "part-00002.csv"]
    assert parts(tmp_path / "out") == parts(tmp_path / "whole") | {first.name: first.read_bytes()}
    assert not (tmp_path / "out/.mienet-cut.tmp").exists()


def test_another_list_model_or_option_is_refused(model: Path, clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(predict_archive(model, clips, out).results())
    (tmp_path / "other.csv").write_text("path\nother.mp4\n")
    other = Path(shutil.copytree(model, tmp_path / "other"))
    make_timeline_recognizer().save(other)
    for change, named in [
        ({"videos": tmp_path / "other.csv"}, "list"),
        ({"crops": "three", "partition_size": 7}, "partition_size, crops"),
    ]:
        given = {"checkpoint": model, "videos": clips, "out": out} | change
        with pytest.raises(MienetError, match=f"results of another command: other {named};"):
            predict_archive(**given)
    with pytest.raises(MienetError, match="other command, model, list"):
        timeline_archive(other, clips, out)


def test_two_commands_do_not_write_to_one_folder(model: Path, clips: Path, tmp_path: Path) -> None:
    archive = predict_archive(model, clips, tmp_path / "out", partition_size=2)
    running = archive.results()
    next(running)
    with pytest.raises(MienetError, match="another command is writing there"):
        next(archive.results())


def test_parts_of_something_else_are_not_gone_on_with(
    model: Path, clips: Path, tmp_path: Path
) -> None:
    (tmp_path / "part-00000.csv").write_text("of another program")
    with pytest.raises(MienetError, match=r"part-00000\.csv is there, and no archive\.json"):
        predict_archive(model, clips, tmp_path)


def test_a_list_that_cannot_be_read_is_an_error(model: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match="no rows"):
        (tmp_path / "none.csv").write_text("path\n")
        predict_archive(model, tmp_path / "none.csv", tmp_path / "out")


@pytest.mark.parametrize("archive", [predict_archive, timeline_archive])
def test_all_bad_rows_are_told_at_once(
    archive: Callable[..., Archive], model: Path, tmp_path: Path
) -> None:
    keys = "".join(f"https://lab.org/a.mp4?key={number}\n" for number in range(3))
    (tmp_path / "list.csv").write_text(f"path\n{keys}")
    with pytest.raises(AnnotationError) as caught:
        archive(model, tmp_path / "list.csv", tmp_path / "out")
    where = [problem.partition(" is the address of ")[0] for problem in caught.value.problems]
    assert where == [f"{tmp_path}/list.csv:{line}: https://lab.org/a.mp4" for line in (3, 4)]


@pytest.mark.parametrize("archive", [predict_archive, timeline_archive])
def test_a_list_that_is_not_there_takes_no_folder(model: Path, tmp_path: Path, archive) -> None:
    with pytest.raises(FileNotFoundError, match=r"clps\.csv: no such list; give a CSV"):
        archive(model, tmp_path / "clps.csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_recordings_have_a_line_for_each_phase_and_event(
    tmp_path: Path, write_video: WriteVideo
) -> None:
    video = write_video(num_frames=25)
    make_timeline_recognizer().save(tmp_path / "model")
    (tmp_path / "list.csv").write_text(f"path,subject\n{video},ann\n/none.mp4,bob\n")
    archive = timeline_archive(tmp_path / "model", tmp_path / "list.csv", tmp_path / "out")
    (part,) = archive.results()
    *marks, lost = csv.DictReader(part.open(newline=""))
    assert {(mark["subject"], mark["recording_seconds"]) for mark in marks} == {("ann", "1.0000")}
    phases = [mark for mark in marks if mark["kind"] == "phase"]
    assert (phases[0]["start_frame"], phases[-1]["end_frame"]) == ("0", "25")
    assert all(not mark["end_seconds"] for mark in marks if mark["kind"] == "event")
    assert (lost["subject"], lost["kind"]) == ("bob", "")
    assert lost["problem"] == "/none.mp4: no such file or directory"


@pytest.mark.parametrize(("arguments", "message"), [
    (["--list", "a.csv"], "--list needs a folder"),
    (["--list", "a.csv", "--out", "-"], "--list needs a folder"),
    (["a.mp4", "--list", "a.csv"], "give VIDEOS or --list FILE, not both"),
    ([], "give VIDEOS or --list FILE"),
    (["a.mp4", "--engine", "ray"], "--engine: of --list FILE alone"),
    (["--list", "a.csv", "--out", "o", "--top", "3"], "--top: of videos alone"),
    (["--list", "a.csv", "--out", "o", "--workers", "3"], "workers: of engine ray alone"),
])  # fmt: skip
def test_options_that_do_not_fit_are_named(
    model: Path, clips: Path, arguments: list[str], message: str, capsys: Printed
) -> None:
    arguments = [str(clips) if argument == "a.csv" else argument for argument in arguments]
    assert predict(model, *arguments) == 1
    assert message in capsys.readouterr().err
