"""A label that was renamed is renamed in what the models say that were there then."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.server.model_labels import ModelLabels, probabilities_with_names
from mienet.server.models import Model
from mienet.server.places import Places
from mienet.timelines.result import Timeline

MODEL = Model(
    *("first", Path("first"), "recordings", ("run", "walk"), ("run",), "first-1", "", None, False)
)
OTHER = replace(MODEL, name="other", phases=("sit",), key="other-1")


@pytest.fixture
def labels(tmp_path: Path) -> ModelLabels:
    Places(tmp_path).make()
    return ModelLabels(Places(tmp_path))


def test_a_label_is_renamed_in_one_kind_and_in_the_models_that_have_it(labels: ModelLabels) -> None:
    assert labels.rename([MODEL, OTHER], "phase", "run", "dash") == ["first"]
    assert labels.of(MODEL) == {("phase", "run"): "dash"}
    assert labels.of(OTHER) == {}


def test_a_label_is_known_by_what_it_is_called_now(labels: ModelLabels) -> None:
    labels.rename([MODEL], "phase", "run", "dash")
    assert labels.rename([MODEL], "phase", "run", "jog") == []
    labels.rename([MODEL], "phase", "dash", "walk")
    labels.rename([MODEL], "phase", "walk", "move")
    assert labels.of(MODEL) == {("phase", "run"): "move", ("phase", "walk"): "move"}


def test_a_model_that_is_taught_later_has_its_own_names(labels: ModelLabels) -> None:
    labels.rename([MODEL], "phase", "run", "dash")
    assert labels.of(replace(MODEL, key="first-2")) == {}


def test_names_that_were_broken_by_hand_are_not_replaced(
    labels: ModelLabels, tmp_path: Path
) -> None:
    file = tmp_path / "mienet/model_labels.json"
    file.write_text(broken := '{"first-1": [["phase"]]}')
    with pytest.raises(MienetError, match=r"model_labels\.json is broken .*correct or delete it"):
        labels.rename([MODEL], "phase", "run", "dash")
    assert file.read_text() == broken


def test_probabilities_of_labels_with_one_name_are_one() -> None:
    timeline = Timeline(
        Path("a.mp4"),
        ["run", "sit", "walk"],
        np.array([0.0, 1.0, 2.0]),
        np.array([[0.25, 0.125, 0.5], [0, 1, 0]], np.float32),
        (),
        ["jump", "hop"],
        np.array([[0.25, 0.75], [0.5, 0]], np.float32),
    )
    names = {("phase", "walk"): "run", ("event", "hop"): "jump"}
    found = probabilities_with_names(timeline, names)
    assert (found.classes, found.event_names) == (["run", "sit"], ["jump"])
    assert found.probabilities.tolist() == [[0.75, 0.125], [0, 1]]
    assert found.event_probabilities is not None
    assert found.event_probabilities.tolist() == [[0.75], [0.5]]
