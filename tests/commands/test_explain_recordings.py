"""``mienet explain`` of models of recordings: which moments it explains, and what it refuses."""

from pathlib import Path

import pytest

from tests.commands.test_explain import Printed, explain
from tests.conftest import WriteVideo, make_timeline_recognizer


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of a model for dark, light and the event dawn."""
    folder = tmp_path_factory.mktemp("recordings")
    make_timeline_recognizer().save(folder)
    return folder


def test_asked_moments_have_a_sheet_and_a_video_each(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    why = tmp_path / "why"
    # At 25 frames a second the frame that begins nearest to 0.41 s begins at 0.40 s.
    assert explain(model, write_video(), "--out", why, "--video", "--at", 0.2, 0.41) == 0
    names = {"video_0.20s.png", "video_0.40s.png"}
    names |= {"video_0.20s_explained.mp4", "video_0.40s_explained.mp4"}
    assert {path.name for path in why.iterdir()} == names
    assert "video.mp4, 0.20 s: event dawn, " in capsys.readouterr().out


def test_without_moments_the_surest_and_the_least_sure_event_are_explained(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    assert explain(model, write_video(), "--out", tmp_path / "why") == 0
    said = capsys.readouterr().out
    assert said.count(": event dawn, ") == 2
    assert "(the surest of 4)" in said and "(the least sure of 4)" in said


def test_a_label_is_explained_where_it_is_likeliest_or_where_asked(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    options = (model, write_video(), "--out", tmp_path / "why", "--label", "light")
    assert explain(*options) == 0
    said = capsys.readouterr().out
    assert ": phase light, " in said and "(where it is likeliest)" in said
    assert explain(*options, "--at", 0.2) == 0
    assert "video.mp4, 0.20 s: phase light, " in capsys.readouterr().out


def test_an_unknown_label_names_the_nearest(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    assert explain(model, write_video(), "--out", tmp_path / "why", "--label", "down") == 1
    said = "knows no phase or event 'down'; did you mean 'dawn'?"
    assert said in capsys.readouterr().err


def test_moments_outside_of_a_recording_are_all_named(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    assert explain(model, write_video(), "--out", tmp_path / "why", "--at", 0.2, 3, 4) == 1
    said = "video.mp4: 3, 4 s is outside of the recording, which lasts from 0.00 to 0.80 s"
    assert said in capsys.readouterr().err


def test_a_list_says_how_fast_the_camera_was(
    model: Path, tmp_path: Path, write_video: WriteVideo, capsys: Printed
) -> None:
    write_video()
    (tmp_path / "list.csv").write_text("path,capture_fps\nvideo.mp4,250\n")
    assert explain(model, tmp_path / "list.csv", "--out", tmp_path / "why", "--at", 0.2) == 1
    assert "lasts from 0.00 to 0.08 s" in capsys.readouterr().err
