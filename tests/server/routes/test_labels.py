from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mienet.server.settings import Limits
from tests.server.page import mark, open_page

pytestmark = pytest.mark.usefixtures("same_process")
JUMP = {"video": "jump.mp4"}


def put(page: TestClient, marks: list[Any], version: str = "", **more: Any) -> Any:
    body = {"version": version, "finished": False, "marks": marks} | more
    return page.put("/api/labels", params=JUMP, json=body)


def test_a_video_without_labels_is_new(page: TestClient) -> None:
    assert page.get("/api/labels", params=JUMP).json() == {
        "version": "", "state": "new", "marks": [], "predicted": None
    }  # fmt: skip


def test_what_was_saved_is_read(page: TestClient) -> None:
    saved = put(page, [mark("land", 1.5), mark("run", 0, 1, subject="Ann")]).json()
    read = page.get("/api/labels", params=JUMP).json()
    assert (read["version"], read["state"]) == (saved["version"], "draft")
    assert read["marks"] == [
        mark("run", 0, 1, subject="Ann", confidence=None),
        mark("land", 1.5, subject="", confidence=None),
    ]


def test_all_problems_are_told_at_once(page: TestClient) -> None:
    marks = [mark(" run", 0, 1), mark("", 1, 1.5), mark("fly", 1.9, 2.1), mark("land", 2.5)]
    answer = put(page, [*marks, mark("end", 1.8, 1.7), mark("walk", 0.5, 1)])
    assert answer.status_code == 400
    assert answer.json()["problems"] == [
        "mark 1: ' run' is no label; give text without spaces around it",
        "mark 2: '' is no label; give text without spaces around it",
        "mark 5: 'end' ends at 1.7 s and starts at 1.8 s",
        "mark 3: 'fly' at 1.9 to 2.1 s is outside the video, from 0 to 2 s",
        "mark 4: 'land' at 2.5 s is outside the video, from 0 to 2 s",
        "mark 6: 'walk' from 0.5 s overlaps ' run', which ends at 1 s (mark 1)",
    ]


def test_a_label_is_renamed_in_all_videos_and_keeps_its_place(page: TestClient) -> None:
    put(page, [mark("run", 0, 1), mark("fly", 1, 2), mark("run", 1.5)])
    page.get("/api/state")
    body = {"kind": "phase", "label": "run", "to": "walk"}
    assert page.post("/api/labels/rename", json=body).json()["videos"] == ["jump.mp4"]
    marks = page.get("/api/labels", params=JUMP).json()["marks"]
    assert [one["label"] for one in marks] == ["walk", "fly", "run"]
    assert page.get("/api/state").json()["phases"] == ["walk", "fly"]


def test_a_label_is_renamed_also_where_the_video_is_not_there(
    page: TestClient, videos: Path
) -> None:
    put(page, [mark("run", 0, 1)])
    (videos / "jump.mp4").rename(videos.parent / "away.mp4")
    body = {"kind": "phase", "label": "run", "to": "walk"}
    assert page.post("/api/labels/rename", json=body).json()["videos"] == ["jump.mp4"]
    (videos.parent / "away.mp4").rename(videos / "jump.mp4")
    marks = page.get("/api/labels", params=JUMP).json()["marks"]
    assert [one["label"] for one in marks] == ["walk"]


@pytest.mark.parametrize(
    ("label", "to", "says"),
    [
        ("run", " walk", "' walk' is no label; give text without spaces around it"),
        ("jog", "walk", "no video has a phase 'jog'; reload the page"),
    ],
)
def test_what_cannot_be_renamed_is_told(page: TestClient, label: str, to: str, says: str) -> None:
    put(page, [mark("run", 0, 1)])
    body = {"kind": "phase", "label": label, "to": to}
    assert says in page.post("/api/labels/rename", json=body).json()["error"]


def test_a_label_that_is_too_long_is_told_in_words(page: TestClient) -> None:
    answer = put(page, [mark("run" * 80, 0, 1)])
    assert answer.status_code == 400
    assert answer.json()["problems"] == [
        f"mark 1: '{('run' * 80)[:40]}...' has a label of 240 characters; at most 200 are "
        "accepted: shorten it"
    ]


def test_phases_of_two_subjects_may_overlap(page: TestClient) -> None:
    marks = [mark("run", 0, 1, subject="Ann"), mark("run", 0.5, 1, subject="Bob")]
    assert put(page, marks).status_code == 200


def test_the_end_of_the_video_is_in_it(page: TestClient) -> None:
    assert put(page, [mark("run", 1, 2)]).status_code == 200


@pytest.mark.parametrize("marks", [
    [{"kind": "phase"}], "x", [mark("a", 0, 1, more=1)], [mark("a", "0", 1)], [mark(1, 0, 1)],
    [mark("a" * 201, 0, 1)], [{**mark("a", 0, 1), "kind": "other"}], [mark("a", 0, 1, subject=0)],
    [mark("a", 0, 1, confidence=2)], [{**mark("a", 0), "kind": "phase"}], [None],
    [{**mark("a", 0, 1), "kind": "event"}],
])  # fmt: skip
def test_what_are_no_marks_is_refused(page: TestClient, marks: Any) -> None:
    answer = put(page, marks)
    assert answer.status_code == 400
    assert "mark" in answer.json()["error"]


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"marks": NaN}'])
def test_what_is_no_json_is_refused(page: TestClient, text: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = page.put("/api/labels", params=JUMP, content=text, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_times_that_are_no_numbers_are_refused(page: TestClient) -> None:
    event = '{"kind":"event","label":"a","start_seconds":NaN}'
    text = f'{{"version":"","finished":false,"marks":[{event}]}}'
    headers = {"Content-Type": "application/json"}
    answer = page.put("/api/labels", params=JUMP, content=text, headers=headers)
    assert "marks.0.start_seconds: Input should be a finite number" in answer.json()["error"]


def test_another_window_that_saved_before_is_not_overwritten(page: TestClient) -> None:
    first = put(page, [mark("run", 0, 1)]).json()
    answer = put(page, [mark("walk", 0, 1)])
    assert answer.status_code == 409
    assert "were changed meanwhile" in answer.json()["error"]
    assert answer.json()["version"] == first["version"]
    assert [one["label"] for one in answer.json()["marks"]] == ["run"]


def test_labels_are_given_up_for_the_models(page: TestClient) -> None:
    saved = put(page, [mark("run", 0, 1)], finished=True).json()
    answer = page.delete("/api/labels", params={**JUMP, "version": saved["version"]})
    assert answer.json()["state"] == "new"
    assert page.get("/api/labels", params=JUMP).json()["marks"] == []


def test_labels_that_somebody_broke_are_told(page: TestClient, videos: Path) -> None:
    (videos / "mienet/labels/jump.mp4.csv").write_text("path,label,start_seconds,end_seconds\nx")
    answer = page.get("/api/labels", params=JUMP)
    assert answer.status_code == 409
    assert "jump.mp4.csv:2: has 1 fields, the header 4" in answer.json()["error"]


def test_too_many_marks_are_refused(videos: Path) -> None:
    page = open_page(videos, limits=Limits(marks=1))
    answer = put(page, [mark("a", 0), mark("b", 1)])
    assert answer.json()["error"] == "2 marks of one video; accepted are 1"


def test_labels_of_a_broken_video_are_refused(page: TestClient, videos: Path) -> None:
    (videos / "jump.mp4").write_bytes(b"\0" * 100)
    answer = put(page, [])
    assert answer.status_code == 409
    assert "jump.mp4: cannot be read as a video" in answer.json()["error"]


def test_labels_in_use_are_offered_with_colors(page: TestClient) -> None:
    put(page, [mark("run", 0, 1), mark("land", 1.5)])
    state = page.get("/api/state").json()
    assert (state["phases"], state["events"]) == (["run"], ["land"])
    assert state["colors"] == {"run": "#4e79a7", "land": "#f28e2b"}


def test_labels_that_do_not_fit_are_refused_and_the_former_ones_are_there(
    page: TestClient, request: pytest.FixtureRequest
) -> None:
    version = put(page, [mark("run", 0, 1)]).json()["version"]
    room = request.getfixturevalue("full_disk")
    answer = put(page, [mark("walk", 0, 1)], version=version)
    room.undo()
    assert answer.status_code == 507
    assert answer.json()["error"].endswith(
        "jump.mp4.csv: no space left on device; make room on its disk, and try again"
    )
    assert page.get("/api/labels?video=jump.mp4").json()["marks"][0]["label"] == "run"
