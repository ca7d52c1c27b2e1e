"""A quick copy of a video is made by choice, and played at the frame that was shown."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from mienet.server.places import Places
from tests.server.web.conftest import (
    PageServer,
    burnt_frame,
    go_to,
    open_video,
    wait_shown,
    write_numbered_video,
)

SLOW = "const now = performance.now.bind(performance); performance.now = () => 100 * now();"
"""Lets jumps, and nothing else of the page, seem to take a hundred times as long."""
JUMPS = 8
"""By which the page judges how long they take."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[PageServer]:
    """Returns a server of far.mp4, whose only keyframe is its first frame."""
    folder = tmp_path_factory.mktemp("videos")
    write_numbered_video(folder / "far.mp4", [4 * number for number in range(60)], g="250")
    started = PageServer(folder)
    yield started
    started.kill()


def played(page: Any) -> str:
    """Returns which of a video's files is played: "file" or "copy"."""
    address: str = page.evaluate("document.getElementById('video').currentSrc")
    return address.rpartition("which=")[2]


def jump(page: Any, times: int) -> None:
    """Goes to another frame so many times, and each time waits until it is shown."""
    for number in range(times):
        page.keyboard.press(".")
        wait_shown(page, number + 1)


def test_a_quick_copy_is_made_and_shows_the_same_frame(page: Any, server: PageServer) -> None:
    open_video(page, "far.mp4")
    go_to(page, 37)
    assert played(page) == "file"
    page.get_by_role("button", name="Make a quick copy").click()
    copied = page.get_by_role("button", name="Quick copy", pressed=True)
    copied.wait_for()
    wait_shown(page, 37)
    assert (played(page), burnt_frame(page)) == ("copy", 37)

    copied.click()
    page.get_by_role("button", name="Quick copy", pressed=False).wait_for()
    wait_shown(page, 37)
    assert (played(page), burnt_frame(page)) == ("file", 37)

    Places(server.folder).playable_copy("far.mp4").unlink()
    page.get_by_role("button", name="Quick copy", pressed=False).click()
    page.get_by_role("button", name="Make a quick copy").wait_for()
    wait_shown(page, 37)
    assert (played(page), burnt_frame(page)) == ("file", 37)


def test_no_other_frame_is_told_while_files_are_exchanged(page: Any, server: PageServer) -> None:
    copy = Places(server.folder).playable_copy("far.mp4")
    shutil.copy2(server.folder / "far.mp4", copy)  # with its time of change
    open_video(page, "far.mp4")
    go_to(page, 37)
    page.evaluate(
        """() => {
            const number = document.getElementById("frame-number");
            window.told = [];
            const seen = new MutationObserver(() => told.push(number.textContent));
            seen.observe(number, { childList: true });
        }"""
    )
    for which in ("file", "copy", "file", "copy"):
        page.get_by_role("button", name="Quick copy").click()
        pressed = which == "copy"
        page.get_by_role("button", name="Quick copy", pressed=pressed).wait_for()
        wait_shown(page, 37)
        assert played(page) == which
    assert set(page.evaluate("told")) == {"37"}
    copy.unlink()


def test_a_copy_that_goes_while_it_is_played_makes_way(page: Any, server: PageServer) -> None:
    copy = Places(server.folder).playable_copy("far.mp4")
    shutil.copy2(server.folder / "far.mp4", copy)

    def lose(route: Any) -> None:
        copy.unlink(missing_ok=True)
        route.continue_()

    page.route("**/media*which=copy", lose)
    page.get_by_role("button", name="far.mp4").click()
    page.get_by_role("button", name="Make a quick copy").wait_for()
    wait_shown(page, 0)
    assert played(page) == "file"


def test_it_is_offered_once_where_jumps_take_long(page: Any) -> None:
    page.add_init_script(SLOW)
    page.reload()
    open_video(page, "far.mp4")
    jump(page, JUMPS - 1)
    notice = page.locator("#notices").get_by_text("Jumps in far.mp4 take about")
    assert not notice.is_visible()
    page.keyboard.press("Home")
    notice.wait_for()
    page.get_by_role("button", name="Dismiss: Jumps in far.mp4").click()
    jump(page, JUMPS)
    assert not notice.is_visible()


def test_it_is_not_offered_where_jumps_are_quick(page: Any) -> None:
    page.add_init_script("performance.now = () => 0")
    page.reload()
    open_video(page, "far.mp4")
    jump(page, JUMPS + 1)
    assert not page.locator("#notices").is_visible()


def test_where_it_is_offered_it_can_be_made(page: Any) -> None:
    page.add_init_script(SLOW)
    page.reload()
    page.route("**/api/jobs", lambda route: route.fulfill(json={"jobs": [], "id": 1}))
    open_video(page, "far.mp4")
    jump(page, JUMPS)
    with page.expect_request(lambda request: request.method == "POST") as asked:
        page.locator("#notices").get_by_role("button", name="Make a quick copy").click()
    assert asked.value.post_data_json == {"kind": "transcode", "videos": ["far.mp4"]}
