"""Several models of recordings that answer as one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mienet.data.recording_format import RecordingFormat
from mienet.errors import MienetError
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_ensemble import TimelineEnsemble
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.timelines.order import PhaseOrder
from mienet.video.reader import open_video
from tests.conftest import WriteVideo, make_timeline_recognizer


def other_recognizer(*, deinterlace: bool = False) -> NetworkTimelineRecognizer:
    """Returns a model of the same labels that reads other windows, steps and sizes."""
    torch.manual_seed(1)
    network = TimelineNetwork(2, 1, motion="none", temporal="none", num_segments=5, head_width=8)
    torch.nn.init.normal_(network.head.weight)
    reading = RecordingFormat(5, 1, 1, 12.5, 40, 40, deinterlace)
    made = NetworkTimelineRecognizer(network, ["dark", "light"], ["dawn"], reading)
    follows = np.zeros((3, 3), np.bool_)
    made.order = PhaseOrder((0.1, 0.2, 0.0), follows)
    made.event_thresholds = [0.75]
    return made.eval()


def test_it_says_the_mean_of_what_each_says_of_every_frame(write_video: WriteVideo) -> None:
    both = [make_timeline_recognizer(), other_recognizer()]
    with open_video(write_video(num_frames=23)) as video:
        one, other = (member.frame_probabilities(video) for member in both)
        found = TimelineEnsemble(both, ["one", "other"]).frame_probabilities(video)
    np.testing.assert_allclose(found.phases, (one.phases + other.phases) / 2, atol=1e-6)
    np.testing.assert_allclose(found.events, (one.events + other.events) / 2, atol=1e-6)


def test_phases_are_as_free_as_the_least_strict_allows() -> None:
    found = TimelineEnsemble([make_timeline_recognizer(), other_recognizer()], ["one", "other"])
    assert found.order is not None
    assert found.order.least_seconds == (0.1, 0.08, 0.0)
    assert found.order.follows.all()
    assert found.event_thresholds == [0.5]


def test_without_an_order_of_one_there_is_none() -> None:
    free = other_recognizer()
    free.order = None
    assert TimelineEnsemble([make_timeline_recognizer(), free], ["one", "other"]).order is None


def test_the_timeline_of_one_is_its_own(write_video: WriteVideo, tmp_path: Path) -> None:
    path, one = write_video(num_frames=23), make_timeline_recognizer()
    shares: list[float] = []
    found = TimelineEnsemble([one, one], ["one", "one"]).timeline(path, progress=shares.append)
    assert found.to_dict() == one.timeline(path).to_dict()
    assert (shares == sorted(shares), shares[-1]) == (True, 1.0)


def test_other_labels_are_refused() -> None:
    other = other_recognizer()
    other.events = ["dusk"]
    with pytest.raises(MienetError, match="events differ: other lacks 'dawn'; one lacks 'dusk'"):
        TimelineEnsemble([make_timeline_recognizer(), other], ["one", "other"])
    other.events = ["dawn"]
    other.phases = ["light", "dark"]
    with pytest.raises(MienetError, match="phases differ: they are the same names in another"):
        TimelineEnsemble([make_timeline_recognizer(), other], ["one", "other"])


def test_other_frames_are_refused() -> None:
    both = [make_timeline_recognizer(), other_recognizer(deinterlace=True)]
    with pytest.raises(MienetError, match="one deinterlaces what it reads"):
        TimelineEnsemble(both, ["one", "other"])
