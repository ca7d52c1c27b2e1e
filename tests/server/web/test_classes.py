"""A model of clips on the page: the classes of a video, and why."""

import re
from typing import Any

import pytest

from tests.server.web.conftest import PageServer, add, open_video

# Once they are loaded; not by wait_for_function, whose eval the page's policy forbids.
SHEET_WIDTH = "async (sheet) => { await sheet.decode(); return sheet.naturalWidth; }"
FILM_WIDTH = """(film) => new Promise((done) => {
  if (film.videoWidth) done(film.videoWidth);
  else film.onloadedmetadata = () => done(film.videoWidth);
})"""


@pytest.fixture(scope="module")
def server(clip_server: PageServer) -> PageServer:
    """Returns a server with a model of clips."""
    return clip_server


def test_classes_are_ranked_and_one_is_explained(page: Any, server: PageServer) -> None:
    """One test, as a worker that can compute takes seconds to start."""
    page.set_default_timeout(300_000)
    open_video(page, "even.mp4")
    page.get_by_role("button", name="Predict it").click()
    rows = page.locator("#class-list li")
    rows.first.wait_for()
    shares = [float(text.rstrip(" %")) for text in rows.locator(".number").all_inner_texts()]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(100, abs=0.1)
    page.locator("#video-list").get_by_text(re.compile("predicted .*(fall|rise)")).wait_for()

    page.get_by_role("button", name="Why rise?").click()
    page.locator("#explaining").get_by_role("button", name="Cancel").wait_for()
    page.get_by_role("heading", name=re.compile(r"Why rise\? \d")).wait_for()
    assert page.locator("#explanation-sheet").evaluate(SHEET_WIDTH) > 500
    assert page.locator("#explanation-film").evaluate(FILM_WIDTH) == 3 * 224

    page.reload()
    open_video(page, "even.mp4")  # it is kept
    page.get_by_role("heading", name=re.compile(r"Why rise\? \d")).wait_for()


def test_what_a_model_of_clips_cannot_do_is_not_offered(page: Any) -> None:
    open_video(page, "even.mp4")
    assert not page.locator("#next-doubt").is_visible()
    page.locator("#open-panel").click()
    page.locator("#model-list").get_by_text("2 classes of clips").wait_for()
    assert not page.locator("#from-model-row").is_visible()


def test_none_of_these_stands_above_the_likeliest(page: Any) -> None:
    classes = [{"name": "rise", "probability": 0.7}, {"name": "fall", "probability": 0.3}]
    ranking = {"classes": classes, "answer": "none of these", "familiarity": -0.123}
    said = {"json": {"ranking": ranking | {"is_answered": False}}}
    page.route("**/api/classes*", lambda route: route.fulfill(**said))
    open_video(page, "even.mp4")
    page.get_by_text("None of these (familiarity -0.12, where training clips have 1)").wait_for()
    assert page.locator("#class-list .name").all_inner_texts() == ["rise", "fall"]


def test_what_is_looped_is_taken_as_the_clip(page: Any) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "run")
    add(page, 20, "jump")
    page.keyboard.press("l")
    page.get_by_role("heading", name="Classes of the loop, 0:00.800 to 0:02.400").wait_for()
    page.get_by_text("Nothing is predicted of this loop yet.").wait_for()
    page.route("**/api/jobs", lambda route: route.abort())
    with page.expect_request(lambda request: request.method == "POST") as asked:
        page.keyboard.press("c")
    part = {"start_frame": 20, "end_frame": 60}
    assert asked.value.post_data_json == {"kind": "predict", "videos": ["even.mp4"], **part}
    page.keyboard.press("l")
    page.get_by_role("heading", name="Classes", exact=True).wait_for()
