"""A folder is told from others, and what is meant for another one is refused."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mienet.server.identity import identity_of
from mienet.server.places import Places
from tests.server.page import open_page


def identity(page: TestClient) -> str:
    return str(page.get("/api/state").json()["identity"])


def test_a_folder_keeps_its_identity(videos: Path) -> None:
    assert identity(open_page(videos)) == identity(open_page(videos))


def test_two_folders_have_two(page: TestClient, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert identity(page) != identity(open_page(tmp_path / "other"))


def test_one_that_was_broken_by_hand_is_made_anew(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    places.identity.write_bytes(b"\xff\n")
    assert identity_of(places) == identity_of(places) == places.identity.read_text().strip()


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_is_meant_for_another_folder_is_refused(page: TestClient, method: str) -> None:
    asked = {"version": "", "marks": [], "finished": False} if method == "PUT" else None
    headers = {"X-Mienet-Folder": "0" * 32}
    answer = page.request(method, "/api/labels?video=jump.mp4", headers=headers, json=asked)
    assert answer.status_code == 421
    assert "this page is of another folder; start that one's again" in answer.json()["error"]


def test_what_names_this_folder_is_done(page: TestClient) -> None:
    headers = {"X-Mienet-Folder": identity(page)}
    assert page.get("/api/labels?video=jump.mp4", headers=headers).status_code == 200
