"""Windows are as long as the clips that a model learned from, where these are known."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mienet.options import named_as_on_command_line
from mienet.timelines.window_lengths import USUAL_SECONDS, choose_lengths
from tests.conftest import WriteVideo


def clips(folder: Path, *rows: str, header: str = "path,label,start_seconds,end_seconds") -> Path:
    path = folder / "train.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_lengths_are_median_and_quartiles_of_the_clips(tmp_path: Path) -> None:
    rows = (f"gone.mp4,jump,1,{1 + seconds}" for seconds in (0.2, 0.4, 0.6, 0.8, 1.0))
    found = choose_lengths(clips(tmp_path, *rows))
    assert found.seconds == (0.4, 0.6, 0.8)
    assert "windows of 0.4, 0.6 and 0.8 s, median and quartiles" in found.reason
    assert str(tmp_path / "train.csv") in found.reason
    with named_as_on_command_line():
        found = choose_lengths(tmp_path / "train.csv")
    assert found.reason.endswith("give other lengths with --window-seconds")


def test_whole_videos_are_opened(write_video: WriteVideo, tmp_path: Path) -> None:
    video = write_video(num_frames=25)
    found = choose_lengths(clips(tmp_path, f"{video},jump,,", "gone.mp4,jump,,"))
    assert found.seconds == (1.0,)
    assert "windows of 1 s, median and quartiles of the durations of 1 of 2 clips" in found.reason


def test_frames_count_by_the_video_s_clock(write_video: WriteVideo, tmp_path: Path) -> None:
    row = f"{write_video(num_frames=25)},jump,5,15"
    found = choose_lengths(clips(tmp_path, row, header="path,label,start_frame,end_frame"))
    assert found.seconds == (0.4,)


@pytest.mark.parametrize(("text", "said"), [
    (None, "the model came without the list of its training clips"),
    ("path,label\n", "train.csv cannot be read"),
    ("path,label\ngone.mp4,jump\n", "no clip of"),
])  # fmt: skip
def test_where_nothing_is_known_lengths_are_usual_and_it_says_why(
    text: str | None, said: str, tmp_path: Path
) -> None:
    if text:
        (tmp_path / "train.csv").write_text(text)
    found = choose_lengths(tmp_path / "train.csv")
    assert found.seconds == USUAL_SECONDS
    assert said in found.reason
    assert "give about the lengths" in found.reason


def test_frames_without_a_clock_have_no_duration(
    write_frames: Callable[[str, int], Path], tmp_path: Path
) -> None:
    found = choose_lengths(clips(tmp_path, f"{write_frames('frames', 5)},jump,,"))
    assert found.seconds == USUAL_SECONDS
