"""Figures of recordings against hand-computed ones, and what is noted of them."""

from mienet.curation.probe import Probe
from mienet.curation.recording_figures import in_columns, label_rows, split_rows
from mienet.curation.recording_problems import recording_notes
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval

VIDEO = AnnotatedVideo(
    "a",
    (Interval("up", 0.0, 1.0), Interval("up", 2.0, 5.0), Interval("down", 5.0, 7.0)),
    (Event("top", 5.0),),
    path="a",
    duration_seconds=30.0,
    unlabeled=((7.0, 8.5),),
)
PROBES = {"a": Probe("a", 1, 1, True, num_frames=240, duration_seconds=8.0, frames_per_second=30.0)}


def test_a_split_s_figures() -> None:
    _, rows = split_rows({"train": [VIDEO]}, PROBES)
    assert rows == [["train", 1, 0.1, 240, 3, 1, 25.0]]  # 6 of 8 seconds have a phase


def test_a_label_s_figures() -> None:
    head, rows = label_rows({"train": [VIDEO], "val": []}, ["down", "up"], ["top"])
    assert head[2:4] == ["train", "val"]
    assert rows == [
        ["down", "phase", 1, 0, "2.00", "2.00", "2.00"],
        ["up", "phase", 2, 0, "1.00", "2.00", "3.00"],
        ["top", "event", 1, 0, "", "", ""],
    ]


def test_numbers_stand_to_the_right() -> None:
    assert in_columns(["split", "videos"], [["train", 1], ["val", 12]]) == [
        "split  videos",
        "train       1",
        "val        12",
    ]


def test_another_length_and_unlabeled_time_are_noted() -> None:
    notes = recording_notes({"train": [VIDEO]}, PROBES)
    assert "a: 30 s stated, 8 s real" in notes[0]
    assert "1.5 s in 1 video(s) are said to be not labeled yet" in notes[1]
