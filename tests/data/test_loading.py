from collections import Counter
from itertools import product
from pathlib import Path

import pytest
import torch

from mienet.annotations.readers import read_class_folders, read_csv
from mienet.annotations.records import AnnotationError, VideoRecord
from mienet.data.clips import Augmentation, ClipFormat
from mienet.data.loading import (
    WAITING_BYTES,
    BatchError,
    EpochBatches,
    EvaluationDataset,
    TrainingDataset,
    check_videos,
    evaluation_loader,
    make_loader,
    with_unreadable,
)
from tests.conftest import WriteVideo

FORMAT = ClipFormat(num_segments=2, frames_per_segment=4, short_side=32, crop_size=32)


def test_every_clip_once_an_epoch_in_equally_many_batches_or_a_refusal() -> None:
    for num_clips, batch_size, world in product(range(14), range(1, 6), range(1, 6)):
        try:
            processes = [
                list(EpochBatches(num_clips, batch_size, shuffle=True, rank=r, world_size=world))
                for r in range(world)
            ]
        except BatchError as error:
            # No dealing exists: fewer clips than processes, or batches of one clip left over.
            assert num_clips < world or (batch_size == 1 and num_clips % world)
            assert f"{num_clips} clip" in str(error)
            continue
        batches = [batch for process in processes for batch in process]
        assert sorted(i for batch in batches for _, i in batch) == list(range(num_clips))
        assert len({len(process) for process in processes}) == 1
        sizes = {len(batch) for batch in batches}
        assert 1 <= min(sizes) <= max(sizes) <= batch_size
        assert max(sizes) - min(sizes) <= 1


def test_three_clips_one_by_one_are_not_dealt_to_two_processes() -> None:
    with pytest.raises(BatchError, match=r"3 clips in batches of at most 1 .* 2 processes"):
        EpochBatches(3, 1, shuffle=False, rank=1, world_size=2)


def test_order_changes_with_the_epoch_and_repeats_with_the_seed() -> None:
    one, same = (EpochBatches(20, 5, shuffle=True, seed=3) for _ in range(2))
    first = [[i for _, i in batch] for batch in one]
    assert first == [[i for _, i in batch] for batch in same]
    one.set_epoch(1)
    assert first != [[i for _, i in batch] for batch in one]


def test_passes_of_an_epoch_show_every_clip_equally_often() -> None:
    batches = list(EpochBatches(5, 4, shuffle=True, passes=3))
    assert [len(batch) for batch in batches] == [4, 4, 4, 3]
    assert Counter(index for batch in batches for _, index in batch) == dict.fromkeys(range(5), 3)


def test_each_pass_is_random_anew_and_has_an_own_number() -> None:
    batches = EpochBatches(6, 6, shuffle=True, passes=2)
    batches.set_epoch(3)
    first, second = batches
    assert [{number for number, _ in batch} for batch in (first, second)] == [{6}, {7}]
    assert [index for _, index in first] != [index for _, index in second]


def test_fewer_clips_than_processes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"1 clip\(s\) cannot be shared out to 2 processes"):
        EpochBatches(1, 8, shuffle=False, world_size=2)


def test_clips_do_not_depend_on_the_number_of_workers(class_folders: Path) -> None:
    records = read_class_folders(class_folders).records
    dataset = TrainingDataset(records, FORMAT, Augmentation((1.0, 0.8), (1, 0), 0.3), seed=4)
    loaded = []
    for workers in (0, 2):
        batches = EpochBatches(len(dataset), 5, shuffle=True, seed=4)
        batches.set_epoch(3)
        loaded.append(list(make_loader(dataset, batches, workers)))
    for one, other in zip(*loaded, strict=True):
        torch.testing.assert_close(one.clips, other.clips)
        assert one.label.tolist() == other.label.tolist()


def test_many_views_make_small_batches(class_folders: Path) -> None:
    records = read_class_folders(class_folders).records
    dataset = EvaluationDataset(records, FORMAT, clips="dense", crops="three")
    assert dataset.num_views == 30
    batches = list(evaluation_loader(dataset, 64, 0))
    assert [len(batch.position) for batch in batches] == [2] * 6
    assert batches[0].clips[0].numel() == dataset.item_bytes


def test_what_loaders_hold_is_bounded() -> None:
    # 30 views of 8 segments of 4 frames at 224 pixels are 144 MB a video.
    large = ClipFormat(num_segments=8, frames_per_segment=4, short_side=256, crop_size=224)
    dataset = EvaluationDataset([VideoRecord("v", 0)] * 99, large, clips="dense", crops="three")
    loader = evaluation_loader(dataset, 8, 8)
    waiting = loader.num_workers * (loader.prefetch_factor or 0)
    assert waiting * dataset.item_bytes <= WAITING_BYTES
    assert make_loader(dataset, EpochBatches(99, 50, shuffle=False), None).num_workers == 1


def test_evaluation_batches_hold_views(class_folders: Path) -> None:
    records = read_class_folders(class_folders).records
    dataset = EvaluationDataset(records, FORMAT, clips="two")
    batch = next(iter(make_loader(dataset, EpochBatches(len(dataset), 6, shuffle=False), 0)))
    assert tuple(batch.clips.shape) == (6, 2, 2, 4, 3, 32, 32)
    assert batch.label.tolist() == [0] * 6
    assert batch.position.tolist() == [0, 1, 2, 3, 4, 5]


def test_all_broken_videos_are_reported_at_once(tmp_path: Path, write_video: WriteVideo) -> None:
    good = write_video("good.mp4")
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "short.mp4").write_bytes(good.read_bytes()[:400])
    records = [
        VideoRecord(str(good), 0, source="l.csv:2"),
        VideoRecord(str(tmp_path / "empty.mp4"), 0, source="l.csv:3"),
        VideoRecord(str(tmp_path / "short.mp4"), 0, source="l.csv:4"),
        VideoRecord(str(good), 0, end_frame=99, source="l.csv:5"),
    ]
    with pytest.raises(AnnotationError) as caught:
        check_videos(records, progress=False)
    lines = [problem.split(": ")[0] for problem in caught.value.problems]
    assert lines == ["l.csv:3", "l.csv:4", "l.csv:5"]


def test_bad_rows_and_unreadable_videos_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "l.csv").write_text("path,label\nnone.mp4,a\nempty.mp4,b\n")
    with pytest.raises(AnnotationError) as caught, with_unreadable():
        read_csv(tmp_path / "l.csv")
    missing, empty = caught.value.problems
    assert "l.csv:2: no such video" in missing
    assert "l.csv:3: " in empty
