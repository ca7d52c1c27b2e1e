"""What a model of recordings makes of the outputs of its network."""

from pathlib import Path

import numpy as np
import pytest

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
