"""Videos at addresses: ``predict`` and ``timeline`` read them, and nothing else does."""

import csv
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mienet
from mienet.cli import main
from tests.conftest import make_timeline_recognizer, video_writer
from tests.ray_stand_in import StandIn
from tests.store_stand_in import Store, serving

Printed = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("store")
    write = video_writer(folder)
    write("a.mp4", 12)
    write("b.mp4", 20)
    with serving(folder) as found:
        yield found


@pytest.fixture(scope="module")
def timeline_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("timeline_model")
    make_timeline_recognizer().save(folder)
    return folder


def command(*arguments: object) -> int:
    return main([*map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def without_paths(path: Path) -> list[dict[str, str]]:
    return [{name: text for name, text in row.items() if name != "path"} for row in rows(path)]


def test_predict_says_of_an_address_what_it_says_of_the_file(
    model: Path, store: Store, tmp_path: Path, capsys: Printed
) -> None:
    address = f"{store.url}/files/a.mp4"
    assert command("predict", model, address, "--out", tmp_path / "a.csv") == 0
    assert command("predict", model, store.folder / "a.mp4", "--out", tmp_path / "b.csv") == 0
    assert without_paths(tmp_path / "a.csv") == without_paths(tmp_path / "b.csv")
    assert [row["path"] for row in rows(tmp_path / "a.csv")] == [address]
    assert f"{address}\n" in capsys.readouterr().out


def test_python_takes_addresses(model: Path, store: Store) -> None:
    recognizer = mienet.load(model)
    found = recognizer.predict(f"{store.url}/files/a.mp4")
    assert str(found.path) == f"{store.url}/files/a.mp4"
    assert found.probabilities == recognizer.predict(store.folder / "a.mp4").probabilities


@pytest.fixture
def addresses(store: Store, tmp_path: Path) -> Path:
    """Returns a list of a part of a video, a file, one that is not there, and a signed address."""
    local = shutil.copy(store.folder / "a.mp4", tmp_path / "local.mp4")
    path = tmp_path / "list.csv"
    path.write_text(
        "path,start_seconds,end_seconds\n"
        f"{store.url}/files/b.mp4,0,0.4\n"
        f"{Path(local).name},,\n"
        f"{store.url}/files/none.mp4,,\n"
        f"{store.url}/signed/b.mp4?X-Amz-Signature=hidden,,\n"
    )
    return path


@pytest.mark.parametrize("engine", ["none", "ray"])
def test_a_list_names_addresses_and_files(
    model: Path,
    store: Store,
    addresses: Path,
    tmp_path: Path,
    engine: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if engine == "ray":
        monkeypatch.setitem(sys.modules, "ray", stand_in := StandIn(2))
        monkeypatch.setitem(sys.modules, "ray.exceptions", stand_in.exceptions)
    options = ["--engine", "ray"] if engine == "ray" else []
    out = tmp_path / "out"
    assert command("predict", model, "--list", addresses, "--out", out, *options) == 1
    part, local, missing, signed = rows(out / "part-00000.csv")
    assert part["path"] == f"{store.url}/files/b.mp4"
    assert (part["start_seconds"], part["end_seconds"], part["problem"]) == ("0.0", "0.4", "")
    assert (local["path"], local["problem"]) == (str(tmp_path / "local.mp4"), "")
    assert missing["problem"].startswith(f"{store.url}/files/none.mp4: there is no such video")
    assert (signed["path"], signed["problem"]) == (f"{store.url}/signed/b.mp4", "")


def test_a_timeline_of_an_address_is_that_of_the_file(
    timeline_model: Path, store: Store, tmp_path: Path
) -> None:
    secret = f"{store.url}/signed/b.mp4?X-Amz-Signature=hidden"
    for name, video in [("a", secret), ("b", store.folder / "b.mp4")]:
        assert (
            command("timeline", timeline_model, video, "--out", tmp_path / name, "--overlay") == 0
        )
    for table in ("phases.csv", "summary.csv"):
        assert without_paths(tmp_path / "a" / table) == without_paths(tmp_path / "b" / table)
    assert {row["path"] for row in rows(tmp_path / "a/summary.csv")} == {
        f"{store.url}/signed/b.mp4"
    }
    assert {path.name for path in (tmp_path / "a").iterdir()} >= {"b.png", "b_phases.mp4"}
    assert b"hidden" not in b"".join(p.read_bytes() for p in (tmp_path / "a").iterdir())


def test_timelines_of_addresses_resume(
    timeline_model: Path, store: Store, tmp_path: Path, capsys: Printed
) -> None:
    arguments = ["timeline", timeline_model, f"{store.url}/files/b.mp4", "--out", tmp_path / "out"]
    assert command(*arguments) == 0
    assert command(*arguments) == 0
    assert "b.mp4, done before" in capsys.readouterr().out


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_predictions_of_addresses_resume(
    model: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    out = tmp_path / "out.csv"
    signed = f"{store.url}/signed/b.mp4?X-Amz-Signature=hidden"
    arguments = ["predict", model, signed, f"{store.url}/files/a.mp4", "--out", out]
    with monkeypatch.context() as patch:
        patch.setattr("mienet.commands.predict._print", stop)
        assert command(*arguments) == 130
    assert "hidden" not in Path(f"{out}.unfinished").read_text()
    assert command(*arguments) == 0
    assert "1 video(s) are done already, 1 left" in capsys.readouterr().err
    assert [row["path"] for row in rows(out)] == [f"{store.url}/signed/b.mp4", arguments[3]]


@pytest.mark.parametrize(
    ("name", "what"),
    [("clips/", "a folder"), ("list.csv", "a list"), ("img_00001.jpg", "an image, and perhaps a")],
)
def test_what_is_no_video_is_refused(model: Path, name: str, what: str, capsys: Printed) -> None:
    assert command("predict", model, f"s3://bucket/{name}") == 1
    said = capsys.readouterr().err
    assert f"s3://bucket/{name}: {what}" in said
    assert "name the videos' addresses in a list on this computer" in said


def test_addresses_that_results_would_not_tell_apart_are_refused(
    model: Path, tmp_path: Path, capsys: Printed
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("path\nhttps://host/a?key=1\nhttps://host/a?key=2\n")
    assert command("predict", model, "--list", path, "--out", tmp_path / "out") == 1
    assert f"{path}:3: https://host/a is the address of another row" in capsys.readouterr().err


def test_labels_for_other_programs_are_of_files(
    timeline_model: Path, tmp_path: Path, capsys: Printed
) -> None:
    address = "https://host/a.mp4"
    out = tmp_path / "out"
    assert command("timeline", timeline_model, address, "--out", out, "--write", "elan") == 1
    assert "other programs open videos of this computer" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "small", "--data.train", "LIST"],
        ["evaluate", "MODEL", "--data", "LIST"],
        ["prepare", "LIST", "--out", "OUT"],
        ["check", "LIST"],
    ],
)
def test_lists_with_labels_are_of_files(
    arguments: list[str], model: Path, tmp_path: Path, capsys: Printed
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("path,label\ns3://b/a.mp4,rise\na.mp4,rise\nhttps://t:hidden@h/b.mp4,fall\n")
    places = {"LIST": path, "MODEL": model, "OUT": tmp_path / "out"}
    assert command(*(places.get(one, one) for one in arguments)) == 1
    said = capsys.readouterr().err
    assert f"{path}:2: s3://b/a.mp4 is an address, and predict and timeline alone read such" in said
    assert f"{path}:4: https://h/b.mp4 is an address" in said
    assert "hidden" not in said


@pytest.mark.parametrize(
    "arguments", ["explain MODEL", "suggest MODEL", "extract", "prepare", "check"]
)
def test_other_commands_refuse_addresses(
    arguments: str, model: Path, tmp_path: Path, capsys: Printed
) -> None:
    given = [model if one == "MODEL" else one for one in arguments.split()]
    assert command(*given, "s3://b/a.mp4", "--out", tmp_path / "out.csv") == 1
    assert "s3://b/a.mp4 is an address, and predict and timeline alone" in capsys.readouterr().err
