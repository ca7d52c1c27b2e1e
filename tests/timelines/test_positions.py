"""A network for recordings along one: which frames it sees, and that each is said something of."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mienet.data.recording_format import RecordingFormat
from mienet.timelines.positions import Stitched, frame_outputs
from mienet.video.reader import open_video
from tests.conftest import WriteVideo


def reading(num_segments: int, stride: int) -> RecordingFormat:
    return RecordingFormat(num_segments, 4, stride, 30.0, 32, 32)


class Brightness:
    """Stands in for a network: how bright the first frame of each position is."""

    def __init__(self, made: RecordingFormat) -> None:
        self.reading = made
        self.most_windows = 0

    def __call__(self, frames: torch.Tensor) -> NDArray[np.float32]:
        assert frames.shape[1:] == (self.reading.window_steps, 3, 32, 32)
        self.most_windows = max(self.most_windows, len(frames))
        firsts = frames[:, : self.reading.span : self.reading.stride]  # (B, T, 3, S, S)
        return firsts.float().mean(dim=(2, 3, 4))[..., None].numpy()


@pytest.mark.parametrize("overlap", [0.5, 0.0])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("num_frames", [1, 3, 20, 47])
def test_what_changes_evenly_is_found_at_every_frame(
    write_video: WriteVideo, num_frames: int, stride: int, overlap: float
) -> None:
    made = reading(4, stride)
    with open_video(write_video(num_frames=num_frames)) as video:
        found = frame_outputs(video, made, Brightness(made), step=1, at_once=2, overlap=overlap)
    expected = 20 + 4 * np.arange(num_frames)
    last = expected.copy()  # behind the last position of a short recording its value goes on
    if num_frames > 1:
        inside = slice(0, num_frames - stride + 1)
        assert found[inside, 0] == pytest.approx(expected[inside], abs=3)
    assert found[:, 0] == pytest.approx(last, abs=3 + 4 * (stride - 1))


def test_steps_of_several_frames_are_interpolated(write_video: WriteVideo) -> None:
    made = reading(4, 1)
    with open_video(write_video(num_frames=21)) as video:
        found = frame_outputs(video, made, Brightness(made), step=5, at_once=1)
    assert found[:, 0] == pytest.approx(20 + 4 * np.arange(21), abs=3)


def test_no_more_windows_are_computed_together_than_said(write_video: WriteVideo) -> None:
    made = reading(4, 1)
    model = Brightness(made)
    shares: list[float] = []
    with open_video(write_video(num_frames=30)) as video:
        frame_outputs(video, made, model, step=1, at_once=3, progress=shares.append)
    assert model.most_windows == 3
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_windows_count_most_in_their_middle() -> None:
    made = reading(3, 1)  # spans steps 0 to 2 and 1 to 3
    stitched = Stitched(4, 1, made)
    stitched.add(0, np.array([[0.0], [0.0], [0.0]]))
    stitched.add(1, np.array([[1.0], [1.0], [1.0]]))
    assert stitched.mean()[:, 0] == pytest.approx([0, 1 / 3, 2 / 3, 1])
