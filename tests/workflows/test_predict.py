import json
import threading
from pathlib import Path

import pytest
from torch import Tensor

from mienet.errors import MienetError
from mienet.recognizer import Prediction, Recognizer, load
from mienet.workflows.predict import expand, predict, write_json
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


def test_the_next_video_is_read_while_one_is_computed(
    model: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_is_read = threading.Event()
    read, rank = Recognizer.read_views, Recognizer.rank

    def noting_read(self: Recognizer, path: Path, **views: str) -> Tensor:
        clips = read(self, path, **views)
        if path.name == "1.mp4":
            second_is_read.set()
        return clips

    def waiting_rank(self: Recognizer, path: Path, views: Tensor) -> Prediction:
        assert second_is_read.wait(timeout=60)
        return rank(self, path, views)

    monkeypatch.setattr(Recognizer, "read_views", noting_read)
    monkeypatch.setattr(Recognizer, "rank", waiting_rank)
    assert len(predict(model, [class_folders / "rise"]).predictions) == 6


def test_json_holds_every_probability(model: Path, tmp_path: Path, write_video: WriteVideo) -> None:
    video = write_video()
    write_json(tmp_path / "new/result.json", predict(model, [video]))
    content = json.loads((tmp_path / "new/result.json").read_text())
    expected = load(model).predict(video)
    assert content["problems"] == []
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


def test_a_folder_of_videos_stands_for_its_videos(class_folders: Path) -> None:
    paths = expand([class_folders / "rise"])
    assert [path.name for path in paths] == [f"{index}.mp4" for index in range(6)]


def test_a_folder_of_class_folders_stands_for_all_their_videos(class_folders: Path) -> None:
    folders = [path.parent.name for path in expand([class_folders])]
    assert folders == ["fall"] * 6 + ["rise"] * 6


def test_a_folder_without_videos_stays_to_be_reported(tmp_path: Path) -> None:
    assert expand([tmp_path / "none"]) == [tmp_path / "none"]


def test_a_folder_of_frames_stays_one_video(tmp_path: Path) -> None:
    (tmp_path / "img_00001.jpg").write_bytes(b"x")
    assert expand([tmp_path]) == [tmp_path]
