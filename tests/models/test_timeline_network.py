"""A network for recordings: an output at every position, and the same by either way in."""

import itertools

import pytest
import torch

from mienet.models.timeline_network import TimelineNetwork, count_outputs


def network(phases: int = 2, events: int = 1, **options: object) -> TimelineNetwork:
    defaults = {"num_segments": 4, "head_width": 8}
    return TimelineNetwork(phases, events, **(defaults | options))  # type: ignore[arg-type]


@pytest.mark.parametrize(("phases", "events", "outputs"), [(2, 1, 5), (3, 0, 4), (0, 2, 3)])
def test_there_are_outputs_for_what_is_asked_and_for_none_of_it(
    phases: int, events: int, outputs: int
) -> None:
    made = network(phases, events)
    logits = made(torch.zeros(2, 4, 4, 3, 32, 32))
    assert logits.shape == (2, 4, outputs)
    assert sum(count_outputs(phases, events)) == outputs


@pytest.mark.parametrize("stride", [1, 2, 5])
@pytest.mark.parametrize("motion", ["none", "signed"])
def test_frames_in_a_row_give_what_their_segments_give(motion: str, stride: int) -> None:
    made = network(motion=motion).double().eval()
    length = made.frames_per_segment
    frames = torch.randn(2, 3 * stride + length, 3, 32, 32, dtype=torch.float64)
    starts = range(0, 3 * stride + 1, stride)
    clips = torch.stack([frames[:, start : start + length] for start in starts], dim=1)
    torch.testing.assert_close(made.of_frames(frames, stride), made(clips))


def test_another_number_of_frames_is_refused() -> None:
    with pytest.raises(ValueError, match=r"4 segments 2 frames apart take .*\(B, 10, 3, H, W\)"):
        network().of_frames(torch.zeros(1, 9, 3, 32, 32), 2)


@pytest.mark.parametrize(("temporal", "head"), [
    *itertools.product(("none", "shift", "tam", "dptam"), ("gru",)), ("dptam", "dilated"),
])  # fmt: skip
def test_every_parameter_gets_a_gradient(temporal: str, head: str) -> None:
    made = network(temporal=temporal, head=head)
    logits = made(torch.randn(2, 4, 4, 3, 32, 32))
    phases, events = logits.split(count_outputs(2, 1), dim=-1)
    labels = torch.tensor([[0, 1, 2, 0], [1, 0, 2, 1]])
    loss = torch.nn.functional.cross_entropy(phases.flatten(0, 1), labels.flatten())
    loss = loss + torch.nn.functional.cross_entropy(events.flatten(0, 1), labels.flatten() % 2)
    loss.backward()
    dead = [n for n, p in made.named_parameters() if p.grad is None or not p.grad.any()]
    # The last convolution over time alone can be where no ReLU lets anything through.
    assert dead == []


@pytest.mark.parametrize("head", ["gru", "dilated"])
def test_a_head_looks_both_ways(head: str) -> None:
    made = network(head=head, temporal="none").eval()
    features = torch.randn(1, 4, made.num_features, requires_grad=True)
    made.temporal_head(features)[0, 1].sum().backward()
    assert features.grad is not None
    assert features.grad[0, 0].any() and features.grad[0, 3].any()


@pytest.mark.parametrize(("changes", "said"), [
    ({"phases": 0, "events": 0}, "must be a phase or an event"),
    ({"head": "mean"}, "unknown head 'mean'; accepted are gru, dilated"),
    ({"num_segments": 0}, "num_segments must be at least 1, got 0"),
    ({"motion": "flow"}, "unknown motion 'flow'"),
])  # fmt: skip
def test_impossible_networks_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        network(**changes)  # type: ignore[arg-type]
