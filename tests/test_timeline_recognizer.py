"""What a model of recordings makes of the outputs of its network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mienet.errors import MienetError
from mienet.loading import read_network
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from tests.conftest import make_timeline_recognizer


def test_the_temperature_makes_phases_less_sure() -> None:
    made = make_timeline_recognizer()
    made.temperature = 2.0
    # Three phases' outputs and two events'; the roots of 0.8 and 0.2 are 2 to 1.
    said = made.parts(np.array([[0.8, 0.2, 0.0, 0.7, 0.3]], np.float32))
    assert said.phases is not None and said.events is not None
    assert said.phases[0] == pytest.approx([2 / 3, 1 / 3, 0])
    assert said.events[0] == pytest.approx([0.7])


def test_the_temperature_is_saved(tmp_path: Path) -> None:
    made = make_timeline_recognizer()
    made.temperature = 1.5
    made.save(tmp_path)
    loaded = read_network(tmp_path)
    assert isinstance(loaded, NetworkTimelineRecognizer)
    assert loaded.temperature == 1.5


@pytest.mark.parametrize(("change", "message"), [
    ({"stride": 2000}, "recording_format.stride is 2000; accepted: a whole number from 1 to 1000"),
    ({"num_segments": 4}, "recording_format.num_segments is 4; the network takes 3"),
    # 2 x 1000 + 4 frames in a row of 258 x 258 pixels are below 2 to the power of 27.
    ({"stride": 1000, "crop_size": 300}, "crop_size is 300; accepted for 2004 frames: at most 258"),
])  # fmt: skip
def test_what_could_not_be_loaded_is_refused_before_it_is_trained(
    change: dict[str, int], message: str
) -> None:
    made = make_timeline_recognizer()
    reading = replace(made.recording_format, **change)
    with pytest.raises(MienetError, match=message):
        NetworkTimelineRecognizer(made.network, made.phases, made.events, reading)
