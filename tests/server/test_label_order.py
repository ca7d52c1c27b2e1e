"""Labels keep their place, and with it their number key and color."""

from pathlib import Path

import pytest

from mienet.server.label_order import LabelOrder, colors_of
from mienet.server.places import Places
from tests.conftest import make_timeline_recognizer
from tests.server.page import mark, open_page

pytestmark = pytest.mark.usefixtures("same_process")

RUN, LAND, FLIGHT = ("phase", "run"), ("event", "land"), ("phase", "flight")


def order(folder: Path) -> LabelOrder:
    (folder / "mienet").mkdir(exist_ok=True)
    return LabelOrder(Places(folder))


def test_new_labels_come_behind_those_that_are_known(tmp_path: Path) -> None:
    order(tmp_path).take([RUN, LAND])
    assert order(tmp_path).take([FLIGHT, RUN]) == [RUN, LAND, FLIGHT]


def test_an_order_that_was_broken_by_hand_begins_anew(tmp_path: Path) -> None:
    made = order(tmp_path)
    (tmp_path / "mienet/label_order.json").write_text('{"a": 1}')
    assert made.take([RUN]) == [RUN]


def test_a_phase_and_an_event_of_one_name_have_one_color() -> None:
    colors = colors_of([RUN, ("event", "run"), LAND])
    assert list(colors) == ["run", "land"]
    assert colors == colors_of([RUN, LAND])


def test_a_model_changes_neither_keys_nor_colors(videos: Path, tmp_path: Path) -> None:
    body = {"version": "", "finished": True, "marks": [mark("light", 0, 1), mark("jump", 1, 2)]}
    page = open_page(videos)
    saved = page.put("/api/labels", params={"video": "jump.mp4"}, json=body)
    assert saved.status_code == 200, saved.text
    before = page.get("/api/state").json()
    make_timeline_recognizer().save(tmp_path / "model")  # of dark, light and dawn
    after = open_page(videos, model=tmp_path / "model").get("/api/state").json()
    assert before["phases"] == ["light", "jump"]
    assert (after["phases"], after["events"]) == (["light", "jump", "dark"], ["dawn"])
    assert after["colors"] == before["colors"] | {
        name: after["colors"][name] for name in ("dark", "dawn")
    }
