"""What ``mienet timeline`` writes beside its tables: labels for programs, films, probabilities."""

import shutil
from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.labeling.timeline_formats import read_timelines
from mienet.video.reader import open_video
from mienet.workflows.timeline import prepare_timelines
from tests.commands.timeline_runs import WINDOW, rows, run
from tests.conftest import WriteVideo


@pytest.mark.parametrize("program", ["boris", "elan", "label-studio", "srt", "csv", "json"])
def test_labels_for_other_programs_are_those_found(
    program: str, model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(model, write_video(num_frames=25), *WINDOW, "--out", out, "--write", program) == 0
    (read,) = read_timelines(out / program, fps=25).videos
    found = rows(out / "phases.csv")
    assert [mark.label for mark in read.intervals] == [row["label"] for row in found]
    starts = [float(row["start_seconds"]) for row in found]
    assert [mark.start_seconds for mark in read.intervals] == pytest.approx(starts, abs=1e-3)


def test_an_unknown_program_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match=r"^write: 'excel' is not accepted; choose from boris, e"):
        prepare_timelines(model, [], out=tmp_path / "out", write=["excel"])


@pytest.mark.parametrize(("options", "said"), [
    (["--write", "elan"], "need a folder; give one with --out"),
    (["--write", "elan", "--out", "out", "--capture-fps", "9"], "leave --write out"),
])  # fmt: skip
def test_labels_that_cannot_be_written_are_refused_first(
    options: list[str],
    said: str,
    model: Path,
    write_video: WriteVideo,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(model, write_video(num_frames=3), *WINDOW, *options) == 1
    assert said in capsys.readouterr().err


def test_phases_are_drawn_over_the_recording(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(model, write_video(num_frames=25), *WINDOW, "--out", out, "--overlay") == 0
    with open_video(out / "video_phases.mp4") as video:
        assert video.num_frames == 25
        assert video.timestamps_seconds is not None
        assert video.timestamps_seconds[-1] == pytest.approx(0.96, abs=1e-3)
        image = video.read([24])[0]
    assert image.shape[1] == 320
    assert image[:150].mean() == pytest.approx(20 + 4 * 24, abs=3)  # the recording itself
    assert image[-7, -40:, 0].std() > 0  # the bar, with the cursor at its end


@pytest.mark.parametrize("out", [".", "sub"])
def test_they_are_not_drawn_among_the_recordings(
    model: Path, write_video: WriteVideo, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_video("rec/a.mp4", num_frames=3).parent
    assert run(model, folder, *WINDOW, "--out", folder / out, "--overlay") == 1
    assert "phases drawn over them would be read as recordings" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize(
    "name", ["phases.csv", "timelines.jsonl", "labels.jsonl", "elan/video.eaf"]
)
def test_a_file_of_others_is_not_replaced(
    model: Path,
    write_video: WriteVideo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text('{"mine": 1}')
    video = write_video(num_frames=3)
    assert run(model, video, *WINDOW, "--out", out, "--write", "elan") == 1
    named = out / Path(name).parts[0]
    assert f"{named} would be replaced, and is not from mienet timeline" in capsys.readouterr().err


def test_corrected_labels_are_kept_and_told_before_anything_is_computed(
    model: Path, write_video: WriteVideo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (write_video(f"{name}.mp4", num_frames=3) for name in "ab")
    out = tmp_path / "out"
    asked = (*WINDOW, "--out", out, "--write", "elan")
    assert run(model, first, *asked) == 0
    assert run(model, first, *asked) == 0  # nobody has changed anything
    (out / "elan/a.eaf").write_text("corrected")
    assert run(model, first, second, *asked) == 1
    said = capsys.readouterr().err
    assert f"leave --write out:\n  {out / 'elan/a.eaf'}" in said
    assert (out / "elan/a.eaf").read_text() == "corrected"
    assert not (out / "b.png").exists()
    assert run(model, second, *asked) == 0  # which has labels of its own


def test_labels_that_are_corrected_meanwhile_are_kept(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = {"window_seconds": 0.4, "out": out, "write": ["csv"]}
    videos = [write_video("a.mp4", num_frames=3), write_video("b.mp4", num_frames=3)]
    list(prepare_timelines(model, videos, **asked).results())  # type: ignore[arg-type]
    running = prepare_timelines(model, videos, **asked).results()  # type: ignore[arg-type]
    next(running)
    (out / "csv/annotations.csv").write_text("corrected")
    with pytest.raises(MienetError, match=r"as mienet timeline wrote them(.|\n)*tations\.csv"):
        list(running)
    assert (out / "csv/annotations.csv").read_text() == "corrected"


def test_labels_of_one_name_are_refused_before_anything_is_computed(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    videos = [write_video(f"{name}/take.mp4", num_frames=3) for name in "ab"]
    with pytest.raises(MienetError, match=r"two videos would be written to take\.eaf"):
        prepare_timelines(model, videos, window_seconds=0.4, out=tmp_path / "out", write=["elan"])


def test_two_commands_do_not_write_to_one_folder(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    videos = [write_video("a.mp4", num_frames=3), write_video("b.mp4", num_frames=3)]
    work = prepare_timelines(model, videos, window_seconds=0.4, out=tmp_path / "out")
    running = work.results()
    next(running)
    with pytest.raises(MienetError, match="another command is writing there; wait for it"):
        next(work.results())
    running.close()
    assert [found.problem for found in work.results()] == ["", ""]


def test_half_a_file_of_a_killed_command_is_removed(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / ".mienet-cut.tmp").write_text("half an overl")
    assert run(model, write_video(num_frames=3), *WINDOW, "--out", out) == 0
    assert not (out / ".mienet-cut.tmp").exists()


def test_a_folder_that_is_deleted_meanwhile_is_told(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    videos = [write_video("a.mp4", num_frames=3), write_video("b.mp4", num_frames=3)]
    running = prepare_timelines(model, videos, window_seconds=0.4, out=tmp_path / "out").results()
    next(running)
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(FileNotFoundError, match=r"out/b\.png"):
        next(running)


def test_an_unreadable_recording_leaves_no_folder(model: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"not a video")
    assert run(model, tmp_path / "bad.mp4", *WINDOW, "--out", tmp_path / "out") == 1
    assert not (tmp_path / "out").exists()


def test_probabilities_of_every_frame_are_written(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    video, out = write_video(num_frames=10), tmp_path / "out"
    run(model, video, *WINDOW, "--out", out)
    run(model, video, *WINDOW, "--out", out, "--probabilities")  # computes what is missing
    written = rows(out / "video_probabilities.csv")
    assert [row["time_seconds"] for row in written[:2]] == ["0.0000", "0.0400"]
    assert len(written) == 10
    for row in written:
        assert float(row["fall"]) + float(row["rise"]) == pytest.approx(1, abs=2e-4)


def test_probabilities_need_a_folder(
    model: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(model, write_video(num_frames=2), *WINDOW, "--probabilities") == 1
    assert "tables of probabilities need a folder; give one with --out" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["video.png", "video_phases.mp4", "video_probabilities.csv"])
def test_a_file_beside_that_is_called_as_a_recording_s_is_not_replaced(
    model: Path,
    write_video: WriteVideo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    video, out = write_video(num_frames=3), tmp_path / "out"
    assert run(model, write_video("other.mp4", num_frames=3), *WINDOW, "--out", out) == 0
    (out / name).write_text("mine")
    every = ("--overlay", "--probabilities")
    assert run(model, video, *WINDOW, "--out", out, *every) == 1
    said = f"{out / name} would be replaced, and is not from mienet timeline; choose another --out"
    assert said in capsys.readouterr().err
    assert (out / name).read_text() == "mine"


def test_files_that_a_killed_command_left_are_its_own(
    model: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    video, out = write_video(num_frames=3), tmp_path / "out"
    every = (*WINDOW, "--out", out, "--overlay", "--probabilities")
    assert run(model, video, *every) == 0
    (out / "timelines.jsonl").write_text("")  # killed before it was noted
    for name in ("phases.csv", "summary.csv"):
        (out / name).unlink()
    assert run(model, video, *every) == 0
    assert (out / "timelines.jsonl").read_text()
