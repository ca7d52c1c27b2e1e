"""From two labeled recordings to a model that predicts others, and what its figures are of."""

import json
from pathlib import Path
from typing import Any

import pytest

from mienet.data.manifest import read_prepared
from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo, Event
from mienet.server.figures import read_figures
from mienet.server.models import Models, read_model
from mienet.server.settings import Settings
from mienet.server.teaching import fractions
from mienet.workflows.train import train
from tests.server.lab import Lab

pytestmark = pytest.mark.usefixtures("same_process")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A folder whose two labeled recordings were learned from; a third has no labels."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.add("a.mp4", labeled=True)
    lab.add("b.mp4", 44, labeled=True)
    lab.add("new.mp4", 42)
    assert lab.teach("first")["state"] == "done"
    return lab


def test_two_recordings_are_enough_and_all_learned_from(taught: Lab) -> None:
    assert list(read_prepared(taught.places.datasets / "first").lists()) == ["train"]
    assert read_model(taught.places.runs / "first").num_recordings == 2


def test_figures_on_what_was_learned_say_so(taught: Lab) -> None:
    figures = read_figures(taught.places, read_model(taught.places.runs / "first").key)
    assert figures is not None
    assert (figures["is_unseen"], figures["num_recordings"]) == (False, 2)
    assert figures["said"].startswith("on the 2 recordings that it learned from: they say whether")
    assert 0 <= figures["frame_accuracy"] <= 1


def test_the_first_model_is_used(taught: Lab) -> None:
    used = Models(Settings(taught.folder), taught.places).used()
    assert used is not None
    assert (used.name, used.phases, used.events) == ("first", ("dark", "light"), ("dawn",))


def test_how_far_it_is_was_told(taught: Lab) -> None:
    (job,) = [job for job in taught.jobs.listed() if job["title"] == "Teach first"]
    assert job["progress"] == 1
    assert job["message"].startswith("first is trained; measured on the 2 recordings")
    assert job["message"].endswith("it learned from scratch")


def test_a_model_without_pretrained_weights_says_so(taught: Lab) -> None:
    assert read_model(taught.places.runs / "first").is_from_scratch


def test_a_recording_labeled_later_is_what_the_model_is_measured_on(taught: Lab) -> None:
    lab = taught
    lab.add("later.mp4", 41, labeled=True)
    model = read_model(lab.places.runs / "first")
    ended = lab.do("report", model="first", path=str(model.path), key=model.key, type="recordings")
    assert ended["state"] == "done", ended["message"]
    figures = read_figures(lab.places, model.key)
    assert figures is not None
    assert (figures["is_unseen"], figures["num_recordings"]) == (True, 1)
    assert (lab.places.evaluations / model.key / "report.html").stat().st_size > 10_000


@pytest.fixture(scope="module")
def second(taught: Lab) -> dict[str, Any]:
    """How a second training ended, while which "light" was renamed in all finished labels."""
    labels = {file: file.read_text() for file in taught.places.labels.glob("*.csv")}

    def train_and_rename(*arguments: Any, **options: Any) -> None:
        train(*arguments, **options)
        for file, text in labels.items():
            file.write_text(text.replace("light", "bright"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mienet.server.teaching.train", train_and_rename)
        ended = taught.teach("second", from_path=str(taught.places.runs / "first"))
    for file, text in labels.items():
        file.write_text(text)
    return ended


def test_a_model_is_measured_on_the_labels_that_it_was_made_from(second: dict[str, Any]) -> None:
    assert second["state"] == "done", second["message"]
    assert "left out" not in second["result"]["figures"]["said"]
    assert second["result"]["figures"]["num_recordings"] > 0


def test_a_model_that_cannot_be_measured_is_there_and_says_why(
    taught: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MienetError("a.mp4: cannot be read")

    monkeypatch.setattr("mienet.server.teaching.measure", fail)
    monkeypatch.setattr("mienet.server.teaching.configure", lambda *_: None)  # it has ended
    ended = taught.teach("first")
    assert ended["state"] == "done"
    assert ended["message"].startswith(
        "first is trained; it could not be measured: a.mp4: cannot be read"
    )
    figures = read_figures(taught.places, read_model(taught.places.runs / "first").key)
    assert figures == ended["result"]["figures"]


def test_learning_goes_on_from_the_model_in_use(taught: Lab, second: dict[str, Any]) -> None:
    assert not second["result"]["is_used"]  # which model is better, a person decides
    facts = json.loads((taught.places.runs / "second/run.json").read_text())
    assert facts["pretrained"]["classifier"] == "taken over, for the same classes"


@pytest.mark.usefixtures("second")
def test_models_are_compared_on_what_neither_learned_from(taught: Lab) -> None:
    (taught.places.labels / "later.mp4.csv").unlink(missing_ok=True)
    paths = [str(taught.places.runs / name) for name in ("first", "second")]
    ended = taught.do("compare", models=["first", "second"], paths=paths)
    assert (ended["state"], ended["message"].split(",")[0]) == (
        "failed",
        "each finished recording was learned from by one of these models",
    )
    taught.add("unseen.mp4", 43, labeled=True)
    ended = taught.do("compare", models=["first", "second"], paths=paths)
    assert ended["state"] == "done", ended["message"]
    assert ended["result"]["num_recordings"] == 1
    names = [model["name"] for model in ended["result"]["comparison"]["models"]]
    assert names == ["first", "second"]


def test_one_recording_is_too_few(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.add("a.mp4", labeled=True)
    ended = lab.teach("few")
    assert (ended["state"], ended["message"]) == (
        "failed",
        "1 recording with finished labels; a training needs at least 2: finish another one",
    )


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        (["", "", "", ""], (1,)),
        (["", "", "", "", ""], (0.8, 0.2)),
        (["ann", "ann", "bo", "bo", "cy"], (1,)),
        ([str(number) for number in range(12)], (0.7, 0.15, 0.15)),
    ],
)
def test_some_are_kept_apart_from_five_on(subjects: list[str], expected: tuple[float, ...]) -> None:
    labeled = tuple(
        AnnotatedVideo(f"{place}.mp4", (), (Event("dawn", 0.0, subject=subject),))
        for place, subject in enumerate(subjects)
    )
    assert fractions(labeled) == expected
