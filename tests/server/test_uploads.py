import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mienet.server.refusal import RefusedError
from mienet.server.settings import Limits
from tests.server.page import open_page

pytestmark = pytest.mark.usefixtures("same_process")


@pytest.fixture
def page(tmp_path: Path) -> TestClient:
    return open_page(tmp_path)


@pytest.fixture
def jump(jump_once: Path) -> bytes:
    return (jump_once / "jump.mp4").read_bytes()


def left(folder: Path) -> list[Path]:
    """Returns the parts of uploads that are there."""
    return list((folder / "mienet/uploads").iterdir())


def test_a_video_that_is_sent_is_in_the_folder(
    page: TestClient, tmp_path: Path, jump: bytes
) -> None:
    answer = page.put("/api/uploads?name=new/Ann 1.mp4", content=jump)
    assert answer.json() == {"video": "new/Ann 1.mp4"}
    assert (tmp_path / "new/Ann 1.mp4").read_bytes() == jump
    assert left(tmp_path) == []
    (listed,) = page.get("/api/videos").json()["videos"]
    assert listed["video"] == "new/Ann 1.mp4"


def test_no_file_is_replaced(page: TestClient, tmp_path: Path, jump: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(b"mine")
    answer = page.put("/api/uploads?name=a.mp4", content=jump)
    assert answer.status_code == 409
    assert "there is a video 'a.mp4' already" in answer.json()["error"]
    assert (tmp_path / "a.mp4").read_bytes() == b"mine"


def test_a_file_that_came_meanwhile_is_not_replaced(
    page: TestClient, tmp_path: Path, jump: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = page.app.state.context.uploads  # type: ignore[attr-defined]
    target = tmp_path / "a.mp4"
    monkeypatch.setattr(uploads, "_target", lambda name: target)
    target.write_bytes(b"mine")
    assert page.put("/api/uploads?name=a.mp4", content=jump).status_code == 409
    assert target.read_bytes() == b"mine"


def test_a_disk_without_links_takes_videos_too(
    page: TestClient, tmp_path: Path, jump: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    assert page.put("/api/uploads?name=a.mp4", content=jump).status_code == 200
    assert (tmp_path / "a.mp4").read_bytes() == jump
    assert page.put("/api/uploads?name=a.mp4", content=jump).status_code == 409


@pytest.mark.parametrize(("name", "content", "says"), [
    ("a.mp4", b"no video at all", "'a.mp4': cannot be read as a video"),
    ("a.mp4", b"", "'a.mp4': the file is empty"),
    ("a.txt", b"x", "name: 'a.txt' is no video by its ending"),
    ("../a.mp4", b"x", "name: '../a.mp4' is no path below the folder"),
    ("mienet/labels/a.mp4", b"x", "is in the server's own folder"),
    ("x" * 60_000, b"x", "name: a path of 60000 bytes"),
])  # fmt: skip
def test_what_is_no_video_is_refused_and_nothing_is_left(
    page: TestClient, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    answer = page.put("/api/uploads", params={"name": name}, content=content)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert left(tmp_path) == []
    assert page.get("/api/videos").json()["videos"] == []


def test_a_cut_video_is_refused(page: TestClient, jump: bytes) -> None:
    answer = page.put("/api/uploads?name=a.mp4", content=jump[: len(jump) // 2])
    assert answer.status_code == 400


def test_a_folder_behind_a_link_is_refused(page: TestClient, tmp_path: Path, jump: bytes) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}_outside"
    outside.mkdir()
    (tmp_path / "sub").symlink_to(outside)
    answer = page.put("/api/uploads?name=sub/a.mp4", content=jump)
    assert answer.status_code == 403
    assert list(outside.iterdir()) == []


def test_a_large_video_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    page = open_page(tmp_path, limits=Limits(upload_bytes=1000))
    answer = page.put("/api/uploads?name=a.mp4", content=b"x" * 1001)
    assert answer.status_code == 413
    assert "larger than 1e-06 GB; copy it into the folder by hand" in answer.json()["error"]


def test_a_large_video_of_unknown_size_is_cut_off(tmp_path: Path) -> None:
    page = open_page(tmp_path, limits=Limits(upload_bytes=1000))
    answer = page.put("/api/uploads?name=a.mp4", content=iter([b"x" * 600] * 2))
    assert answer.status_code == 413
    assert left(tmp_path) == []


def test_a_video_that_does_not_fit_on_the_disk_is_refused(page: TestClient) -> None:
    answer = page.put("/api/uploads?name=a.mp4", headers={"Content-Length": str(19 << 30)})
    assert "MB left" in answer.json()["error"] or answer.status_code == 400


async def slowly(seconds: float) -> AsyncIterator[bytes]:
    yield b"x"
    await asyncio.sleep(seconds)


def test_an_upload_that_takes_too_long_is_cut_off(tmp_path: Path) -> None:
    page = open_page(tmp_path, limits=Limits(upload_seconds=0.05))
    uploads = page.app.state.context.uploads  # type: ignore[attr-defined]
    with pytest.raises(RefusedError, match=r"not here after 0\.05 seconds"):
        asyncio.run(uploads.take("a.mp4", None, slowly(5)))
    assert left(tmp_path) == []


def test_more_uploads_than_allowed_are_put_off(tmp_path: Path) -> None:
    page = open_page(tmp_path, limits=Limits(uploads_at_once=1, upload_seconds=0.2))
    uploads = page.app.state.context.uploads  # type: ignore[attr-defined]

    async def two() -> list[BaseException | str]:
        first = uploads.take("a.mp4", None, slowly(5))
        return await asyncio.gather(
            first, uploads.take("b.mp4", None, slowly(0)), return_exceptions=True
        )

    _, second = asyncio.run(two())
    assert isinstance(second, RefusedError)
    assert (second.status, str(second)) == (429, "1 uploads are under way; send 'b.mp4' after them")


def test_parts_of_an_earlier_server_are_deleted(tmp_path: Path) -> None:
    open_page(tmp_path)
    (tmp_path / "mienet/uploads/0123.mp4").write_bytes(b"part")
    open_page(tmp_path)
    assert left(tmp_path) == []


def test_a_folder_that_is_a_file_is_refused(page: TestClient, jump: bytes) -> None:
    assert page.put("/api/uploads", params={"name": "b.mp4"}, content=jump).status_code == 200
    answer = page.put("/api/uploads", params={"name": "b.mp4/a.mp4"}, content=jump)
    assert answer.status_code == 409
    assert answer.json()["error"] == "name: 'b.mp4' is a file, and no folder"


def test_a_video_that_fills_the_disk_is_refused_and_nothing_is_left(
    page: TestClient, full_disk: object, tmp_path: Path, jump: bytes
) -> None:
    answer = page.put("/api/uploads?name=a.mp4", content=jump)
    assert answer.status_code == 507
    assert answer.json()["error"] == (
        "a.mp4: no space left on device; make room on its disk, and try again"
    )
    assert left(tmp_path) == [] and not (tmp_path / "a.mp4").exists()
