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


def test_a_failed_job_is_told_in_red_and_not_repeated(page: Any) -> None:
    page.set_default_timeout(300_000)  # a process that can compute takes long to start
    page.locator("#open-panel").click()
    page.get_by_role("button", name="Make a report").first.click()
    told = page.locator("#message.bad")
    told.get_by_text(re.compile("failed. no recording has finished labels yet; label")).wait_for()
    page.locator("#job-list .failed").wait_for()
    assert page.get_by_role("button", name="Resume").count() == 0
