"""What tests of several workflows share: videos and lists to prepare, and a finished training."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.config import RunConfig
from tests.conftest import WriteVideo
from tests.workflows.runs import tiny


@pytest.fixture
def no_charts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the charts of datasets and recordings, half a second; not with ``charts``."""
    if "charts" not in request.fixturenames:
        files = "mienet.rendering.timeline_evaluation_files"
        monkeypatch.setattr("mienet.curation.report_page._histogram_png", lambda *_: b"")
        monkeypatch.setattr(f"{files}.timeline_strips_png", lambda *_: b"")
        monkeypatch.setattr(f"{files}.confusion_matrix_png", lambda *_, **__: b"")


@pytest.fixture
def charts() -> None:
    """Lets a test draw charts, though its file uses ``no_charts``."""


@pytest.fixture
def videos(tmp_path: Path, write_video: WriteVideo) -> Callable[..., Path]:
    """Writes videos of different lengths under v/ and returns the folder."""

    def write(*names: str) -> Path:
        for index, name in enumerate(names):
            codec = "libvpx-vp9" if name.endswith(".webm") else "libx264"
            write_video(f"v/{name}", num_frames=8 + index, codec=codec)
        return tmp_path / "v"

    return write


@pytest.fixture
def labels(tmp_path: Path) -> Callable[..., Path]:
    """Writes annotation files under labels/ and returns the folder."""

    def write(**files: object) -> Path:
        folder = tmp_path / "labels"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            stem, ending = name.rsplit("_", 1)
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            (folder / f"{stem}.{ending}").write_text(text)
        return folder

    return write


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[..., int]:
    def run(*arguments: object) -> int:
        return main(["prepare", *map(str, arguments), "--out", str(tmp_path / "out"), "--jobs=1"])

    return run


@pytest.fixture
def config(class_folders: Path, tmp_path: Path) -> RunConfig:
    return tiny(class_folders, tmp_path / "runs")


@pytest.fixture(scope="session")
def trained_once(
    tmp_path_factory: pytest.TempPathFactory, class_folders_once: Path
) -> tuple[RunConfig, Path]:
    """Trains one epoch, and returns how and the run's folder."""
    from mienet.workflows.train import train  # here, as Lightning takes seconds to import

    folder = tmp_path_factory.mktemp("trained")
    videos = shutil.copytree(class_folders_once, folder / "videos")
    config = tiny(videos, folder / "runs", epochs=1)
    return config, train(config)


@pytest.fixture
def trained(trained_once: tuple[RunConfig, Path]) -> Iterator[tuple[RunConfig, Path]]:
    """Returns a run of one epoch, of which no file that it wrote may be changed."""
    run = trained_once[1]
    before = {path: path.stat().st_mtime_ns for path in run.iterdir() if path.is_file()}
    yield trained_once
    assert {path: path.stat().st_mtime_ns for path in before} == before
