"""Jobs, models and doubts over HTTP, without a worker: what is accepted, told and refused."""

import shutil
from pathlib import Path

import pytest

from mienet.server.models import read_model
from tests.conftest import make_recognizer, make_timeline_recognizer
from tests.server.lab import Lab
from tests.server.page import Page


@pytest.fixture
def given(tmp_path: Path) -> Path:
    make_timeline_recognizer().save(tmp_path / "given")
    return tmp_path / "given"


@pytest.fixture
def page(lab: Lab) -> Page:
    return Page(lab)


@pytest.fixture
def page_with_model(lab: Lab, given: Path) -> Page:
    return Page(lab, given)


def test_a_job_is_added_and_listed(page: Page) -> None:
    number = page.ask(kind="transcode", videos=["a.mp4"])
    (job,) = page.get("/api/jobs")["jobs"]
    assert (job["id"], job["state"], job["title"]) == (
        number,
        "waiting",
        "Copy a.mp4 for the browser",
    )


def test_a_job_is_cancelled_and_resumed(page: Page) -> None:
    number = page.ask(kind="transcode", videos=["a.mp4"])
    assert page.client.delete(f"/api/jobs/{number}").json()["state"] == "cancelled"
    assert page.ask(kind="resume", id=number) == number
    assert page.get("/api/jobs")["jobs"][0]["state"] == "waiting"


def test_all_that_is_not_predicted_is(page_with_model: Page) -> None:
    page_with_model.ask(kind="predict")
    (job,) = page_with_model.get("/api/jobs")["jobs"]
    assert [video["video"] for video in job["videos"]] == ["a.mp4", "b.mp4"]


def test_predicting_needs_a_model(page: Page) -> None:
    assert page.refused(kind="predict").startswith("there is no model yet: teach one, or start")


def test_all_videos_that_are_not_there_are_named(page_with_model: Page) -> None:
    said = page_with_model.refused(kind="predict", videos=["a.mp4", "no.mp4", "../x.mp4"])
    assert "no.mp4" in said and "../x.mp4" in said and "a.mp4'" not in said


def test_teaching_needs_two_finished_recordings(page: Page) -> None:
    assert page.refused(kind="train", name="first") == (
        "no video is finished; teaching needs 2: label another one and press Finished"
    )


@pytest.mark.parametrize("name", ["", "../x", ".hidden", "a/b", "x" * 61, "a\nb"])
def test_names_of_models_are_plain(page: Page, name: str) -> None:
    assert "accepted are 1 to 60 letters, digits, spaces" in page.refused(kind="train", name=name)


def test_a_model_of_that_name_is_not_replaced(page_with_model: Page) -> None:
    said = page_with_model.refused(kind="train", name="Given")
    assert said.startswith("there is a model 'Given' already")


def test_options_that_there_are_not_are_named(page: Page) -> None:
    assert (
        "epoch: Extra inputs are not permitted"
        in page.client.post("/api/jobs", json={"kind": "train", "name": "x", "epoch": 3}).json()[
            "error"
        ]
    )


def test_unknown_kinds_are_refused(page: Page) -> None:
    said = page.refused(kind="dance")
    assert said.startswith("kind is 'dance'; accepted are predict, explain, train, resume")


def test_the_given_model_is_used_and_listed(page_with_model: Page) -> None:
    (model,) = page_with_model.get("/api/models")["models"]
    assert (model["name"], model["kind"], model["used"]) == ("given", "recordings", True)
    assert (model["phases"], model["events"]) == (["dark", "light"], ["dawn"])
    assert (model["figures"], model["report"]) == (None, False)


def test_another_model_is_used_also_after_a_restart(lab: Lab, given: Path) -> None:
    make_timeline_recognizer().save(lab.places.runs / "better")
    answer = Page(lab, given).client.put("/api/model", json={"name": "better"})
    assert answer.json()["used"]
    names = {m["name"]: m["used"] for m in Page(lab, given).get("/api/models")["models"]}
    assert names == {"given": False, "better": True}


def test_of_two_models_with_one_name_either_can_be_used(lab: Lab, given: Path) -> None:
    make_recognizer().save(lab.places.runs / "given")
    page = Page(lab, given)
    kinds = {m["name"]: m["kind"] for m in page.get("/api/models")["models"]}
    assert kinds == {"given (given)": "recordings", "given": "clips"}
    for name, kind in [("given", "clips"), ("given (given)", "recordings")]:
        page.client.put("/api/model", json={"name": name})
        assert Page(lab, given).get("/api/state")["model"]["kind"] == kind
        assert [m["name"] for m in page.get("/api/models")["models"] if m["used"]] == [name]


def test_a_model_of_the_server_itself_may_be_given(lab: Lab) -> None:
    make_timeline_recognizer().save(lab.places.runs / "better")
    (model,) = Page(lab, lab.places.runs / "../runs/better").get("/api/models")["models"]
    assert (model["name"], model["used"]) == ("better", True)
    assert Page(lab).get("/api/state")["model"]["name"] == "better"


def test_another_model_that_is_given_at_the_start_is_used(lab: Lab, given: Path) -> None:
    Page(lab, given)
    other = given.with_name("other")
    make_recognizer().save(other)
    state = Page(lab, other).get("/api/state")
    assert (state["model"]["name"], state["model"]["kind"]) == ("other", "clips")


def test_a_given_model_that_was_deleted_is_none(lab: Lab, given: Path, tmp_path: Path) -> None:
    page = Page(lab, Path(shutil.copytree(given, tmp_path / "copy")))
    (tmp_path / "copy/model.safetensors").write_bytes(b"half of it")
    assert page.get("/api/state")["model"] is None
    shutil.rmtree(tmp_path / "copy")
    assert page.get("/api/models")["models"] == []
    assert len(page.get("/api/videos")["videos"]) == 2


def test_a_model_that_is_none_is_refused(page_with_model: Page) -> None:
    answer = page_with_model.client.put("/api/model", json={"name": "x"})
    assert answer.status_code == 404
    assert answer.json()["error"] == "model 'x': there is no such model; there are: given"


def test_models_of_clips_are_not_compared(page: Page, lab: Lab) -> None:
    make_recognizer().save(lab.places.runs / "clips")
    make_timeline_recognizer().save(lab.places.runs / "one")
    said = page.refused(kind="compare", models=["one", "clips"])
    assert said.startswith("clips is a model of clips")
    assert "two different names" in page.refused(kind="compare", models=["one", "one"])


def test_a_report_is_shown_where_it_reaches_nothing(
    page_with_model: Page, lab: Lab, given: Path
) -> None:
    assert page_with_model.client.get("/api/reports/given").status_code == 404
    folder = lab.places.evaluations / read_model(given).key
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>good</p>")
    answer = page_with_model.client.get("/api/reports/given")
    assert answer.text == "<p>good</p>"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy


def test_doubts_and_curves_need_a_prediction(page_with_model: Page) -> None:
    for path in ("/api/doubts?video=a.mp4", "/api/curves?video=a.mp4"):
        answer = page_with_model.client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"].endswith("has not predicted it; predict it first")


def test_what_is_predicted_is_told(page_with_model: Page, lab: Lab, given: Path) -> None:
    page_with_model.ask(kind="predict", videos=["a.mp4"])
    lab.go_on(1)
    assert len(page_with_model.get("/api/curves?video=a.mp4&points=5")["times_seconds"]) == 5
    assert "doubts" in page_with_model.get("/api/doubts?video=a.mp4")
    (first, second) = page_with_model.get("/api/suggestions")["suggestions"]
    assert (first["video"], second["video"]) == ("a.mp4", "b.mp4")
    assert second["reason"].startswith("nothing is predicted of it")
    states = {v["video"]: v["state"] for v in page_with_model.get("/api/videos")["videos"]}
    assert states == {"a.mp4": "predicted", "b.mp4": "new"}


def test_what_is_predicted_follows_a_rename(page_with_model: Page, lab: Lab) -> None:
    page_with_model.ask(kind="predict", videos=["a.mp4"])
    lab.go_on(1)
    for label, to in (("dark", "night"), ("light", "night")):
        body = {"kind": "phase", "label": label, "to": to}
        answer = page_with_model.client.post("/api/labels/rename", json=body)
        assert answer.json() == {"videos": [], "models": ["given"]}
    marks = page_with_model.get("/api/labels?video=a.mp4")["marks"]
    assert {one["label"] for one in marks if one["kind"] == "phase"} == {"night"}
    assert list(page_with_model.get("/api/curves?video=a.mp4&points=5")["curves"]) == [
        "night",
        "dawn",
    ]
    assert page_with_model.get("/api/state")["phases"] == ["night"]
    assert page_with_model.get("/api/models")["models"][0]["phases"] == ["night"]
    whys = [one["why"] for one in page_with_model.get("/api/doubts?video=a.mp4")["doubts"]]
    assert not any("dark" in why or "light" in why for why in whys)


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**30])
def test_a_job_of_any_number_may_be_asked_for(page: Page, number: int) -> None:
    assert page.client.delete(f"/api/jobs/{number}").status_code == 404
