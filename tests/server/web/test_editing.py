"""Labels are made and corrected by keys, by the pointer and in the table; frames last 0.04 s."""

from typing import Any

import pytest

from tests.server.web.conftest import PageServer, add, go_to, open_video, wait_saved, wait_shown


@pytest.fixture
def labeled(page: Any) -> Any:
    """Returns the page with even.mp4: run from frame 0, flight from 20 to the end at 60."""
    open_video(page, "even.mp4")
    add(page, 0, "run")
    add(page, 20, "flight")
    wait_saved(page)
    return page


def test_phases_named_one_after_the_other_share_a_border(labeled: Any, server: PageServer) -> None:
    assert server.labels("even.mp4") == [("run", 0, 0.8), ("flight", 0.8, 2.4)]


def test_a_long_label_is_shown_whole(page: Any) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "approach run with the left arm first, second half, of the third attempt")
    text = page.locator("#phase-labels .label span:not(.swatch)")
    assert text.evaluate("(shown) => shown.scrollWidth <= shown.clientWidth")


def test_a_split_can_be_undone_and_redone(labeled: Any, server: PageServer) -> None:
    go_to(labeled, 30)
    for keys, count in (("s", 3), ("z", 2), ("Shift+z", 3)):
        labeled.keyboard.press(keys)
        assert labeled.locator("#marks tr").count() == count
    wait_saved(labeled)
    assert server.labels("even.mp4")[1:] == [("flight", 0.8, 1.2), ("flight", 1.2, 2.4)]


def press_at_once(page: Any, keys: str) -> None:
    """Presses keys, each a character, before the browser can show another frame."""
    press = (
        "(key) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    )
    page.evaluate(f"(keys) => [...keys].forEach({press})", keys)


def test_a_split_is_at_the_frame_that_was_asked_for(labeled: Any, server: PageServer) -> None:
    go_to(labeled, 30)
    press_at_once(labeled, "..s")
    wait_saved(labeled)
    assert server.labels("even.mp4")[1:] == [("flight", 0.8, 1.28), ("flight", 1.28, 2.4)]


def test_each_of_two_quick_keys_goes_to_a_border(labeled: Any) -> None:
    go_to(labeled, 1)
    press_at_once(labeled, "]]")
    wait_shown(labeled, 59)


def test_a_number_labels_the_phase_under_the_playhead(labeled: Any, server: PageServer) -> None:
    go_to(labeled, 30)
    labeled.keyboard.press("1")
    wait_saved(labeled)
    assert [label for label, *_ in server.labels("even.mp4")] == ["run", "run"]


@pytest.mark.parametrize("held", [{"modifierAltGraph": True}, {"altKey": True, "ctrlKey": True}])
def test_a_bracket_at_the_key_of_a_digit_goes_to_a_border(
    labeled: Any, held: dict[str, bool]
) -> None:
    go_to(labeled, 30)
    pressed = {"key": "[", "code": "Digit1", "bubbles": True, "cancelable": True, **held}
    press = "(pressed) => document.body.dispatchEvent(new KeyboardEvent('keydown', pressed))"
    labeled.evaluate(press, pressed)
    wait_shown(labeled, 20)


def test_an_event_is_marked_at_the_frame_shown(labeled: Any, server: PageServer) -> None:
    add(labeled, 20, "take-off", kind="event")
    wait_saved(labeled)
    assert ("take-off", 0.8, None) in server.labels("even.mp4")


def test_delete_takes_the_phase_under_the_playhead(labeled: Any, server: PageServer) -> None:
    go_to(labeled, 5)
    labeled.keyboard.press("Delete")
    wait_saved(labeled)
    assert server.labels("even.mp4") == [("flight", 0.8, 2.4)]


def test_a_dragged_border_goes_to_a_frame_for_both_its_phases(
    labeled: Any, server: PageServer
) -> None:
    box = labeled.locator("#timeline svg").bounding_box()
    per_frame, middle = box["width"] / 60, box["y"] + 62  # of the lane of phases
    labeled.mouse.move(box["x"] + 20 * per_frame + 2, middle)
    labeled.mouse.down()
    labeled.mouse.move(box["x"] + 30.3 * per_frame + 2, middle, steps=4)
    wait_shown(labeled, 30)  # while it is dragged
    labeled.mouse.up()
    wait_saved(labeled)
    assert server.labels("even.mp4") == [("run", 0, 1.2), ("flight", 1.2, 2.4)]


def test_a_click_on_the_timeline_seeks_and_selects(labeled: Any) -> None:
    box = labeled.locator("#timeline svg").bounding_box()
    labeled.mouse.click(box["x"] + box["width"] * 40.5 / 60, box["y"] + 62)
    wait_shown(labeled, 40)
    assert labeled.locator("#marks tr.active input.label").input_value() == "flight"


def test_a_typed_time_goes_to_the_nearest_frame(labeled: Any, server: PageServer) -> None:
    end = labeled.locator("#marks tr").nth(0).get_by_label("end")
    end.fill("0:00.571")
    end.press("Enter")
    assert end.input_value() == "0:00.560"
    wait_saved(labeled)
    assert server.labels("even.mp4")[0] == ("run", 0, 0.56)


def test_a_typed_time_that_would_overlap_is_refused(labeled: Any) -> None:
    end = labeled.locator("#marks tr").nth(0).get_by_label("end")
    end.fill("1.0")
    end.press("Enter")
    assert "would overlap flight" in labeled.locator("#message").inner_text()
    assert end.input_value() == "0:00.800"


def test_finished_goes_on_to_the_next_video(labeled: Any, server: PageServer) -> None:
    labeled.keyboard.press("Enter")
    labeled.get_by_role("heading", name="uneven.mp4").wait_for()
    labeled.get_by_text("1 of 2 finished").wait_for()
    assert [file.name for file in server.folder.glob("mienet/labels/*")] == ["even.mp4.csv"]


def test_a_video_without_labels_is_finished_only_when_nothing_happens(page: Any) -> None:
    open_video(page, "even.mp4")
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="does nothing happen in this video?")
    question.get_by_role("button", name="Go on labeling").click()
    assert page.get_by_role("heading", name="even.mp4").is_visible()
    page.keyboard.press("Enter")
    question.get_by_role("button", name="Nothing happens: finished").click()
    page.get_by_text("1 of 2 finished").wait_for()


def test_a_question_that_is_asked_again_at_once_has_its_own_answer(page: Any) -> None:
    open_video(page, "even.mp4")
    page.evaluate(
        """() => {
            const press = () => document.body.dispatchEvent(
              new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
            press();
            document.getElementById("question-no").click();
            press();
        }"""
    )
    page.get_by_role("button", name="Nothing happens: finished").click()
    page.get_by_text("1 of 2 finished").wait_for()


def test_an_event_of_a_phase_s_name_is_warned_of_and_has_its_key(page: Any) -> None:
    open_video(page, "even.mp4")
    add(page, 0, "land")
    page.keyboard.press("e")
    page.locator("#label-name").fill("land")
    page.get_by_role("dialog").get_by_text("There is a phase of this name. BORIS cannot").wait_for()
    page.keyboard.press("Enter")
    wait_saved(page)
    open_video(page, "uneven.mp4")
    page.locator("#event-labels").get_by_text("land").wait_for()
    page.keyboard.press("Shift+1")
    assert page.locator("#marks tr").get_by_text("event").count() == 1


def test_a_label_is_renamed_everywhere(labeled: Any, server: PageServer) -> None:
    labeled.get_by_role("button", name="Rename a label").click()
    labeled.locator("#rename-from").select_option("flight (phase)")
    labeled.locator("#rename-to").fill("air")
    labeled.get_by_role("button", name="Rename", exact=True).click()
    labeled.locator("#message").get_by_text("flight is air in 1 video.").wait_for()
    assert server.labels("even.mp4") == [("run", 0, 0.8), ("air", 0.8, 2.4)]
    assert "air" in labeled.locator("#phase-labels button").nth(1).inner_text()


def test_renaming_a_phase_leaves_an_event_of_its_name_its_key(labeled: Any) -> None:
    add(labeled, 30, "run", "event")
    add(labeled, 40, "land", "event")
    wait_saved(labeled)
    labeled.get_by_role("button", name="Rename a label").click()
    labeled.locator("#rename-from").select_option("run (phase)")
    labeled.locator("#rename-to").fill("dash")
    labeled.get_by_role("button", name="Rename", exact=True).click()
    labeled.locator("#message").get_by_text("run is dash in 1 video.").wait_for()
    assert "run" in labeled.locator("#event-labels button").nth(0).inner_text()


def test_labels_keep_their_keys_when_the_page_is_reloaded(page: Any) -> None:
    open_video(page, "uneven.mp4")
    add(page, 10, "zoo")
    wait_saved(page)
    open_video(page, "even.mp4")
    add(page, 0, "ape")
    wait_saved(page)
    before = page.locator("#phase-labels").inner_text()
    page.reload()
    page.locator("#phase-labels button").nth(1).wait_for()
    assert page.locator("#phase-labels").inner_text() == before


def test_a_label_has_no_more_letters_than_can_be_saved(page: Any) -> None:
    open_video(page, "even.mp4")
    page.keyboard.press("a")
    page.locator("#label-name").press_sequentially("x" * 201, delay=0)
    assert len(page.locator("#label-name").input_value()) == 200


def test_a_phone_has_room_for_a_label(labeled: Any) -> None:
    labeled.set_viewport_size({"width": 390, "height": 844})
    assert labeled.locator("#marks input.label").first.bounding_box()["width"] > 200
