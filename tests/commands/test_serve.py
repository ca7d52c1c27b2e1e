import socket
import sys
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.server.running import prepare_server
from tests.conftest import with_known
from tests.server.page import open_page


def test_a_missing_extra_names_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve", "--videos", str(tmp_path)]) == 1
    assert "pip install 'mienet[serve]'" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_with_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--videos", str(tmp_path), "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert f"port {port} of 127.0.0.1 is taken" in said
    assert f"--port {port + 1}, or --port 0" in said


@pytest.mark.parametrize(("arguments", "says"), [
    (["--videos", "nowhere"], "--videos nowhere: no such folder"),
    (["nothing", "--videos", "."], "nothing: no such model; give a run's folder"),
    (["jumps"], "jumps: a folder without a model; if it is that of the videos: "),
    (["jumps"], "serve --videos jumps"),
    (["jumps", "--videos", "."], "jumps: a folder without a model"),
    ([], "--videos is missing: give the folder of the videos"),
    (["--videos", "jumps/a.mp4"], "--videos jumps/a.mp4: a file; give the folder that it is in: "),
    (["--videos", ".", "--camera", "no.mp4"], "no.mp4: no such file; give a camera's number"),
    (["--videos", ".", "--port", "70000"], "--port must be from 0 to 65535, got 70000"),
    (["--videos", ".", "--host", "192.0.2.1", "--port", "0"], "not an address of this computer"),
])  # fmt: skip
def test_mistakes_are_told(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jumps").mkdir()
    (tmp_path / "jumps/a.mp4").touch()
    assert main(["serve", *arguments]) == 1
    assert says in capsys.readouterr().err


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    first = prepare_server(tmp_path, port=0)
    with pytest.raises(ValueError, match="another mienet serve runs for"):
        prepare_server(tmp_path, port=0)
    assert first.url == f"http://127.0.0.1:{first.settings.port}/"


def test_other_computers_need_a_token(tmp_path: Path) -> None:
    first, second = (prepare_server(tmp_path / name, host="0.0.0.0", port=0)
                     for name in made(tmp_path, "a", "b"))  # fmt: skip
    assert len(first.settings.token) == 32
    assert first.settings.token != second.settings.token
    assert first.url.endswith(f":{first.settings.port}/?token={first.settings.token}")


def made(folder: Path, *names: str) -> tuple[str, ...]:
    for name in names:
        (folder / name).mkdir()
    return names


def test_the_page_comes_with_its_modules(tmp_path: Path) -> None:
    page = open_page(tmp_path)
    assert page.get("/").headers["content-type"].startswith("text/html")
    assert page.get("/web/../app.py").status_code == 404
    assert page.get("/web/%2e%2e/app.py").status_code == 404


def test_the_token_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mienet.server.running.PreparedServer.run", lambda server: None)
    monkeypatch.setenv("MIENET_TOKEN", "0123456789abcdef")
    options = ["serve", "--videos", str(tmp_path), "--host", "0.0.0.0", "--port", "0"]
    assert main([*options, "--no-browser"]) == 0
    assert "/?token=0123456789abcdef\n" in capsys.readouterr().out


@pytest.mark.parametrize("token", ["short", "0123456789abcde/", "é" * 20])
def test_a_token_that_cannot_be_one_is_told(tmp_path: Path, token: str) -> None:
    with pytest.raises(ValueError, match="a token needs 16 to 200 letters, digits, - or _, got"):
        prepare_server(tmp_path, host="0.0.0.0", port=0, token=token)


@pytest.mark.parametrize(("known", "says"), [
    (False, "no error rate can be promised: the model's file does not say how familiar clips were"),
    (True, "0.05 cannot be promised"),
])  # fmt: skip
def test_an_error_rate_that_cannot_be_promised_is_told_at_the_start(
    known: bool, says: str, tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if known:
        with_known(model, 1, num_validated=20)
    options = ["serve", str(model), "--videos", str(tmp_path), "--error-rate", "0.05"]
    assert main([*options, "--port", "0"]) == 1
    assert says in capsys.readouterr().err


def test_an_error_rate_needs_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--videos", str(tmp_path), "--error-rate", "0.05", "--port", "0"]) == 1
    assert "--error-rate is of a model of clips; give its run's folder" in capsys.readouterr().err


def test_what_an_error_rate_costs_is_told_at_the_start(
    tmp_path: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("mienet.server.running.PreparedServer.run", lambda server: None)
    options = ["serve", str(with_known(model, 1)), "--videos", str(tmp_path), "--port", "0"]
    assert main([*options, "--no-browser", "--error-rate", "0.2"]) == 0
    assert "answers from familiarity 0.25 on: in validation 36 of" in capsys.readouterr().err
