"""Explanations and classes over HTTP: what is accepted, told, shown and refused."""

from pathlib import Path
from typing import Any

import pytest

from mienet.server.explanations import explanation_folder, write_explanation
from mienet.server.models import read_model
from mienet.server.signatures import signature_of
from tests.conftest import make_recognizer, make_timeline_recognizer, with_known
from tests.server.lab import Lab
from tests.server.page import Page


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_recognizer().save(folder / "clips")
    make_timeline_recognizer().save(folder / "recordings")
    return folder


@pytest.fixture
def page(lab: Lab, models: Path) -> Page:
    return Page(lab, models / "clips")


@pytest.fixture
def explained(lab: Lab, models: Path) -> Page:
    """A page of which job 7 has explained a.mp4."""
    folder = explanation_folder(lab.places, read_model(models / "clips").key, "a.mp4")
    (folder / "7").mkdir(parents=True)
    (folder / "7/a.png").write_bytes(b"sheet")
    (folder / "7/a_explained.mp4").write_bytes(b"film")
    names = {"sheet": "a.png", "film": "a_explained.mp4"}
    signature = signature_of(lab.folder / "a.mp4")
    write_explanation(folder, {"job": 7, "signature": signature, "label": "rise", **names})
    return Page(lab, models / "clips")


def test_an_explanation_is_told_without_the_files_signature(explained: Page) -> None:
    assert explained.get("/api/explanation?video=b.mp4") == {"explanation": None}
    found = explained.get("/api/explanation?video=a.mp4")["explanation"]
    assert found == {"job": 7, "label": "rise", "sheet": "a.png", "film": "a_explained.mp4"}


@pytest.mark.parametrize(
    ("which", "content", "kind"),
    [("sheet", b"sheet", "image/png"), ("film", b"film", "video/mp4")],
)
def test_its_pictures_are_shown(explained: Page, which: str, content: bytes, kind: str) -> None:
    answer = explained.client.get(f"/api/explanation/{which}?video=a.mp4&job=7")
    assert (answer.content, answer.headers["content-type"]) == (content, kind)


def test_pictures_of_another_explanation_are_not_shown_for_it(explained: Page) -> None:
    answer = explained.client.get("/api/explanation/sheet?video=a.mp4&job=6")
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        "video: a.mp4: there is no such explanation any more; ask for it again",
    )


def test_another_model_has_not_explained_it(explained: Page, lab: Lab, models: Path) -> None:
    other = Page(lab, models / "recordings")
    assert other.get("/api/explanation?video=a.mp4") == {"explanation": None}


def test_an_explanation_is_a_job_of_the_model_in_use(page: Page) -> None:
    page.ask(kind="explain", videos=["a.mp4"], label="rise")
    (job,) = page.get("/api/jobs")["jobs"]
    assert (job["title"], job["state"]) == ("Explain a.mp4 by clips", "waiting")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"videos": ["a.mp4", "b.mp4"]}, "videos has 2 names; an explanation is of one"),
        ({"videos": []}, "videos has 0 names; an explanation is of one"),
        ({"videos": ["no.mp4"]}, "videos that cannot be used:"),
        (
            {"videos": ["a.mp4"], "at_seconds": 0.2},
            "at_seconds: clips gives a clip one class, whatever the time; leave it out",
        ),
        ({"videos": ["a.mp4"], "label": "up"}, "label is 'up'; clips knows fall, rise"),
    ],
)
def test_what_cannot_be_explained_is_refused(page: Page, asked: dict[str, Any], said: str) -> None:
    assert page.refused(kind="explain", **asked).startswith(said)


def test_a_recording_is_explained_at_a_moment(lab: Lab, models: Path) -> None:
    page = Page(lab, models / "recordings")
    assert page.refused(kind="explain", videos=["a.mp4"]) == (
        "at_seconds is missing: recordings is of recordings; give the moment to explain"
    )
    assert page.ask(kind="explain", videos=["a.mp4"], at_seconds=0.2, label="dawn") == 1


def test_classes_are_told_and_listed(page: Page, lab: Lab) -> None:
    page.ask(kind="predict", videos=["a.mp4"])
    lab.go_on(1)
    ranking = page.get("/api/classes?video=a.mp4")["ranking"]
    classes = ranking["classes"]
    assert (ranking["is_answered"], ranking["familiarity"]) == (True, None)
    assert {one["name"] for one in classes} == {"fall", "rise"}
    a, b = page.get("/api/videos")["videos"]
    assert (a["state"], a["answer"]) == ("predicted", classes[0])
    assert (b["state"], b["answer"]) == ("new", None)
    assert page.get("/api/classes?video=b.mp4") == {"ranking": None}
    labels = page.get("/api/labels?video=a.mp4")
    assert (labels["state"], labels["predicted"]) == ("predicted", None)


def test_none_of_these_is_told_and_listed(lab: Lab, tmp_path: Path) -> None:
    make_recognizer().save(tmp_path / "strange")
    page = Page(lab, with_known(tmp_path / "strange", -1), error_rate=0.2)
    page.ask(kind="predict", videos=["a.mp4"])
    lab.go_on(1)
    ranking = page.get("/api/classes?video=a.mp4")["ranking"]
    assert (ranking["is_answered"], ranking["answer"]) == (False, "none of these")
    assert -1 <= ranking["familiarity"] < 0
    answer = page.get("/api/videos")["videos"][0]["answer"]
    assert answer == {"name": "none of these", "probability": None}


def test_a_part_is_told_beside_the_whole(page: Page, lab: Lab) -> None:
    page.ask(kind="predict", videos=["a.mp4"], start_frame=2, end_frame=8)
    assert page.get("/api/jobs")["jobs"][0]["title"] == "Predict a.mp4, frames 2 to 7, with clips"
    lab.go_on(1)
    assert page.get("/api/classes?video=a.mp4&start_frame=2&end_frame=8")["ranking"]
    assert page.get("/api/classes?video=a.mp4") == {"ranking": None}
    assert page.get("/api/videos")["videos"][0]["state"] == "new"


@pytest.mark.parametrize(("asked", "says"), [
    ({"start_frame": 5, "end_frame": 5}, "start_frame is 5, end_frame 5: a.mp4 has 10 frames, "),
    ({"start_frame": 5, "end_frame": 11}, "give the first frame of the part and the first one"),
    ({"start_frame": 5}, "start_frame is 5, end_frame None"),
    ({"start_frame": 0, "end_frame": 5, "videos": ["a.mp4", "b.mp4"]}, "a part is of one video"),
])  # fmt: skip
def test_parts_that_are_none_are_refused(page: Page, asked: dict[str, Any], says: str) -> None:
    assert says in page.refused(kind="predict", **{"videos": ["a.mp4"], **asked})


def test_a_model_of_recordings_takes_no_part(lab: Lab, models: Path) -> None:
    page = Page(lab, models / "recordings")
    said = page.refused(kind="predict", videos=["a.mp4"], start_frame=0, end_frame=5)
    assert said == "start_frame, end_frame: recordings is of whole recordings; leave them out"
