"""The address names the place, so that reloading and Back keep it."""

import re
from typing import Any

from tests.server.web.conftest import add, open_video


def heading(page: Any, name: str) -> Any:
    return page.get_by_role("heading", name=name)


def test_a_video_stays_open_when_the_page_is_reloaded(page: Any) -> None:
    open_video(page, "even.mp4")
    page.reload()
    heading(page, "even.mp4").wait_for()
    page.wait_for_selector("#editor[aria-busy=false]:not(.empty)")


def test_back_goes_from_any_video_to_the_list(page: Any) -> None:
    open_video(page, "even.mp4")
    open_video(page, "uneven.mp4")
    page.go_back()
    heading(page, "uneven.mp4").wait_for(state="hidden")
    assert page.locator("#hint").is_visible()
    page.go_forward()
    heading(page, "uneven.mp4").wait_for()


def test_on_a_phone_the_button_and_back_go_the_same_way(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_video(page, "even.mp4")
    page.get_by_role("button", name="‹ Videos").click()
    page.locator("#video-list").wait_for()
    page.wait_for_url(lambda url: not url.partition("#")[2])
    assert page.locator("#editor").is_hidden()


def test_a_video_that_is_no_longer_there_is_told(page: Any) -> None:
    page.evaluate("location.hash = 'video=gone.mp4'")
    page.locator("#message").get_by_text(re.compile("There is no video gone.mp4")).wait_for()
    spoken = page.locator("#announcements[aria-live]")  # what screen readers say
    assert "There is no video gone.mp4" in spoken.inner_text()


def test_keys_do_nothing_to_a_video_that_the_live_view_hides(page: Any) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "run")
    page.locator("#open-live").click()
    page.keyboard.press("Delete")
    page.locator("#close-live").click()
    assert page.locator("#marks input.label").input_value() == "run"
