import json
from pathlib import Path
from typing import Any

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timelines import AnnotatedVideo


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def times(video: AnnotatedVideo) -> list[tuple[str, float]]:
    return [(event.label, event.time_seconds) for event in video.events]


def test_frames_of_a_clip_count_from_0_at_its_own_rate(tmp_path: Path) -> None:
    clip = {"video": "a", "num_frames": 50, "fps": 25.0, "events": [{"frame": 30, "label": "hit"}]}
    unlabeled = {"video": "b", "num_frames": 50, "fps": 25.0}
    read = read_timelines(write(tmp_path / "x.json", [clip, unlabeled]))
    (video,) = read.videos
    assert (video.name, video.duration_seconds, times(video)) == ("a", 2, [("hit", 1.2)])
    assert "1 of 2 videos are not labeled" in read.notes[0]


def test_an_event_outside_its_clip_is_told(tmp_path: Path) -> None:
    clip = {"video": "a", "num_frames": 50, "fps": 25.0, "events": [{"frame": 60, "label": "hit"}]}
    with pytest.raises(AnnotationError, match=r"event 1: 'hit' at 2.4 s is outside its video"):
        read_timelines(write(tmp_path / "x.json", [clip]))


def test_a_number_of_frames_with_decimals_is_a_length_too(tmp_path: Path) -> None:
    clip = {"video": "a", "num_frames": 12.5, "fps": 25.0, "events": [{"frame": 5, "label": "hit"}]}
    (video,) = read_timelines(write(tmp_path / "x.json", [clip])).videos
    assert (video.duration_seconds, times(video)) == (0.5, [("hit", 0.2)])


def test_the_halves_of_a_game_are_two_videos(tmp_path: Path) -> None:
    events = [
        {"gameTime": "1 - 12:34", "label": "Offside", "position": "754320", "team": "home"},
        {"gameTime": "2 - 0:45", "label": "Goal", "position": "45120", "team": "not applicable"},
    ]
    content = {"UrlLocal": "league/game", "annotations": events}
    one, other = read_timelines(write(tmp_path / "Labels-v2.json", content)).videos
    assert (one.name, times(one)) == ("league/game/1_224p.mkv", [("Offside", 754.32)])
    assert (other.name, times(other)) == ("league/game/2_224p.mkv", [("Goal", 45.12)])
    assert (one.events[0].modifiers, other.events[0].modifiers) == (("home",), ())


def test_the_halves_may_be_of_another_size(tmp_path: Path) -> None:
    video = tmp_path / "videos/game/1_720p.mkv"
    video.parent.mkdir(parents=True)
    video.write_bytes(b"x")
    events = [{"gameTime": "1 - 0:01", "half": "1", "label": "Foul", "position": "1500",
               "confidence": "0.25"}]  # fmt: skip
    path = write(tmp_path / "results.json", {"UrlLocal": "league/game", "predictions": events})
    (read,) = read_timelines(path, videos=tmp_path / "videos").videos
    assert (read.path, read.events[0].confidence) == (str(video), 0.25)


def test_samples_have_positions_in_milliseconds(tmp_path: Path) -> None:
    events = [{"head": "action", "label": "PASS", "position_ms": "1500", "frame": 3}]
    sample = {"id": "s", "inputs": [{"type": "video", "path": "clips/a.mp4"}], "events": events}
    read = read_timelines(write(tmp_path / "x.json", {"data": [sample, {"inputs": []}]}))
    (video,) = read.videos
    assert (video.name, times(video), video.events[0].tier) == (
        "clips/a.mp4", [("PASS", 1.5)], "action"
    )  # fmt: skip
    assert "1 of 2 videos are not labeled" in read.notes[0]


def test_an_event_of_no_half_is_told(tmp_path: Path) -> None:
    content = {"UrlLocal": "g", "annotations": [{"gameTime": "3 - 1:00", "label": "Foul"}]}
    with pytest.raises(AnnotationError, match="annotations 1: is of no half, 1 or 2: '3 - 1:00'"):
        read_timelines(write(tmp_path / "x.json", content))
