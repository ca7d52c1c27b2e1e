from functools import partial
from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.synthetic.recordings import VideoFile, make_recordings
from mienet.workflows import demo as module


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the demo as small as it can be: one athlete a split, one window a recording."""
    file = VideoFile((48, 32), frames_per_second=10)
    made = partial(make_recordings, file=file, jobs=1, progress=False)
    load = module.load_recipe

    def load_small(name: str, changes: dict) -> object:
        tiny = {"data.short_side": 32, "data.crop_size": 32, "data.num_workers": 0}
        short = {"model.num_segments": 8, "timeline.head_width": 8, "train.epochs": 1}
        one = {"timeline.windows_per_recording": 1, "trainer.accelerator": "cpu"}
        return load(name, changes | tiny | short | one)

    monkeypatch.setattr(module, "ATHLETES", 3)
    monkeypatch.setattr(module, "FRACTIONS", (1 / 3, 1 / 3, 1 / 3))
    monkeypatch.setattr(module, "make_recordings", made)
    monkeypatch.setattr(
        module, "prepare_recordings", partial(module.prepare_recordings, decode=False, jobs=1)
    )
    monkeypatch.setattr(module, "load_recipe", load_small)


def test_the_demo_ends_with_the_timeline_of_an_unseen_recording(
    small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "demo"
    evaluation = module.demo(out, seed=1)
    (recording,) = evaluation.recordings
    unseen = Path(recording.path)
    said = capsys.readouterr().out
    assert f"The timeline of {unseen}" in said
    assert unseen.name in (out / "dataset/test.csv").read_text()
    for name in (f"{unseen.stem}.png", f"{unseen.stem}_phases.mp4", "phases.csv", "events.csv"):
        assert (out / "timeline" / name).is_file()
    named = [
        line.split(": ")[0].strip() for line in said.partition("Everything is in")[2].splitlines()
    ]
    assert all(Path(path).exists() for path in named[1:])


def test_found_times_stand_beside_the_nearest_true_ones() -> None:
    made = module.MadeRecording(
        Path("a.mp4"), None, (("up", 1.0, 2.0), ("up", 5.0, 6.0)), (("top", 2.0),)
    )
    found = {
        "phases": [{"label": "up", "start_seconds": 5.2, "end_seconds": 6.0, "confidence": 0.9}],
        "events": [
            {"label": "top", "time_seconds": 2.1, "confidence": 0.5},
            {"label": "end", "time_seconds": 7.0, "confidence": 0.4},
        ],
    }
    assert [line.split() for line in module._table(found, made).splitlines()] == [
        ["found", "true"],
        ["2.10", "s,", "event", "50%", "2.00", "s,", "event", "top"],
        ["5.20", "to", "6.00", "s", "90%", "5.00", "to", "6.00", "s", "up"],
        ["7.00", "s,", "event", "40%", "-", "end"],
    ]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("important")
    with pytest.raises(MienetError, match="contains other files; choose another folder"):
        module.demo(tmp_path)
    assert (tmp_path / "thesis.txt").exists()
