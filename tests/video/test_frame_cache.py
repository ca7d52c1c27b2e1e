"""Kept frames are the video's frames, and are never those of another or a changed video."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mienet.video.frame_cache import FrameCache, KeptVideo, Reading, Room
from mienet.video.reader import VideoFile
from tests.conftest import WriteVideo

PLENTY = 10**8


@pytest.fixture
def cache(tmp_path: Path) -> FrameCache:
    return FrameCache(tmp_path / "kept", PLENTY)


def keep(cache: FrameCache, path: Path, **how: object) -> Reading:
    """Keeps a video's frames at 16 pixels, and returns how it was read."""
    reading = Reading(str(path), 16, **how)  # type: ignore[arg-type]
    assert cache.keep(reading, Room(PLENTY))
    return reading


def test_kept_frames_are_those_of_the_video(cache: FrameCache, write_video: WriteVideo) -> None:
    reading = keep(cache, write_video())
    with cache.open(reading) as kept, reading.open() as video:
        assert isinstance(kept, KeptVideo)
        wanted = [7, 0, 19, 7]
        assert np.array_equal(kept.read(wanted, short_side=16), video.read(wanted, short_side=16))


def test_kept_times_are_those_of_the_video(cache: FrameCache, write_video: WriteVideo) -> None:
    times = [0, 4, 9, 30, 31]
    reading = keep(cache, write_video(num_frames=5, times=times))
    with cache.open(reading) as kept:
        assert kept.timestamps_seconds == pytest.approx([t / 100 for t in times])


def test_a_folder_of_frames_has_no_clock(
    cache: FrameCache, write_frames: Callable[[str, int], Path]
) -> None:
    reading = keep(cache, write_frames("frames", 3))
    with cache.open(reading) as kept:
        assert isinstance(kept, KeptVideo)
        assert (kept.num_frames, kept.timestamps_seconds) == (3, None)


def test_what_is_not_kept_is_read(cache: FrameCache, write_video: WriteVideo) -> None:
    with cache.open(Reading(str(write_video(num_frames=7)), 16)) as video:
        assert (type(video), video.num_frames) == (VideoFile, 7)


def test_a_changed_video_is_read_anew(cache: FrameCache, write_video: WriteVideo) -> None:
    path = write_video(num_frames=8)
    reading = keep(cache, path)
    write_video(num_frames=5)
    with cache.open(reading) as video:
        assert video.num_frames == 5


def test_a_video_of_equal_size_and_time_is_read_anew(
    cache: FrameCache, write_video: WriteVideo
) -> None:
    path, other = write_video("a.mp4"), write_video("b.mp4")
    reading = keep(cache, path)
    status = path.stat()
    time.sleep(0.02)  # clocks of files may be coarse
    other.replace(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not cache.holds(reading)


def test_a_changed_image_of_a_folder_is_read_anew(
    cache: FrameCache, write_frames: Callable[[str, int], Path]
) -> None:
    folder = write_frames("frames", 3)
    reading = keep(cache, folder)
    image = folder / "img_00002.jpg"
    image.write_bytes((folder / "img_00003.jpg").read_bytes())
    assert not cache.holds(reading)


@pytest.mark.parametrize("other", [
    {"short_side": 20}, {"deinterlace": True}, {"frame_pattern": "img_{:05d}.jpg"},
])  # fmt: skip
def test_frames_read_in_another_way_are_others(
    cache: FrameCache, write_frames: Callable[[str, int], Path], other: dict[str, object]
) -> None:
    reading = keep(cache, write_frames("frames", 3))
    changed = {"path": reading.path, "short_side": 16} | other
    assert not cache.holds(Reading(**changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("damage", [lambda whole: whole[:-9], lambda _: b"", lambda _: b"no"])
def test_a_damaged_file_is_not_used(
    cache: FrameCache, write_video: WriteVideo, damage: Callable[[bytes], bytes]
) -> None:
    reading = keep(cache, write_video())
    (file,) = cache.files()
    file.write_bytes(damage(file.read_bytes()))
    assert not cache.holds(reading)


def test_what_does_not_fit_is_not_kept(cache: FrameCache, write_video: WriteVideo) -> None:
    frames = 20 * 16 * 24 * 3
    reading = Reading(str(write_video(size=(48, 32))), 16)
    assert not cache.keep(reading, Room(frames - 1))
    assert cache.files() == {}


def test_room_is_taken_once(write_video: WriteVideo, cache: FrameCache) -> None:
    room = Room(20 * 16 * 24 * 3)
    assert cache.keep(Reading(str(write_video("a.mp4")), 16), room)
    assert not cache.keep(Reading(str(write_video("b.mp4")), 16), room)


def test_the_longest_unused_go_first(cache: FrameCache, write_video: WriteVideo) -> None:
    readings = [keep(cache, write_video(f"{name}.mp4")) for name in "abc"]
    for age, file in enumerate(reversed(list(cache.files()))):
        os.utime(file, (1e9 - age, 1e9 - age))
    oldest = next(iter(cache.files()))
    FrameCache(cache.folder, 2 * 2 * oldest.stat().st_size).make_room([])
    assert len(cache.files()) == len(readings) - 1
    assert oldest not in cache.files()


def test_needed_frames_stay(cache: FrameCache, write_video: WriteVideo) -> None:
    reading = keep(cache, write_video())
    FrameCache(cache.folder, 1).make_room([reading])
    assert cache.holds(reading)


def test_deleting_leaves_other_files(cache: FrameCache, write_video: WriteVideo) -> None:
    keep(cache, write_video())
    (cache.folder / "notes.txt").write_text("mine")
    cache.delete()
    assert [path.name for path in cache.folder.iterdir()] == ["notes.txt"]


def test_a_killed_program_s_rest_is_deleted_later(cache: FrameCache) -> None:
    cache.folder.mkdir()
    rest = cache.folder / ".mienet-0.tmp"
    rest.touch()
    cache.make_room([])
    assert rest.exists()
    os.utime(rest, (1e9, 1e9))
    cache.make_room([])
    assert not rest.exists()


def test_files_that_another_run_deletes_do_no_harm(
    cache: FrameCache, write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = keep(cache, write_video("a.mp4"))
    keep(cache, write_video("b.mp4"))
    files = cache.files()
    cache.delete()
    monkeypatch.setattr(FrameCache, "files", lambda _: files)
    assert FrameCache(cache.folder, 1).make_room([reading]).num_bytes == 0
    cache.delete()
