"""axe-core finds nothing serious in the page, in light and dark, at a desk and on a phone."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mienet.files import Journal
from mienet.server.explanations import explanation_folder, write_explanation
from mienet.server.models import read_model
from mienet.server.places import Places
from mienet.server.signatures import signature_of
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


@pytest.fixture(scope="module")
def explained_server(clip_server: PageServer) -> PageServer:
    """Returns a server whose model has said something of even.mp4, and why; it has a copy, too."""
    places, key = Places(clip_server.folder), read_model(Path(clip_server.arguments[0])).key
    video, signature = "even.mp4", signature_of(clip_server.folder / "even.mp4")
    classes = [{"name": name, "probability": share} for name, share in (("rise", 1), ("fall", 0))]
    places.classes.mkdir()
    Journal(places.classes / f"{key}.jsonl").append(
        {"path": video, "signature": signature, "classes": classes}
    )
    folder = explanation_folder(places, key, video)
    (folder / "1").mkdir(parents=True)
    Image.new("RGB", (600, 700)).save(folder / "1/even.png")
    shutil.copy(clip_server.folder / video, folder / "1/film.mp4")
    found: dict[str, Any] = {"job": 1, "signature": signature, "label": "rise", "kind": "class"}
    found |= {"likeliest": "rise", "probability": 1.0, "at_seconds": None, "has_motion": True}
    write_explanation(folder, found | {"sheet": "even.png", "film": "film.mp4"})
    copy = places.playable / f"{video}.mp4"
    shutil.copy2(clip_server.folder / video, copy)  # with its time of change
    return clip_server


def look_at_help(page: Any) -> None:
    page.keyboard.press("?")


def look_at_panel(page: Any) -> None:
    page.locator("#open-panel").click()


def look_at_video(page: Any) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "run")
    add(page, 20, "take-off", kind="event")
    wait_saved(page)


def look_at_explanation(page: Any) -> None:
    open_video(page, "even.mp4")
    page.get_by_role("button", name="Why rise?").wait_for()
    page.locator("#explanation-sheet").wait_for()


def look_at_quick_copy(page: Any) -> None:
    open_video(page, "even.mp4")
    page.get_by_role("button", name="Quick copy", pressed=True).wait_for()


def look_at_notices(page: Any) -> None:
    bad = {"id": 7, "kind": "predict", "title": "Predict it", "state": "failed", "message": "Why."}
    more = {"progress": None, "seconds_left": None, "videos": [], "result": None}
    jobs = [bad | more, bad | more | {"id": 6, "title": "Predict more"}]
    page.route("**/api/jobs", lambda route: route.fulfill(json={"jobs": jobs}))
    page.reload()
    page.get_by_role("button", name="Dismiss all").wait_for()


def look_at_none_of_these(page: Any) -> None:
    ranking = {"classes": [{"name": "rise", "probability": 1}], "answer": "none of these"}
    said = {"json": {"ranking": ranking | {"familiarity": -0.1, "is_answered": False}}}
    page.route("**/api/classes*", lambda route: route.fulfill(**said))
    open_video(page, "even.mp4")
    add(page, 0, "run")
    page.keyboard.press("l")
    page.get_by_role("heading", name="Classes of the loop").wait_for()


def look_at_live(page: Any) -> None:
    page.locator("#open-live").click()
    page.locator("#live-start").click()
    page.get_by_role("alert").get_by_text(
        "model is a model of clips; watching live needs"
    ).wait_for()


@pytest.mark.parametrize(
    ("fixture", "look"),
    [
        *(("server", look) for look in (look_at_help, look_at_panel, look_at_video)),
        ("server", look_at_notices),
        *(("explained_server", look) for look in (look_at_explanation, look_at_live)),
        *(("explained_server", look) for look in (look_at_none_of_these, look_at_quick_copy)),
    ],
)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_nothing_serious(
    browser: Any,
    request: pytest.FixtureRequest,
    fixture: str,
    look: Callable[[Any], None],
    scheme: Any,
    width: int,
) -> None:
    server: PageServer = request.getfixturevalue(fixture)
    server.forget_labels()
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(SECONDS * 1000)
    page.goto(server.url)
    page.locator("#video-list button").first.wait_for()
    look(page)
    assert serious_findings(page) == []
    page.close()
