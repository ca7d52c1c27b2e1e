from dataclasses import asdict

import pytest
import torch

from mienet.engines.runtime import ExportedModel
from mienet.errors import MienetError
from mienet.exported_recognizer import ExportedRecognizer
from mienet.recognizer import NetworkRecognizer


def test_an_exported_model_has_the_temperature(recognizer: NetworkRecognizer) -> None:
    described = {"classes": ["a", "b"], "clip_format": asdict(recognizer.clip_format)}
    exported = ExportedRecognizer(
        ExportedModel(lambda clips: (torch.tensor([[4.0, 2.0]]),), described | {"temperature": 4.0})
    )
    views = torch.zeros(1, 1, *recognizer.clip_format.clip_shape, dtype=torch.uint8)
    assert exported.video_logits(views).tolist() == [[1.0, 0.5]]


def test_an_exported_model_keeps_its_crop(recognizer: NetworkRecognizer) -> None:
    metadata = {"classes": ["a"], "clip_format": asdict(recognizer.clip_format)}
    exported = ExportedRecognizer(ExportedModel(lambda clips: (clips,), metadata))
    exported.set_sizes(short_side=40, crop_size=32)
    assert exported.clip_format.short_side == 40
    with pytest.raises(MienetError, match=r"takes crops of 32 pixels, got a crop_size of 40"):
        exported.set_sizes(crop_size=40)


def test_an_exported_model_promises_no_error_rate(recognizer: NetworkRecognizer) -> None:
    metadata = {"classes": ["a"], "clip_format": asdict(recognizer.clip_format)}
    exported = ExportedRecognizer(ExportedModel(lambda clips: (clips,), metadata))
    with pytest.raises(MienetError, match=r"gives logits alone.*use the run"):
        exported.select(0.1)
    metadata |= {"precision": "int8", "agreement": {"familiarity_difference": 0.0721}}
    exported = ExportedRecognizer(ExportedModel(lambda clips: (clips,), metadata))
    with pytest.raises(MienetError, match=r"in int8 clips are up to 0\.072 more or less familiar"):
        exported.select(0.1)
