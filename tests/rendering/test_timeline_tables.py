"""Tables of timelines: a row a phase, a row an event, and what goes into statistics."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mienet.labeling.timeline_formats import read_timelines, write_timelines
from mienet.labeling.timelines import Mark, in_order
from mienet.rendering.timeline_tables import (
    annotated_video,
    events_csv,
    phases_csv,
    probabilities_csv,
    read_probabilities,
    subjects_csv,
    summary_csv,
)
from mienet.timelines.result import Timeline, decode_timeline


def made(labels: list[int], events: Sequence[int] = (), names: str = "up down") -> Timeline:
    """Returns a timeline of a tenth of a second a frame; 2 is the background."""
    probabilities = np.full((len(labels), 3), 0.05, np.float32)
    probabilities[range(len(labels)), labels] = 0.9
    peaks = np.zeros((len(labels), 2), np.float32)
    peaks[list(events), 0] = 0.8
    borders = np.arange(len(labels) + 1) / 10
    return decode_timeline(
        Path("a.mp4"), names.split(), ["hit", "=miss"], borders, probabilities, peaks
    )


def found(*arguments: Any, **options: Any) -> dict[str, Any]:
    return made(*arguments, **options).to_dict()


def summary(timeline: dict[str, Any]) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(summary_csv([timeline])))
    return {row["label"]: row for row in rows}


def figures(row: dict[str, str], *names: str) -> list[float]:
    return [round(float(row[name]), 4) for name in names]


def test_a_row_for_every_phase() -> None:
    assert phases_csv([found([0, 0, 1], names="=up down")]).splitlines()[1:] == [
        "a.mp4,,'=up,0.0000,0.2000,0.2000,0,2,0.9000",
        "a.mp4,,down,0.2000,0.3000,0.1000,2,3,0.9000",
    ]


def test_a_row_for_every_event() -> None:
    assert events_csv([found([2, 2, 2, 2], [1, 3])]).splitlines() == [
        "path,subject,label,time_seconds,frame,confidence",
        "a.mp4,,hit,0.1000,1,0.8000",
        "a.mp4,,hit,0.3000,3,0.8000",
    ]


def test_a_summary_counts_and_adds_up() -> None:
    row = summary(found([0, 0, 0, 1, 2, 0, 2, 2, 2, 2]))["up"]
    durations = ("total_seconds", "mean_seconds", "shortest_seconds", "longest_seconds")
    assert row["kind"] == "phase"
    assert figures(row, "count", *durations, "share") == [2, 0.4, 0.2, 0.1, 0.3, 0.4]


def test_a_summary_says_how_much_durations_differ() -> None:
    rows = summary(found([0, 0, 0, 1, 2, 0]))
    # Of 0.3 and 0.1 s: the square root of (0.01 + 0.01) / (2 - 1).
    assert figures(rows["up"], "deviation_seconds") == [0.1414]
    assert rows["down"]["deviation_seconds"] == ""


def test_subjects_have_all_their_recordings_counted() -> None:
    recordings = [
        found([0, 0, 1, 0], [1]) | {"subject": "S1"},
        found([0, 0, 0, 1, 1, 0]) | {"subject": "S1"},
        found([1]) | {"subject": "S2"},
    ]
    rows = {
        (r["subject"], r["label"]): r for r in csv.DictReader(io.StringIO(subjects_csv(recordings)))
    }
    up = rows["S1", "up"]
    assert figures(up, "recordings", "count", "total_seconds", "share") == [2, 4, 0.7, 0.7]
    assert figures(up, "mean_seconds", "mean_gap_seconds") == [0.175, 0.15]
    assert figures(rows["S1", "hit"], "recordings", "count") == [2, 1]
    assert figures(rows["S2", "up"], "recordings", "count") == [1, 0]


def test_a_summary_says_when_phases_start_and_what_is_between() -> None:
    row = summary(found([2, 0, 0, 1, 2, 0]))["up"]
    assert figures(row, "first_seconds", "last_seconds", "mean_gap_seconds") == [0.1, 0.5, 0.2]


def test_events_have_gaps_and_no_durations() -> None:
    row = summary(found([2] * 8, [1, 3, 7]))["hit"]
    assert row["kind"] == "event"
    assert figures(row, "count", "first_seconds", "last_seconds") == [3, 0.1, 0.7]
    assert figures(row, "mean_gap_seconds") == [0.3]
    assert row["total_seconds"] == row["share"] == ""


def test_what_does_not_occur_counts_nothing() -> None:
    rows = summary(found([0, 0]))
    assert list(rows) == ["down", "up", "'=miss", "hit"]
    assert figures(rows["down"], "count", "total_seconds", "share") == [0, 0, 0]
    assert rows["down"]["mean_seconds"] == rows["hit"]["first_seconds"] == ""


def test_what_earlier_versions_kept_has_tables() -> None:
    earlier = found([0, 1])
    for name in ("events", "event_names", "classes"):
        del earlier[name]
    assert list(summary(earlier)) == ["down", "up"]
    assert len(events_csv([earlier]).splitlines()) == 1


@pytest.mark.parametrize("program", ["boris", "elan", "label-studio", "srt", "csv", "json"])
def test_other_programs_are_given_phases_and_events(program: str, tmp_path: Path) -> None:
    def said(mark: Mark) -> list[object]:
        return [
            round(value, 3) if isinstance(value, float) else value for value in vars(mark).values()
        ][:3]

    written = annotated_video(found([2, 0, 0, 1, 1, 2, 2], [1, 3]))
    write_timelines([written], tmp_path, program)
    (read,) = read_timelines(tmp_path, fps=10).videos
    assert [mark.label for mark in in_order(read)] == ["up", "hit", "down", "hit"]
    assert list(map(said, in_order(read))) == list(map(said, in_order(written)))


def test_a_video_that_starts_behind_its_sound_lasts_until_its_last_frame_ends() -> None:
    late = annotated_video(found([0] * 7) | {"first_seconds": 3.5})  # 7 frames of 0.1 s
    assert late.duration_seconds == pytest.approx(4.2)
    assert late.fps == pytest.approx(10)


def test_a_row_for_every_frame() -> None:
    assert probabilities_csv(made([0, 2], [1])).splitlines() == [
        "frame,time_seconds,up,down,hit (event),'=miss (event)",
        "0,0.0000,0.9000,0.0500,0.0000,0.0000",
        "1,0.1000,0.0500,0.0500,0.8000,0.0000",
    ]


def test_probabilities_are_read_as_they_were_written(tmp_path: Path) -> None:
    timeline = made([0, 0, 1, 2], [1])
    (tmp_path / "table.csv").write_text(probabilities_csv(timeline))
    read = read_probabilities(timeline.to_dict(), tmp_path / "table.csv")
    np.testing.assert_allclose(read.probabilities, timeline.probabilities, atol=5e-5)
    np.testing.assert_allclose(read.borders_seconds, timeline.borders_seconds, atol=5e-5)
    assert read.to_dict() == timeline.to_dict()
