"""What an evaluation of recordings warns of, and what its files hold."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mienet.metrics.events import Event
from mienet.metrics.recording_figures import Figure, overall_figures
from mienet.metrics.recordings import RecordingLabels, compare_recording
from mienet.rendering.timeline_evaluation import EvaluatedRecording, TimelineEvaluation
from mienet.rendering.timeline_evaluation_files import boundary_table, write_timeline_evaluation
from mienet.rendering.timeline_strips import timeline_strips_png


def recording(
    name: str, true: list[int], predicted: list[int], num_phases: int = 2
) -> EvaluatedRecording:
    borders = np.arange(len(true) + 1) / 10
    labels = RecordingLabels(
        borders, np.array(true), np.array(predicted), [Event("land", 1)], [Event("land", 2)]
    )
    compared = compare_recording(labels, num_phases, ["land"], tolerance_frames=2)
    return EvaluatedRecording(name, name, labels, compared)


def evaluation_of(
    recordings: list[EvaluatedRecording], phases: tuple[str, ...] = ("up", "down")
) -> TimelineEvaluation:
    comparisons = [one.comparison for one in recordings]
    groups = [one.group for one in recordings]
    figures = overall_figures(comparisons, groups, tolerance_frames=2, num_resamples=10)
    return TimelineEvaluation(
        Path("jumps/test.csv"), phases, ("land",), recordings, figures, len(groups), True, 2
    )


@pytest.fixture
def evaluation() -> TimelineEvaluation:
    """One recording that is right, and one whose first boundary is early, the second missed."""
    return evaluation_of(
        [
            recording("a.mp4", [2, 2, 0, 0, 1, 1], [2, 2, 0, 0, 1, 1]),
            recording("b.mp4", [2, 2, 0, 0, 1, 1], [2, 0, 0, 0, 0, 0]),
        ]
    )


def test_the_commonest_label_is_what_to_be_held_against() -> None:
    found = evaluation_of([recording("a.mp4", [2, 2, 2, 0], [2, 2, 2, 2])])
    assert found.commonest == ("(background)", 0.75)


def test_what_speaks_against_the_figures_is_said(evaluation: TimelineEvaluation) -> None:
    figures = {**evaluation.figures, "frame_accuracy": Figure(0.5, 0.3, 0.6)}
    found = replace(
        evaluation, figures=figures, problems=("c.mp4: broken",), unknown=("events",),
        learned={"train.csv": 1, "val.csv": 2},
    ).warnings()  # fmt: skip
    assert [line[:45] for line in found] == [
        "1 of 3 recordings could not be used, and do n",
        "1 of the 2 recordings were used in training, ",
        "2 of the 2 recordings are of the validation l",
        "the model has no events, so those in the list",
        "the frame accuracy is not clearly better than",
    ]


def test_boundaries_without_a_partner_come_first_then_the_farthest(
    evaluation: TimelineEvaluation,
) -> None:
    rows = boundary_table(evaluation)
    assert [(row["path"], row["error_frames"], row["found"]) for row in rows] == [
        ("b.mp4", None, "missed"),
        ("b.mp4", -1, "matched"),
        ("a.mp4", 0, "matched"),
        ("a.mp4", 0, "matched"),
    ]


def test_numbers_below_zero_stay_numbers_in_tables(
    evaluation: TimelineEvaluation, tmp_path: Path
) -> None:
    write_timeline_evaluation(evaluation, {}, tmp_path)
    lines = (tmp_path / "boundaries.csv").read_text().splitlines()
    assert lines[2].startswith("b.mp4,(background),up,2,1,0.2,0.1,-1,-100.0,matched")


def test_what_cannot_be_measured_is_null(evaluation: TimelineEvaluation, tmp_path: Path) -> None:
    write_timeline_evaluation(evaluation, {"data": "test.csv"}, tmp_path)
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert content["data"] == "test.csv"
    assert content["phases"][1]["frame_precision"] == 1.0
    alone = evaluation_of([recording("a.mp4", [2, 2, 2], [2, 2, 2])]).to_dict()
    assert alone["boundary_mean_frames"] is None
    assert alone["intervals"]["frame_accuracy"] is None


def test_without_phases_their_files_are_not_kept(
    evaluation: TimelineEvaluation, tmp_path: Path
) -> None:
    write_timeline_evaluation(evaluation, {}, tmp_path)
    events_alone = evaluation_of([recording("a.mp4", [0, 0, 0], [0, 0, 0], 0)], ())
    write_timeline_evaluation(events_alone, {}, tmp_path)
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {"metrics.json", "events.csv", "per_video.csv", "timelines.png"}
    assert math.isnan(events_alone.figures["frame_accuracy"].value)


def test_at_most_forty_recordings_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(
        "mienet.rendering.timeline_strips._draw", lambda _, one, *rest: drawn.append(one.path)
    )
    every = [recording(f"{n}.mp4", [0, 0, 1], [0, 1 if n else 0, 1]) for n in range(41)]
    assert timeline_strips_png(evaluation_of(every))[:4] == b"\x89PNG"
    assert len(drawn) == 40
    assert "0.mp4" not in drawn  # which is right
