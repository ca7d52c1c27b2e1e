"""The job explain: what it keeps of a video, and why it fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mienet.models import tsn
from mienet.server.explanations import picture_file, read_explanation
from mienet.server.models import read_model
from tests.conftest import make_recognizer, make_timeline_recognizer, video_writer
from tests.server.lab import Lab


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with untrained models: of clips, of clips without motion maps, of recordings."""
    folder = tmp_path_factory.mktemp("models")
    make_recognizer().save(folder / "clips")
    make_recognizer(tsn).save(folder / "rgb")
    make_timeline_recognizer().save(folder / "recordings")
    return folder


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    lab = Lab(tmp_path / "videos")
    lab.add("sub/a.mp4", 20)
    return lab


def ask(lab: Lab, model: Path, **changes: Any) -> dict[str, Any]:
    asked = {"path": str(model), "key": read_model(model).key, "model": model.name}
    options = {"videos": ["sub/a.mp4"], "label": None, "at_seconds": None}
    return lab.do("explain", **(asked | options | changes))


def explained(lab: Lab, model: Path) -> dict[str, Any]:
    found = read_explanation(lab.places, read_model(model).key, "sub/a.mp4")
    assert found is not None
    return found


def test_a_class_of_a_clip_is_explained_in_pictures(lab: Lab, models: Path) -> None:
    assert ask(lab, models / "clips", label="rise")["state"] == "done"
    found = explained(lab, models / "clips")
    assert (found["label"], found["kind"], found["at_seconds"]) == ("rise", "class", None)
    assert 0 < found["probability"] < 1 and found["has_motion"]
    key = read_model(models / "clips").key
    sheet = picture_file(lab.places, key, "sub/a.mp4", found, "sheet")
    film = picture_file(lab.places, key, "sub/a.mp4", found, "film")
    assert (sheet.read_bytes()[:4], film.read_bytes()[4:8]) == (b"\x89PNG", b"ftyp")


def test_a_moment_of_a_recording_is_explained(lab: Lab, models: Path) -> None:
    assert ask(lab, models / "recordings", at_seconds=0.4, label="dawn")["state"] == "done"
    found = explained(lab, models / "recordings")
    assert (found["kind"], found["at_seconds"], found["job"]) == ("event", 0.4, 1)


def test_a_network_without_motion_maps_says_so(lab: Lab, models: Path) -> None:
    assert ask(lab, models / "rgb")["state"] == "done"
    assert explained(lab, models / "rgb")["has_motion"] is False


def test_the_last_explanation_takes_the_place_of_the_one_before(lab: Lab, models: Path) -> None:
    for label in ("rise", "fall"):
        ask(lab, models / "clips", label=label)
    assert explained(lab, models / "clips")["label"] == "fall"
    folder = lab.places.explanations / read_model(models / "clips").key / "sub/a.mp4"
    assert {path.name for path in folder.iterdir()} == {"2", "explanation.json"}


def test_what_was_explained_of_a_changed_file_counts_no_more(lab: Lab, models: Path) -> None:
    ask(lab, models / "clips")
    video_writer(lab.folder)("sub/a.mp4", 21)
    assert read_explanation(lab.places, read_model(models / "clips").key, "sub/a.mp4") is None


def gone(lab: Lab) -> None:
    (lab.folder / "sub/a.mp4").unlink()


def broken(lab: Lab) -> None:
    (lab.folder / "sub/a.mp4").write_bytes(b"no video")


@pytest.mark.parametrize(
    ("spoil", "changes", "said"),
    [
        (gone, {}, "sub/a.mp4: no such video file"),
        (broken, {}, "sub/a.mp4: cannot be read as a video"),
        (lambda lab: None, {"key": "clips-00000000"}, "clips was replaced since this was asked"),
        (lambda lab: None, {"label": "ris"}, "knows no class 'ris'; did you mean 'rise'?"),
    ],
)
def test_what_cannot_be_explained_is_told(
    lab: Lab, models: Path, spoil: Callable[[Lab], None], changes: dict[str, Any], said: str
) -> None:
    spoil(lab)
    ended = ask(lab, models / "clips", **changes)
    assert ended["state"] == "failed"
    assert said in ended["message"]


def test_a_moment_outside_of_the_recording_is_told(lab: Lab, models: Path) -> None:
    ended = ask(lab, models / "recordings", at_seconds=3.0)
    assert "3 s is outside of the recording, which lasts from 0.00 to 0.80 s" in ended["message"]
