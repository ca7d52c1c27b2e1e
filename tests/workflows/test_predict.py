import json
import threading
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mienet.annotations.records import VideoRecord
from mienet.errors import MienetError
from mienet.loading import load
from mienet.prediction import FailedVideo, Prediction
from mienet.recognizer import Recognizer
from mienet.workflows.predict import iterate_predictions, predict, recognize, write_json
from tests.conftest import WriteVideo


def test_a_broken_video_does_not_stop_the_others(
    model: Path, tmp_path: Path, write_video: WriteVideo
) -> None:
    good = write_video("good.mp4")
    (tmp_path / "bad.mp4").write_bytes(b"")
    found = predict(model, [tmp_path / "bad.mp4", good, tmp_path / "none.mp4"])
    assert [prediction.path for prediction in found.predictions] == [good]
    assert [problem.split(": ")[1] for problem in found.problems] == [
        "the file is empty; copy or export it again",
        "no such video file or folder of frames",
    ]


@pytest.mark.parametrize("stage", ["iterate_views", "rank"])
@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), MemoryError(), OSError(5, "I/O")])
def test_any_error_of_one_video_is_its_own(
    model: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch, stage: str, error: Exception
) -> None:
    original = getattr(Recognizer, stage)

    def failing(self: Recognizer, video: VideoRecord | str, *rest: object, **views: str) -> object:
        if str(getattr(video, "path", video)).endswith("3.mp4"):
            raise error
        return original(self, video, *rest, **views)

    monkeypatch.setattr(Recognizer, stage, failing)
    found = predict(model, [class_folders / "rise"])
    assert len(found.predictions) == 5
    kind = "i/o" if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    assert found.problems == [f"{class_folders}/rise/3.mp4: {kind}"]


def test_the_next_video_is_read_while_one_is_computed(
    model: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_is_read = threading.Event()
    read, rank = Recognizer.iterate_views, Recognizer.rank

    def noting_read(self: Recognizer, record: VideoRecord, **views: str) -> Iterator[Tensor]:
        clips = list(read(self, record, **views))
        if record.path.endswith("1.mp4"):
            second_is_read.set()
        return iter(clips)

    def waiting_rank(self: Recognizer, path: str, views: Tensor) -> Prediction:
        assert second_is_read.wait(timeout=60)
        return rank(self, path, views)

    monkeypatch.setattr(Recognizer, "iterate_views", noting_read)
    monkeypatch.setattr(Recognizer, "rank", waiting_rank)
    assert len(predict(model, [class_folders / "rise"]).predictions) == 6


class CountingRecognizer:
    """Gives three parts of views for any video, and counts those that are alive."""

    def __init__(self) -> None:
        self.alive: weakref.WeakSet[Tensor] = weakref.WeakSet()
        self.most_alive = 0

    def iterate_views(self, record: VideoRecord, **views: str) -> Iterator[Tensor]:
        for _ in range(3):
            part = torch.zeros(1)
            self.alive.add(part)
            self.most_alive = max(self.most_alive, len(self.alive))
            yield part

    def rank(self, path: str, views: Iterable[Tensor]) -> Prediction:
        if path.endswith("7"):
            raise RuntimeError("cannot be computed")
        assert sum(1 for _ in views) == 3
        return Prediction(Path(path), ["a"], [1.0])


def test_views_of_few_videos_are_held_at_once() -> None:
    recognizer = CountingRecognizer()
    records = [VideoRecord(f"video{number}", None) for number in range(2000)]
    results = recognize(recognizer, records)  # type: ignore[arg-type]
    assert sum(isinstance(result, FailedVideo) for _, result in results) == 200
    assert recognizer.most_alive <= 4


def test_parts_of_videos_are_predicted(
    model: Path, tmp_path: Path, write_video: WriteVideo
) -> None:
    video = write_video(num_frames=50)
    rows = [f"{video},0,1", f"{video},1,", f"{video},5,6"]
    (tmp_path / "parts.csv").write_text("\n".join(["path,start_seconds,end_seconds", *rows]))
    *parts, bad = iterate_predictions(model, [tmp_path / "parts.csv"])
    assert [(part.start_seconds, part.end_seconds) for part in parts] == [(0, 1), (1, None)]
    assert isinstance(bad, FailedVideo)
    assert "parts.csv:4" in bad.problem


def test_frames_are_found_by_their_pattern(model: Path, write_frames: WriteVideo) -> None:
    folder = write_frames("frames", 5)
    wrong = predict(model, [folder], frame_pattern="frame-{:02d}.png")
    assert len(predict(model, [folder], frame_pattern="img_{:05d}.jpg").predictions) == 1
    assert (wrong.predictions, len(wrong.problems)) == ([], 1)


def test_other_views_and_sizes_are_computed(model: Path, write_video: WriteVideo) -> None:
    video = write_video(size=(96, 64))
    found = predict(model, [video], clips="uniform:3", crops="three", short_side=40, crop_size=40)
    recognizer = load(model)
    recognizer.set_sizes(short_side=40, crop_size=40)
    views = recognizer.read_views(video, clips="uniform:3", crops="three")
    assert views.shape[0] == 9
    expected = recognizer.rank(video, views)
    assert found.predictions[0].probabilities == pytest.approx(expected.probabilities, abs=1e-6)


@pytest.mark.parametrize("option", [{"clips": "five"}, {"crops": "five"}, {"crop_size": 400}])
def test_options_are_checked_before_any_video(model: Path, option: dict[str, object]) -> None:
    with pytest.raises(MienetError, match=r"five|crop_size must be at most"):
        predict(model, [], **option)  # type: ignore[arg-type]


def test_json_holds_every_probability(model: Path, tmp_path: Path, write_video: WriteVideo) -> None:
    video = write_video()
    write_json(tmp_path / "new/result.json", predict(model, [video, tmp_path / "none"]))
    content = json.loads((tmp_path / "new/result.json").read_text())
    expected = load(model).predict(video)
    assert len(content["problems"]) == 1
    assert content["predictions"] == [
        {
            "path": str(video),
            "classes": [
                {"name": name, "probability": probability}
                for name, probability in zip(expected.classes, expected.probabilities, strict=True)
            ],
        }
    ]


def test_json_is_not_written_to_a_folder(model: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match=r"is a folder; give a file to write"):
        write_json(tmp_path, predict(model, []))


def test_a_folder_of_class_folders_stands_for_all_their_videos(
    model: Path, class_folders: Path
) -> None:
    folders = [result.path.parent.name for result in iterate_predictions(model, [class_folders])]
    assert folders == ["fall"] * 6 + ["rise"] * 6


def test_a_second_model_is_not_taken_for_a_folder_of_frames(model: Path) -> None:
    with pytest.raises(MienetError, match="a model, where videos are expected; predict takes one"):
        predict(model, [model])
