from pathlib import Path

import pytest
import torch

from mienet.annotations.records import VideoRecord
from mienet.loading import load_network
from mienet.recognizer import NetworkRecognizer
from mienet.training.known_clips import learn_known_clips


def records(folder: Path, *numbers: int) -> list[VideoRecord]:
    return [
        VideoRecord(str(folder / name / f"{number}.mp4"), label)
        for label, name in enumerate(("fall", "rise"))
        for number in numbers
    ]


@pytest.fixture
def learned(recognizer: NetworkRecognizer, class_folders: Path) -> NetworkRecognizer:
    training, validation = records(class_folders, 0, 1), records(class_folders, 1, 2)
    recognizer.known_clips = learn_known_clips(recognizer, training, validation, num_workers=0)
    return recognizer


def test_validation_is_what_prediction_says(
    learned: NetworkRecognizer, class_folders: Path
) -> None:
    found = [learned.predict(clip.path) for clip in records(class_folders, 1, 2)]
    assert learned.known_clips
    expected = learned.known_clips.validation.tolist()
    assert [one.familiarity for one in found] == pytest.approx(expected, abs=1e-3)
    names = ["fall", "fall", "rise", "rise"]
    correct = [one.answer == name for one, name in zip(found, names, strict=True)]
    assert learned.known_clips.correct.tolist() == correct


def test_it_is_saved_with_the_model(learned: NetworkRecognizer, tmp_path: Path) -> None:
    learned.save(tmp_path)
    loaded = load_network(tmp_path).known_clips
    assert loaded and learned.known_clips
    for name, tensor in learned.known_clips.tensors().items():
        assert torch.equal(loaded.tensors()[name], tensor)


def test_the_answer_does_not_change(learned: NetworkRecognizer, class_folders: Path) -> None:
    path = class_folders / "fall/0.mp4"
    known, learned.known_clips = learned.known_clips, None
    without = learned.predict(path)
    learned.known_clips = known
    assert learned.predict(path).probabilities == pytest.approx(without.probabilities, abs=1e-6)
    assert without.familiarity is None
