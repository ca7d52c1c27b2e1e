"""Which recordings and labels models are measured on."""

import json
from pathlib import Path
from typing import Any

import pytest

from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.server.evaluation_list import EvaluationList, write_evaluation_list
from tests.conftest import make_timeline_recognizer

DARK, LIGHT = Interval("dark", 0.0, 0.8), Interval("light", 0.8, 1.6)
GLIDE, DAWN, SPLASH = Interval("glide", 1.6, 2.0), Event("dawn", 0.8), Event("splash", 1.6)


def recording(name: str, *marks: Interval | Event) -> AnnotatedVideo:
    intervals = tuple(mark for mark in marks if isinstance(mark, Interval))
    events = tuple(mark for mark in marks if isinstance(mark, Event))
    return AnnotatedVideo(name, intervals, events, path=f"/videos/{name}")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows dark, light and dawn."""
    folder = tmp_path_factory.mktemp("models") / "first"
    make_timeline_recognizer().save(folder)
    return folder


def content(listed: EvaluationList) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(listed.path.read_text())
    return found


def test_labels_that_a_model_knows_not_are_left_out_and_told(model: Path, tmp_path: Path) -> None:
    labeled = [recording("a.mp4", DARK, LIGHT, GLIDE, DAWN, SPLASH)]
    listed = write_evaluation_list(labeled, [model], tmp_path)
    (entry,) = content(listed)
    assert [mark["label"] for mark in entry["intervals"]] == ["dark", "light"]
    assert [mark["label"] for mark in entry["events"]] == ["dawn"]
    assert entry["unlabeled"] == [[1.6, 2.0]]
    assert listed.left_out == (
        "the phase 'glide' and the event 'splash' left out, which first does not know"
    )


def test_a_recording_of_other_labels_alone_does_not_count(model: Path, tmp_path: Path) -> None:
    labeled = [recording("a.mp4", DARK), recording("b.mp4", GLIDE), recording("c.mp4")]
    listed = write_evaluation_list(labeled, [model], tmp_path)
    assert [entry["path"] for entry in content(listed)] == ["/videos/a.mp4", "/videos/c.mp4"]


def test_nothing_that_a_model_knows_is_an_error(model: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError) as raised:
        write_evaluation_list([recording("a.mp4", GLIDE)], [model], tmp_path)
    assert str(raised.value) == (
        "nothing can be measured, as no finished recording has a label that first knows ('dark', "
        "'dawn', 'light'); teach a new model"
    )


def test_models_are_compared_by_what_all_know(model: Path, tmp_path: Path) -> None:
    made = make_timeline_recognizer()
    made.phases = ["light", "bright"]
    made.save(tmp_path / "other")
    models = [model, tmp_path / "other"]
    listed = write_evaluation_list([recording("a.mp4", DARK, LIGHT)], models, tmp_path)
    assert [mark["label"] for mark in content(listed)[0]["intervals"]] == ["light"]
    assert listed.left_out == ("the phase 'dark' left out, which first and other do not both know")
