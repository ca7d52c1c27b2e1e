"""A still frame of another clip is mixed into all frames of each training clip."""

import torch
from torch import Tensor

from mienet.training.backgrounds import mix_backgrounds


def clips_of(*values: int) -> Tensor:
    """Returns clips (B, 2, 3, 1, 2, 2), each of one value that grows by 1 with each frame."""
    frames = torch.arange(6, dtype=torch.uint8).view(1, 2, 3, 1, 1, 1)
    return torch.tensor(values, dtype=torch.uint8).view(-1, 1, 1, 1, 1, 1) + frames.expand(
        len(values), 2, 3, 1, 2, 2
    )


def test_no_share_leaves_the_clips() -> None:
    clips = clips_of(10, 200)
    assert mix_backgrounds(clips, 0) is clips


def test_a_whole_share_would_be_one_frame_of_the_other_clip(monkeypatch) -> None:
    monkeypatch.setattr(torch, "rand", lambda *shape, device: torch.ones(shape))
    first, second = mix_backgrounds(clips_of(10, 200), 1.0)
    assert len(first.unique()) == len(second.unique()) == 1
    assert 200 <= int(first[0, 0, 0, 0, 0]) <= 205
    assert 10 <= int(second[0, 0, 0, 0, 0]) <= 15


def test_half_a_share_halves_the_motion(monkeypatch) -> None:
    monkeypatch.setattr(torch, "rand", lambda *shape, device: torch.full(shape, 0.5))
    clips = (
        torch.tensor([0, 40, 80], dtype=torch.uint8).view(1, 1, 3, 1, 1, 1).repeat(2, 1, 1, 1, 1, 1)
    )
    mixed = mix_backgrounds(clips, 1.0).flatten(1).int()
    assert mixed.diff(dim=1).tolist() == [[20, 20], [20, 20]]


def test_each_clip_has_the_frame_of_another_one(monkeypatch) -> None:
    monkeypatch.setattr(torch, "rand", lambda *shape, device: torch.ones(shape))
    clips = clips_of(0, 20, 40, 60, 80)
    for seed in range(20):
        torch.manual_seed(seed)
        source = mix_backgrounds(clips, 1.0)[:, 0, 0, 0, 0, 0] // 20
        assert sorted(source.tolist()) == [0, 1, 2, 3, 4]
        assert not (source == torch.arange(5)).any()


def test_shares_are_drawn_up_to_the_most() -> None:
    torch.manual_seed(0)
    clips = torch.zeros(400, 1, 1, 1, 1, 1, dtype=torch.uint8)
    clips[::2] = 200
    mixed = mix_backgrounds(clips, 0.25)
    assert mixed[1::2].max() in range(45, 51)  # at most a quarter of 200
    assert mixed[::2].min() in range(150, 156)
