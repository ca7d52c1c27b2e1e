"""What was labeled is kept, whatever ends; and nobody's labels replace another's silently."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.web.conftest import PageServer, add, open_video, wait_saved


def failed(page: Any) -> Any:
    """Returns the line that says why labels are not saved."""
    return page.locator("#saving.failed")


@contextmanager
def no_answer(page: Any, path: str) -> Iterator[None]:
    """Lets the page's requests fail as without a server.

    Later ones are let through by the same handler: a request in flight hangs if it is taken away.
    """
    is_away = [True]
    page.route(path, lambda route: route.abort() if is_away else route.fallback())
    yield
    is_away.clear()


def hold(page: Any, method: str, first: int = 99) -> list[Any]:
    """Returns the first requests for labels of a method, which wait until they are let through."""
    held: list[Any] = []

    def take(route: Any) -> None:
        if route.request.method == method and len(held) < first:
            held.append(route)
        else:
            route.fallback()

    page.route("**/api/labels?*", take)
    return held


def asks(page: Any, method: str) -> Any:
    """Returns what waits, at the end of its block, for a request of a method."""
    return page.expect_request(lambda request: request.method == method)


def test_a_server_that_was_killed_gets_what_it_missed(page: Any, server: PageServer) -> None:
    open_video(page, "even.mp4")
    server.kill()
    add(page, 0, "run")
    failed(page).get_by_text(re.compile("Not saved: .*does not answer.* Trying again")).wait_for()
    server.start()
    wait_saved(page)
    assert server.labels("even.mp4") == [("run", 0, 2.4)]


def test_a_page_that_was_closed_too_early_saves_when_it_is_opened_again(
    page: Any, server: PageServer
) -> None:
    open_video(page, "even.mp4")
    with no_answer(page, "**/api/labels*"):
        add(page, 0, "run")
        failed(page).wait_for()
        page.reload()
    open_video(page, "even.mp4")
    wait_saved(page)
    assert server.labels("even.mp4") == [("run", 0, 2.4)]


@pytest.mark.parametrize(
    ("button", "kept"), [("Keep mine", "mine"), ("Take the saved ones", "theirs")]
)
def test_of_two_versions_a_person_chooses_one(
    page: Any, server: PageServer, button: str, kept: str
) -> None:
    open_video(page, "even.mp4")
    other = page.context.new_page()
    other.goto(server.url)
    open_video(other, "even.mp4")
    add(other, 0, "theirs")
    wait_saved(other)
    other.close()
    add(page, 0, "mine")
    page.get_by_text("theirs, 0:00.000 to 0:02.400").wait_for()
    page.get_by_role("button", name=button).click()
    wait_saved(page)
    assert server.labels("even.mp4") == [(kept, 0, 2.4)]
    assert page.locator("#marks input.label").input_value() == kept


def write_theirs(server: PageServer, video: str) -> None:
    """Labels a video as another program does."""
    table = f"path,label,start_seconds,end_seconds\n{video},theirs,0,1\n"
    (server.folder / f"mienet/drafts/{video}.csv").write_text(table)


def test_of_two_videos_with_two_versions_each_is_asked_about(page: Any, server: PageServer) -> None:
    held = hold(page, "PUT", first=2)
    for video in ("even.mp4", "uneven.mp4"):
        open_video(page, video)
        with asks(page, "PUT"):
            add(page, 0, "mine")
        write_theirs(server, video)
    for request in held:
        request.continue_()
    button = {"even.mp4": "Take the saved ones", "uneven.mp4": "Keep mine"}
    asked = [answer(page, button), answer(page, button)]
    wait_saved(page)
    assert sorted(asked) == sorted(button)
    assert [server.labels(video)[0][0] for video in button] == ["theirs", "mine"]


def answer(page: Any, button: dict[str, str]) -> str:
    """Answers for which video two versions are shown, by its button, and returns the video."""
    page.locator("#conflict-dialog").wait_for()
    video: str = page.locator("#conflict-video").inner_text()
    page.get_by_role("button", name=button[video]).click()
    return video


def test_a_window_that_is_come_back_to_shows_what_another_one_saved(
    page: Any, server: PageServer
) -> None:
    open_video(page, "even.mp4")
    write_theirs(server, "even.mp4")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("#marks tr").wait_for()
    assert page.locator("#marks input.label").input_value() == "theirs"
    page.locator("#video-list button").first.get_by_text("begun").wait_for()
    page.locator("#phase-labels").get_by_text("theirs").wait_for()


def test_escape_chooses_neither_of_two_versions(page: Any, server: PageServer) -> None:
    open_video(page, "even.mp4")
    write_theirs(server, "even.mp4")
    add(page, 0, "mine")
    for _ in range(3):
        page.locator("#conflict-dialog").wait_for()
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Take the saved ones").click()
    wait_saved(page)
    assert server.labels("even.mp4") == [("theirs", 0, 1)]


def test_a_table_that_was_broken_by_hand_waits_until_it_is_mended(
    page: Any, server: PageServer
) -> None:
    open_video(page, "even.mp4")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    (server.folder / "mienet/drafts/even.mp4.csv").write_text("nonsense")
    add(page, 0, "run")
    failed(page).get_by_text("no annotations of videos that are known").wait_for()
    page.wait_for_timeout(500)
    assert len(asked) < 10  # not as fast as it can
    server.forget_labels()
    wait_saved(page)
    assert server.labels("even.mp4") == [("run", 0, 2.4)]


def test_what_was_in_the_way_and_is_gone_is_no_conflict(page: Any, server: PageServer) -> None:
    open_video(page, "even.mp4")
    page.route(
        "**/api/labels*",
        lambda route: route.fulfill(status=409, json={"detail": "a table that was broken"}),
        times=1,
    )
    add(page, 0, "run")
    wait_saved(page)
    assert server.labels("even.mp4") == [("run", 0, 2.4)]


def test_a_save_that_worked_at_last_is_told_when_another_video_is_open(page: Any) -> None:
    open_video(page, "even.mp4")
    with no_answer(page, "**/api/labels?video=even.mp4"):
        with no_answer(page, "**/api/labels*"):
            add(page, 0, "run")
            failed(page).wait_for()
        open_video(page, "uneven.mp4")
        failed(page).get_by_text("even.mp4: Not saved").wait_for()
    wait_saved(page)


def test_a_page_waits_for_a_server_that_does_not_answer_yet(page: Any) -> None:
    with no_answer(page, "**/api/state*"):
        page.reload()
        page.locator("#message").get_by_text("does not answer: is it running? Trying").wait_for()
    page.wait_for_selector("body:not([inert])")


def test_a_video_is_shown_once_the_server_answers_again(page: Any, server: PageServer) -> None:
    page.locator("#video-list button").first.wait_for()
    server.kill()
    page.locator("#video-list button").first.click()
    page.locator("#problem").get_by_text("does not answer: is it running? Trying again.").wait_for()
    server.start()
    page.wait_for_selector("#editor[aria-busy=false]:not(.empty)")


def test_what_the_server_refuses_is_told_with_its_reason(page: Any) -> None:
    answer = {"status": 400, "json": {"error": "start_seconds is 99; the video ends at 2.4"}}
    open_video(page, "even.mp4")
    page.route("**/api/labels*", lambda route: route.fulfill(**answer))
    add(page, 0, "run")
    failed(page).get_by_text("Not saved: start_seconds is 99; the video ends at 2.4").wait_for()


def test_starting_over_keeps_the_labels_aside(page: Any, server: PageServer) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "run")
    wait_saved(page)
    page.locator("#start-over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    page.locator("#no-marks").wait_for()
    assert [*server.folder.glob("mienet/removed/*even.mp4*")]


def test_a_rename_waits_for_what_is_being_saved(page: Any, server: PageServer) -> None:
    open_video(page, "even.mp4")
    held = hold(page, "PUT")
    with asks(page, "PUT"):
        add(page, 0, "run")
    page.locator("#rename-label").click()
    page.locator("#rename-dialog [name=to]").fill("walk")
    page.keyboard.press("Enter")
    held.pop().continue_()
    page.locator("#message").get_by_text("run is walk in 1 video.").wait_for()
    assert server.labels("even.mp4") == [("walk", 0, 2.4)]


def test_starting_over_leaves_a_video_alone_that_was_opened_meanwhile(page: Any) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "run")
    wait_saved(page)
    held = hold(page, "DELETE")
    page.locator("#start-over").click()
    with asks(page, "DELETE"):
        page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    open_video(page, "uneven.mp4")
    add(page, 0, "walk")
    held.pop().continue_()
    page.locator("#message").get_by_text(re.compile("^Started over")).wait_for()
    assert page.locator("#marks input.label").input_value() == "walk"


def test_a_save_that_another_one_repeats_may_fail(page: Any) -> None:
    open_video(page, "even.mp4")
    held = hold(page, "PUT")
    with asks(page, "PUT"):
        add(page, 0, "run")
    open_video(page, "uneven.mp4")
    with asks(page, "PUT"):
        open_video(page, "even.mp4")
    held[0].abort()
    held[1].continue_()
    wait_saved(page)


def leave_unsaved(page: Any, server: PageServer, *labels: str) -> None:
    """Labels even.mp4 in a tab for each label, which the server never hears of."""
    tabs = {label: page.context.new_page() for label in labels}
    for tab in tabs.values():
        tab.goto(server.url)
        open_video(tab, "even.mp4")
    server.kill()
    for label, tab in tabs.items():
        add(tab, 0, label)
        failed(tab).wait_for()
        tab.close()
    server.start()


def test_what_two_tabs_could_not_save_is_not_lost(page: Any, server: PageServer) -> None:
    leave_unsaved(page, server, "run", "walk")
    page.locator("#video-list button").first.click()
    choice = page.locator("#conflict-dialog")
    for label in ("run", "walk"):
        choice.get_by_text(f"{label}, 0:00.000 to 0:02.400").wait_for()
    choice.get_by_role("button", name="Take another window’s").click()
    wait_saved(page)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('labels'))") == []


def test_changes_that_wait_in_the_browser_are_told_when_the_page_is_opened(
    page: Any, server: PageServer
) -> None:
    leave_unsaved(page, server, "run")
    page.reload()
    notice = page.locator("#notices").get_by_text("Changes of 1 video could not be saved")
    notice.wait_for()
    page.get_by_role("button", name="Open even.mp4").click()
    wait_saved(page)
    notice.wait_for(state="hidden")
    assert server.labels("even.mp4") == [("run", 0, 2.4)]


def test_a_choice_about_a_video_that_was_left_changes_no_other(
    page: Any, server: PageServer
) -> None:
    leave_unsaved(page, server, "run")
    write_theirs(server, "even.mp4")
    page.locator("#video-list button").first.click()
    page.locator("#conflict-dialog").get_by_text("theirs, 0:00.000").wait_for()
    page.evaluate("location.hash = 'video=uneven.mp4'")
    page.locator("#video-name").get_by_text("uneven.mp4").wait_for()
    page.wait_for_selector("#editor[aria-busy=false]:not(.empty)")
    page.get_by_role("button", name="Keep mine").click()
    page.wait_for_timeout(300)
    assert page.locator("#marks tr").count() == 0


def test_nothing_goes_to_the_server_of_another_folder_at_the_address(
    page: Any, server: PageServer, tmp_path: Path
) -> None:
    shutil.copy(server.folder / "even.mp4", tmp_path)
    open_video(page, "even.mp4")
    server.kill()
    other = PageServer(tmp_path, port=server.port)
    add(page, 0, "run")
    failed(page).get_by_text(re.compile("this page is of another folder.* Trying again")).wait_for()
    other.kill()
    assert not [*tmp_path.glob("mienet/*/even.mp4.csv")]
    server.start()
    wait_saved(page)
    assert server.labels("even.mp4") == [("run", 0, 2.4)]
