"""Broken and unusual videos are read right or reported; what a probe finds, and remembers."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mienet.curation.notes import video_notes
from mienet.curation.probe import PROBE_VERSION, ProbeCache, probe_video, probe_videos
from tests.conftest import WriteVideo
from tests.curation.broken_videos import CASES, outcome, verdict

pytestmark = pytest.mark.usefixtures("same_process")


@pytest.mark.parametrize("kind", CASES)
def test_a_broken_or_unusual_video_is_read_right_or_reported(kind: str, tmp_path: Path) -> None:
    path = tmp_path / CASES[kind].name
    CASES[kind].make(path)
    assert verdict(CASES[kind], *outcome(path)) in ("read", "reported")


def test_a_probe_tells_what_is_in_a_video(write_video: WriteVideo) -> None:
    probe = probe_video(str(write_video(num_frames=20, size=(48, 32), rotation=90)))
    assert (probe.codec, probe.width, probe.height, probe.rotation_degrees) == ("h264", 32, 48, 90)
    assert (probe.num_frames, probe.variable_rate) == (20, False)
    assert probe.duration_seconds == pytest.approx(0.8)
    assert probe.frames_per_second == pytest.approx(25)


def test_a_turn_between_quarters_is_noted(write_video: WriteVideo) -> None:
    (note,) = probe_video(str(write_video(rotation=30))).notes
    assert note == "players show it tilted by 30 degrees; it is read at the nearest quarter turn"


def test_a_variable_rate_is_seen(write_video: WriteVideo) -> None:
    times = [4 * index + 10 * (index > 5) for index in range(12)]
    assert probe_video(str(write_video(num_frames=12, times=times))).variable_rate


def test_a_probe_of_frames(write_frames: Callable[[str, int], Path]) -> None:
    probe = probe_video(str(write_frames("clip", 9)))
    assert (probe.codec, probe.width, probe.height, probe.num_frames) == ("jpg", 48, 32, 9)
    assert probe.frames_per_second == 0


def test_copies_have_one_fingerprint(write_video: WriteVideo, tmp_path: Path) -> None:
    one, other = write_video("one.mp4", num_frames=8), write_video("other.mp4", num_frames=9)
    copy = Path(shutil.copy(one, tmp_path / "copy.mp4"))
    prints = [probe_video(str(path)).fingerprint for path in (one, copy, other)]
    assert prints[0] == prints[1] != prints[2]


def test_quick_and_thorough_probes_agree_on_a_good_video(write_video: WriteVideo) -> None:
    path = str(write_video(num_frames=30))
    assert replace(probe_video(path, decode=False), decoded=True) == probe_video(path)


def test_only_what_is_not_known_or_has_changed_is_read(
    write_video: WriteVideo, tmp_path: Path, worker_processes: None
) -> None:
    paths = [str(write_video(f"{name}.mp4", num_frames=8)) for name in "abc"]
    first = probe_videos(paths, ProbeCache(tmp_path / "probes.jsonl"), jobs=1)
    write_video("b.mp4", num_frames=15)
    cache = ProbeCache(tmp_path / "probes.jsonl")
    assert cache.get(paths[0], decode=True) == first[paths[0]]
    assert cache.get(paths[1], decode=True) is None
    again = probe_videos(paths, cache, jobs=1)
    assert [again[path].num_frames for path in paths] == [8, 15, 8]


def test_a_quick_probe_does_not_serve_where_decoding_is_asked_for(
    write_video: WriteVideo, tmp_path: Path
) -> None:
    path = str(write_video())
    cache = ProbeCache(tmp_path / "probes.jsonl")
    cache.add(probe_video(path, decode=False))
    assert cache.get(path, decode=False) is not None
    assert cache.get(path, decode=True) is None


def test_a_missing_video_is_reported_and_not_remembered(tmp_path: Path) -> None:
    cache = ProbeCache(tmp_path / "probes.jsonl")
    path = str(tmp_path / "none.mp4")
    found = probe_videos([path], cache, jobs=1)
    assert found[path].problem == f"{path}: no such video"
    assert cache.get(path, decode=True) is None


def test_an_image_that_was_overwritten_is_noticed(
    write_frames: Callable[[str, int], Path], tmp_path: Path
) -> None:
    folder = write_frames("clip", 9)
    cache = ProbeCache(tmp_path / "probes.jsonl")
    probe_videos([str(folder)], cache, jobs=1)
    (folder / "img_00004.jpg").write_bytes(b"rubbish")
    found = probe_videos([str(folder)], cache, jobs=1)
    assert "img_00004.jpg: frame 3 is not a whole, readable image" in found[str(folder)].problem


def test_what_was_left_in_the_order_of_work_is_put_in_order(
    write_video: WriteVideo, tmp_path: Path
) -> None:
    paths = [str(write_video(f"{name}.mp4", num_frames=8)) for name in "abc"]
    journal = tmp_path / "probes.jsonl"
    probe_videos(paths, ProbeCache(journal), jobs=1)
    tidy = journal.read_text()
    lines = tidy.splitlines(keepends=True)
    for left in (lines[2] + lines[0] + lines[1], tidy + lines[0], tidy + lines[0][:50]):
        journal.write_text(left)
        probe_videos(paths, ProbeCache(journal), jobs=1)
        assert journal.read_text() == tidy


def test_a_problem_has_its_kind_whatever_the_path_says(tmp_path: Path) -> None:
    path = tmp_path / "damaged cut short: no frames.mp4"
    path.write_bytes(b"hello, this is not a video\n" * 500)
    assert probe_video(str(path)).problem_kind == "unreadable"
    path.write_bytes(b"")
    assert probe_video(str(path)).problem_kind == "no frames"
    assert probe_video(str(tmp_path / "damaged.mp4")).problem_kind == "missing"


def test_any_exception_of_a_video_is_its_problem(
    write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mienet.curation.probe._file_facts", lambda video, decode: 1 / 0)
    probe = probe_video(str(write_video()))
    assert "cannot be read (ZeroDivisionError: division by zero)" in probe.problem


def test_a_probe_notes_what_had_to_be_assumed(write_video: WriteVideo) -> None:
    probe = probe_video(str(write_video("a.h264")))
    assert probe.notes == ["no times in the file; 25 frames per second are assumed"]
    assert probe.frames_per_second == 25


def test_notes_are_gathered_over_videos(write_video: WriteVideo) -> None:
    paths = [str(write_video(name, num_frames=8)) for name in ("a.mp4", "b.h264", "c.h264")]
    assert video_notes({path: probe_video(path) for path in paths}) == [
        f"2 video(s) ({paths[1]}, {paths[2]}): "
        "no times in the file; 25 frames per second are assumed"
    ]


def test_a_late_picture_does_not_change_the_rate(write_video: WriteVideo) -> None:
    times = [300 + 4 * index for index in range(20)]
    probe = probe_video(str(write_video("a.mkv", times=times)))
    assert probe.frames_per_second == pytest.approx(25, rel=0.01)


def test_a_probe_of_other_frames_or_by_an_earlier_version_does_not_serve(
    write_frames: Callable[[str, int], Path], tmp_path: Path
) -> None:
    path, pattern = str(write_frames("clip", 9)), "img_{:05d}.jpg"
    journal = tmp_path / "probes.jsonl"
    ProbeCache(journal).add(probe_video(path, frame_pattern=pattern))
    cache = ProbeCache(journal)
    assert cache.get(path, decode=True, frame_pattern=pattern) is not None
    assert cache.get(path, decode=True) is None
    assert cache.get(path, decode=True, frame_pattern="flow_{:05d}.jpg") is None
    now = journal.read_text()
    for old in ('"version": 1', '"other": 2'):
        journal.write_text(now.replace(f'"version": {PROBE_VERSION}', old))
        assert ProbeCache(journal).get(path, decode=True, frame_pattern=pattern) is None
