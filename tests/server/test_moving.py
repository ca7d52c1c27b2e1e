"""A folder that was moved after a model was trained in it."""

from pathlib import Path

import pytest

from mienet.config import load_recipe
from mienet.server.models import read_model
from mienet.server.moving import follow_move
from mienet.server.places import Places
from mienet.workflows.train import train
from tests.conftest import SameProcess
from tests.server.lab import Lab

pytestmark = pytest.mark.usefixtures("same_process")


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A folder with a model of two recordings, which was elsewhere when they were learned from."""
    place = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mienet.curation.pool.ProcessPoolExecutor", SameProcess)
        lab = Lab(place / "former, 1")
        lab.add("a.mp4", labeled=True)
        lab.add("b.mp4", labeled=True)
        assert lab.teach("first")["state"] == "done"
    found = Lab(lab.folder.rename(place / "moved: # 2"))
    assert follow_move(found.places) == ["first"]
    assert follow_move(found.places) == []
    return found


def test_what_was_learned_from_is_known(moved: Lab) -> None:
    run = moved.places.runs / "first"
    key = read_model(run).key
    asked = {"model": "first", "path": str(run), "key": key, "type": "recordings"}
    assert "not used in its training" not in moved.do("report", **asked)["message"]
    assert [path.name for path in (moved.places.evaluations / key).glob("learned.*")] == [
        "learned.json"
    ]


def test_its_training_can_be_gone_on_with(moved: Lab) -> None:
    run = moved.places.runs / "first"
    changes = {"train.resume": str(run / "last.ckpt"), "train.epochs": 2}
    assert train(load_recipe(run / "config.yaml", changes)) == run


def test_a_run_of_another_place_stays_as_it_is(tmp_path: Path) -> None:
    places = Places(tmp_path)
    config = places.runs / "first/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("train: {out: /somewhere/runs}\n")
    assert follow_move(places) == []
    assert config.read_text() == "train: {out: /somewhere/runs}\n"
