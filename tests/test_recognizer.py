import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from mienet.data.clips import ClipFormat
from mienet.errors import MienetError
from mienet.loading import load, load_network
from mienet.models import mie_net
from mienet.prediction import FailedVideo, Prediction
from mienet.recognizer import NetworkRecognizer
from tests.conftest import WriteVideo


def test_a_saved_recognizer_predicts_the_same(
    model: Path, recognizer: NetworkRecognizer, write_video: WriteVideo
) -> None:
    video = write_video()
    loaded = load(model)
    assert loaded.classes == ["fall", "rise"]
    assert loaded.clip_format == recognizer.clip_format
    ours, theirs = loaded.predict(video), recognizer.predict(video)
    assert ours.classes == theirs.classes
    # Equal but for rounding: batch-norm is folded when a model is loaded.
    assert ours.probabilities == pytest.approx(theirs.probabilities, abs=1e-5)


def test_probabilities_are_ranked_and_sum_to_one(
    recognizer: NetworkRecognizer, write_video: WriteVideo
) -> None:
    prediction = recognizer.predict(write_video())
    assert prediction.probabilities == sorted(prediction.probabilities, reverse=True)
    np.testing.assert_allclose(sum(prediction.probabilities), 1, rtol=1e-5)


def test_logits_are_the_mean_over_views(recognizer: NetworkRecognizer) -> None:
    views = torch.randint(256, (1, 3, 2, 4, 3, 32, 32), dtype=torch.uint8)
    with torch.inference_mode():
        each = torch.cat([recognizer(views[:, view]) for view in range(3)])
        torch.testing.assert_close(recognizer.video_logits(views)[0], each.mean(dim=0))


def test_the_temperature_divides_logits_and_is_saved(
    recognizer: NetworkRecognizer, tmp_path: Path
) -> None:
    views = torch.zeros(1, 1, *recognizer.clip_format.clip_shape, dtype=torch.uint8)
    with torch.inference_mode():
        expected = recognizer.video_logits(views) / 2.5
        recognizer.temperature = 2.5
        recognizer.save(tmp_path)
        torch.testing.assert_close(load_network(tmp_path).video_logits(views), expected)


def test_many_clips_are_computed_in_parts(
    recognizer: NetworkRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = torch.randint(256, (5, 1, 2, 4, 3, 32, 32), dtype=torch.uint8)
    sizes: list[int] = []
    with torch.inference_mode():
        whole = recognizer.video_logits(views)
        recognizer.register_forward_pre_hook(lambda module, clips: sizes.append(len(clips[0])))
        monkeypatch.setattr("mienet.recognizer.PIXELS_AT_ONCE", 2 * 2 * 32 * 32)  # two clips
        torch.testing.assert_close(recognizer.video_logits(views), whole)
    assert sizes == [2, 2, 1]


def test_autocast_does_not_change_validation(recognizer: NetworkRecognizer) -> None:
    views = torch.randint(256, (2, 1, 2, 4, 3, 32, 32), dtype=torch.uint8)
    with torch.inference_mode():
        plain = recognizer.video_logits(views)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            torch.testing.assert_close(recognizer.video_logits(views), plain, rtol=0, atol=0)


def test_wrong_number_of_names_is_refused(recognizer: NetworkRecognizer) -> None:
    network = mie_net(3, "resnet18", num_segments=2)
    with pytest.raises(MienetError, match="the network has 3 classes, got 2 names"):
        NetworkRecognizer(network, ["a", "b"], recognizer.clip_format)


def test_an_unknown_device_is_refused(model: Path) -> None:
    with pytest.raises(MienetError, match="device 'cuda:77' is unavailable here"):
        load(model, device="cuda:77")


def test_views_may_come_in_parts(recognizer: NetworkRecognizer) -> None:
    views = torch.randint(256, (5, 2, 4, 3, 32, 32), dtype=torch.uint8)
    whole = recognizer.rank("video", views)
    parts = recognizer.rank("video", iter(views.split(2)))
    assert parts.probabilities == pytest.approx(whole.probabilities, abs=1e-6)


def test_videos_are_tested_at_other_sizes(
    recognizer: NetworkRecognizer, write_video: WriteVideo
) -> None:
    recognizer.set_sizes(short_side=40, crop_size=40)
    assert recognizer.read_views(write_video(size=(96, 64))).shape[-2:] == (40, 40)


def test_a_crop_larger_than_the_short_side_is_refused(recognizer: NetworkRecognizer) -> None:
    with pytest.raises(MienetError, match=r"crop_size must be at most short_side \(36\), got 64"):
        recognizer.set_sizes(crop_size=64)


def test_logits_that_are_not_finite_are_the_error_of_one_video(
    recognizer: NetworkRecognizer, write_video: WriteVideo
) -> None:
    # Finite weights, as of a flipped bit, whose logits are not.
    torch.nn.init.constant_(recognizer.network.head.weight, 3e38)
    with pytest.raises(MienetError, match=r"video\.mp4: the model's logits .* are not finite"):
        recognizer.predict(write_video())


def test_evaluation_says_which_logits_are_not_finite(recognizer: NetworkRecognizer) -> None:
    torch.nn.init.constant_(recognizer.network.head.bias, float("inf"))
    views = torch.zeros(2, 1, 2, 4, 3, 32, 32, dtype=torch.uint8)
    with pytest.raises(MienetError, match="video 1 of the list: the model's logits"):
        list(recognizer.logits_of([views]))


@pytest.mark.parametrize(
    ("classes", "segments", "message"),
    [
        (["fall", "fall"], 2, "as classes.0. is; accepted: each name once"),
        (["fall", " "], 2, r"classes\[1\] is ' '"),
        (["fall", "rise"], 3, r"clip_format\.num_segments is 3; the network takes 2"),
    ],
)
def test_what_could_not_be_loaded_again_is_refused(
    recognizer: NetworkRecognizer, classes: list[str], segments: int, message: str
) -> None:
    clip_format = ClipFormat(segments, 4, 36, 32)
    with pytest.raises(MienetError, match=message):
        NetworkRecognizer(recognizer.network, classes, clip_format)


def test_a_folder_with_two_models_is_refused(model: Path) -> None:
    exported = {
        "version": 1,
        "format": "torch",
        "precision": "float32",
        "sha256": {"model.pt2": "0" * 64},
        "classes": ["fall", "rise"],
        "clip_format": asdict(ClipFormat(2, 4, 36, 32)),
        "network": load_network(model).network.options,
    }
    (model / "model.json").write_text(json.dumps(exported))
    with pytest.raises(MienetError, match=r"two models.*model\.json with --allow-pickle"):
        load(model)
    with pytest.raises(MienetError, match=r"model\.pt2: .* can run code when it is opened"):
        load(model / "model.json")
    assert load(model / "model.safetensors")


def test_a_prediction_becomes_plain_values() -> None:
    prediction = Prediction(Path("a.mp4"), ["rise", "fall"], [0.75, 0.25], start_seconds=1.5)
    assert prediction.to_dict() == {
        "path": "a.mp4",
        "start_seconds": 1.5,
        "classes": [
            {"name": "rise", "probability": 0.75},
            {"name": "fall", "probability": 0.25},
        ],
        "problem": None,
    }


def test_a_failed_video_becomes_plain_values() -> None:
    assert FailedVideo(Path("a.mp4"), "broken", end_frame=9).to_dict() == {
        "path": "a.mp4",
        "end_frame": 9,
        "classes": [],
        "problem": "broken",
    }
