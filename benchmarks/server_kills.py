"""Kills ``mienet serve`` at random moments while it is used, and looks for what was lost.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/server_kills.py --out runs/server_kills --kills 20

A page corrects labels and uploads videos all the time, while the worker trains on three recordings,
predicts the others and makes playable copies. The server or its worker is killed (SIGKILL), and the
server is started again. After every start, all labels that were acknowledged must be what
the server says, or what was being saved; all uploads must be whole; no job may be missing. In the
end all jobs must be done.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from synthetic_videos import make_videos

RECORDINGS, FRAMES, LABELED, EPOCHS = 8, 60, 3, 4
PORT = 8765
URL = f"http://127.0.0.1:{PORT}"
SECONDS_TO_START = 180
SHORTEST_SECONDS, LONGEST_SECONDS = 1, 45
"""From a start to the next kill."""

Marks = list[dict[str, object]]


class Server:
    """The server's process, started again after every kill."""

    def __init__(self, videos: Path) -> None:
        self.videos = videos
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Starts it, and returns the seconds until it answers."""
        command = ["serve", "--videos", str(self.videos), "--port", str(PORT), "--no-browser"]
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from mienet.cli import main; main()", *command],
            stdout=subprocess.DEVNULL,
            stderr=sys.stderr,
        )
        while True:
            try:
                ask("GET", "/api/jobs")
                return time.monotonic() - began
            except OSError:
                if self.process.poll() is not None or time.monotonic() - began > SECONDS_TO_START:
                    raise
                time.sleep(0.1)

    def kill(self, which: str) -> None:
        """Kills the server, with which its worker ends, or the worker alone."""
        assert self.process is not None
        if which == "server":
            self.process.kill()
            self.process.wait()
            return
        for worker in self.workers():
            os.kill(worker, signal.SIGKILL)

    def workers(self) -> list[int]:
        """Returns the processes that this server's folder has for jobs."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if "mienet.server.work" in words and str(self.videos) in words:
                found.append(int(folder.name))
        return found


def ask(method: str, path: str, body: bytes | None = None) -> dict[str, object]:
    """Returns what the server answers."""
    headers = {"X-Mienet": "1", "Origin": URL, "Content-Type": "application/json"}
    request = urllib.request.Request(URL + path, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def post(**asked: object) -> int:
    return int(str(ask("POST", "/api/jobs", json.dumps(asked).encode())["id"]))


class User:
    """Corrects and uploads, and remembers what was acknowledged and what was on its way."""

    def __init__(self, videos: list[str], upload: bytes) -> None:
        self.videos = videos
        self.upload = upload
        self.saved: dict[str, Marks] = {}
        self.on_its_way: dict[str, Marks] = {}
        self.uploaded: list[str] = []
        self.corrections = self.problems = 0
        self.stopped = threading.Event()
        self.at_rest = threading.Lock()

    def save(self, video: str, marks: Marks, *, finished: bool) -> None:
        """Saves labels as the page does: on top of the version that is there."""
        path = f"/api/labels?video={quote(video)}"
        there = ask("GET", path)
        before = self.on_its_way.get(video)
        if before is not None and times(there["marks"]) == times(before):
            self.saved[video] = before  # the answer was cut off, not the saving
        self.on_its_way[video] = marks
        body = {"version": there["version"], "finished": finished, "marks": marks}
        ask("PUT", path, json.dumps(body).encode())
        self.saved[video] = marks
        self.corrections += 1

    def use(self) -> None:
        """Corrects and uploads until it is stopped; requests that a kill cuts off are not done."""
        number = 0
        while not self.stopped.is_set():
            number += 1
            try:
                with self.at_rest:
                    self.save(random.choice(self.videos), marks_at(random.uniform(0.3, 1.6)),
                              finished=random.random() < 0.5)  # fmt: skip
                    if number % 10 == 0:
                        name = f"upload_{number}.mp4"
                        ask("PUT", f"/api/uploads?name={name}", self.upload)
                        self.uploaded.append(name)
            except urllib.error.HTTPError as error:
                self.problems += 1
                print(f"  refused: {error.code} {error.read()[:150]!r}", flush=True)
            except (OSError, ValueError):
                time.sleep(0.2)
            time.sleep(0.02)

    def lost(self, folder: Path) -> list[str]:
        """Returns what was acknowledged and is not there."""
        found = []
        with self.at_rest:
            for video, marks in self.saved.items():
                there = ask("GET", f"/api/labels?video={quote(video)}")["marks"]
                if times(there) not in (times(marks), times(self.on_its_way[video])):
                    found.append(f"labels of {video}: {times(there)}, saved {times(marks)}")
        digest = hashlib.sha256(self.upload).digest()
        for name in self.uploaded:
            path = folder / name
            if not path.exists() or hashlib.sha256(path.read_bytes()).digest() != digest:
                found.append(f"upload {name}")
        return found


def marks_at(seconds: float) -> Marks:
    """Returns two phases and an event at their border."""
    border = round(seconds, 3)
    rows = [("phase", "early", 0.0, border), ("phase", "late", border, 2.0),
            ("event", "middle", border, None)]  # fmt: skip
    names = ("kind", "label", "start_seconds", "end_seconds")
    return [dict(zip(names, row, strict=True)) | {"subject": ""} for row in rows]


def times(marks: object) -> list[tuple[object, object]]:
    assert isinstance(marks, list)
    return sorted((mark["label"], round(float(mark["start_seconds"]), 3)) for mark in marks)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/server_kills"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random.seed(options.seed)
    videos = (options.out / "videos").resolve()
    shutil.rmtree(options.out, ignore_errors=True)
    make_videos(videos, RECORDINGS, FRAMES, (128, 96))
    names = sorted(str(path.relative_to(videos)) for path in videos.rglob("*.mp4"))
    labeled, corrected, others = names[:LABELED], names[LABELED:6], names[6:]

    server = Server(videos)
    server.start()
    user = User(corrected, (videos / names[0]).read_bytes())
    for name in labeled:
        user.save(name, marks_at(1.0), finished=True)
    train = post(kind="train", name="killed", epochs=EPOCHS, recipe="demo_timeline")
    wanted = {train, post(kind="transcode", videos=others)}
    using = threading.Thread(target=user.use, daemon=True)
    using.start()
    lost: list[str] = []
    starts = []
    for kill in range(options.kills):
        time.sleep(random.uniform(SHORTEST_SECONDS, LONGEST_SECONDS))
        which = random.choice(("server", "server", "server", "worker"))
        states = {job["id"]: (job["kind"], job["state"]) for job in listed()}
        server.kill(which)
        if which != "worker":
            starts.append(server.start())
        new = user.lost(videos)
        new += [f"job {number}" for number in wanted - {job["id"] for job in listed()}]
        lost += new
        print(f"{kill + 1}: killed the {which} while {states.values()}; {user.corrections} "
              f"corrections and {len(user.uploaded)} uploads so far; lost: {new or 'nothing'}",
              flush=True)  # fmt: skip
        if states[train][1] == "done" and len(wanted) == 2:
            wanted.add(post(kind="predict", videos=others))
    wait_for(wanted)
    if len(wanted) == 2:
        wanted.add(post(kind="predict", videos=others))
        wait_for(wanted)
    user.stopped.set()
    using.join()
    lost += user.lost(videos)
    unfinished = [job for job in listed() if job["id"] in wanted and job["state"] != "done"]
    server.kill("server")
    print(f"{options.kills} kills, {user.corrections} corrections, {len(user.uploaded)} uploads: "
          f"lost {lost or 'nothing'}; jobs that are not done: {unfinished or 'none'}; requests "
          f"refused: {user.problems}; started again in {max(starts, default=0):.1f} s at most",
          flush=True)  # fmt: skip
    return 1 if lost or unfinished or user.problems else 0


def listed() -> list[dict[str, object]]:
    found = ask("GET", "/api/jobs")["jobs"]
    assert isinstance(found, list)
    return found


def wait_for(numbers: set[int]) -> None:
    """Waits until jobs are over."""
    while any(job["id"] in numbers and job["state"] in ("waiting", "running") for job in listed()):
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
