"""The list of videos, and files that are given to the page."""

import re
import zipfile
from pathlib import Path
from typing import Any

from tests.server.lab import HEADER
from tests.server.web.conftest import PageServer, add, open_video, wait_saved, write_numbered_video


def names(page: Any) -> list[str]:
    """Returns the videos that the list shows."""
    return page.locator("#video-list .name").all_text_contents()


def test_a_search_leaves_what_has_its_text(page: Any) -> None:
    page.locator("#video-list button").first.wait_for()
    page.locator("#search").fill("UNE")
    assert names(page) == ["uneven.mp4"]


def test_a_filter_without_videos_says_so(page: Any) -> None:
    page.locator("#video-list button").first.wait_for()
    page.locator("#filter").select_option("finished")
    assert names(page) == []
    assert page.locator("#nothing-found").is_visible()


def test_a_video_that_is_given_is_opened(page: Any, server: PageServer, tmp_path: Path) -> None:
    file = write_numbered_video(tmp_path / "added.mp4", [0, 4, 8])
    page.locator("#video-files").set_input_files(file)
    page.get_by_role("heading", name="added.mp4").wait_for()
    assert (server.folder / "added.mp4").read_bytes() == file.read_bytes()
    (server.folder / "added.mp4").unlink()


def test_a_file_that_is_refused_stays_with_the_reason(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("no video")
    page.locator("#video-files").set_input_files(file)
    refused = page.locator("#uploads .bad")
    refused.get_by_text(re.compile(r"notes\.mp4'?: .+")).wait_for()
    refused.get_by_role("button", name="Dismiss notes.mp4").click()
    assert page.locator("#uploads li").count() == 0


def test_a_label_file_is_imported(page: Any, server: PageServer, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(f"{HEADER}even.mp4,run,0,1\nnone.mp4,run,0,1\n")
    page.locator("#label-file").set_input_files(file)
    page.get_by_text("Read labels of 1 video from labels.csv.").wait_for()
    assert "none.mp4" in page.locator("#import-problems").inner_text()
    assert server.labels("even.mp4") == [("run", 0, 1)]


def test_a_zip_of_label_files_is_imported(page: Any, server: PageServer, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "labels.zip", "w") as archive:
        archive.writestr("ann.csv", f"{HEADER}even.mp4,run,0,1\n")
    page.locator("#label-file").set_input_files(tmp_path / "labels.zip")
    page.locator("#message").get_by_text("Read labels of 1 video from labels.zip.").wait_for()
    assert server.labels("even.mp4") == [("run", 0, 1)]


def test_of_several_label_files_all_problems_are_told(page: Any, tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        (tmp_path / f"{name}.csv").write_text(f"{HEADER}{name}.mp4,run,0,1\n")
    (tmp_path / "notes.txt").write_text("no labels, but words")
    page.locator("#video-files").set_input_files([*tmp_path.glob("*.*")])
    page.locator("#import-dialog[open]").wait_for()
    problems = page.locator("#import-problems").inner_text()
    assert all(name in problems for name in ("ann.mp4", "bob.mp4", "notes.txt"))


def test_all_finished_labels_can_be_downloaded(page: Any, tmp_path: Path) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "run")
    page.locator("#finish").click()
    page.get_by_role("heading", name="uneven.mp4").wait_for()
    page.get_by_text("1 of 2 finished").wait_for()
    page.locator("#open-exchange").click()
    page.locator("#export-format").select_option("csv")
    with page.expect_download() as download:
        page.locator("#export-all").click()
    assert "even.mp4,run,0.0,2.4" in download.value.path().read_text()


def test_labels_follow_a_video_that_was_renamed(page: Any, server: PageServer) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "run")
    wait_saved(page)
    (server.folder / "even.mp4").rename(server.folder / "Ann.mp4")
    try:
        page.goto(server.url)
        notices = page.locator("#notices")
        notices.get_by_text("1 labeled video has another name now, by size and time").wait_for()
        assert page.locator("#notice-list .facts").inner_text() == "even.mp4 is Ann.mp4"
        page.get_by_role("button", name="Take the labels over").click()
        notices.wait_for(state="hidden")
        assert server.labels("Ann.mp4") == [("run", 0, 2.4)]
    finally:
        (server.folder / "Ann.mp4").rename(server.folder / "even.mp4")
