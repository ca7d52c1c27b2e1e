import numpy as np
import pytest

from mienet.data import sampling
from mienet.errors import MienetError
from mienet.options import named_as_on_command_line


def test_center_starts_by_hand() -> None:
    # tick = (20 - 4 + 1) / 3 = 5.667: int(2.83), int(8.5), int(14.17)
    assert sampling.center_starts(20, 3, 4).tolist() == [2, 8, 14]


def test_edge_starts_by_hand() -> None:
    assert sampling.edge_starts(20, 3, 4).tolist() == [0, 5, 11]


@pytest.mark.parametrize("num_frames", [1, 3, 4])
def test_a_video_no_longer_than_a_segment_starts_at_its_first_frame(num_frames: int) -> None:
    assert sampling.center_starts(num_frames, 8, 4).tolist() == [0] * 8


def test_random_starts_stay_in_their_parts() -> None:
    # d = (20 - 4 + 1) // 3 = 5: parts 0-4, 5-9, 10-14
    generator = np.random.default_rng(0)
    draws = np.array([sampling.random_starts(20, 3, 4, generator) for _ in range(300)])
    assert draws.min(axis=0).tolist() == [0, 5, 10]
    assert draws.max(axis=0).tolist() == [4, 9, 14]


def test_short_videos_draw_sorted_starts_within_their_end() -> None:
    generator = np.random.default_rng(0)
    draws = np.array([sampling.random_starts(6, 8, 4, generator) for _ in range(300)])
    assert (np.diff(draws, axis=1) >= 0).all()
    assert (draws.min(), draws.max()) == (0, 2)  # 2 + 4 frames end with the video


def test_videos_shorter_than_a_segment_start_at_zero() -> None:
    starts = sampling.random_starts(3, 2, 4, np.random.default_rng(0))
    assert starts.tolist() == [0, 0]


def test_the_last_frame_repeats_past_the_end() -> None:
    indices = sampling.frame_indices(np.array([0, 5]), 4, 7)
    assert indices.tolist() == [[0, 1, 2, 3], [5, 6, 6, 6]]
    apart = sampling.frame_indices(np.array([0, 5]), 4, 7, 2)
    assert apart.tolist() == [[0, 2, 4, 6], [5, 6, 6, 6]]


def test_dense_clips_spread_over_the_video() -> None:
    clips = sampling.dense_starts(163, 8)
    # Windows of 64 frames from 0 to 99, ten of them; 64 // 8 = 8 frames apart.
    assert [int(clip[0]) for clip in clips] == [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]
    assert np.diff(clips[0]).tolist() == [8] * 7


def test_dense_clips_of_a_short_video_loop() -> None:
    # TSM: (index * stride + start) % num_frames, here with stride 64 // 8 and one window.
    clips = sampling.dense_starts(10, 8)
    assert [clip.tolist() for clip in clips] == [[0, 8, 6, 4, 2, 0, 8, 6]] * 10
    assert sampling.dense_starts(64, 8)[9].tolist() == [0, 8, 16, 24, 32, 40, 48, 56]


def test_any_number_of_clips() -> None:
    assert [len(sampling.evaluation_starts(99, 3, 4, f"dense:{k}")) for k in (1, 3, 10)] == [
        1, 3, 10
    ]  # fmt: skip
    assert sampling.evaluation_starts(163, 8, 4, "dense:1")[0][0] == 49
    # tick = 17 / 3; a quarter and three quarters into each segment
    clips = sampling.evaluation_starts(20, 3, 4, "uniform:2")
    assert [clip.tolist() for clip in clips] == [[1, 7, 12], [4, 9, 15]]


@pytest.mark.parametrize("num_frames", [1, 5, 20, 163])
def test_one_uniform_clip_is_that_of_the_centers(num_frames: int) -> None:
    one, center = (
        sampling.evaluation_starts(num_frames, 3, 4, c)[0] for c in ("uniform:1", "center")
    )
    assert one.tolist() == center.tolist()


@pytest.mark.parametrize(
    "clips", ["five", "", "dense:0", "dense:x", "uniform", "uniform:1001", "two:2", 3, None]
)
def test_other_choices_of_clips_are_refused(clips: str) -> None:
    with pytest.raises(MienetError, match=r"^clips is .* with a number K from 1"):
        sampling.evaluation_starts(20, 3, 4, clips)
    with (
        named_as_on_command_line(),
        pytest.raises(MienetError, match=r"^--clips is .* with a number K from 1"),
    ):
        sampling.evaluation_starts(20, 3, 4, clips)


def test_two_clips_are_centers_and_edges() -> None:
    clips = sampling.evaluation_starts(20, 3, 4, "two")
    assert [clip.tolist() for clip in clips] == [[2, 8, 14], [0, 5, 11]]


def test_sliding_windows_end_with_the_video() -> None:
    assert sampling.sliding_windows(10, 4, 4) == [(0, 4), (4, 8), (6, 10)]
    assert sampling.sliding_windows(8, 4, 2) == [(0, 4), (2, 6), (4, 8)]
    assert sampling.sliding_windows(3, 4, 2) == [(0, 3)]


@pytest.mark.parametrize("name", ["num_frames", "num_segments", "segment_span"])
def test_counts_below_one_are_refused(name: str) -> None:
    counts = {"num_frames": 5, "num_segments": 2, "segment_span": 4, name: 0}
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        sampling.center_starts(**counts)
    with pytest.raises(ValueError, match="stride must be at least 1, got 0"):
        sampling.sliding_windows(5, 2, 0)
