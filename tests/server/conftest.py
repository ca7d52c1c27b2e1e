"""A folder with one video of 2 seconds, and the server of it, for tests of what is asked."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.conftest import video_writer
from tests.server.page import open_page


@pytest.fixture(scope="session")
def jump_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with jump.mp4: 50 frames in 2 seconds."""
    folder = tmp_path_factory.mktemp("jump")
    video_writer(folder)("jump.mp4", 50)
    return folder


@pytest.fixture
def videos(jump_once: Path, tmp_path: Path) -> Path:
    """Returns a folder of one's own with jump.mp4."""
    return Path(shutil.copytree(jump_once, tmp_path / "videos"))


@pytest.fixture
def page(videos: Path) -> TestClient:
    """Returns a client of the server of that folder."""
    return open_page(videos)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Lets the disk have no room for what has to be on it; ``undo`` makes room."""

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    return monkeypatch
