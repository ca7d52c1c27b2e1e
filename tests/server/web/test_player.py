"""The number that the page says is that of the frame it shows."""

import random
from typing import Any

import pytest

from tests.server.web.conftest import burnt_frame, go_to, open_video, shown_frame, wait_shown

KEYS = ("ArrowLeft", "ArrowRight", ",", ".", "Shift+ArrowLeft", "Shift+ArrowRight", "Home", "End")
STEPS = {"ArrowLeft": -1, ",": -1, "ArrowRight": 1, ".": 1}
STEPS |= {"Shift+ArrowLeft": -10, "Shift+ArrowRight": 10, "Home": -1000, "End": 1000}


@pytest.mark.parametrize(("video", "num_frames"), [("even.mp4", 60), ("uneven.mp4", 80)])
def test_keys_go_to_exactly_the_frame_that_they_say(page: Any, video: str, num_frames: int) -> None:
    open_video(page, video)
    chooser, expected = random.Random(0), 0
    for _ in range(15):
        for key in chooser.choices(KEYS, k=chooser.randint(1, 3)):  # some faster than it seeks
            page.keyboard.press(key)
            expected = min(max(expected + STEPS[key], 0), num_frames - 1)
        wait_shown(page, expected)
        assert burnt_frame(page) == expected


DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Waits until the browser has drawn: before it has, it tells no page which frame is shown."""


def test_the_number_is_right_after_a_pause(page: Any) -> None:
    open_video(page, "uneven.mp4")
    for _ in range(3):
        page.keyboard.press(" ")
        page.wait_for_timeout(250)
        page.keyboard.press(" ")
        page.wait_for_timeout(150)
        page.evaluate(DRAWN)
        assert shown_frame(page) == burnt_frame(page) > 0


def test_a_frame_that_the_browser_forgets_to_tell_is_told_soon(page: Any) -> None:
    open_video(page, "even.mp4")
    # One message is lost, as Chromium loses them between two seeks, and the long wait never ends.
    page.evaluate(
        """() => {
            const video = document.getElementById("video");
            const ask = video.requestVideoFrameCallback.bind(video);
            video.requestVideoFrameCallback = (tell) => {
                video.requestVideoFrameCallback = ask;
                return ask(() => ask(tell));
            };
            const later = window.setTimeout;
            window.setTimeout = (act, wait) => (wait < 1000 ? later(act, wait) : 0);
        }"""
    )
    page.keyboard.press(".")
    wait_shown(page, 1)
    page.keyboard.press(".")
    wait_shown(page, 2)
    assert burnt_frame(page) == 2


def test_a_frame_that_the_browser_does_not_reach_ends_at_the_one_it_shows(page: Any) -> None:
    open_video(page, "even.mp4")
    # As of a file that ends before its frames do; no message comes, and no end of the long wait.
    page.evaluate(
        """() => {
            const video = document.getElementById("video");
            const own = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "currentTime");
            Object.defineProperty(video, "currentTime", {
                get: () => own.get.call(video),
                set: (seconds) => own.set.call(video, Math.min(seconds, 0.06)),
            });
            video.requestVideoFrameCallback = () => 0;
            const later = window.setTimeout;
            window.setTimeout = (act, wait) => (wait < 1000 ? later(act, wait) : 0);
        }"""
    )
    page.keyboard.press(".")
    wait_shown(page, 1)
    page.keyboard.press("End")
    wait_shown(page, 1)
    assert burnt_frame(page) == 1


def test_the_time_is_that_of_the_frame(page: Any) -> None:
    open_video(page, "even.mp4")
    page.keyboard.press("Shift+ArrowRight")
    wait_shown(page, 10)
    assert page.locator("#position").inner_text() == "0:00.400"


def test_speed_is_chosen_by_keys(page: Any) -> None:
    open_video(page, "even.mp4")
    page.keyboard.press("<")
    page.keyboard.press("<")
    assert page.evaluate("document.getElementById('video').playbackRate") == 0.5
    assert page.locator("#speed").input_value() == "0.5"


def test_a_loop_stays_in_its_phase(page: Any) -> None:
    open_video(page, "even.mp4")
    page.keyboard.press("a")
    page.keyboard.type("run\n")
    go_to(page, 6)
    page.keyboard.press("s")
    go_to(page, 5)
    # Not at a time of the clock: a busy computer may be late to go back. And as it goes back, since
    # by the time that it says it has, it may have played on.
    page.evaluate(
        """() => {
            const video = document.querySelector("video");
            let rounds = 0;
            video.addEventListener("seeking", () => {
                if (video.currentTime < 0.05 && ++rounds === 3) document.body.dataset.looped = "";
            });
        }"""
    )
    page.keyboard.press("l")
    page.locator("body[data-looped]").wait_for()
