"""Arguments of the public functions that are not accepted."""

from collections.abc import Callable
from pathlib import Path

import pytest

import mienet
from mienet.annotations.records import VideoRecord
from mienet.data.clips import ClipFormat, read_evaluation_clips
from mienet.options import OptionError


@pytest.mark.parametrize(("function", "arguments", "message"), [
    (mienet.predict, {"checkpoint": "m", "videos": ["v"], "crops": "five"}, "crops .*'five'"),
    (mienet.predict, {"checkpoint": "m", "videos": "v.mp4"}, "videos must be .*list.* got 'v.mp4'"),
    (mienet.evaluate, {"checkpoint": "m", "batch_size": 0}, "batch_size must be at least 1, got 0"),
    (mienet.evaluate, {"checkpoint": "m", "num_workers": -1}, "num_workers must be at least 0"),
    (mienet.evaluate, {"checkpoint": "m", "crops": "five"}, "crops must be .*'five'"),
    (mienet.export, {"checkpoint": "m", "out": "o", "format": "tf"}, "format must be .*'tf'"),
    (mienet.export, {"checkpoint": "m", "out": "o", "tolerance": -1.0}, "tolerance must"),
    (mienet.extract, {"videos": "v", "out": "o", "jobs": 0}, "jobs must be at least 1, got 0"),
    (mienet.prepare, {"source": "v", "out": "o", "seed": -1}, "seed must be at least 0, got -1"),
    (mienet.check, {"source": "v", "jobs": "two"}, "jobs must be a whole number or Cluster"),
    (mienet.train, {"config": {"train": 3}}, "config must be RunConfig, got {'train': 3}"),
])  # fmt: skip
def test_arguments_that_are_not_accepted_are_named(
    function: Callable[..., object], arguments: dict, message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        function(**arguments)


def test_crops_that_do_not_exist_are_refused_where_clips_are_read(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"crops must be .*'five'"):
        read_evaluation_clips(
            VideoRecord("v.mp4", None),
            ClipFormat(2, 4, 36, 32),
            crops="five",  # type: ignore[arg-type]
        )
