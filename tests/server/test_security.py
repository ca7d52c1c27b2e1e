from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mienet.server.settings import Limits
from tests.server.page import OWN, open_page

BODY = {"version": "", "finished": False, "marks": []}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return open_page(tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A server that other computers can reach."""
    return open_page(tmp_path_factory.mktemp("videos"), host="10.0.0.5", token="secret")


@pytest.mark.parametrize("host", ["evil.com", "127.0.0.1:8001", "127.0.0.1", "", "a b", "10.0.0.5"])
def test_a_request_for_another_address_is_refused(page: TestClient, host: str) -> None:
    answer = page.get("/api/state", headers={"Host": host})
    assert answer.status_code == 403
    assert "not this server's address" in answer.json()["error"]


@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST:8000", "[::1]:8000"])
def test_all_names_of_this_computer_are_its_own(page: TestClient, host: str) -> None:
    assert page.get("/api/state", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(("header", "value", "says"), [
    ("X-Mienet", "0", "needs the header X-Mienet: 1"),
    ("Origin", "http://evil.com", "comes from 'http://evil.com'"),
    ("Origin", "null", "comes from 'null'"),
    ("Origin", "http://127.0.0.1:8001", "comes from"),
    ("Sec-Fetch-Site", "same-site", "comes from"),
    ("Sec-Fetch-Site", "cross-site", "comes from"),
])  # fmt: skip
def test_a_change_from_another_page_is_refused(
    page: TestClient, header: str, value: str, says: str
) -> None:
    answer = page.put("/api/labels?video=a.mp4", json=BODY, headers={header: value})
    assert answer.status_code == 403
    assert says in answer.json()["error"]


def test_a_change_needs_an_origin(page: TestClient) -> None:
    request = page.build_request("DELETE", "/api/labels?video=a.mp4&version=")
    del request.headers["Origin"]
    assert "needs the header Origin" in page.send(request).json()["error"]


def test_another_page_shows_none_of_the_videos(page: TestClient) -> None:
    answer = page.get("/media?video=a.mp4", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_another_page_may_lead_to_ours(page: TestClient) -> None:
    assert page.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_every_answer_forbids_what_the_page_does_not_need(page: TestClient) -> None:
    for path in ("/", "/api/state", "/nothing"):
        headers = page.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_without_the_token_nothing_is_told(shared: TestClient) -> None:
    for path in ("/", "/api/state", "/web/index.html", "/?token=", "/?token=wrong"):
        answer = shared.get(path)
        assert answer.status_code == 403
        assert "lacks the token" in answer.json()["error"]


def test_the_token_becomes_a_cookie_that_scripts_cannot_read(shared: TestClient) -> None:
    answer = shared.get("/?token=secret&x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?x=1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert shared.get("/", headers={"Cookie": "mienet_token_8000=secret"}).status_code == 200
    shared.cookies.clear()


def test_cookies_of_other_programs_do_not_hide_the_token(shared: TestClient) -> None:
    """All ports of a computer share their cookies, and another server has a token of its own."""
    cookies = 'other={"a": [1, 2]}; mienet_token_8001=x; mienet_token_8000=secret'
    assert shared.get("/", headers={"Cookie": cookies}).status_code == 200


def test_the_token_leads_to_no_other_server(shared: TestClient) -> None:
    answer = shared.get("http://10.0.0.5:8000//evil.com?token=secret")
    assert answer.headers["location"] == "/evil.com"
    shared.cookies.clear()


def test_with_the_token_a_change_still_needs_the_own_page(shared: TestClient) -> None:
    answer = shared.delete(
        "/api/labels?video=a.mp4&version=",
        headers={"Origin": "http://evil.com", "Cookie": "mienet_token_8000=secret"},
    )
    assert "comes from" in answer.json()["error"]


def test_large_bodies_are_refused_before_they_are_read(tmp_path: Path) -> None:
    page = open_page(tmp_path, limits=Limits(body_bytes=100))
    answer = page.post("/api/import?name=a.csv", content=b"x" * 101)
    assert answer.status_code == 413
    assert answer.json() == {"error": "a request of 101 bytes; accepted are 100"}


def test_a_body_of_unknown_length_is_refused(page: TestClient) -> None:
    answer = page.post("/api/import?name=a.csv", content=iter([b"x"]))
    assert answer.status_code == 411


def test_a_mistake_of_ours_is_told_without_its_traceback(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mienet.server.library.Library.videos", lambda self: {}["private"], raising=True
    )
    answer = page.get("/api/videos", headers=OWN)
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("something went wrong that should not")
