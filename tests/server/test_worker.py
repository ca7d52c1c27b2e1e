"""The worker as a process: it does jobs, stops when told, and ends with the server."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from mienet.server.jobs import Jobs
from mienet.server.places import Places
from mienet.server.worker import Worker
from tests.conftest import video_writer

MOST_SECONDS = 120
"""For what takes a second on a computer that has nothing else to do."""


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + MOST_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def write_long(part: Path, path: Path, times: int) -> None:
    """Writes the packets of a video again and again: encoding as many frames takes seconds."""
    with av.open(str(part)) as read, av.open(str(path), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        shift = 0
        for _ in range(times):
            read.seek(0)
            packets = [packet for packet in read.demux(video=0) if packet.dts is not None]
            for packet in packets:
                packet.stream = stream
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                written.mux(packet)
            shift += sum(packet.duration for packet in packets)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places = Places(tmp_path)
    places.make()
    return places


@pytest.fixture
def jobs(places: Places) -> Jobs:
    return Jobs(places)


@pytest.fixture
def worker(places: Places, jobs: Jobs) -> Iterator[Worker]:
    worker = Worker(places, jobs, "copies")
    worker.start()
    yield worker
    worker.stop()


def test_a_killed_worker_is_started_again_and_a_job_cancelled(
    places: Places, jobs: Jobs, worker: Worker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One test, as a process that can compute takes seconds to start."""
    video_writer(places.videos)("short.mp4", 5)
    part = video_writer(tmp_path_factory.mktemp("part"))("part.mp4", 50, size=(320, 240))
    write_long(part, places.videos / "long.mp4", 60)
    number = jobs.add("transcode", videos=["short.mp4"])
    wait_until(lambda: jobs.described(number)["state"] == "done")
    assert places.playable_copy("short.mp4").exists()

    number = jobs.add("transcode", videos=["long.mp4"])
    wait_until(lambda: jobs.described(number)["videos"][0]["state"] == "running")
    assert worker._process is not None
    first = worker._process.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: worker._process is not None and worker._process.pid != first)
    wait_until(lambda: jobs.described(number)["videos"][0]["state"] == "running")
    jobs.cancel(number)
    wait_until(lambda: jobs.described(number)["state"] == "cancelled")
    assert not places.playable_copy("long.mp4").exists()
    assert worker._process.poll() is None


def test_a_worker_whose_end_cannot_be_noted_is_started_again(
    places: Places, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(places, jobs, "copies")
    started: list[int] = []

    def start(self: Worker) -> subprocess.Popen[bytes]:
        started.append(1)
        if len(started) == 2:
            raise OSError(28, "No space left on device")
        code = "pass" if len(started) < 4 else "input()"
        return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)

    def crashed(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("mienet.server.worker.LEAST_SECONDS_BETWEEN", 0.01)
    monkeypatch.setattr("mienet.server.worker.kill_child", subprocess.Popen.kill)
    monkeypatch.setattr(Worker, "_start", start)
    monkeypatch.setattr(jobs, "crashed", crashed)
    worker.start()
    wait_until(lambda: len(started) == 4)
    worker.stop()


def test_the_worker_ends_with_the_server(places: Places, jobs: Jobs) -> None:
    script = (
        "import sys, time; from pathlib import Path; from mienet.server.jobs import Jobs\n"
        "from mienet.server.places import Places; from mienet.server.worker import Worker\n"
        "places = Places(Path(sys.argv[1]))\n"
        "worker = Worker(places, Jobs(places), 'copies'); worker.start()\n"
        "while worker._process is None: time.sleep(0.01)\n"
        "print(worker._process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(places.videos)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        number = int(server.stdout.readline())
        os.kill(number, 0)  # it is there
        server.kill()
    wait_until(lambda: not Path(f"/proc/{number}").exists() or _is_dead(number))


def _is_dead(number: int) -> bool:
    """Returns whether a process has ended that nobody has asked about."""
    try:
        return Path(f"/proc/{number}/stat").read_text().split(")")[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
