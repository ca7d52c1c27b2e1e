"""The job predict of a model of clips, and what the page is told of its outcome."""

from pathlib import Path
from typing import Any

import pytest

import mienet
from mienet.server.classes import Classes, Ranking
from mienet.server.models import Models, read_model
from mienet.server.settings import Settings
from tests.conftest import make_recognizer, video_writer, with_known
from tests.server.lab import Lab


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model of fall and rise."""
    folder = tmp_path_factory.mktemp("given") / "given"
    make_recognizer().save(folder)
    return folder


def predict(lab: Lab, path: Path, *videos: str, key: str = "", **more: Any) -> dict[str, Any]:
    asked = {"model": "given", "path": str(path), "type": "clips"} | more
    return lab.do("predict", videos=videos, key=key or read_model(path).key, **asked)


def classes(lab: Lab, model: Path, error_rate: float | None = None) -> Classes:
    return Classes(
        lab.places, Models(Settings(lab.folder, model, error_rate=error_rate), lab.places)
    )


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Lab:
    """A folder with a predicted video, a broken one, and one that nobody asked about."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.add("sub/jump.mp4", 20)
    lab.add("other.mp4", 20)
    (lab.folder / "broken.mp4").write_bytes(b"no video")
    ended = predict(lab, model, "sub/jump.mp4", "broken.mp4")
    assert (ended["state"], ended["message"]) == ("done", "1 predicted, 1 cannot be read")
    return lab


def test_classes_are_those_of_predict(predicted: Lab, model: Path) -> None:
    (wanted,) = mienet.predict(model, [predicted.folder / "sub/jump.mp4"]).predictions
    found = classes(predicted, model).of("sub/jump.mp4")
    assert found == Ranking(wanted.to_dict()["classes"], wanted.answer, None, True)


def test_none_of_these_is_said_as_predict_says_it(tmp_path: Path) -> None:
    make_recognizer().save(tmp_path / "given")
    lab, strange = Lab(tmp_path / "videos"), with_known(tmp_path / "given", -1)
    lab.add("a.mp4", 20)
    predict(lab, strange, "a.mp4", error_rate=0.2)
    (wanted,) = mienet.predict(strange, [lab.folder / "a.mp4"], error_rate=0.2).predictions
    found = classes(lab, strange, 0.2).of("a.mp4")
    assert found and (found.answer, found.familiarity) == ("none of these", wanted.familiarity)
    assert not found.is_answered


def test_a_part_is_taken_as_the_clip(predicted: Lab, model: Path) -> None:
    """As ``predict`` takes one of a list; what is said of the whole video stays beside it."""
    whole = classes(predicted, model).of("sub/jump.mp4")
    predict(predicted, model, "sub/jump.mp4", start_frame=2, end_frame=12)
    part = predicted.folder / "part.csv"
    part.write_text("path,start_frame,end_frame\nsub/jump.mp4,2,12\n")
    (wanted,) = mienet.predict(model, [part]).predictions
    found = classes(predicted, model)
    ranking = found.of("sub/jump.mp4", 2, 12)
    assert ranking and ranking.classes == wanted.to_dict()["classes"]
    assert found.of("sub/jump.mp4") == whole != ranking
    assert found.of("sub/jump.mp4", 2, 11) is None


@pytest.mark.parametrize("error_rate", [0.1, 0.3])
def test_what_was_said_at_another_error_rate_counts_no_more(
    predicted: Lab, model: Path, error_rate: float
) -> None:
    assert classes(predicted, model, error_rate).of("sub/jump.mp4") is None


def test_a_broken_video_is_told_with_the_reason(predicted: Lab) -> None:
    broken, jump = predicted.jobs.described(1)["videos"]
    assert (jump["state"], broken["state"]) == ("done", "failed")
    assert broken["problem"].startswith("broken.mp4: cannot be read as a video")


@pytest.mark.parametrize("video", ["other.mp4", "broken.mp4"])
def test_nothing_is_said_of_what_is_not_predicted(predicted: Lab, model: Path, video: str) -> None:
    assert classes(predicted, model).of(video) is None


def test_what_was_predicted_of_a_changed_file_counts_no_more(tmp_path: Path, model: Path) -> None:
    lab = Lab(tmp_path)
    lab.add("a.mp4", 10)
    predict(lab, model, "a.mp4")
    found = classes(lab, model)
    assert found.of("a.mp4")
    video_writer(tmp_path)("a.mp4", 11)
    assert found.of("a.mp4") is None


def test_a_model_that_was_replaced_meanwhile_is_not_taken_for_the_other(
    predicted: Lab, model: Path
) -> None:
    ended = predict(predicted, model, "other.mp4", key="given-00000000")
    assert ended["state"] == "failed"
    assert ended["message"] == (
        "given was replaced since this was asked for, by training or by hand; ask again"
    )
