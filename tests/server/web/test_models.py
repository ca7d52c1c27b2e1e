"""Which model is used is said wherever it predicts; a job that failed is told."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import make_timeline_recognizer, video_writer
from tests.server.web.conftest import PageServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[PageServer]:
    """Returns a server of one video, which was started with a model, and has trained another."""
    folder = tmp_path_factory.mktemp("videos")
    video_writer(folder)("a.mp4", 10)
    given = tmp_path_factory.mktemp("models") / "given"
    make_timeline_recognizer().save(given)
    started = PageServer(folder, str(given))
    make_timeline_recognizer().save(folder / "mienet/runs/better")
    yield started
    started.kill()


def test_the_button_names_the_model_and_another_one_offers_to_predict(page: Any) -> None:
    page.locator("#open-panel").click()
    page.get_by_role("button", name="Predict 1 new video with given").wait_for()
    page.get_by_role("button", name="Use this one").click()
    question = page.get_by_role("dialog", name="better is used from now on")
    question.get_by_text("The predictions of given are no longer shown.").wait_for()
    question.get_by_role("button", name="Predict 1 new video with better").wait_for()
    question.get_by_role("button", name="Not now").click()
    page.get_by_role("button", name="Predict 1 new video with better").wait_for()


def test_a_failed_job_stays_in_sight_until_it_is_dismissed(page: Any) -> None:
    page.set_default_timeout(300_000)  # a process that can compute takes long to start
    page.locator("#open-panel").click()
    page.get_by_role("button", name="Make a report").first.click()
    said = re.compile("failed: no recording has finished labels yet; label")
    notice = page.locator("#notices").get_by_text(said)
    notice.wait_for()
    page.locator("#job-list .failed").wait_for()

    page.reload()
    notice.wait_for()
    page.get_by_role("button", name="Dismiss: Report on").click()
    notice.wait_for(state="hidden")
    page.reload()
    page.locator("#open-panel").click()
    page.locator("#job-list .failed").wait_for()
    assert not notice.is_visible()


def job(number: int, state: str, **more: Any) -> dict[str, Any]:
    """Returns a job as the server lists it."""
    told = {"progress": None, "seconds_left": None, "message": "", "videos": [], "result": None}
    return {"id": number, "kind": "predict", "title": "Predict it", "state": state} | told | more


def test_a_failed_job_is_tried_again_from_where_it_is_told(page: Any) -> None:
    listed = [job(7, "failed", message="memory ran out; close other programs")]
    page.route("**/api/jobs", lambda route: route.fulfill(json={"jobs": listed, "id": 7}))
    page.reload()
    notice = page.locator("#notices").get_by_text("Predict it failed: memory ran out; close")
    notice.wait_for()
    with page.expect_request(lambda request: request.method == "POST") as asked:
        listed[0] = job(7, "waiting")
        page.get_by_role("button", name="Try again").click()
    assert asked.value.post_data_json == {"kind": "resume", "id": 7}
    notice.wait_for(state="hidden")


def test_one_that_was_done_since_is_not_told(page: Any) -> None:
    listed = [job(9, "done"), job(8, "failed", message="old"), job(7, "failed", title="Other")]
    page.route("**/api/jobs", lambda route: route.fulfill(json={"jobs": listed}))
    page.reload()
    page.locator("#notice-list li").first.wait_for()
    assert page.locator("#notice-list .what").all_inner_texts() == ["Other failed"]


def test_videos_that_could_not_be_read_are_named(page: Any) -> None:
    broken = [{"video": f"{k}.mp4", "state": "failed", "progress": None, "problem": f"{k}.mp4: bad"}
              for k in range(5)]  # fmt: skip
    listed = [job(7, "done", message="0 predicted, 5 cannot be read", videos=broken)]
    page.route("**/api/jobs", lambda route: route.fulfill(json={"jobs": listed}))
    page.reload()
    notice = page.locator("#notice-list .what")
    notice.wait_for()
    lines = ["Predict it: 0 predicted, 5 cannot be read", *(f"{k}.mp4: bad" for k in range(3))]
    assert notice.locator("p").all_inner_texts() == [*lines, "… and 2 more"]
    page.get_by_role("button", name="See the job").click()
    page.locator("#panel").get_by_text("5 with problems").wait_for()
