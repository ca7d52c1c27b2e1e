"""Maps of a position of a recording depend on weights and image; masks find what carries it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mienet.data.recording_format import RecordingFormat
from mienet.explanations.explanation import explain_position
from mienet.explanations.grad_cam import grad_cam
from mienet.explanations.masking import hold_still, position_effects
from mienet.explanations.outputs import NO_EVENT, Output, outputs_of
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_recognizer import NetworkTimelineRecognizer, TimelineRecognizer
from tests.conftest import make_timeline_recognizer
from tests.explanations.maps import likeness, make_symmetric, randomize

SIZE = 97
"""Pixels; of 32 k + 1 every strided convolution begins and ends with the picture."""


class BrightnessOfFrame(TimelineRecognizer):
    """At every position, each logit is the gray level of one frame of the window."""

    def __init__(self, reading: RecordingFormat, frame: int) -> None:
        super().__init__(["bright"], ["flash"], reading)
        self.frame = frame

    def window_logits(self, frames: Tensor) -> Tensor:
        gray = frames[:, self.frame].float().mean(dim=(1, 2, 3))
        return gray[:, None, None].expand(-1, self.recording_format.num_segments, 4)

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")


PHASE, _, EVENT, _ = outputs_of(BrightnessOfFrame(RecordingFormat(2, 1, 1, 25.0, 8, 8), 0))
SINGLE_FRAMES = RecordingFormat(4, 1, 2, 25.0, 8, 8)
"""Positions of one frame each, every second one of seven."""


def gray_frames(*levels: int) -> Tensor:
    """Returns a window of frames of one gray level each."""
    return torch.tensor(levels, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 8, 8)


def with_attention() -> NetworkTimelineRecognizer:
    """Returns an untrained model with DPTAM; its windows are of 3 positions every 2 frames."""
    torch.manual_seed(0)
    network = TimelineNetwork(2, 1, num_segments=3, head_width=8, normalization="window")
    nn.init.normal_(network.head.weight)
    reading = RecordingFormat(3, 4, 2, 25.0, SIZE, SIZE)
    return NetworkTimelineRecognizer(network, ["dark", "light"], ["dawn"], reading).eval()


def random_window(size: int = SIZE) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(256, (8, 3, size, size), dtype=torch.uint8, generator=generator)


def test_randomised_weights_change_all_maps() -> None:
    # Adebayo et al., "Sanity Checks for Saliency Maps", 2018.
    recognizer = with_attention()
    frames = random_window()
    frames[:, :, 30:60, 20:50] = 255
    light = outputs_of(recognizer)[1]
    before = explain_position(recognizer, frames, 1, light)
    randomize(recognizer.network)
    after = explain_position(recognizer, frames, 1, light)
    assert before.motion is not None and after.motion is not None
    assert before.attention is not None and after.attention is not None
    assert before.heat.max() > 0 and after.heat.max() > 0
    assert abs(likeness(before.heat, after.heat)) < 0.5
    assert not np.allclose(before.motion, after.motion, rtol=0.1)
    assert not np.allclose(before.attention, after.attention, rtol=1e-3)


def test_maps_flip_with_the_picture() -> None:
    recognizer = with_attention()
    make_symmetric(recognizer.network)
    frames, light = random_window(), outputs_of(recognizer)[1]
    one = explain_position(recognizer, frames, 1, light)
    other = explain_position(recognizer, frames.flip(-1), 1, light)
    assert one.motion is not None and other.motion is not None
    assert one.heat.shape == (3, 4, 4) and one.heat.max() > 0
    np.testing.assert_allclose(one.heat, other.heat[..., ::-1], atol=1e-3 * one.heat.max())
    np.testing.assert_allclose(one.motion, other.motion[..., ::-1], atol=1e-4)
    assert likeness(one.heat, other.heat) < 0.99


def test_grad_cam_is_of_the_position_s_own_logit() -> None:
    # Without a head over time a position's logits are the head's products with the mean over places
    # of its last maps: a channel's gradient is its weight, over the places; elsewhere it is 0.
    recognizer = make_timeline_recognizer()
    network = recognizer.network
    network.temporal_head = nn.Identity()
    network.head = nn.Linear(network.num_features, 5)
    clip = random_window().unfold(0, 4, 2).movedim(-1, 1)
    maps: list[Tensor] = []
    last = network.backbone.get_submodule("layer4")
    handle = last.register_forward_hook(lambda *call: maps.append(call[2].detach().clone()))
    recognizer(clip[None])
    handle.remove()
    expected = torch.zeros(3, 4, 4)
    expected[2] = torch.einsum("c,chw->hw", network.head.weight[1].detach() / 16, maps[0][2]).relu()
    found = grad_cam(recognizer, clip, (2, 1))
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-6)


def test_without_a_position_what_is_before_it_stands_still() -> None:
    frames = torch.arange(8, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 2, 2)
    reading = RecordingFormat(3, 4, 2, 25.0, 2, 2)
    gray = [hold_still(frames, place, reading)[:, 0, 0, 0].tolist() for place in range(3)]
    assert gray == [[4, 4, 4, 4, 4, 5, 6, 7], [0, 1, 1, 1, 1, 1, 6, 7], [0, 1, 2, 3, 3, 3, 3, 3]]


def test_what_stands_still_is_a_frame_that_the_network_sees() -> None:
    frames = torch.arange(7, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 2, 2)
    gray = [hold_still(frames, place, SINGLE_FRAMES)[::2, 0, 0, 0].tolist() for place in range(4)]
    assert gray == [[2, 2, 4, 6], [0, 0, 4, 6], [0, 2, 2, 6], [0, 2, 4, 4]]


def test_the_masking_effect_finds_the_position_that_carries_the_phase() -> None:
    frames = gray_frames(10, 0, 20, 0, 90, 0, 30)
    effects = position_effects(BrightnessOfFrame(SINGLE_FRAMES, 4), frames, 0, PHASE)
    assert effects is not None
    assert effects.tolist() == [0, 0, 90 - 20, 0]


def test_positions_that_share_the_frame_share_the_effect() -> None:
    reading = RecordingFormat(3, 4, 2, 25.0, 8, 8)
    frames = gray_frames(10, 10, 10, 10, 90, 10, 10, 10)
    effects = position_effects(BrightnessOfFrame(reading, 4), frames, 0, PHASE)
    assert effects is not None
    assert effects.tolist() == [0, 80, 80]


@pytest.mark.parametrize(("output", "expected"), [(PHASE, 35), (EVENT, 70)])
def test_phases_have_a_temperature_and_events_have_none(output: Output, expected: float) -> None:
    recognizer = BrightnessOfFrame(SINGLE_FRAMES, 4)
    recognizer.temperature = 2.0
    effects = position_effects(recognizer, gray_frames(10, 0, 20, 0, 90, 0, 30), 0, output)
    assert effects is not None
    assert effects.tolist() == [0, 0, expected, 0]


def test_one_position_has_no_masking_effect() -> None:
    recognizer = BrightnessOfFrame(replace(SINGLE_FRAMES, num_segments=1), 0)
    assert position_effects(recognizer, gray_frames(10), 0, PHASE) is None


def test_what_is_named_at_the_position_is_explained() -> None:
    recognizer = make_timeline_recognizer()
    frames = random_window(32)
    said = recognizer.parts(recognizer.window_probabilities(frames[None])[0])
    assert said.phases is not None and said.events is not None
    recognizer.event_thresholds = [float(said.events[1, 0])]
    event = explain_position(recognizer, frames, 1)
    assert event.probability == pytest.approx(float(said.events[1, 0]))
    assert (event.label, event.likeliest) == ("dawn", "dawn")
    recognizer.event_thresholds = [1.0]
    phase = explain_position(recognizer, frames, 1)
    assert phase.probability == pytest.approx(float(said.phases[1].max()))
    assert phase.place is not None and not phase.place.is_event


def test_an_event_that_is_not_likely_enough_is_not_named() -> None:
    recognizer = make_timeline_recognizer()
    recognizer.event_thresholds = [1.0]
    dawn = next(output for output in outputs_of(recognizer) if output.label == "dawn")
    assert explain_position(recognizer, random_window(32), 1, dawn).likeliest == NO_EVENT


def test_the_temperature_is_in_the_probability_of_a_phase() -> None:
    recognizer = make_timeline_recognizer()
    recognizer.temperature = 2.0
    frames = random_window(32)
    logits, _ = recognizer.split(recognizer.window_logits(frames[None])[0, 1])
    made = explain_position(recognizer, frames, 1, outputs_of(recognizer)[0])
    assert made.probability == pytest.approx(float((logits / 2).softmax(dim=0)[0]), rel=1e-4)
