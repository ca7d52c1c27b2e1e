"""axe-core finds nothing serious in the page, in light and dark, at a desk and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.server.web.conftest import SECONDS, PageServer, add, open_video, wait_saved

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")


def serious_findings(page: Any) -> list[str]:
    """Returns what axe-core calls serious or critical, with the first place of each."""
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def look_at_help(page: Any) -> None:
    page.keyboard.press("?")


def look_at_panel(page: Any) -> None:
    page.locator("#open-panel").click()


def look_at_video(page: Any) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "run")
    add(page, 20, "take-off", kind="event")
    wait_saved(page)


@pytest.mark.parametrize("look", [look_at_help, look_at_panel, look_at_video])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_nothing_serious(
    browser: Any, server: PageServer, look: Callable[[Any], None], scheme: Any, width: int
) -> None:
    server.forget_labels()
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(SECONDS * 1000)
    page.goto(server.url)
    page.locator("#video-list button").first.wait_for()
    look(page)
    assert serious_findings(page) == []
    page.close()
