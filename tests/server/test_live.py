"""Watching a file as if it were taken now."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mienet.errors import MienetError, VideoError
from mienet.server.live import Live
from mienet.server.refusal import RefusedError
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.video.camera import Source, Taken
from mienet.video.reader import open_video
from tests.conftest import make_timeline_recognizer, video_writer


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Returns a video of 12 frames, 0.1 s apart: slow enough for a busy computer."""
    write = video_writer(tmp_path_factory.mktemp("source"))
    return str(write("a.mp4", 12, times=list(range(0, 120, 10))))


@pytest.fixture(scope="module")
def watched(source: str, tmp_path_factory: pytest.TempPathFactory) -> Live:
    """Returns what was watched to its end."""
    return watch(source, tmp_path_factory.mktemp("watched"))


def wait(is_so: Callable[[], bool]) -> None:
    for _ in range(2000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def watch(source: str, folder: Path) -> Live:
    """Returns what was watched to its end."""
    live = Live(source, make_timeline_recognizer, folder)
    live.start()
    wait(lambda: live.describe()["state"] not in ("starting", "running"))
    return live


def test_positions_are_spoken_of_once(watched: Live) -> None:
    times = [moment["time_seconds"] for moment in watched.describe()["moments"]]
    assert times == sorted(set(times))


def test_moments_have_a_phase_or_none(watched: Live) -> None:
    said = watched.describe()
    assert said["state"] == "ended"
    assert {moment["phase"] for moment in said["moments"]} <= {"dark", "light", None}


def test_delay_is_of_the_frames_that_are_waited_for(watched: Live) -> None:
    # Three more frames of the position, and a position of two frames that follows.
    delays = [one.delay_seconds for one in watched._said]
    assert delays[0] >= 5 * 0.1 - 0.001


def test_moments_that_are_known_are_left_out(watched: Live) -> None:
    last = watched.describe()["moments"][-1]["time_seconds"]
    assert watched.describe(after_seconds=last)["moments"] == []


def test_what_is_recorded_is_among_the_videos(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    live = Live(source, make_timeline_recognizer, folder)
    live.start()
    wait(lambda: live.describe()["state"] == "running")
    name = live.record(is_on=True)
    wait(lambda: live.describe()["state"] == "ended")
    assert live.record(is_on=False) == name
    with open_video(folder / str(name)) as video:
        assert 0 < video.num_frames <= 12


def test_source_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    said = watch(str(tmp_path / "none.mp4"), tmp_path).describe()
    assert (said["state"], "none.mp4: no such file" in said["problem"]) == ("failed", True)


def test_model_that_cannot_be_used_is_told(source: str, tmp_path: Path) -> None:
    def load() -> TimelineRecognizer:
        raise MienetError("there is no model yet")

    live = Live(source, load, tmp_path)
    live.start()
    wait(lambda: live.describe()["state"] == "failed")
    assert live.describe()["problem"] == "there is no model yet"


def test_nothing_to_watch_is_told(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="start mienet serve with --camera 0"):
        Live("", make_timeline_recognizer, tmp_path).start()


def test_recording_before_watching_is_refused(source: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="nothing is watched; start watching, and then record"):
        Live(source, make_timeline_recognizer, tmp_path).record(is_on=True)


def test_pictures_are_jpeg(source: str, tmp_path: Path) -> None:
    live = Live(source, make_timeline_recognizer, tmp_path)
    live.start()

    async def first() -> bytes:
        return await anext(live.pictures())

    assert asyncio.run(first())[:3] == b"\xff\xd8\xff"
    live.stop()


def watch_frames(frames: Iterator[Taken], folder: Path, patch: pytest.MonkeyPatch) -> Live:
    patch.setattr("mienet.server.live.open_source", lambda source: Source(25.0, frames))
    return Live("0", make_timeline_recognizer, folder)


def taken(number: int) -> Taken:
    time.sleep(0.01)
    return Taken(np.zeros((48, 64, 3), np.uint8), number / 100, time.monotonic())


def test_unplugged_camera_ends_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged = threading.Event()
    plugged.set()

    def frames() -> Iterator[Taken]:
        yield from map(taken, itertools.takewhile(lambda _: plugged.is_set(), itertools.count()))
        raise VideoError("camera 0: gives no more frames; is it unplugged?")

    live = watch_frames(frames(), tmp_path, monkeypatch)
    live.start()
    wait(lambda: live.describe()["state"] == "running")
    name = live.record(is_on=True)
    wait(lambda: live._recorder is not None and live._recorder.written > 2)
    plugged.clear()
    wait(lambda: live.describe()["recording"] is None)
    assert "is it unplugged?" in live.describe()["problem"]
    with open_video(tmp_path / str(name)) as video:
        assert video.num_frames > 2


def test_what_should_not_go_wrong_ends_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def frames() -> Iterator[Taken]:
        yield taken(0)
        raise ZeroDivisionError

    live = watch_frames(frames(), tmp_path, monkeypatch)
    live.start()
    wait(lambda: live.describe()["state"] == "failed")
    assert "something went wrong that should not" in live.describe()["problem"]


def test_a_source_that_gives_nothing_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = threading.Event()

    def frames() -> Iterator[Taken]:
        yield taken(0)
        silent.wait()

    monkeypatch.setattr("mienet.server.live.STOP_SECONDS", 0.1)
    live = watch_frames(frames(), tmp_path, monkeypatch)
    live.start()
    wait(lambda: live._newest is not None)
    live.stop()
    assert live.describe()["problem"] == "0 does not answer; unplug it and start again"
    silent.set()


@pytest.fixture
def loading(source: str, tmp_path: Path) -> Iterator[tuple[Live, threading.Event]]:
    """Returns what waits for its model, and the event that says that this is there."""
    loaded = threading.Event()

    def load() -> TimelineRecognizer:
        loaded.wait()
        return make_timeline_recognizer()

    live = Live(source, load, tmp_path)
    live.start()
    yield live, loaded
    loaded.set()


def test_what_was_stopped_while_its_model_was_loaded_is_not_watched(
    loading: tuple[Live, threading.Event],
) -> None:
    live, loaded = loading
    live.stop()
    assert (live.describe()["state"], live.describe()["problem"]) == ("idle", "")
    thread = live._thread
    loaded.set()
    assert thread is not None
    thread.join()
    assert (live.describe()["state"], live._newest) == ("idle", None)


def test_what_is_started_again_while_its_model_is_loaded_is_watched(
    loading: tuple[Live, threading.Event],
) -> None:
    live, loaded = loading
    live.stop()
    live.start()
    assert live.describe()["state"] == "starting"
    loaded.set()
    wait(lambda: live.describe()["state"] == "ended")


def test_recordings_of_one_second_have_names_of_their_own(source: str, tmp_path: Path) -> None:
    live = Live(source, make_timeline_recognizer, tmp_path)
    live.start()
    wait(lambda: live.describe()["state"] == "running")
    for _ in range(20):
        live.record(is_on=True)
        live.record(is_on=False)
    live.stop()
    for path in tmp_path.iterdir():  # those without a frame are not there
        with open_video(path) as video:
            assert video.num_frames > 0
