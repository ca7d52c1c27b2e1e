from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mienet.annotations.records import VideoRecord
from mienet.data.clips import (
    Augmentation,
    ClipFormat,
    iterate_evaluation_clips,
    read_evaluation_clips,
    read_training_clip,
)
from mienet.video.reader import VideoError
from tests.conftest import WriteVideo, frame_number
from tests.video.test_deinterlacing import comb, write_interlaced

FORMAT = ClipFormat(num_segments=3, frames_per_segment=4, short_side=32, crop_size=32)
PLAIN = Augmentation(scales=(1.0,), flip_labels=None, brightness=0.0)


def frames_of(clip: torch.Tensor) -> list[list[int]]:
    return [[frame_number(frame.numpy()) for frame in segment] for segment in clip]


def test_evaluation_clip_holds_the_center_frames(write_video: WriteVideo) -> None:
    views = read_evaluation_clips(VideoRecord(write_video(), 0), FORMAT)
    assert (views.dtype, tuple(views.shape)) == (torch.uint8, (1, 3, 4, 3, 32, 32))
    assert frames_of(views[0]) == [[2, 3, 4, 5], [8, 9, 10, 11], [14, 15, 16, 17]]


def test_the_frames_of_a_segment_are_as_far_apart_as_the_format_says(
    write_video: WriteVideo,
) -> None:
    apart = replace(FORMAT, frame_stride=2)
    # A segment spans 7 frames: tick = (20 - 7 + 1) / 3 = 4.667: int(2.33), int(7), int(11.67)
    views = read_evaluation_clips(VideoRecord(write_video(), 0), apart)
    assert frames_of(views[0]) == [[2, 4, 6, 8], [7, 9, 11, 13], [11, 13, 15, 17]]


def test_training_clips_with_a_stride_stay_within_their_parts(write_video: WriteVideo) -> None:
    record, apart = VideoRecord(write_video(), 0), replace(FORMAT, frame_stride=2)
    generator = np.random.default_rng(0)
    clips = [read_training_clip(record, apart, PLAIN, generator)[0] for _ in range(60)]
    frames = np.array([frames_of(clip) for clip in clips])  # (60, T, L)
    assert (np.diff(frames, axis=2) == 2).all()
    # d = (20 - 7 + 1) // 3 = 4: segments start in 0-3, 4-7 and 8-11
    assert frames[:, :, 0].min(axis=0).tolist() == [0, 4, 8]
    assert frames[:, :, 0].max(axis=0).tolist() == [3, 7, 11]


def test_a_stride_is_of_no_matter_to_segments_of_one_frame(write_video: WriteVideo) -> None:
    record, single = VideoRecord(write_video(), 0), ClipFormat(3, 1, 32, 32)
    one, other = (
        read_evaluation_clips(record, replace(single, frame_stride=stride)) for stride in (1, 5)
    )
    assert torch.equal(one, other)


def test_views_are_clips_times_crops(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(), 0)
    views = read_evaluation_clips(record, FORMAT, clips="two", crops="three")
    assert len(views) == 6
    assert frames_of(views[0]) == frames_of(views[2])  # crops of the first clip
    assert frames_of(views[3])[0] == [0, 1, 2, 3]  # the second starts at the edge


def test_views_in_parts_are_the_same_views(
    write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = VideoRecord(write_video(num_frames=70), 0)
    whole = read_evaluation_clips(record, FORMAT, clips="dense", crops="three")
    monkeypatch.setattr("mienet.data.clips.PART_BYTES", 4 * 3 * FORMAT.clip_bytes)
    parts = list(iterate_evaluation_clips(record, FORMAT, clips="dense", crops="three"))
    assert [len(part) for part in parts] == [12, 12, 6]
    assert torch.equal(torch.cat(parts), whole)


def test_seconds_choose_a_part_of_the_video(write_video: WriteVideo) -> None:
    # 25 frames a second: 0.4 to 0.8 seconds are the frames 10 to 19.
    record = VideoRecord(write_video(num_frames=30), 0, start_seconds=0.4, end_seconds=0.8)
    clip_format = ClipFormat(2, 1, 32, 32)
    # tick = 10 / 2: frames 2 and 7 of the part
    assert frames_of(read_evaluation_clips(record, clip_format)[0]) == [[12], [17]]


def test_a_range_past_the_end_is_reported(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(), 0, start_seconds=9.0, source="list.csv:7")
    with pytest.raises(VideoError, match=r"list\.csv:7: .* lasts 0\.80 s.* asks for 9"):
        read_evaluation_clips(record, FORMAT)


def test_an_end_past_the_video_is_reported(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(), 0, end_seconds=9.0, source="list.csv:7")
    with pytest.raises(VideoError, match=r"list\.csv:7: .* lasts 0\.80 s.* asks for 9"):
        read_evaluation_clips(record, FORMAT)


def test_a_video_shorter_than_its_list_says_is_reported(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(), 0, end_frame=21, source="train.txt:3")
    with pytest.raises(VideoError, match=r"train\.txt:3: .* has 20 frames, .* frames 0 to 20"):
        read_evaluation_clips(record, FORMAT)


def test_a_segment_in_frames_is_a_clip_of_its_own(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(num_frames=40), 0, start_frame=10, end_frame=30)
    (clip,) = read_evaluation_clips(record, FORMAT)
    assert np.min(frames_of(clip)) >= 10
    assert np.max(frames_of(clip)) < 30


def test_training_clips_repeat_with_their_generator(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(), 1)
    augmentation = Augmentation((1.0, 0.75), (0, 1), 0.3)
    one, other = (
        read_training_clip(record, FORMAT, augmentation, np.random.default_rng(5))[0]
        for _ in range(2)
    )
    torch.testing.assert_close(one, other)


def test_training_segments_are_consecutive_frames(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(num_frames=40), 1)
    clip, label = read_training_clip(record, FORMAT, PLAIN, np.random.default_rng(0))
    assert label == 1
    assert all(np.diff(segment).tolist() == [1, 1, 1] for segment in frames_of(clip))


def test_a_flip_mirrors_the_pixels_and_swaps_the_label(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(rotation=90), 0)  # dark left half
    swap = Augmentation((1.0,), (1, 0), 0.0)
    seen = set()
    for seed in range(12):
        clip, label = read_training_clip(record, FORMAT, swap, np.random.default_rng(seed))
        left, right = clip[2, 0, 0].float().chunk(2, dim=1)
        seen.add((label, bool(left.mean() < right.mean())))
    assert seen == {(0, True), (1, False)}


def test_one_brightness_for_all_frames(write_video: WriteVideo) -> None:
    record = VideoRecord(write_video(num_frames=12), 0)
    bright = Augmentation((1.0,), None, 0.4)
    clip_format = ClipFormat(3, 4, 32, 32)
    clip, _ = read_training_clip(record, clip_format, bright, np.random.default_rng(1))
    plain, _ = read_training_clip(record, clip_format, PLAIN, np.random.default_rng(1))
    ratio = clip.float().mean(dim=(2, 3, 4)) / plain.float().mean(dim=(2, 3, 4))
    assert (ratio - 1).abs().min() > 0.05
    torch.testing.assert_close(ratio, ratio[0, 0].expand_as(ratio), atol=0.03, rtol=0)


def test_a_crop_larger_than_the_frame_is_refused() -> None:
    with pytest.raises(ValueError, match=r"crop_size must be at most short_side \(32\), got 40"):
        ClipFormat(3, 4, short_side=32, crop_size=40)


def test_a_small_video_shows_the_same_part_of_the_picture(write_video: WriteVideo) -> None:
    # A crop of 32 from a short side of 36 takes 8/9 of the picture's height, however small it is.
    rotated = {"rotation": 90, "num_frames": 12}  # dark left half
    large = VideoRecord(str(write_video("large.mp4", size=(112, 72), **rotated)), 0)
    small = VideoRecord(str(write_video("small.mp4", size=(28, 18), **rotated)), 0)
    wanted = ClipFormat(num_segments=1, frames_per_segment=1, short_side=36, crop_size=32)
    one, other = (read_evaluation_clips(record, wanted).float() for record in (large, small))
    assert one.shape == other.shape
    assert (one - other).abs().mean() < 4


def test_a_clip_format_of_an_earlier_model_loads() -> None:
    saved = {"num_segments": 3, "frames_per_segment": 4, "short_side": 32, "crop_size": 32}
    assert (ClipFormat(**saved).deinterlace, ClipFormat(**saved).frame_stride) == (False, 1)


def test_a_clip_is_deinterlaced_if_its_format_says_so(tmp_path: Path) -> None:
    path = write_interlaced(tmp_path / "a.ts", "libx264")
    plain, whole = (
        read_evaluation_clips(VideoRecord(path, 0), replace(FORMAT, deinterlace=choice))
        for choice in (False, True)
    )
    assert comb(plain[0, 0, 0].permute(1, 2, 0).numpy()) > comb(
        whole[0, 0, 0].permute(1, 2, 0).numpy()
    )
