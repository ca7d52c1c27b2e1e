"""A clip model along a recording: which frames it sees, and when its answers count."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mienet.data.clips import ClipFormat
from mienet.timelines.windows import window_probabilities
from mienet.video.reader import open_video
from tests.conftest import WriteVideo

FORMAT = ClipFormat(num_segments=2, frames_per_segment=1, short_side=32, crop_size=32)


class Brightness:
    """Stands in for a model: how bright a clip is, and how dark; counts the clips."""

    def __init__(self) -> None:
        self.clips = 0

    def __call__(self, clips: Tensor) -> Tensor:
        self.clips += len(clips)
        bright = clips.float().mean(dim=(1, 2, 3, 4, 5)) / 255
        return torch.stack([bright, 1 - bright], dim=1)


def gray(frame: int) -> float:
    """Returns the brightness of a frame that ``write_video`` draws."""
    return (20 + 4 * frame) / 255


def along(path: Path, lengths: list[int], stride: int, model: Callable[[Tensor], Tensor]) -> Tensor:
    with open_video(path) as video:
        return torch.from_numpy(
            window_probabilities(video, FORMAT, model, lengths=lengths, stride=stride)
        )


def test_windows_of_one_frame_are_the_frames(write_video: WriteVideo) -> None:
    found = along(write_video(num_frames=12), [1], 1, Brightness())
    assert found[:, 0].tolist() == pytest.approx([gray(k) for k in range(12)], abs=0.01)


def test_between_two_middles_probabilities_are_interpolated(write_video: WriteVideo) -> None:
    # Windows 0..3, 4..7 and 8..11 show frames 1 and 3, 5 and 7, 9 and 11 (tick 2, starts 1 and 3),
    # so 2, 6 and 10 on average, and count for 1.5, 5.5 and 9.5.
    found = along(write_video(num_frames=12), [4], 4, Brightness())
    shown = np.interp(range(12), [1.5, 5.5, 9.5], [2, 6, 10])
    assert found[:, 0].tolist() == pytest.approx([gray(k) for k in shown], abs=0.01)


def test_a_window_s_frames_are_as_far_apart_as_the_model_s(write_video: WriteVideo) -> None:
    apart = replace(FORMAT, num_segments=1, frames_per_segment=3, frame_stride=2)
    with open_video(write_video(num_frames=9)) as video:
        seen = window_probabilities(video, apart, Brightness(), lengths=[9], stride=9)
    # tick = 9 - 5 + 1: the segment starts at 2 and shows 2, 4 and 6
    assert seen[:, 0].tolist() == pytest.approx([gray(4)] * 9, abs=0.01)


def test_several_lengths_are_averaged(write_video: WriteVideo) -> None:
    path = write_video(num_frames=12)
    one, other = (along(path, [length], 2, Brightness()) for length in (2, 6))
    torch.testing.assert_close(along(path, [2, 6], 2, Brightness()), (one + other) / 2)


def test_a_video_shorter_than_the_window_is_one(write_video: WriteVideo) -> None:
    model = Brightness()
    found = along(write_video(num_frames=3), [50], 7, model)
    assert (found.shape, model.clips) == ((3, 2), 1)
    assert torch.equal(found[0], found[2])


def test_the_share_that_is_done_ends_with_all(write_video: WriteVideo) -> None:
    shares: list[float] = []
    with open_video(write_video(num_frames=20)) as video:
        window_probabilities(
            video, FORMAT, Brightness(), lengths=[2], stride=1, progress=shares.append
        )
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_frames_are_decoded_once(write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_video(write_video(num_frames=20)) as video:
        asked: list[int] = []
        whole = video.frames_at

        def count(indices: list[int], **options: object) -> object:
            asked.extend(indices)
            return whole(indices, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(video, "frames_at", count)
        window_probabilities(video, FORMAT, Brightness(), lengths=[8, 4], stride=2)
    assert len(asked) == len(set(asked)) <= 20
