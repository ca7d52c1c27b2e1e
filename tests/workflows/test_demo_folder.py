"""A demo replaces the folder of an earlier one, finished or not, and no other."""

from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.options import OptionError
from mienet.synthetic import recordings, videos
from mienet.workflows.demo import demo
from mienet.workflows.demo_clips import demo_clips
from mienet.workflows.demo_folder import clear_demo_folder


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_folder_with_another_note_on_its_videos_is_left_alone(tmp_path: Path) -> None:
    note = tmp_path / "study/videos/README.txt"
    note.parent.mkdir(parents=True)
    note.write_text("Filmed in May.")
    with pytest.raises(MienetError, match="study contains other files; choose another folder"):
        clear_demo_folder(tmp_path / "study")
    assert note.exists()


@pytest.mark.parametrize(("module", "draw"), [
    (recordings, lambda folder: recordings.make_recordings(folder, athletes=1)),
    (videos, lambda folder: videos.make_dataset(folder, athletes=(1, 1, 1))),
])  # fmt: skip
def test_a_demo_that_was_stopped_while_it_drew_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module, draw
) -> None:
    monkeypatch.setattr(module, "run_tasks", stop)
    with pytest.raises(KeyboardInterrupt):
        draw(tmp_path / "demo/videos")
    clear_demo_folder(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("run", [demo, demo_clips])
def test_a_seed_that_cannot_be_is_refused_before_a_demo_is_replaced(tmp_path: Path, run) -> None:
    note = tmp_path / "videos/README.txt"
    note.parent.mkdir()
    note.write_text(recordings.README)
    with pytest.raises(OptionError, match="seed must be at least 0, got -1"):
        run(tmp_path, seed=-1)
    assert note.exists()
