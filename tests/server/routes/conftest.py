"""A lab of two short videos, for tests of what is asked about jobs and models."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import video_writer
from tests.server.lab import Lab


@pytest.fixture(scope="session")
def two_videos_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with a.mp4 and b.mp4."""
    folder = tmp_path_factory.mktemp("two_videos")
    for name in ("a.mp4", "b.mp4"):
        video_writer(folder)(name, 10)
    return folder


@pytest.fixture
def lab(two_videos_once: Path, tmp_path: Path) -> Lab:
    """Returns a lab with a.mp4 and b.mp4."""
    return Lab(Path(shutil.copytree(two_videos_once, tmp_path / "videos")))
