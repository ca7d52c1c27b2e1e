"""Maps depend on the weights and lie where the picture does; masks find what carries a class."""

import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from mienet.data.clips import ClipFormat
from mienet.errors import MissingExtraError
from mienet.explanations.explanation import explain_clip
from mienet.explanations.grad_cam import grad_cam
from mienet.explanations.masking import masking_effects, stand_still
from mienet.models import mie_net, tsn
from mienet.recognizer import NetworkRecognizer, Recognizer
from tests.conftest import make_recognizer
from tests.explanations.maps import likeness, make_symmetric, randomize

SIZE = 97
"""Pixels; of 32 k + 1 every strided convolution begins and ends with the picture."""


class BrightnessOfSegment(Recognizer):
    """Its first logit is the mean gray level of one segment, the second one is 0."""

    def __init__(self, segment: int) -> None:
        super().__init__(["bright", "dark"], ClipFormat(4, 1, 8, 8))
        self.segment = segment

    def forward(self, clips: Tensor) -> Tensor:
        bright = clips[:, self.segment].float().mean(dim=(1, 2, 3, 4))
        return torch.stack([bright, torch.zeros_like(bright)], dim=1)

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")


def gray_segments(*levels: int) -> Tensor:
    """Returns a clip of one frame a segment, each of one gray level."""
    levels_as_tensor = torch.tensor(levels, dtype=torch.uint8)
    return levels_as_tensor[:, None, None, None, None].expand(-1, 1, 3, 8, 8)


def random_clip(recognizer: NetworkRecognizer, size: int = SIZE) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    shape = replace(recognizer.clip_format, short_side=size, crop_size=size).clip_shape
    return torch.randint(256, shape, dtype=torch.uint8, generator=generator)


def test_randomised_weights_change_all_maps() -> None:
    # Adebayo et al., "Sanity Checks for Saliency Maps", 2018.
    recognizer = make_recognizer()
    clip = random_clip(recognizer)
    clip[:, :, :, 30:60, 20:50] = 255
    before = explain_clip(recognizer, clip, 0)
    randomize(recognizer.network)
    after = explain_clip(recognizer, clip, 0)
    assert before.motion is not None and after.motion is not None
    assert before.attention is not None and after.attention is not None
    assert before.heat.max() > 0 and after.heat.max() > 0
    assert abs(likeness(before.heat, after.heat)) < 0.5
    assert not np.allclose(before.motion, after.motion, rtol=0.1)
    assert not np.allclose(before.attention, after.attention, rtol=1e-3)


def test_maps_flip_with_the_picture() -> None:
    recognizer = make_recognizer()
    make_symmetric(recognizer.network)
    clip = random_clip(recognizer)
    one = explain_clip(recognizer, clip, 0)
    other = explain_clip(recognizer, clip.flip(-1), 0)
    assert one.motion is not None and other.motion is not None
    assert one.heat.shape == (2, 4, 4) and one.heat.max() > 0
    np.testing.assert_allclose(one.heat, other.heat[..., ::-1], atol=1e-3 * one.heat.max())
    np.testing.assert_allclose(one.motion, other.motion[..., ::-1], atol=1e-4)
    assert likeness(one.heat, other.heat) < 0.99


def test_without_a_segment_its_neighbor_stands_still() -> None:
    clip = torch.arange(6, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 2, 2)
    clip = clip.unflatten(0, (3, 2))  # frames 0 to 5 in segments of two
    gray = [stand_still(clip, segment)[:, :, 0, 0, 0].flatten().tolist() for segment in range(3)]
    assert gray == [[2, 2, 2, 3, 4, 5], [0, 1, 1, 1, 4, 5], [0, 1, 2, 3, 3, 3]]


def test_the_masking_effect_finds_the_segment_that_carries_the_class() -> None:
    clip = gray_segments(10, 20, 90, 30)
    effects = masking_effects(BrightnessOfSegment(2), clip, 0)
    assert effects is not None
    assert effects.tolist() == [0, 0, 90 - 20, 0]


def test_the_masking_effect_is_of_the_logit_that_probabilities_are_made_of() -> None:
    recognizer = BrightnessOfSegment(0)
    recognizer.temperature = 2.0
    effects = masking_effects(recognizer, gray_segments(10, 50, 0, 0), 0)
    assert effects is not None
    assert effects.tolist() == [(10 - 50) / 2, 0, 0, 0]


def test_one_segment_has_no_masking_effect() -> None:
    assert masking_effects(BrightnessOfSegment(0), gray_segments(10), 0) is None


def test_grad_cam_is_the_hand_computed_one() -> None:
    # The logits are the mean over segments and places of the head's products with the last maps, so
    # a channel's gradient is its weight, over the places and segments that share in the mean.
    recognizer = make_recognizer(tsn)
    clip = random_clip(recognizer)
    maps: list[Tensor] = []
    last = recognizer.network.backbone.get_submodule("layer4")
    handle = last.register_forward_hook(lambda *call: maps.append(call[2].detach().clone()))
    recognizer(clip[None])
    handle.remove()
    weights = recognizer.network.head.weight[1].detach() / (4 * 4 * 2)
    expected = torch.einsum("c,tchw->thw", weights, maps[0]).relu().numpy()
    np.testing.assert_allclose(grad_cam(recognizer, clip, 1), expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("builder", "has_motion", "has_attention"), [(mie_net, True, True), (tsn, False, False)]
)
def test_what_a_network_lacks_is_not_told(
    builder: Callable[..., object], has_motion: bool, has_attention: bool
) -> None:
    recognizer = make_recognizer(builder)  # type: ignore[arg-type]
    explanation = explain_clip(recognizer, random_clip(recognizer, 32))
    assert (explanation.motion is not None) == has_motion
    assert (explanation.fusion_gates is not None) == has_motion
    assert (explanation.attention is not None) == has_attention


def test_the_likeliest_class_is_explained_or_the_one_asked_for(
    recognizer: NetworkRecognizer,
) -> None:
    clip = random_clip(recognizer, 32)
    probabilities = recognizer.probabilities(clip[None])[0]
    first, second = probabilities.argsort(descending=True).tolist()
    assert explain_clip(recognizer, clip).label == recognizer.classes[first]
    asked = explain_clip(recognizer, clip, second)
    assert (asked.label, asked.likeliest) == tuple(recognizer.classes[i] for i in (second, first))
    assert asked.probability == pytest.approx(float(probabilities[second]))


def test_shares_and_gates_are_those_of_the_formula() -> None:
    recognizer = make_recognizer()
    black = torch.zeros(2, 4, 3, 32, 32, dtype=torch.uint8)
    explanation = explain_clip(recognizer, black)
    assert explanation.fusion_shares is not None and explanation.fusion_gates is not None
    assert explanation.fusion_shares.tolist() == [0.5, 0.5]
    # Black is (0 - mean) / std of ImageNet; nothing moves but for epsilon.
    means = -np.array([0.485, 0.456, 0.406]) / np.array([0.229, 0.224, 0.225])
    expected = np.tile(1 / (1 + np.exp(-means)), (2, 1))
    np.testing.assert_allclose(explanation.fusion_gates, expected, rtol=1e-4)


def test_missing_captum_names_the_extra(
    recognizer: NetworkRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mienet\[explain\]'"):
        explain_clip(recognizer, random_clip(recognizer, 32))
