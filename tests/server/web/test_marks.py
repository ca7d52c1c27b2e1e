"""The editing of marks and the arithmetic of frames, as pure functions, in the browser."""

from typing import Any

import pytest

MARKS = [
    {"kind": "phase", "label": "run", "start_seconds": 1, "end_seconds": 2, "subject": ""},
    {"kind": "phase", "label": "flight", "start_seconds": 2, "end_seconds": 3, "subject": ""},
    {"kind": "phase", "label": "rest", "start_seconds": 3.5, "end_seconds": 4, "subject": ""},
    {"kind": "event", "label": "off", "start_seconds": 2, "end_seconds": None, "subject": ""},
]
BORDERS = [0.5 * number for number in range(11)]


@pytest.fixture(scope="module")
def modules(browser: Any, server: Any) -> Any:
    """Returns a page in which ``edit`` can be called."""
    opened = browser.new_page()
    opened.goto(server.url)
    yield opened
    opened.close()


def edit(modules: Any, code: str) -> Any:
    """Runs code with time.js and marks.js, the marks above and their ids by label."""
    return modules.evaluate(
        f"""async ([given, borders]) => {{
          const time = await import("/web/time.js");
          const editing = await import("/web/marks.js");
          const marks = editing.withIds(given.map((mark) => ({{...mark, confidence: 0.5}})));
          const id = Object.fromEntries(marks.map((mark) => [mark.label, mark.id]));
          const short = (list) => list.map((m) => [m.label, m.start_seconds, m.end_seconds]);
          try {{ return {code}; }} catch (error) {{ return error.message; }}
        }}""",
        [MARKS, BORDERS],
    )


@pytest.mark.parametrize(
    ("code", "phases"),
    [
        ('moveEdge(marks, id.run, "end", 2.5)', [["run", 1, 2.5], ["flight", 2.5, 3]]),
        ('moveEdge(marks, id.flight, "end", 3.5)', [["run", 1, 2], ["flight", 2, 3.5]]),
        ("joinBefore(marks, id.flight)", [["run", 1, 3]]),
        ("remove(marks, id.flight)", [["run", 1, 2]]),
        ("split(marks, id.run, 1.5)", [["run", 1, 1.5], ["run", 1.5, 2], ["flight", 2, 3]]),
        (
            'addPhase(marks, "land", 3, 5, "")',
            [["run", 1, 2], ["flight", 2, 3], ["land", 3, 3.5]],
        ),
    ],
)
def test_edits(modules: Any, code: str, phases: list[Any]) -> None:
    found = edit(modules, f"short(editing.{code})")
    assert [mark for mark in found if mark[0] not in ("off", "rest")] == phases


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("split(marks, id.run, 1)", "A phase begins here already"),
        ("joinBefore(marks, id.rest)", "No phase ends where this one begins"),
        ('addEvent(marks, "off", 2, "")', "off is marked here already"),
        ("setTimes(marks, id.run, 1, 1)", "A phase must end after it begins"),
        ("setTimes(marks, id.run, 1, 2.5)", "This would overlap flight"),
        ('setLabel(marks, id.run, " ")', "A label cannot be empty"),
    ],
)
def test_refusals_say_why(modules: Any, code: str, message: str) -> None:
    assert message in edit(modules, f"editing.{code}")


@pytest.mark.parametrize(
    ("label", "edge", "limits"),
    [("run", "end", [3, 5]), ("run", "start", [0, 3]), ("flight", "end", [5, 7])],
)
def test_an_edge_leaves_every_phase_a_frame(
    modules: Any, label: str, edge: str, limits: list[int]
) -> None:
    found = edit(modules, f'editing.edgeLimits(marks, id.{label}, "{edge}", borders)')
    assert [found["first"], found["last"]] == limits


def test_what_a_person_changed_has_no_confidence(modules: Any) -> None:
    found = edit(modules, 'editing.setLabel(marks, id.run, "walk").map((m) => m.confidence)')
    assert found == [None, 0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("formatTime(83.4567)", "1:23.457"),
        ("formatTime(59.9996)", "1:00.000"),
        ('parseTime("1:02.5")', 62.5),
        ('parseTime("62,5")', 62.5),
        ('Number.isNaN(time.parseTime("1:-2"))', True),
        ("frameAt(borders, 0.4999999)", 1),
        ("frameAt(borders, 0.49)", 0),
        ("frameAt(borders, 99)", 9),
        ("nearestBorder(borders, 4.8)", 10),
    ],
)
def test_times(modules: Any, code: str, value: object) -> None:
    assert edit(modules, code if code.startswith("Number") else f"time.{code}") == value
