"""``mienet predict`` as people call it: what it prints, writes, and goes on with."""

import csv
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.recognizer import Recognizer
from tests.conftest import WriteVideo

Printed = pytest.CaptureFixture[str]


def predict(*arguments: object) -> int:
    return main(["predict", *map(str, arguments)])


def test_results_are_printed_as_they_come(
    model: Path, class_folders: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed, rank = [], Recognizer.rank

    def noting_rank(self: Recognizer, *arguments: object) -> object:
        printed.append(capsys.readouterr().out.count("%"))
        return rank(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Recognizer, "rank", noting_rank)
    assert predict(model, class_folders / "rise") == 0
    assert printed == [0, 2, 2, 2, 2, 2]


def test_a_failed_video_is_a_row_and_code_1(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"")
    out = tmp_path / "new/out.jsonl"
    assert predict(model, tmp_path / "bad.mp4", write_video("good.mp4"), "--out", out) == 1
    bad, good = map(json.loads, out.read_text().splitlines())
    assert (bad["path"], bad["classes"]) == (str(tmp_path / "bad.mp4"), [])
    assert "the file is empty" in bad["problem"]
    assert bad["problem"] in capsys.readouterr().err
    assert (good["problem"], len(good["classes"])) == (None, 2)
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]


def test_csv_has_a_column_for_each_class(
    model: Path, tmp_path: Path, write_video: WriteVideo
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"")
    out = tmp_path / "out.csv"
    assert predict(model, write_video(), tmp_path / "bad.mp4", "--out", out) == 1
    good, bad = csv.DictReader(out.open())
    assert list(good) == ["path", "predicted", "problem", "fall", "rise"]
    assert float(good["fall"]) + float(good["rise"]) == pytest.approx(1, abs=1e-5)
    assert float(good[good["predicted"]]) > 0.5
    assert (bad["predicted"], bad["fall"]) == ("", "")
    assert "the file is empty" in bad["problem"]


def test_rows_of_parts_name_them(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    video, out = write_video(num_frames=50), tmp_path / "out.csv"
    (tmp_path / "parts.csv").write_text(f"path,label,start_frame,end_frame\n{video},,5,20\n")
    assert predict(model, tmp_path / "parts.csv", video, "--out", out) == 0
    rows = list(csv.DictReader(out.open()))
    assert [(row["start_frame"], row["end_frame"]) for row in rows] == [("5", "20"), ("", "")]
    assert f"{video}, frames 5 to 19\n" in capsys.readouterr().out


def test_standard_output_gets_json_lines_and_nothing_else(
    model: Path, class_folders: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert predict(model, class_folders / "rise", "--out", "-") == 0
    rows = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [Path(row["path"]).name for row in rows] == [f"{index}.mp4" for index in range(6)]


def test_a_pipe_gets_the_rows(model: Path, class_folders: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(
        target=predict, args=(model, class_folders, "--out", tmp_path / "pipe")
    )
    writer.start()
    rows = [json.loads(line) for line in (tmp_path / "pipe").read_text().splitlines()]
    writer.join()
    assert len(rows) == 12
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("name", ["result", "result.txt", "result.csv.gz"])
def test_other_endings_are_refused_first(tmp_path: Path, capsys: Printed, name: str) -> None:
    assert predict(tmp_path / "no model", "video.mp4", "--out", tmp_path / name) == 1
    assert "results are written as .jsonl (JSON lines), .csv or .json" in capsys.readouterr().err


def test_a_list_is_not_replaced_by_its_results(
    model: Path, tmp_path: Path, capsys: Printed
) -> None:
    (tmp_path / "list.csv").write_text("path,label\na.mp4,\n")
    assert predict(model, tmp_path / "list.csv", "--out", tmp_path / "list.csv") == 1
    assert "list.csv is one of the videos or lists" in capsys.readouterr().err
    assert (tmp_path / "list.csv").read_text() == "path,label\na.mp4,\n"


@pytest.mark.parametrize("name", ["mine.csv", "mine.jsonl", "mine.json"])
def test_a_file_of_something_else_is_not_replaced(
    model: Path, write_video: WriteVideo, tmp_path: Path, capsys: Printed, name: str
) -> None:
    (tmp_path / name).write_text("path,label\na.mp4,fall\n")
    assert predict(model, write_video(), "--out", tmp_path / name) == 1
    assert f"{name} would be replaced, and is not from mienet predict" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "path,label\na.mp4,fall\n"


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.json"])
def test_earlier_results_are_replaced(
    model: Path, class_folders: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).touch()
    assert predict(model, class_folders / "rise", "--out", tmp_path / name) == 0
    assert predict(model, class_folders / "fall", "--out", tmp_path / name) == 0
    assert "rise/0.mp4" not in (tmp_path / name).read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_named(
    model: Path, write_video: WriteVideo, tmp_path: Path, capsys: Printed
) -> None:
    (tmp_path / "out.csv").symlink_to("/dev/full")
    assert predict(model, write_video(), "--out", tmp_path / "out.csv") == 1
    assert "out.csv: no space left on device" in capsys.readouterr().err


KILLED = """
import os, signal, sys
from mienet.cli import main
from mienet.recognizer import Recognizer
rank, count = Recognizer.rank, 0
def killing_rank(*arguments):
    global count
    count += 1
    if count == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return rank(*arguments)
Recognizer.rank = killing_rank
main(sys.argv[1:])
"""


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.json"])
def test_the_same_command_goes_on_after_a_kill(
    request: pytest.FixtureRequest,
    class_folders: Path,
    tmp_path: Path,
    capsys: Printed,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    model = request.getfixturevalue("full_model" if name == "out.jsonl" else "model")
    command = [model, class_folders, "--out", tmp_path / name]
    if name == "out.jsonl":  # one real process is enough: the others stop at the same place
        arguments = [sys.executable, "-c", KILLED, "predict", *map(str, command)]
        assert subprocess.run(arguments, capture_output=True).returncode == -signal.SIGKILL
        assert len((tmp_path / name).read_text().splitlines()) == 4
    else:
        _stop_at_fifth(monkeypatch, command)
    assert (tmp_path / f"{name}.unfinished").exists()
    capsys.readouterr()
    assert predict(*command) == 0
    out, notes = capsys.readouterr()
    assert "note: 4 video(s) are done already, 8 left" in notes
    assert out.count("%") == 16
    whole = tmp_path / f"whole{Path(name).suffix}"
    assert predict(model, class_folders, "--out", whole) == 0
    assert (tmp_path / name).read_text() == whole.read_text()
    assert not (tmp_path / f"{name}.unfinished").exists()


def _stop_at_fifth(monkeypatch: pytest.MonkeyPatch, command: list[object]) -> None:
    """Interrupts a prediction at its fifth video."""
    rank, calls = Recognizer.rank, []

    def stopping_rank(self: Recognizer, *arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return rank(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Recognizer, "rank", stopping_rank)
        assert predict(*command) == 130


def test_changed_videos_are_computed_again(
    model: Path,
    class_folders: Path,
    tmp_path: Path,
    capsys: Printed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = [model, class_folders, "--out", tmp_path / "out.csv"]
    _stop_at_fifth(monkeypatch, command)
    os.utime(class_folders / "fall/1.mp4", ns=(0, 0))
    (class_folders / "fall/2.mp4").rename(class_folders / "fall/9.mp4")
    capsys.readouterr()
    assert predict(*command) == 0
    notes = capsys.readouterr().err
    assert "2 video(s) are done already, 10 left" in notes
    assert "1 video(s) changed since, computed again" in notes
    assert "1 video(s) not asked for any more, left out" in notes
    assert len(list(csv.reader((tmp_path / "out.csv").open()))) == 13


@pytest.mark.parametrize(
    ("options", "what"), [(["--clips", "two"], "clips"), (["--crop-size", "30"], "crop_size")]
)
def test_other_options_are_not_mixed(
    model: Path,
    class_folders: Path,
    tmp_path: Path,
    capsys: Printed,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    what: str,
) -> None:
    command = [model, class_folders, "--out", tmp_path / "out.csv"]
    _stop_at_fifth(monkeypatch, command)
    before = (tmp_path / "out.csv").read_bytes()
    assert predict(*command, *options) == 1
    assert f"unfinished results of another command: other {what};" in capsys.readouterr().err
    assert (tmp_path / "out.csv").read_bytes() == before


def test_a_journal_of_somebody_else_is_left_alone(
    model: Path, class_folders: Path, tmp_path: Path, capsys: Printed
) -> None:
    (tmp_path / "out.csv.unfinished").write_text("my notes\n")
    assert predict(model, class_folders, "--out", tmp_path / "out.csv") == 1
    assert "out.csv.unfinished is not of this command" in capsys.readouterr().err
    assert (tmp_path / "out.csv.unfinished").read_text() == "my notes\n"
