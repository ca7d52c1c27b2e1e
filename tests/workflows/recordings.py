"""What tests of whole recordings share: six jumps by three athletes, and their annotations."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.result import Timeline, decode_timeline, frame_borders
from mienet.video.reader import open_video

Answer = tuple[int, dict[int, float]]
"""The frame before which ``up`` ends, and the probability of ``land`` by frame."""

HEADER = "path,label,start_seconds,end_seconds,subject\n"
TAKES = [f"{athlete}_{take}" for athlete in ("ann", "bo", "cy") for take in (1, 2)]


def six_jumps(videos) -> Path:
    """Writes v/ATHLETE_TAKE.mp4, 8 to 13 frames long at 25 a second, and returns the folder."""
    return videos(*(f"{take}.mp4" for take in TAKES))


def rows_of(*names: str, subjects: bool = True) -> str:
    """Returns the rows of two phases and an event in each of some recordings."""
    return "".join(
        f"{name}.mp4,{label},{times},{name.split('_')[0] if subjects else ''}\n"
        for name in names
        for label, times in (("up", "0,0.12"), ("top", "0.12,"), ("down", "0.12,0.24"))
    )


def marks_csv(folder: Path, more: str = "", *, subjects: bool = True) -> Path:
    """Writes marks.csv with the marks of all six, and returns it."""
    path = folder / "marks.csv"
    path.write_text(HEADER + rows_of(*TAKES, subjects=subjects) + more)
    return path


def annotated() -> list[AnnotatedVideo]:
    """Returns the same marks as ``marks_csv``, for any format to write."""
    return [
        AnnotatedVideo(
            f"{take}.mp4",
            (
                Interval("up", 0.0, 0.12, subject=take.split("_")[0]),
                Interval("down", 0.12, 0.24, subject=take.split("_")[0]),
            ),
            (Event("top", 0.12, subject=take.split("_")[0]),),
            path=f"{take}.mp4",
            fps=25.0,
            duration_seconds=0.32 + 0.04 * place,
        )
        for place, take in enumerate(TAKES)
    ]


def answer_with(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[TimelineRecognizer, Path], Answer]
) -> list[str]:
    """Lets models of up and land say what is given; returns the names of what is computed."""
    names: list[str] = []

    def timeline(
        self: TimelineRecognizer,
        path: str,
        options: RecordingOptions,
        *,
        progress: Callable[[float], object],
    ) -> Timeline:
        with open_video(Path(path)) as video:
            times, rate = video.timestamps_seconds, options.capture_fps
            borders = frame_borders(times, video.num_frames, rate)
        names.append(Path(path).name)
        end, lands = answer(self, Path(path))
        phases = np.full((len(borders) - 1, 2), 0.1, np.float32)
        phases[:end, 0] = phases[end:, 1] = 0.9
        events = np.zeros((len(borders) - 1, 1), np.float32)
        events[list(lands), 0] = list(lands.values())
        progress(1.0)
        return decode_timeline(Path(path), ["up"], ["land"], borders, phases, events)

    monkeypatch.setattr(TimelineRecognizer, "timeline", timeline)
    return names
