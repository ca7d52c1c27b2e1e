"""Labels whose video is not there: where it is by its size and time of change, and who has them."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import video_writer
from tests.server.page import mark, open_page

pytestmark = pytest.mark.usefixtures("same_process")


@pytest.fixture
def labeled(page: TestClient) -> TestClient:
    """A page on which jump.mp4 has finished labels."""
    body = {"version": "", "finished": True, "marks": [mark("run", 0, 1)]}
    assert page.put("/api/labels?video=jump.mp4", json=body).status_code == 200
    return page


def strays(page: TestClient) -> Any:
    return page.get("/api/videos").json()["strays"]


def labels(page: TestClient, video: str) -> list[str]:
    return [one["label"] for one in page.get(f"/api/labels?video={video}").json()["marks"]]


def test_labels_with_their_video_are_no_strays(labeled: TestClient) -> None:
    assert strays(labeled) == []


def test_labels_follow_a_video_that_was_renamed(labeled: TestClient, videos: Path) -> None:
    (videos / "sub").mkdir()
    (videos / "jump.mp4").rename(videos / "sub/Ann.mp4")
    moved = [{"video": "jump.mp4", "now": "sub/Ann.mp4"}]
    assert strays(labeled) == moved
    assert labels(labeled, "sub/Ann.mp4") == []  # not before somebody says so
    assert labeled.post("/api/labels/follow").json() == {"moved": moved}
    assert labels(labeled, "sub/Ann.mp4") == ["run"]
    assert labeled.get("/api/videos").json()["videos"][0]["state"] == "finished"
    assert strays(labeled) == []


def test_they_follow_also_after_the_next_start(labeled: TestClient, videos: Path) -> None:
    (videos / "jump.mp4").rename(videos / "other.mp4")
    assert strays(open_page(videos)) == [{"video": "jump.mp4", "now": "other.mp4"}]


def test_a_video_that_went_is_told(labeled: TestClient, videos: Path) -> None:
    (videos / "jump.mp4").unlink()
    video_writer(videos)("other.mp4", 10)
    assert strays(labeled) == [{"video": "jump.mp4", "now": None}]
    answer = labeled.post("/api/labels/follow")
    assert answer.status_code == 404
    assert answer.json()["error"] == "no labels have a video of another name; reload the page"


def test_of_two_copies_none_is_chosen(labeled: TestClient, videos: Path) -> None:
    shutil.copy2(videos / "jump.mp4", videos / "copy.mp4")
    (videos / "jump.mp4").rename(videos / "other.mp4")
    assert strays(labeled) == [{"video": "jump.mp4", "now": None}]


def test_labels_of_another_video_are_not_replaced(labeled: TestClient, videos: Path) -> None:
    (videos / "jump.mp4").rename(videos / "other.mp4")
    body = {"version": "", "finished": False, "marks": [mark("walk", 0, 1)]}
    assert labeled.put("/api/labels?video=other.mp4", json=body).status_code == 200
    assert strays(labeled) == [{"video": "jump.mp4", "now": None}]


def test_tables_of_no_video_are_left_alone(labeled: TestClient, videos: Path) -> None:
    (videos / "mienet/labels/notes.csv").write_text("of my own")
    assert strays(labeled) == []
