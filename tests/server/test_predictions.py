"""The job predict, and what the page is told of its outcome."""

from pathlib import Path

import pytest

from mienet.server.model_labels import ModelLabels
from mienet.server.models import Models, read_model
from mienet.server.predictions import Predictions
from mienet.server.settings import Settings
from tests.conftest import make_timeline_recognizer, video_writer
from tests.server.lab import Lab


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model of dark, light and dawn."""
    folder = tmp_path_factory.mktemp("given") / "given"
    make_timeline_recognizer().save(folder)
    return folder


def predict(lab: Lab, path: Path, *videos: str) -> dict[str, object]:
    model = read_model(path)
    return lab.do(
        "predict", videos=videos, model="given", path=str(path), key=model.key, type="recordings"
    )


def predictions(lab: Lab, model: Path) -> Predictions:
    settings = Settings(lab.folder, model)
    return Predictions(lab.places, Models(settings, lab.places), ModelLabels(lab.places))


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Lab:
    """A folder with a predicted video, a broken one, and one that nobody asked about."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.add("sub/jump.mp4", 30)
    lab.add("other.mp4", 20)
    (lab.folder / "broken.mp4").write_bytes(b"no video")
    ended = predict(lab, model, "sub/jump.mp4", "broken.mp4")
    assert (ended["state"], ended["message"]) == ("done", "1 predicted, 1 cannot be read")
    return lab


def test_a_broken_video_does_not_stop_the_others(predicted: Lab) -> None:
    broken, jump = predicted.jobs.described(1)["videos"]
    assert (jump["state"], jump["progress"], jump["problem"]) == ("done", 1.0, "")
    assert broken["state"] == "failed"
    assert broken["problem"].startswith("broken.mp4: cannot be read as a video")


def test_marks_are_the_models(predicted: Lab, model: Path) -> None:
    found = predictions(predicted, model).of("sub/jump.mp4")
    assert found is not None
    assert (found.path, found.duration_seconds) == ("sub/jump.mp4", pytest.approx(1.2))
    assert {interval.label for interval in found.intervals} <= {"dark", "light"}


def test_nothing_is_said_of_what_was_not_asked(predicted: Lab, model: Path) -> None:
    found = predictions(predicted, model)
    assert (found.of("other.mp4"), found.doubt("other.mp4")) == (None, None)
    assert found.curves("other.mp4", 10) is None


def test_doubts_are_kept_with_the_prediction(predicted: Lab, model: Path) -> None:
    found = predictions(predicted, model)
    doubt = found.doubt("sub/jump.mp4")
    assert doubt is not None and 0 < doubt < 1
    times = [place["time_seconds"] for place in found.places_in_doubt("sub/jump.mp4")]
    assert all(0 <= time < 1.2 for time in times)


def test_curves_are_of_equal_parts(predicted: Lab, model: Path) -> None:
    found = predictions(predicted, model).curves("sub/jump.mp4", 10)
    assert found is not None
    assert found["times_seconds"] == pytest.approx([0.12 * part for part in range(10)])
    assert list(found["curves"]) == ["dark", "light", "dawn"]
    assert all(len(curve) == 10 for curve in (*found["curves"].values(), found["doubt"]))
    for dark, light in zip(found["curves"]["dark"], found["curves"]["light"], strict=True):
        assert dark + light <= 101  # of rounding


def test_curves_have_no_more_points_than_frames(predicted: Lab, model: Path) -> None:
    found = predictions(predicted, model).curves("sub/jump.mp4", 1000)
    assert found is not None
    assert len(found["times_seconds"]) == 30


def test_what_was_predicted_of_a_changed_file_counts_no_more(tmp_path: Path, model: Path) -> None:
    lab = Lab(tmp_path)
    lab.add("a.mp4", 10)
    predict(lab, model, "a.mp4")
    found = predictions(lab, model)
    assert found.has("a.mp4")
    video_writer(tmp_path)("a.mp4", 11)
    assert not found.has("a.mp4")
    predict(lab, model, "a.mp4")
    again = found.of("a.mp4")
    assert again is not None
    assert again.duration_seconds == pytest.approx(0.44)


def test_a_folder_that_is_moved_keeps_its_predictions(predicted: Lab, model: Path) -> None:
    moved = predicted.folder.rename(predicted.folder.with_name("moved"))
    assert predictions(Lab(moved), model).has("sub/jump.mp4")
    moved.rename(predicted.folder)


def test_the_tables_are_of_all_that_is_predicted(tmp_path: Path, model: Path) -> None:
    lab = Lab(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        lab.add(name, 10)
        predict(lab, model, name)
    summary = lab.places.timelines / read_model(model).key / "summary.csv"
    lines = summary.read_text().splitlines()[1:]
    assert {line.split(",")[0] for line in lines} == {"a.mp4", "b.mp4"}
