"""What a lab does: label two by hand, teach, predict the third, correct it, exchange labels."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import video_writer
from tests.server.web.conftest import PageServer, add, open_video, wait_saved


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[PageServer]:
    """Returns a server of three videos that grow brighter."""
    folder = tmp_path_factory.mktemp("lab")
    for name in ("a.mp4", "b.mp4", "new.mp4"):
        video_writer(folder)(name, 40)
    started = PageServer(folder)
    yield started
    started.kill()


def test_label_teach_predict_correct_export_import(
    page: Any, server: PageServer, tmp_path: Path
) -> None:
    page.set_default_timeout(300_000)
    for name in ("a.mp4", "b.mp4"):
        open_video(page, name)
        add(page, 0, "dark")
        add(page, 20, "light")
        add(page, 20, "dawn", kind="event")
        page.locator("#finish").click()
        page.locator("#editor").get_by_role("heading", name=name).wait_for(state="detached")

    page.locator("#open-panel").click()
    page.locator("[name=recipe]").select_option("demo_timeline")
    page.locator("[name=epochs]").fill("1")
    page.get_by_role("button", name="Teach", exact=True).click()
    page.locator("#model-list").get_by_text("model-1in use").wait_for()

    page.locator("#predict-all").click()
    page.locator("#video-list").get_by_text("predicted").wait_for()
    page.locator("#close-panel").click()

    open_video(page, "new.mp4")
    page.locator("#timeline .curve").first.wait_for(state="attached")
    while page.locator("#marks tr").count():  # the model of one epoch knows nothing yet
        page.locator("#marks tr").first.get_by_role("button", name="Delete").click()
    add(page, 0, "dark")
    add(page, 19, "light")
    wait_saved(page)
    page.locator("#finish").click()
    page.get_by_text("3 of 3 finished").wait_for()
    labels = server.labels("new.mp4")
    assert labels == [("dark", 0, 0.76), ("light", 0.76, 1.6)]

    page.locator("#open-exchange").click()
    page.locator("#export-format").select_option("boris")
    with page.expect_download() as download:
        page.locator("#export-all").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    exported = tmp_path / "labels.boris"
    download.value.save_as(exported)

    server.forget_labels()
    page.locator("#label-file").set_input_files(exported)
    page.get_by_text("Read labels of 3 videos").first.wait_for()
    assert server.labels("new.mp4") == labels
