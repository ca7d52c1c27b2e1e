"""Training decodes each video once, and sees the same clips as without."""

from pathlib import Path

import numpy as np
import pytest

from mienet.annotations.records import AnnotationError, VideoRecord
from mienet.data.clips import Augmentation, ClipFormat, reading
from mienet.data.decode_once import all_kept, keep_frames
from mienet.data.loading import EvaluationDataset, TrainingDataset
from mienet.video.frame_cache import FrameCache, Reading
from tests.conftest import WriteVideo

FORMAT = ClipFormat(2, 4, 20, 16)
AUGMENTATION = Augmentation((1.0, 0.8), (0,), 0.3)


def reading_of(record: VideoRecord) -> Reading:
    return reading(record, FORMAT)


@pytest.fixture
def records(write_video: WriteVideo) -> list[VideoRecord]:
    paths = [str(write_video(f"{i}.mp4", num_frames=8 + i)) for i in range(3)]
    return [VideoRecord(path, 0) for path in paths]


@pytest.fixture
def cache(tmp_path: Path, records: list[VideoRecord]) -> FrameCache:
    cache = FrameCache(tmp_path / "kept", 10**8)
    assert keep_frames(cache, records, reading_of) == (3, 3, "")
    return cache


def test_random_clips_are_the_same(records: list[VideoRecord], cache: FrameCache) -> None:
    kept = TrainingDataset(records, FORMAT, AUGMENTATION, seed=3, cache=cache)
    decoded = TrainingDataset(records, FORMAT, AUGMENTATION, seed=3)
    for key in [(0, 0), (1, 0), (5, 2)]:
        assert kept[key].clips.equal(decoded[key].clips)


def test_clips_of_a_part_are_the_same(records: list[VideoRecord], cache: FrameCache) -> None:
    part = [records[2]._replace(start_seconds=0.1, end_seconds=0.3)]
    kept = TrainingDataset(part, FORMAT, AUGMENTATION, seed=3, cache=cache)
    decoded = TrainingDataset(part, FORMAT, AUGMENTATION, seed=3)
    assert kept[0, 0].clips.equal(decoded[0, 0].clips)


def test_views_for_validation_are_the_same(records: list[VideoRecord], cache: FrameCache) -> None:
    kept = EvaluationDataset(records, FORMAT, cache=cache)
    assert kept[0, 1].clips.equal(EvaluationDataset(records, reading_of)[0, 1].clips)


def test_nothing_is_decoded_twice(
    records: list[VideoRecord], cache: FrameCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mienet.video.frame_cache.open_video", None)
    assert all_kept(cache, records, reading_of)
    assert keep_frames(cache, records, reading_of) == (3, 3, "")


def test_damaged_videos_are_named_all_at_once(records: list[VideoRecord], tmp_path: Path) -> None:
    for record in records[:2]:
        content = Path(record.path).read_bytes()
        packets, index = content.find(b"mdat") + 4, content.find(b"moov")
        noise = np.random.default_rng(0).bytes(index - packets - 4)
        Path(record.path).write_bytes(content[:packets] + noise + content[index - 4 :])
    with pytest.raises(AnnotationError) as caught:
        keep_frames(FrameCache(tmp_path / "kept", 10**8), records, reading_of)
    assert [Path(r.path).name in str(caught.value) for r in records] == [True, True, False]


def test_a_full_cache_is_counted(records: list[VideoRecord], tmp_path: Path) -> None:
    small = FrameCache(tmp_path / "kept", 9 * 20 * 30 * 3)
    assert keep_frames(small, records, reading_of) == (3, 1, "")


def test_a_folder_that_cannot_be_made_is_told(records: list[VideoRecord], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = keep_frames(FrameCache(tmp_path / "file/kept", 10**8), records, reading_of)
    assert kept == (3, 0, f"{tmp_path / 'file/kept'}: Not a directory")
