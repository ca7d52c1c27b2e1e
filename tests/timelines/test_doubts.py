"""Where a model is in doubt: against margins counted by hand."""

from pathlib import Path

import numpy as np
import pytest

from mienet.timelines.doubts import doubtful_places, frame_doubts
from mienet.timelines.result import Timeline, decode_timeline


def said(up: list[float], hit: list[float] | None = None) -> Timeline:
    """Returns a timeline of a second a frame: up, down for the rest, and the event hit."""
    rows = np.array([[p, 1 - p, 0.0] for p in up], np.float32)
    events = None if hit is None else np.array([[p] for p in hit], np.float32)
    names = [] if hit is None else ["hit"]
    borders = np.arange(len(up) + 1, dtype=float)
    return decode_timeline(Path("a.mp4"), ["up", "down"], names, borders, rows, events)


def test_the_doubt_on_phases_is_what_the_margin_lacks_to_1() -> None:
    # Margins 0.8, 0.2 and 0.4.
    assert frame_doubts(said([0.9, 0.6, 0.3])).tolist() == pytest.approx([0.2, 0.8, 0.6])


def test_none_of_the_phases_counts_as_a_label() -> None:
    rows = np.array([[0.5, 0.0, 0.5]], np.float32)
    timeline = decode_timeline(Path("a"), ["up", "down"], [], np.arange(2.0), rows, None)
    assert frame_doubts(timeline).tolist() == pytest.approx([1.0])


def test_the_doubt_on_an_event_is_largest_at_a_half() -> None:
    found = frame_doubts(said([1.0, 1.0, 1.0], [0.0, 0.5, 0.9]))
    assert found.tolist() == pytest.approx([0.0, 1.0, 0.2])


def test_places_are_named_worst_first_with_the_reason() -> None:
    places = doubtful_places(said([0.9, 0.6, 0.3, 0.0]))
    assert [(one.time_seconds, one.why) for one in places] == [
        (1.0, "border: up 60% or down 40%"),
        (2.0, "border: down 70% or up 30%"),
    ]


def test_an_event_is_named_where_it_is_the_larger_doubt() -> None:
    (place,) = doubtful_places(said([1.0, 0.9, 1.0], [0.0, 0.6, 0.0]))
    assert place.why == "event hit or not: 60%"


def test_frames_beside_a_place_are_no_place_of_their_own() -> None:
    timeline = said([0.5, 0.5, 0.5, 0.5])
    close = Timeline(**{**vars(timeline), "borders_seconds": timeline.borders_seconds / 10})
    assert [one.time_seconds for one in doubtful_places(close)] == [0.0, pytest.approx(0.3)]


def test_a_model_that_is_sure_has_no_places() -> None:
    assert doubtful_places(said([1.0, 1.0, 0.0])) == []
